"""Every kind of layer: logical weights, state, what it refuses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from slimline import _core, ops
from slimline.layers import (
    KINDS,
    PRUNED,
    DenseLayer,
    Int8Layer,
    Int8StaticLayer,
    Int8WeightsLayer,
    Layer,
    SparseInt8Layer,
    SparseLayer,
    Units,
    layer_nbytes,
)

WEIGHT = np.array([[0, 2, 0, -1], [0, 0, 0, 0], [3, 0, 0.5, 0]], dtype=np.float32)
BIAS = np.array([1, -1, 0], dtype=np.float32)


def make(kind: str, weight: Any = WEIGHT, bias: Any = BIAS, activation: str = "identity") -> Layer:
    if kind == "dense":
        return DenseLayer(weight=weight, bias=bias, activation=activation)
    if kind == "sparse":
        return SparseLayer.from_weight(weight, bias, activation)
    if kind == "int8_static":
        step = np.array([4, 5, 6, 7], dtype=np.float32) / 127
        weight_int8, scale = ops.quantize_weight(weight * step)
        low = np.array([-2, -2.5, -3, -3.5], dtype=np.float32)
        offset = bias + (weight_int8 * scale[:, None] / step) @ low
        return Int8StaticLayer(
            weight_int8=weight_int8,
            scale=scale,
            offset=np.asarray(offset, bias.dtype),
            input_low=low,
            input_step=step,
            activation=activation,
        )
    if kind == "int8_weights":
        exponent = np.array([0, 0, -3, -1], dtype=np.int8)
        weight_int8, scale = ops.quantize_weight(np.ldexp(weight, -exponent.astype(np.int32)))
        return Int8WeightsLayer.from_int8(weight_int8, scale, exponent, bias, activation)
    weight_int8, scale = ops.quantize_weight(weight)
    if kind == "sparse_int8":
        return SparseInt8Layer.from_weight(weight_int8, scale, bias, activation)
    assert kind == "int8"
    return Int8Layer(weight_int8=weight_int8, scale=scale, bias=bias, activation=activation)


@pytest.mark.parametrize("kind", KINDS)
def test_logical_weights_and_counts(kind: str) -> None:
    layer = make(kind)
    tolerance = np.abs(WEIGHT).max(1, keepdims=True) / 127 if "int8" in kind else 0
    assert (np.abs(layer.weight - WEIGHT) <= tolerance).all()
    np.testing.assert_allclose(layer.bias, BIAS, atol=1e-5 if kind == "int8_static" else 0)
    assert (layer.n_in, layer.n_out, layer.n_nonzero, layer.kind) == (4, 3, 4, kind)
    assert layer.weight.dtype == layer.bias.dtype == np.float32
    assert not layer.weight.flags.writeable
    assert layer_nbytes(layer) == sum(t.nbytes for t in layer.tensors().values())


@pytest.mark.parametrize("activation", _core.activation_names())
@pytest.mark.parametrize("kind", KINDS)
def test_state_round_trip_and_forward(kind: str, activation: str) -> None:
    layer = make(kind, activation=activation)
    again = KINDS[kind].from_state(layer.tensors(), layer.params())
    X = np.random.default_rng(0).uniform(-2, 2, (6, 4)).astype(np.float32)
    outputs = []
    for each in (layer, again):
        stack = _core.Stack(4)
        each.add_to(stack)
        out = np.empty((6, 3), dtype=np.float32)
        stack.forward(X, out, 1)
        outputs.append(out)
    assert np.array_equal(*outputs)
    functions = {
        "identity": lambda z: z,
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "logistic": lambda z: 1 / (1 + np.exp(-z)),
        "gelu": lambda z: z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2,
    }
    expected = functions[activation](X @ layer.weight.T + layer.bias)
    np.testing.assert_allclose(outputs[0], expected, atol=0.15 if "int8" in kind else 1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_missing_and_extra_state_is_refused(kind: str) -> None:
    layer = make(kind)
    with pytest.raises(ValueError, match="expected the tensors"):
        KINDS[kind].from_state({**layer.tensors(), "more": BIAS}, layer.params())
    with pytest.raises(ValueError, match="expected the tensors"):
        KINDS[kind].from_state({}, layer.params())
    with pytest.raises(ValueError, match="expected the parameters"):
        KINDS[kind].from_state(layer.tensors(), {})
    with pytest.raises(ValueError, match="activation must be one of"):
        KINDS[kind].from_state(layer.tensors(), {**layer.params(), "activation": "swish"})
    name = "offset" if kind == "int8_static" else "bias"
    with pytest.raises(ValueError, match=f"{name} must have 3 entries, got 2"):
        KINDS[kind].from_state({**layer.tensors(), name: BIAS[:2]}, layer.params())
    with pytest.raises(TypeError, match=f"{name} must have dtype float32, got float64"):
        KINDS[kind].from_state({**layer.tensors(), name: BIAS.astype(float)}, layer.params())


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, each.name) for kind, cls in KINDS.items() for each in cls.stored]
)
def test_a_tensor_that_is_not_as_declared_is_refused(kind: str, name: str) -> None:
    layer = make(kind)
    tensors = layer.tensors()
    array = tensors[name]

    for other, error, message in (
        (array.astype(np.complex128), TypeError, f"{name} must have dtype"),
        (array[None], ValueError, f"{name} must have .* dimensions"),
        (np.concatenate([array, array[:1]]), ValueError, "must have|must place"),
    ):
        with pytest.raises(error, match=message):
            KINDS[kind].from_state({**tensors, name: other}, layer.params())


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, each.name) for kind, cls in KINDS.items() for each in cls.parameters]
)
def test_a_parameter_that_is_not_as_declared_is_refused(kind: str, name: str) -> None:
    layer = make(kind)
    with pytest.raises(ValueError, match=f"{name} must be one of"):
        KINDS[kind].from_state(layer.tensors(), {**layer.params(), name: "none"})
    with pytest.raises(TypeError, match=f"{name} must be a text"):
        KINDS[kind].from_state(layer.tensors(), {**layer.params(), name: 3})


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "int8" in kind])
def test_weights_that_float32_cannot_hold_are_refused(kind: str) -> None:
    layer = make(kind)
    tensors = layer.tensors()
    for largest, exponent in ((3e38, 0), (1e30, 60)):
        tensors["scale"] = np.full_like(tensors["scale"], largest)
        if "exponent" in tensors:
            tensors["exponent"] = np.full_like(tensors["exponent"], exponent)
        elif exponent:
            continue
        with pytest.raises(ValueError, match=r"scale.* must give weights within float32"):
            KINDS[kind].from_state(tensors, layer.params())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("scale", [1, 0, 1], "positive"),
        ("scale", [1, np.nan, 1], "finite"),
        ("weight_int8", np.full((3, 4), -128), "-128"),
    ],
)
def test_int8_state_is_checked(name: str, value: Any, message: str) -> None:
    layer = make("int8")
    tensors = layer.tensors()
    tensors[name] = np.array(value, dtype=tensors[name].dtype)
    with pytest.raises(ValueError, match=message):
        Int8Layer.from_state(tensors, layer.params())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("scale", [1, 0, 1], "scale must be positive"),
        ("input_step", [1, 1, -1, 1], "input_step must be positive"),
        ("input_low", [1, np.inf, 1, 1], "finite"),
        ("input_low", [1, 1, 1], "4 entries"),
        ("weight_int8", np.full((3, 4), -128), "-128"),
    ],
)
def test_int8_static_state_is_checked(name: str, value: Any, message: str) -> None:
    layer = make("int8_static")
    tensors = layer.tensors()
    tensors[name] = np.array(value, dtype=tensors[name].dtype)
    with pytest.raises(ValueError, match=message):
        Int8StaticLayer.from_state(tensors, layer.params())


@pytest.mark.parametrize("kind", KINDS)
def test_masked_layers_have_the_other_weights_and_the_bias_that_is_given(kind: str) -> None:
    layer = make(kind)
    mask = np.array([[1, 0, 1, 1], [1, 1, 1, 1], [0, 1, 1, 1]], dtype=bool)
    masked = layer.masked(mask, np.array([3, 4, 5], dtype=np.float32))
    assert np.array_equal(masked.weight, np.where(mask, layer.weight, 0))
    np.testing.assert_allclose(masked.bias, [3, 4, 5], rtol=1e-5)
    assert masked.activations == layer.activations


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outputs", [slice(None), np.array([True, False, True])])
@pytest.mark.parametrize("inputs", [slice(None), np.array([True, False, True, True])])
def test_selected_outputs_and_inputs_are_as_they_were(kind: str, outputs: Any, inputs: Any) -> None:
    layer = make(kind)
    selected = layer.select(outputs, inputs)
    assert np.array_equal(selected.weight, layer.weight[outputs][:, inputs])
    np.testing.assert_allclose(selected.bias, layer.bias[outputs], atol=1e-5)
    assert selected.activations == layer.activations


@pytest.mark.parametrize("kind", PRUNED)
def test_layers_without_zeros_are_the_same_layers(kind: str) -> None:
    layer = make(kind)
    pruned: Any = PRUNED[kind](layer)
    assert pruned.kind != kind
    assert pruned.dense().kind == kind
    for name, tensor in pruned.dense().tensors().items():
        assert np.array_equal(tensor, layer.tensors()[name])


@pytest.mark.parametrize("place", ["first", "later"])
@pytest.mark.parametrize("kind", KINDS)
def test_layers_that_learn_nothing_come_back_from_the_trainer(kind: str, place: str) -> None:
    layer = make(kind)
    options = _core.NetworkOptions()
    options.loss = "squared_error"
    network = _core.Network(layer.n_in, [(layer.n_out, layer.activation)], options)
    weight, bias, int8 = layer.training(first=place == "first")
    if int8 is not None:
        network.set_int8(0, int8)
    network.set_layer(0, np.ascontiguousarray(weight), np.ascontiguousarray(bias))
    one = Units(np.float32(1), np.float32(1))
    same = layer.trained(network, 0, one, None)
    assert same.activations == layer.activations
    assert same.weight_type == layer.weight_type
    step = np.abs(WEIGHT).max(1, keepdims=True) / 127
    assert (
        np.abs(same.weight - layer.weight) <= (0 if layer.weight_type == "float32" else step)
    ).all()
    np.testing.assert_allclose(same.bias, layer.bias, atol=2e-2)
    doubled = layer.trained(network, 0, Units(np.float32(2), np.float32(4)), None)
    if layer.activations != "static":
        np.testing.assert_allclose(doubled.weight, 2 * same.weight, rtol=1e-6)
        np.testing.assert_allclose(doubled.bias, 4 * same.bias, rtol=1e-6)


def test_callers_arrays_stay_theirs() -> None:
    weight = WEIGHT.copy()
    layer = DenseLayer(weight=weight, bias=BIAS)
    weight[0, 0] = 99
    assert layer.weight[0, 0] == 0
    assert weight.flags.writeable
