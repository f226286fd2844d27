"""A validation set of the user's own, for ``early_stopping``: checked like the rows of a fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils.validation import check_consistent_length

from slimline._checks import as_values
from slimline._text import listed
from slimline.estimators._data import (
    Matrix,
    check_weighted,
    prediction_data,
    sample_weights,
    weighted_rows,
)
from slimline.estimators._targets import as_labels

_LEAST = 2  # rows that an R2 needs


class ValidationSet(NamedTuple):
    """Rows, what is true of them, and how much each counts in the score."""

    X: Matrix
    y: NDArray[Any]  # (n_rows,), or (n_rows, n_targets) where the y of the fit has several
    weights: NDArray[Any]


def validation_set(
    estimator: Any, given: tuple[Any, Any, Any], y: NDArray[Any], **checks: Any
) -> ValidationSet | None:
    """Return (X_val, y_val, sample_weight_val), checked against the rows and y of the fit, if any.

    Rows of weight 0 are left out. ``checks`` are those of X.
    """
    X_val, y_val, sample_weight_val = given
    if not _is_given(estimator, *given):
        return None
    with _naming("X_val"):
        X = prediction_data(estimator, X_val, order="C", **checks)
    with _naming("y_val"):
        targets = _targets_like(y, y_val, estimator)
        check_consistent_length(X, targets)
    with _naming("sample_weight_val"):
        weights = check_weighted(sample_weights(sample_weight_val, X))
    weights, X, targets = weighted_rows(weights, X, targets)
    if not is_classifier(estimator) and len(targets) < _LEAST:
        msg = f"X_val must have at least {_LEAST} rows of positive weight, got {len(targets)}"
        raise ValueError(msg)
    return ValidationSet(X, targets, weights)


def _is_given(estimator: Any, X_val: Any, y_val: Any, sample_weight_val: Any) -> bool:
    names = ("X_val", "y_val", "sample_weight_val")
    values = (X_val, y_val, sample_weight_val)
    there = [name for name, value in zip(names, values, strict=True) if value is not None]
    if not there:
        return False
    if X_val is None or y_val is None:
        missing = "X_val" if X_val is None else "y_val"
        msg = f"{missing} must be given too where {' and '.join(there)} is, got None"
        raise ValueError(msg)
    if not estimator.early_stopping:
        msg = "X_val needs early_stopping=True, which alone looks at it, got early_stopping=False"
        raise ValueError(msg)
    return True


def _targets_like(y: NDArray[Any], y_val: Any, estimator: Any) -> NDArray[Any]:
    """Return y_val with the columns of y; ValueError where it is no target of this fit."""
    classifies = is_classifier(estimator)
    targets = np.asarray(as_labels(y_val) if classifies else as_values(y_val))
    n_targets = 1 if y.ndim == 1 else y.shape[1]
    columns = targets.reshape(len(targets), -1) if targets.ndim else targets.reshape(1, 1)
    if columns.shape[1] != n_targets:
        msg = f"it must have {n_targets} columns, as y, got shape {targets.shape}"
        raise ValueError(msg)
    if classifies:
        unknown = ~np.isin(columns, estimator.classes_ if n_targets == 1 else [0, 1])
        if unknown.any():
            msg = f"it must hold labels of y, got {listed(np.unique(columns[unknown]).tolist())}"
            raise ValueError(msg)
    return columns[:, 0] if n_targets == 1 else columns


@contextmanager
def _naming(argument: str) -> Iterator[None]:
    """Let errors say which argument they are about."""
    try:
        yield
    except (TypeError, ValueError) as error:
        msg = f"{argument}: {error}"
        raise (TypeError if isinstance(error, TypeError) else ValueError)(msg) from error
