"""Every kind of layer: logical weights, state, what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from slimline import _core, ops
from slimline.layers import KINDS, DenseLayer, Int8Layer, Layer, SparseLayer, layer_nbytes

WEIGHT = np.array([[0, 2, 0, -1], [0, 0, 0, 0], [3, 0, 0.5, 0]], dtype=np.float32)
BIAS = np.array([1, -1, 0], dtype=np.float32)


def make(kind: str, weight: Any = WEIGHT, bias: Any = BIAS, activation: str = "identity") -> Layer:
    if kind == "dense":
        return DenseLayer(weight=weight, bias=bias, activation=activation)
    if kind == "sparse":
        return SparseLayer.from_weight(weight, bias, activation)
    assert kind == "int8"
    weight_int8, scale = ops.quantize_weight(weight)
    return Int8Layer(weight_int8=weight_int8, scale=scale, bias=bias, activation=activation)


@pytest.mark.parametrize("kind", KINDS)
def test_logical_weights_and_counts(kind: str) -> None:
    layer = make(kind)
    tolerance = 0.5 * np.abs(WEIGHT).max(1, keepdims=True) / 127 if kind == "int8" else 0
    assert (np.abs(layer.weight - WEIGHT) <= tolerance).all()
    assert np.array_equal(layer.bias, BIAS)
    assert (layer.n_in, layer.n_out, layer.n_nonzero, layer.kind) == (4, 3, 4, kind)
    assert layer.weight.dtype == layer.bias.dtype == np.float32
    assert not layer.weight.flags.writeable
    assert layer_nbytes(layer) == sum(t.nbytes for t in layer.tensors().values())


@pytest.mark.parametrize("activation", _core.activation_names())
@pytest.mark.parametrize("kind", KINDS)
def test_state_round_trip_and_forward(kind: str, activation: str) -> None:
    layer = make(kind, activation=activation)
    again = KINDS[kind].from_state(layer.tensors(), layer.params())
    X = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
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
    }
    expected = functions[activation](X @ layer.weight.T + layer.bias)
    np.testing.assert_allclose(outputs[0], expected, atol=0.15 if kind == "int8" else 1e-5)


@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(0, 6), st.integers(0, 9)),
        elements=st.sampled_from(np.array([0, 0, 0, 1, -2], dtype=np.float32)),
    )
)
def test_sparse_weights_survive(weight: Any) -> None:
    layer = SparseLayer.from_weight(weight, np.zeros(len(weight), np.float32), "identity")
    assert np.array_equal(layer.weight, weight)


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
    with pytest.raises(ValueError, match="bias must have 3 entries, got 2"):
        KINDS[kind].from_state({**layer.tensors(), "bias": BIAS[:2]}, layer.params())
    with pytest.raises(TypeError, match="bias must have dtype float32, got float64"):
        KINDS[kind].from_state({**layer.tensors(), "bias": BIAS.astype(float)}, layer.params())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("indptr", [1, 2, 2, 4], "rise from 0"),
        ("indptr", [0, 3, 2, 4], "rise from 0"),
        ("indptr", [0, 2, 2, 9], "rise from 0"),
        ("indices", [1, 4, 0, 2], "below n_in=4"),
        ("indices", [3, 1, 0, 2], "ascend"),
        ("indices", [1, 1, 0, 2], "ascend"),
        ("values", [1, 2, 3, np.inf], "finite"),
        ("shape", [3, 4, 1], "2 entries"),
    ],
)
def test_sparse_structure_is_checked(name: str, value: Any, message: str) -> None:
    tensors = make("sparse").tensors()
    tensors[name] = np.array(value, dtype=tensors[name].dtype)
    with pytest.raises(ValueError, match=message):
        SparseLayer.from_state(tensors, {"activation": "identity"})


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


def test_callers_arrays_stay_theirs() -> None:
    weight = WEIGHT.copy()
    layer = DenseLayer(weight=weight, bias=BIAS)
    weight[0, 0] = 99
    assert layer.weight[0, 0] == 0
    assert weight.flags.writeable
