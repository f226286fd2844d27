"""The kernels as functions: exact integers, buffers, what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slimline import ops

sizes = st.integers(0, 40)


@pytest.mark.parametrize("a_max", [127, 255])
@given(m=sizes, k=sizes, n=sizes, seed=st.integers(0, 99))
def test_int8_products_are_exact(a_max: Any, m: int, k: int, n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    A = random.integers(0, a_max + 1, (m, k)).astype(np.uint8)
    B = random.integers(-127, 128, (k, n)).astype(np.int8)
    expected = A.astype(np.int64) @ B.astype(np.int64)
    result = ops.gemm_int8(A, ops.pack_int8(B), a_max=a_max)
    assert result.dtype == np.int32
    assert np.array_equal(result, expected)


@pytest.mark.parametrize(("a_max", "depth"), [(127, 131072), (255, 66311)])
@pytest.mark.parametrize("weight", [-127, 127])
def test_the_deepest_sums_do_not_overflow(a_max: Any, depth: int, weight: int) -> None:
    A = np.full((2, depth), a_max, dtype=np.uint8)
    packed = ops.pack_int8(np.full((depth, 3), weight, dtype=np.int8))
    assert packed.shape == (depth, 3)
    assert (ops.gemm_int8(A, packed, a_max=a_max) == a_max * weight * depth).all()


def test_threads_change_nothing() -> None:
    random = np.random.default_rng(0)
    A = random.integers(0, 128, (300, 50)).astype(np.uint8)
    packed = ops.pack_int8(random.integers(-127, 128, (50, 33)).astype(np.int8))
    X, W = random.standard_normal((300, 50)), random.standard_normal((50, 33))
    for n_threads in (2, 3, 8):
        assert np.array_equal(
            ops.gemm_int8(A, packed, n_threads=n_threads), ops.gemm_int8(A, packed)
        )
        assert np.array_equal(ops.gemm(X, W, n_threads=n_threads), ops.gemm(X, W))


def test_packing_tells_which_share_is_coupled() -> None:
    small = np.full((16, 20), 64, dtype=np.int8)
    assert ops.pack_int8(small).coupled == 1
    assert ops.pack_int8(small + np.int8(1)).coupled == 0  # 4 x 65 x 127 is beyond int16
    assert ops.pack_int8(small[:0]).coupled == 0


@given(m=sizes, k=sizes, n=sizes)
def test_float_products(m: int, k: int, n: int) -> None:
    random = np.random.default_rng(0)
    A, B = random.standard_normal((m, k)), random.standard_normal((k, n))
    np.testing.assert_allclose(ops.gemm(A, B), A @ B, atol=1e-4)


def test_buffers_are_written_and_returned() -> None:
    A, B = np.ones((2, 3), dtype=np.uint8), np.ones((3, 4), dtype=np.int8)
    out = np.empty((2, 4), dtype=np.int32)
    assert ops.gemm_int8(A, ops.pack_int8(B), out=out) is out
    assert (out == 3).all()
    floats = np.empty((2, 4), dtype=np.float32)
    assert ops.gemm(A, B, out=floats) is floats
    assert (floats == 3).all()
    for wrong in (np.empty((4, 2), np.int32), np.empty((4, 2), np.int32).T):
        with pytest.raises(ValueError, match="out must be C-contiguous"):
            ops.gemm_int8(A, ops.pack_int8(B), out=wrong)
    with pytest.raises(TypeError, match="out must have dtype int32"):
        ops.gemm_int8(A, ops.pack_int8(B), out=floats)  # type: ignore[arg-type]


@given(seed=st.integers(0, 99), size=st.sampled_from([1e-30, 1.0, 1e30]))
def test_rows_come_back_within_a_step(seed: int, size: float) -> None:
    X = np.random.default_rng(seed).standard_normal((3, 11)).astype(np.float32) * np.float32(size)
    X[:, 0] = 0
    q, scale, zero_point = ops.quantize_rows(X)
    back = ops.dequantize(q, scale, zero_point)
    assert q.max() <= 127
    assert (back[:, 0] == 0).all()
    assert (np.abs(back - X) <= 1.001 * scale[:, None]).all()


def test_what_is_refused() -> None:
    A, B = np.zeros((2, 3), dtype=np.uint8), np.zeros((3, 4), dtype=np.int8)
    packed = ops.pack_int8(B)
    with pytest.raises(TypeError, match="B must have dtype int8, got float64"):
        ops.pack_int8(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="B must have 2 dimensions"):
        ops.pack_int8(np.zeros(2, dtype=np.int8))
    with pytest.raises(ValueError, match=r"B must lie in \[-127, 127\], got -128"):
        ops.pack_int8(np.full((1, 1), -128, dtype=np.int8))
    with pytest.raises(ValueError, match="at most 131072 rows"):
        ops.pack_int8(np.zeros((131073, 1), dtype=np.int8))
    deep = ops.pack_int8(np.zeros((66312, 1), dtype=np.int8))
    with pytest.raises(ValueError, match="at most 66311 rows"):
        ops.gemm_int8(np.zeros((1, 66312), dtype=np.uint8), deep, a_max=255)
    with pytest.raises(TypeError, match="A must have dtype uint8"):
        ops.gemm_int8(A.astype(int), packed)
    with pytest.raises(ValueError, match="A must have 3 columns"):
        ops.gemm_int8(A[:, :2].copy(), packed)
    with pytest.raises(ValueError, match="entries up to a_max=127, got 128"):
        ops.gemm_int8(A + np.uint8(128), packed)
    with pytest.raises(ValueError, match="a_max must be 127 or 255, got 100"):
        ops.gemm_int8(A, packed, a_max=100)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="A must have 5 columns, as B has rows, got 3"):
        ops.gemm(np.zeros((2, 3)), np.zeros((5, 2)))
    for function in (ops.quantize_rows, ops.quantize_weight):
        with pytest.raises(ValueError, match="finite"):
            function(np.array([[np.nan]]))
    with pytest.raises(ValueError, match="per must be one of 'channel', 'tensor'"):
        ops.quantize_weight(np.zeros((1, 1)), per="row")  # type: ignore[arg-type]


@pytest.mark.parametrize("a_max", [127, 255])
@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("n", [3, 16, 20, 24, 90])
def test_affine_products_follow_their_formula(n: int, relu: Any, a_max: Any) -> None:
    random = np.random.default_rng(n)
    A = random.integers(0, a_max + 1, (37, 41), dtype=np.uint8)
    B = random.integers(-127, 128, (41, n), dtype=np.int8)
    scale = random.uniform(1e-4, 1e-3, n).astype(np.float32)
    bias = random.standard_normal(n).astype(np.float32)
    packed = ops.pack_int8(B)
    sums = (A.astype(np.int32) - 9) @ B.astype(np.int32)
    expected = sums.astype(np.float32) * scale + bias
    expected = np.maximum(expected, 0) if relu else expected
    arguments: Any = {"zero_point": 9, "relu": relu, "a_max": a_max}
    for n_threads in (1, 3):
        y = ops.gemm_int8_affine(A, packed, scale, bias, n_threads=n_threads, **arguments)
        np.testing.assert_array_equal(y, expected)
        q = ops.gemm_int8_affine(A, packed, scale, bias, levels=(-1.5, 0.02), **arguments)
        level = np.rint((expected - np.float32(-1.5)) * (np.float32(1) / np.float32(0.02)))
        np.testing.assert_array_equal(q, np.clip(level, 0, 127))
        assert q.dtype == np.uint8


def test_affine_products_refuse_what_does_not_fit() -> None:
    packed = ops.pack_int8(np.ones((2, 3), np.int8))
    A = np.zeros((1, 2), np.uint8)
    with pytest.raises(ValueError, match="scale and bias must have one entry"):
        ops.gemm_int8_affine(A, packed, [1.0])
    with pytest.raises(ValueError, match="zero_point must be in"):
        ops.gemm_int8_affine(A, packed, [1, 1, 1], zero_point=128)
    with pytest.raises(ValueError, match="step > 0"):
        ops.gemm_int8_affine(A, packed, [1, 1, 1], levels=(0, 0))
    with pytest.raises(TypeError, match="out must have dtype uint8"):
        ops.gemm_int8_affine(A, packed, [1, 1, 1], levels=(0, 1), out=np.zeros((1, 3), np.float32))
