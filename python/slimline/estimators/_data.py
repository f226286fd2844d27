"""Shared by the estimators: rows for the core, and their weights; threads."""

from __future__ import annotations

from typing import Any

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.validation import assert_all_finite, validate_data

from slimline import _core
from slimline._checks import as_array, as_values, canonical_csr
from slimline._frames import check_column_names, is_frame
from slimline.estimators._targets import as_labels

Matrix = Any  # ndarray or scipy.sparse CSR, float32 or float64

_FLOATS = [np.float64, np.float32]
_MOST_STEPS = 2**62  # of any loop: what is more is no number of the core's
_MOST_THREADS = 2**15  # whatever n_jobs is, what the core is asked for is a C int


def training_data(
    estimator: Any, X: Any, y: Any, *, dtype: Any = _FLOATS, **checks: Any
) -> tuple[Matrix, NDArray[Any]]:
    """Validate X and y: X becomes C-contiguous or canonical CSR, of the first dtype unless of one.

    With ``y_numeric=True`` y becomes finite numbers, else its labels are all there.
    """
    if y is not None:
        y = as_values(y) if checks.get("y_numeric") else as_labels(y)
    with np.errstate(over="ignore"):  # infinity is refused below
        X, y = validate_data(
            estimator,
            as_rows(X),
            y,
            accept_sparse="csr",
            accept_large_sparse=True,
            dtype=dtype,
            order="C",
            ensure_all_finite=False,
            **checks,
        )
    values = X.data if is_sparse(X) else X
    n_threads = thread_count(getattr(estimator, "n_jobs", None))
    if not _core.all_finite(np.ascontiguousarray(values), n_threads):
        assert_all_finite(values, estimator_name=type(estimator).__name__, input_name="X")
    estimator._seen = X, y  # noqa: SLF001 - for what is noted after the fit, see `trains`
    return X, y


def prediction_data(estimator: Any, X: Any, **checks: Any) -> Matrix:
    """Validate X against what the estimator was fitted on."""
    with np.errstate(over="ignore"):  # infinity is refused
        return validate_data(
            estimator,
            as_rows(X),
            accept_sparse="csr",
            accept_large_sparse=True,
            reset=False,
            **{"dtype": _FLOATS, **checks},
        )


def as_rows(X: Any) -> Any:
    """Return X, a sparse one as canonical CSR; ValueError or TypeError unless it holds numbers."""
    if is_sparse(X):
        return canonical_csr(X)
    if is_frame(X):
        check_column_names(X)
    array = as_array(X, "X")
    if array.dtype == object:
        lists = [value for value in array.ravel() if isinstance(value, list | tuple | np.ndarray)]
        if lists:
            msg = f"X must hold one number in every place, got {lists[0]!r:.60}"
            raise ValueError(msg)
    try:
        if array.dtype.kind in "OUS":
            array.astype(np.float64)
    except (TypeError, ValueError) as error:
        msg = f"X must hold numbers: {error}"
        raise type(error)(msg) from error
    if array.dtype.kind in "cmMV":
        hint = "Complex data not supported: " if array.dtype.kind == "c" else ""
        msg = f"{hint}X must hold numbers, got dtype {array.dtype}"
        raise ValueError(msg)
    # Frames keep their names, a np.matrix is refused; all else is read this once.
    keeps = isinstance(X, np.ndarray) or hasattr(X, "columns")
    return X if array.size and keeps else array


def check_scores(scores: NDArray[Any]) -> NDArray[Any]:
    """Return scores of rows; ValueError where they overflow their type."""
    if not np.isfinite(scores).all():
        msg = f"X gives scores beyond {scores.dtype}: its values are too large for the coefficients"
        raise ValueError(msg)
    return scores


def is_sparse(X: Matrix) -> bool:
    """Whether X is one of scipy's sparse matrices or arrays."""
    return bool(sparse.issparse(X))


def sample_weights(sample_weight: Any, X: Matrix) -> NDArray[np.float64]:
    """One weight per row, 1 by default; ValueError unless finite numbers >= 0 with a finite sum."""
    n_rows = X.shape[0]
    if sample_weight is None:
        return np.ones(n_rows)
    given = as_values(sample_weight, "sample_weight")
    weights = np.ascontiguousarray(given, dtype=np.float64)
    if given.ndim == 0:  # the same for all
        weights = np.full(n_rows, weights)
    if weights.shape != (n_rows,):
        msg = f"sample_weight must have shape ({n_rows},), one for each row of X, got {given.shape}"
        raise ValueError(msg)
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not (np.isfinite(total) and weights.min(initial=0) >= 0):
        least, most = weights.min(), weights.max()
        msg = f"sample_weight must hold numbers >= 0 with a finite sum, got {least:g} to {most:g}"
        raise ValueError(msg)
    return weights


def check_weighted(weights: NDArray[Any]) -> NDArray[Any]:
    """Return the weights; ValueError where no row has one."""
    if not weights.any():
        msg = "sample_weight must not be zero everywhere"
        raise ValueError(msg)
    return weights


def weighted_rows(weights: NDArray[Any], *arrays: Any) -> tuple[Any, ...]:
    """Return the weights and the arrays without the rows of weight 0, which must have no effect."""
    if weights.all():
        return (weights, *arrays)
    used = np.flatnonzero(weights)
    return (weights[used], *(array[used] for array in arrays))


def count(value: Any) -> int:
    """Return a parameter that counts something as the core takes it."""
    return min(int(value), _MOST_STEPS)


def thread_count(n_jobs: int | None) -> int:
    """Threads for ``n_jobs`` as scikit-learn reads it; the core starts no more than make sense."""
    if n_jobs == 0:
        msg = "n_jobs must be None, positive, or negative to leave CPUs out, got 0"
        raise ValueError(msg)
    if n_jobs is None or n_jobs > 0:
        return min(int(effective_n_jobs(n_jobs)), _MOST_THREADS)
    return max(1, _core.available_threads() + 1 + max(n_jobs, -_MOST_THREADS))
