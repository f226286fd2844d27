"""Long work of NumPy in parts, since Python handles signals such as Ctrl-C between calls only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PRODUCTS = 2**30  # a part: about a tenth of a second
_AT_ONCE = 2048  # rows and columns: LAPACK solves so many within half a second
_PIVOTS = 128  # that a step of an elimination takes


def row_slices(n_rows: int, products: float) -> Iterator[slice]:
    """Yield slices of rows, of which each costs so many products."""
    step = max(1, int(_PRODUCTS / max(1, products)))
    for begin in range(0, n_rows, step):
        yield slice(begin, min(n_rows, begin + step))


def product(X: Any, W: NDArray[Any]) -> NDArray[Any]:
    """Return X W, dense; X may be a sparse matrix in compressed rows."""
    if X.shape[0] * _width(X) * W.shape[1] <= _PRODUCTS:
        return _dense(X @ W)
    out = np.empty((X.shape[0], W.shape[1]), dtype=np.result_type(X.dtype, W.dtype))
    for rows in row_slices(len(out), _width(X) * W.shape[1]):
        out[rows] = _dense(X[rows] @ W)
    return out


def transposed_product(X: Any, Y: Any) -> NDArray[Any]:
    """Return X' Y, dense, summed over blocks of rows; both may be sparse."""
    if X.shape[0] * _width(X) * _width(Y) <= _PRODUCTS:
        return _dense(X.T @ Y)
    total = np.zeros((X.shape[1], Y.shape[1]), dtype=np.result_type(X.dtype, Y.dtype))
    for rows in row_slices(X.shape[0], _width(X) * _width(Y)):
        total += _dense(X[rows].T @ Y[rows])
    return total


def inverse(A: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inverse of a symmetric, positive definite matrix.

    By Gauss-Jordan elimination, a block of pivots at a time (Golub & Van Loan, "Matrix
    Computations", 4th edition, section 3.2); such matrices need no others.
    """
    if len(A) <= _AT_ONCE:
        return np.asarray(np.linalg.inv(A))
    A = A.copy()
    for begin in range(0, len(A), _PIVOTS):
        block = slice(begin, begin + _PIVOTS)
        pivot = np.linalg.inv(A[block, block])
        column = A[:, block].copy()
        row = pivot @ A[block]
        A -= column @ row
        A[block] = row
        A[:, block] = -column @ pivot
        A[block, block] = pivot
    return A


def solve(A: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x of A x = b for a symmetric, positive definite matrix, likewise."""
    if len(A) <= _AT_ONCE:
        return np.asarray(np.linalg.solve(A, b))
    A, x = A.copy(), b.copy()
    starts = range(0, len(A), _PIVOTS)
    for begin in starts:
        block, rest = slice(begin, begin + _PIVOTS), slice(begin + _PIVOTS, None)
        factor = np.linalg.solve(A[block, block], A[block, rest]).T
        x[rest] -= factor @ x[block]
        A[rest, rest] -= factor @ A[block, rest]
    for begin in reversed(starts):
        block, rest = slice(begin, begin + _PIVOTS), slice(begin + _PIVOTS, None)
        x[block] = np.linalg.solve(A[block, block], x[block] - A[block, rest] @ x[rest])
    return x


def _width(X: Any) -> float:
    """Return the mean number of values in a row."""
    return float(X.nnz / max(1, X.shape[0]) if hasattr(X, "nnz") else X.shape[1])


def _dense(product_: Any) -> NDArray[Any]:
    return product_.toarray() if hasattr(product_, "toarray") else np.asarray(product_)
