"""The kernels as functions on arrays, for those who embed them.

The int8 contract: activations u7 (0..127), weights s8 (-127..127), int32 sums; every instruction
set gives the same integers.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from slimline import _core
from slimline._checks import as_float32, check_choice
from slimline._core import PackedInt8, gemm_float
from slimline._core import gemm_int8 as _gemm_int8
from slimline._core import quantize_rows as _quantize_rows
from slimline._core import quantize_weight as _quantize_weight

__all__ = [
    "PackedInt8",
    "dequantize",
    "gemm",
    "gemm_int8",
    "gemm_int8_affine",
    "pack_int8",
    "quantize_rows",
    "quantize_weight",
]


def pack_int8(B: ArrayLike) -> PackedInt8:
    """Pack B once, for any number of products with it.

    Parameters
    ----------
    B : array-like of int8, shape (K, N)
        In [-127, 127], K <= 131,072.

    Returns
    -------
    PackedInt8
        With the attributes ``shape`` and ``coupled``, the share of the weights that AVX2 multiplies
        in the faster of its two exact ways.

    Raises
    ------
    TypeError
        If B is not int8.
    ValueError
        If B holds -128 or is not 2-d, or if K is larger, so that int32 sums could overflow.
    """
    return PackedInt8(_exact("B", B, np.int8))


def gemm_int8(
    A: ArrayLike,
    packed: PackedInt8,
    *,
    a_max: Literal[127, 255] = 127,
    out: NDArray[np.int32] | None = None,
    n_threads: int = 1,
) -> NDArray[np.int32]:
    """Multiply A by packed weights in integers, exactly.

    Parameters
    ----------
    A : array-like of uint8, shape (M, K)
        Entries up to ``a_max``.
    packed : PackedInt8
        From :func:`pack_int8`, of shape (K, N).
    a_max : {127, 255}, default=127
        255 selects a slower kernel, which is exact too, for K <= 66,311.
    out : ndarray of int32, shape (M, N), C-contiguous, or None, default=None
        Array to write to and return. None: a new array.
    n_threads : int, default=1
        The result does not depend on it.

    Returns
    -------
    ndarray of int32, shape (M, N)

    Raises
    ------
    TypeError
        If A is not uint8, or out not int32.
    ValueError
        If shapes do not fit, an entry exceeds ``a_max``, or K is too large.

    Examples
    --------
    >>> import numpy as np
    >>> packed = pack_int8(np.array([[1, -2], [3, 4]], dtype=np.int8))
    >>> gemm_int8(np.array([[127, 1]], dtype=np.uint8), packed)
    array([[ 130, -250]], dtype=int32)
    """
    A = _exact("A", A, np.uint8)
    out = _output(out, (A.shape[0], packed.shape[1]), np.int32)
    _gemm_int8(A, packed, a_max, out, n_threads)
    return out


def gemm_int8_affine(  # noqa: PLR0913 - an affine map has parts
    A: ArrayLike,
    packed: PackedInt8,
    scale: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    zero_point: int = 0,
    relu: bool = False,
    levels: tuple[float, float] | None = None,
    a_max: Literal[127, 255] = 127,
    out: NDArray[Any] | None = None,
    n_threads: int = 1,
) -> NDArray[Any]:
    """Multiply in integers and convert the sums to float32 or 0..127, in one pass.

    ``y = scale * ((A - zero_point) @ B) + bias``, then ``max(y, 0)`` if ``relu``. The conversion
    multiplies and adds in float32, unfused: the same bits on every instruction set.

    Parameters
    ----------
    A : array-like of uint8, shape (M, K)
        Entries up to ``a_max``.
    packed : PackedInt8
        From :func:`pack_int8`, of shape (K, N).
    scale : array-like of shape (N,)
    bias : array-like of shape (N,) or None, default=None
    zero_point : int, default=0
        The entry of A that stands for zero, in [0, a_max].
    relu : bool, default=False
    levels : (low, step) or None, default=None
        If given, return uint8 instead of float32: ``clip(round((y - low) * (1 / step)), 0, 127)``,
        rounded half to even.
    a_max : {127, 255}, default=127
        255 selects a slower kernel, which is exact too, for K <= 66,311.
    out : ndarray of the result's dtype, shape (M, N), C-contiguous, or None, default=None
        Array to write to and return. None: a new array.
    n_threads : int, default=1
        The result does not depend on it.

    Returns
    -------
    ndarray of float32 or uint8, shape (M, N)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> packed = pack_int8(np.array([[1, -2], [3, 4]], dtype=np.int8))
    >>> A = np.array([[127, 1]], dtype=np.uint8)
    >>> gemm_int8_affine(A, packed, [0.5, 0.5], [1, 1], relu=True)
    array([[66.,  0.]], dtype=float32)
    >>> gemm_int8_affine(A, packed, [0.5, 0.5], levels=(-127, 2))
    array([[96,  1]], dtype=uint8)
    """
    A = _exact("A", A, np.uint8)
    n_out = packed.shape[1]
    scale = as_float32("scale", scale, ndim=1)
    bias = np.zeros(n_out, np.float32) if bias is None else as_float32("bias", bias, ndim=1)
    if not 0 <= zero_point <= a_max:
        msg = f"zero_point must be in [0, {a_max}], got {zero_point}"
        raise ValueError(msg)
    dtype = np.float32 if levels is None else np.uint8
    out = _output(out, (A.shape[0], n_out), dtype)
    if levels is None:
        _core.gemm_int8_float(A, packed, a_max, scale, bias, zero_point, relu, out, n_threads)
        return out
    low, step = levels
    if not step > 0:
        msg = f"levels must have a step > 0, got {step}"
        raise ValueError(msg)
    _core.gemm_int8_u7(A, packed, a_max, scale, bias, zero_point, relu, low, step, out, n_threads)
    return out


def gemm(
    A: ArrayLike,
    B: ArrayLike,
    *,
    out: NDArray[np.float32] | None = None,
    n_threads: int = 1,
) -> NDArray[np.float32]:
    """Multiply in float32; each row of the result depends on the same row of A alone, to the bit.

    Parameters
    ----------
    A : array-like of shape (M, K)
    B : array-like of shape (K, N)
    out : ndarray of float32, shape (M, N), C-contiguous, or None, default=None
        Array to write to and return. None: a new array.
    n_threads : int, default=1
        The result does not depend on it.

    Returns
    -------
    ndarray of float32, shape (M, N)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.
    """
    A, B = as_float32("A", A, ndim=2), as_float32("B", B, ndim=2)
    out = _output(out, (A.shape[0], B.shape[1]), np.float32)
    gemm_float(A, B, out, n_threads)
    return out


def quantize_rows(
    X: ArrayLike,
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int32]]:
    """Quantize each row to 0..127 with a scale and a zero point of its own ("dynamic").

    ``X[i] ~ scale[i] * (q[i] - zero_point[i])``, rounded half to even; zero is exact.

    Parameters
    ----------
    X : array-like of shape (M, K)
        Finite.

    Returns
    -------
    q : ndarray of uint8, shape (M, K)
    scale : ndarray of float32, shape (M,)
        Positive; 1 for a row of zeros.
    zero_point : ndarray of int32, shape (M,)

    Raises
    ------
    TypeError, ValueError
        If X is not as above.

    Examples
    --------
    >>> q, scale, zero_point = quantize_rows([[-1.0, 0.0, 1.54]])
    >>> q, zero_point
    (array([[  0,  50, 127]], dtype=uint8), array([50], dtype=int32))
    """
    X = as_float32("X", X, ndim=2)
    q = np.empty(X.shape, dtype=np.uint8)
    scale = np.empty(len(X), dtype=np.float32)
    zero_point = np.empty(len(X), dtype=np.int32)
    _quantize_rows(X, q, scale, zero_point)
    return q, scale, zero_point


def quantize_weight(
    W: ArrayLike, *, per: Literal["channel", "tensor"] = "channel"
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Quantize weights to -127..127, symmetric, with one scale per row or one for all.

    ``W[i] ~ scale[i] * q[i]`` with ``scale = max|w| / 127``, rounded half to even.

    Parameters
    ----------
    W : array-like of shape (n_out, n_in)
        Finite.
    per : {"channel", "tensor"}, default="channel"

    Returns
    -------
    q : ndarray of int8, shape (n_out, n_in)
    scale : ndarray of float32, shape (n_out,)
        Positive; 1 where all weights are zero.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.
    """
    check_choice("per", per, ("channel", "tensor"))
    W = as_float32("W", W, ndim=2)
    q = np.empty(W.shape, dtype=np.int8)
    scale = np.empty(len(W), dtype=np.float32)
    _quantize_weight(W, per == "tensor", q, scale)
    return q, scale


