"""Rows and their targets, in the form in which they are scored."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_consistent_length, column_or_1d

from slimline._checks import as_targets
from slimline._text import quoted
from slimline.model import Model


def as_rows(model: Model, X: Any, y: Any) -> tuple[Any, NDArray[Any]]:
    """Return X as an array or CSR matrix and y as an array of as many rows, empty for None."""
    X = model.columns(X)
    X = X.tocsr() if hasattr(X, "tocsr") else np.asanyarray(X)
    if y is None:
        return X, np.empty(0)
    target = as_targets(y, task=model.task)
    if model.layers[-1].n_out == 1:
        target = column_or_1d(y if model.task == "classification" else target, warn=True)
    check_consistent_length(X, target)
    return X, target


def labelled_rows(model: Model, X: Any, y: Any) -> tuple[Any, NDArray[Any]]:
    """Return what :func:`as_rows` does, and at least one row."""
    X, target = as_rows(model, X, y)
    if len(target) == 0:
        msg = "X and y must have at least one row, got none"
        raise ValueError(msg)
    if model.classes is not None and _is_text(target) != _is_text(model.classes):
        known, got = quoted(model.classes[:3].tolist()), quoted(target[0])
        msg = f"y must hold labels such as the model's {known}, got {got}"
        raise ValueError(msg)
    return X, target


def _is_text(labels: NDArray[Any]) -> bool:
    return labels.dtype.kind == "U" or (labels.dtype == object and isinstance(labels[0], str))


def rows_for(model: Model, features: Any, X: Any, first: Model) -> Any:
    """Return what ``model`` takes of rows X whose ``features`` the model ``first`` has made.

    A model of a table encodes the rows itself, since its features are others.
    """
    encoders = {id(each.input.encoder) for each in (model, first)}
    return features if len(encoders) == 1 else X
