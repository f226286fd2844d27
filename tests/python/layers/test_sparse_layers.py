"""Pruned layers: what is kept survives, in the smallest code; the same results in every form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from slimline import _core
from slimline.layers import (
    Int8Layer,
    Layer,
    SparseInt8Layer,
    SparseLayer,
    _costs,
    layer_nbytes,
    sparse,
    sparse_int8,
)
from slimline.layers._positions import Code, encode
from slimline.layers._pruned import Pruned, expand

weights = hnp.arrays(
    np.int8,
    st.tuples(st.integers(0, 6), st.integers(0, 11)),
    elements=st.sampled_from([0, 0, 0, 0, 1, -2, 127]),
)


def outputs(layer: Any, X: Any) -> Any:
    stack = _core.Stack(layer.n_in)
    layer.add_to(stack)
    out = np.empty((len(X), layer.n_out), dtype=np.float32)
    stack.forward(X, out, 1)
    return out


def rows(n: int, n_in: int) -> Any:
    return np.random.default_rng(n).standard_normal((n, n_in)).astype(np.float32)


@given(positions=st.sets(st.integers(0, 99_999)), rest=st.integers(0, 70_000))
def test_positions_survive(positions: set[int], rest: int) -> None:
    array = np.array(sorted(positions), dtype=np.int64)
    n_cells = int(array[-1]) + 1 + rest if len(array) else rest
    code = encode(array, n_cells)
    kept = Pruned(np.ones((len(array), 1), np.int8), code)
    _core.check_units(*kept.parts, 1, n_cells)
    assert np.array_equal(np.flatnonzero(expand(kept, 1, n_cells)), array)
    assert code.array.nbytes <= (n_cells + 7) // 8


@pytest.mark.parametrize(
    ("share", "encoding", "itemsize"), [(0.5, "bitmap", 1), (0.1, "delta", 1), (0.001, "delta", 2)]
)
def test_the_smallest_code_is_taken(share: float, encoding: str, itemsize: int) -> None:
    positions = np.flatnonzero(np.random.default_rng(0).random(100_000) < share)
    code = encode(positions, 100_000)
    assert (code.encoding, code.array.itemsize) == (encoding, itemsize)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (Code("list", np.zeros(1, np.uint8)), "encoding must be"),
        (Code("bitmap", np.zeros(1, np.uint8)), "must have 2 bytes, got 1"),
        (Code("bitmap", np.zeros(2, np.uint16)), "bitmap must be uint8, got uint16"),
        (Code("bitmap", np.array([0, 1], np.uint8)), "below 12, got 15"),
        (Code("bitmap", np.array([129, 0], np.uint8)), "place 1 units, as there are values, got 2"),
        (Code("delta", np.array([12], np.uint8)), "below 12, got 12"),
        (Code("delta", np.array([1, 1], np.uint16)), "place 1 units"),
        (Code("delta", np.array([0, 255], np.uint8)), "end with a unit"),
    ],
)
def test_bad_codes_are_refused(code: Code, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _layer(code)


def test_a_delta_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="uint8 or uint16, got int64"):
        _layer(Code("delta", np.array([1])))


def _layer(code: Code) -> SparseLayer:
    return SparseLayer(
        values=np.ones((1, 1), np.float32),
        index=code.array,
        shape=np.array([3, 4], np.uint32),
        bias=np.zeros(3, np.float32),
        encoding=code.encoding,
    )


@given(weights)
def test_weights_survive(weight: Any) -> None:
    n_out = len(weight)
    bias, scale = np.zeros(n_out, np.float32), np.ones(n_out, np.float32)
    layers: list[Layer] = [
        SparseLayer.from_weight(weight.astype(np.float32), bias, "identity"),
        SparseInt8Layer.from_weight(weight, scale, bias, "identity"),
    ]
    for layer in layers:
        assert np.array_equal(layer.weight, weight)
        assert layer.n_nonzero == np.count_nonzero(weight)
        again = type(layer).from_state(layer.tensors(), layer.params())
        assert np.array_equal(again.weight, weight)


@pytest.fixture(params=["dense", "csr", "blocks"])
def form(request: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every layer takes this form."""
    plan = _costs.Plan(request.param, 1.0, 1.0)
    for module in (sparse, sparse_int8):
        monkeypatch.setattr(module, "plan", lambda *_: plan)
    return request.param


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (9, 40), (3, 0)])
def test_every_form_computes_the_masked_layer(form: str, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    weight = random.integers(-127, 128, shape).astype(np.int8)
    weight[random.random(shape) < 0.6] = 0
    bias, scale = rows(1, shape[0])[0], np.full(shape[0], 0.01, np.float32)
    masked = weight * np.float32(0.01)
    for n in (1, 3, 16, 21):
        X = rows(n, shape[1])
        floats = SparseLayer.from_weight(masked, bias, "identity")
        np.testing.assert_allclose(outputs(floats, X), X @ masked.T + bias, atol=1e-5)
        integers = SparseInt8Layer.from_weight(weight, scale, bias, "relu")
        dense = Int8Layer(weight_int8=weight, scale=scale, bias=bias, activation="relu")
        assert np.array_equal(outputs(integers, X), outputs(dense, X)), form


def test_blocks_are_stored_as_blocks() -> None:
    random = np.random.default_rng(2)
    weight = random.standard_normal((64, 64)).astype(np.float32)
    weight *= np.repeat(random.random((64, 16)) < 0.1, 4, axis=1)
    layer = SparseLayer.from_weight(weight, np.zeros(64, np.float32), "identity")
    assert layer.values.shape == (layer.n_nonzero // 4, 4)
    assert layer_nbytes(layer) < 64 * 64 * 4 / 8


def test_the_faster_form_is_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is faster differs between instruction sets: this is AVX2's choice.
    monkeypatch.setattr(_costs._core, "active_isa", lambda: "avx2")  # noqa: SLF001
    many, few = 1 << 20, 1 << 14
    for dtype in (_costs.FLOAT32, _costs.INT8):
        assert _costs.plan(dtype, 1024, 1024, many // 2, many // 4) == ("dense", 1.0, 1.0)
        blocks = _costs.plan(dtype, 1024, 1024, few, few // 4)
        assert blocks.form == "blocks"
        assert min(blocks.one_row, blocks.batch) > 1
    assert _costs.plan(_costs.FLOAT32, 1024, 1024, few, few).form == "csr"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("shape", [3, 4, 1], "2 entries"),
        ("values", [[1], [2], [3], [np.inf]], "finite"),
        ("values", [[1, 2], [3, 4]], "1 or 4 columns, got 2"),
        ("values", [[1, 2, 3, 4]], "bitmap of 3 units"),
    ],
)
def test_float_state_is_checked(name: str, value: Any, message: str) -> None:
    weight = np.array([[0, 2, 0, -1], [0, 0, 0, 0], [3, 0, 0.5, 0]], dtype=np.float32)
    layer = SparseLayer.from_weight(weight, np.zeros(3, np.float32), "identity")
    tensors = layer.tensors()
    tensors[name] = np.array(value, dtype=tensors[name].dtype)
    with pytest.raises(ValueError, match=message):
        SparseLayer.from_state(tensors, layer.params())


def test_blocks_beyond_the_inputs_are_refused() -> None:
    weight = np.ones((1, 6), np.float32)
    layer = SparseLayer.from_weight(weight, np.zeros(1, np.float32), "identity")
    tensors = layer.tensors()
    tensors |= {"values": np.ones((2, 4), np.float32), "index": np.zeros(2, np.uint8)}
    with pytest.raises(ValueError, match="zero from input n_in=6 on"):
        SparseLayer.from_state(tensors, {"activation": "identity", "encoding": "delta"})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [("scale", [1, 0], "positive"), ("values", [[-128], [1]], "-128")],
)
def test_int8_state_is_checked(name: str, value: Any, message: str) -> None:
    weight = np.array([[0, 2, 0, 0, 0], [0, 0, 0, 0, 1]], dtype=np.int8)
    ones = np.ones(2, np.float32)
    layer = SparseInt8Layer.from_weight(weight, ones, ones, "identity")
    tensors = layer.tensors()
    tensors[name] = np.array(value, dtype=tensors[name].dtype)
    with pytest.raises(ValueError, match=message):
        SparseInt8Layer.from_state(tensors, layer.params())
