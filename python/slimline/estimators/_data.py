"""What the estimators share: training data for the core, labels, weights, threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import _fit_context
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, assert_all_finite, validate_data

from slimline import _core

Matrix = Any  # ndarray or scipy.sparse CSR, float32 or float64
Fit = TypeVar("Fit", bound=Callable[..., Any])


def validates_parameters(fit: Fit) -> Fit:
    """Check the parameters of the estimator before ``fit``; keeps its type, unlike the original."""
    wrapped: Fit = _fit_context(prefer_skip_nested_validation=True)(fit)
    return wrapped


def training_data(estimator: Any, X: Any, y: Any, **checks: Any) -> tuple[Matrix, NDArray[Any]]:
    """Validate X and y: X becomes C-contiguous or CSR, and keeps float32 and float64."""
    X, y = validate_data(
        estimator,
        X,
        y,
        accept_sparse="csr",
        accept_large_sparse=True,
        dtype=[np.float64, np.float32],
        order="C",
        ensure_all_finite=False,
        **checks,
    )
    values = X.data if is_sparse(X) else X
    n_threads = thread_count(getattr(estimator, "n_jobs", None))
    if not _core.all_finite(np.ascontiguousarray(values), n_threads):
        assert_all_finite(values, estimator_name=type(estimator).__name__, input_name="X")
    return X, y


def prediction_data(estimator: Any, X: Any) -> Matrix:
    """Validate X against what the estimator was fitted on."""
    return validate_data(
        estimator,
        X,
        accept_sparse="csr",
        accept_large_sparse=True,
        dtype=[np.float64, np.float32],
        reset=False,
    )


def csr_parts(X: Matrix) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return data, indices and indptr with one index type, as the core takes them."""
    index = np.int64 if np.int64 in (X.indices.dtype, X.indptr.dtype) else np.int32
    return (
        np.ascontiguousarray(X.data),
        np.ascontiguousarray(X.indices, dtype=index),
        np.ascontiguousarray(X.indptr, dtype=index),
    )


def is_sparse(X: Matrix) -> bool:
    """Whether X is one of scipy's sparse matrices or arrays."""
    return bool(sparse.issparse(X))


def check_labels(y: NDArray[Any]) -> None:
    """Raise ValueError unless y can be class labels, as integers always can."""
    if y.dtype.kind not in "biu":
        check_classification_targets(y)


def class_weights(
    class_weight: Mapping[Any, float] | str | None,
    classes: NDArray[Any],
    y: NDArray[Any],
    sample_weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """One weight a class; "balanced" counts rows by their sample weights."""
    if class_weight is None:
        return np.ones(len(classes))
    weights = compute_class_weight(class_weight, classes=classes, y=y, sample_weight=sample_weight)
    return np.ascontiguousarray(weights, dtype=np.float64)


def sample_weights(sample_weight: Any, X: Matrix) -> NDArray[np.float64]:
    """One weight a row, 1 by default; ValueError where negative or zero everywhere."""
    weights: NDArray[np.float64] = _check_sample_weight(
        sample_weight, X, dtype=np.float64, ensure_non_negative=True
    )
    if not weights.any():
        msg = "sample_weight must not be zero everywhere"
        raise ValueError(msg)
    return np.ascontiguousarray(weights)


def thread_count(n_jobs: int | None) -> int:
    """Threads for ``n_jobs`` as scikit-learn reads it, at most what this process may use."""
    if n_jobs is None or n_jobs > 0:
        return int(effective_n_jobs(n_jobs))
    return max(1, _core.available_threads() + 1 + n_jobs)
