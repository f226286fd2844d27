"""What the estimators share: training data for the core, labels, weights, threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, cast

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import _fit_context
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    _num_samples,
    assert_all_finite,
    validate_data,
)

from slimline import _core
from slimline._collections import is_collection
from slimline._version import version
from slimline.history import fingerprint

Matrix = Any  # ndarray or scipy.sparse CSR, float32 or float64
Fit = TypeVar("Fit", bound=Callable[..., Any])

_SPREAD = 16  # integers that lie no wider than this many times their number are marked in a table


def validates_parameters(fit: Fit) -> Fit:
    """Check the parameters of the estimator before ``fit``, and note after it what it was given.

    What is noted, as ``_trained_on``, goes into the history of the Model made of the estimator.
    """
    checked = _fit_context(prefer_skip_nested_validation=True)(fit)
    takes = signature(fit)

    @wraps(checked)
    def noting(estimator: Any, *args: Any, **kwargs: Any) -> Any:
        before = getattr(estimator, "_trained_on", {"n_rows": 0})
        fitted = checked(estimator, *args, **kwargs)
        given = takes.bind(estimator, *args, **kwargs).arguments
        X, y = given["X"], given.get("y")
        if not isinstance(X, Iterator):  # its blocks were noted one by one
            more = before if fit.__name__ == "partial_fit" else None
            estimator._trained_on = _noted(X, y, more, with_data=estimator._keeps_fingerprint)  # noqa: SLF001
        return fitted

    return cast("Fit", noting)


def _noted(X: Any, y: Any, more: Mapping[str, Any] | None, *, with_data: bool) -> dict[str, Any]:
    """Return version, rows and fingerprint; with ``more`` rows before these only the first two.

    A fingerprint of one block would not be that of all that the estimator has learned from. Of
    collections the rows are not known without running their tasks once more.
    """
    noted: dict[str, Any] = {"library": version}
    if is_collection(X):
        return noted
    if more is None:
        noted["n_rows"] = _num_samples(X)
    elif "n_rows" in more:
        noted["n_rows"] = more["n_rows"] + _num_samples(X)
    if with_data and more is None:
        noted["data"] = fingerprint(X, y)
    return noted


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


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Return the distinct values, ascending, as np.unique does, which hashes every integer."""
    if values.dtype.kind not in "iu" or not len(values) or not np.can_cast(values.dtype, np.int64):
        return np.unique(values)
    low, high = int(values.min()), int(values.max())
    if high - low >= _SPREAD * len(values):
        return np.unique(values)
    seen = np.zeros(high - low + 1, dtype=bool)
    seen[np.subtract(values, low, dtype=np.int64)] = True
    return (np.flatnonzero(seen) + low).astype(values.dtype)


def class_codes(y: NDArray[Any], classes: NDArray[Any]) -> NDArray[Any]:
    """Return the place of each label in classes, as booleans where there are two of them.

    A label of rows of weight 0 alone is not there and gets any: such rows take no part.
    """
    if len(classes) == 2:  # noqa: PLR2004 - a comparison is faster than a search
        return np.asarray(y == classes[1])
    return np.minimum(np.searchsorted(classes, y), len(classes) - 1)


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
    if sample_weight is None:
        return np.ones(X.shape[0])
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