def dequantize(q: ArrayLike, scale: ArrayLike, zero_point: ArrayLike = 0) -> NDArray[np.float32]:
    """Dequantize integers: ``scale * (q - zero_point)``, with a scale and a zero point per row.

    Parameters
    ----------
    q : array-like of integers, shape (M, K)
    scale : array-like of shape (M,)
    zero_point : array-like of shape (M,) or int, default=0

    Returns
    -------
    ndarray of float32, shape (M, K)

    Examples
    --------
    >>> q, scale, zero_point = quantize_rows([[-1.0, 0.0, 1.54]])
    >>> dequantize(q, scale, zero_point).round(2)
    array([[-1.  ,  0.  ,  1.54]], dtype=float32)
    """
    steps = np.asarray(q, dtype=np.int32) - np.reshape(np.asarray(zero_point), (-1, 1))
    return steps.astype(np.float32) * as_float32("scale", scale, ndim=1)[:, None]


def _exact(name: str, value: ArrayLike, dtype: DTypeLike) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype != dtype:
        msg = f"{name} must have dtype {np.dtype(dtype)}, got {array.dtype}"
        raise TypeError(msg)
    if array.ndim != 2:  # noqa: PLR2004 - a matrix
        msg = f"{name} must have 2 dimensions, got shape {array.shape}"
        raise ValueError(msg)
    return np.ascontiguousarray(array)


def _output(out: NDArray[Any] | None, shape: tuple[int, int], dtype: DTypeLike) -> NDArray[Any]:
    if out is None:
        return np.empty(shape, dtype=dtype)
    if out.dtype != dtype:
        msg = f"out must have dtype {np.dtype(dtype)}, got {out.dtype}"
        raise TypeError(msg)
    if out.shape != shape or not out.flags.c_contiguous or not out.flags.writeable:
        msg = f"out must be C-contiguous, writeable and of shape {shape}, got shape {out.shape}"
        raise ValueError(msg)
    return out
