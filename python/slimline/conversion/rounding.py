"""The effect of rounding an estimator to float32, measured on rows; centring against it."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing, check_array
from sklearn.utils.validation import _num_samples

from slimline._collections import is_collection
from slimline.conversion.registry import linear_of
from slimline.conversion.scalers import Affine
from slimline.inputs import held_offset
from slimline.model import Model
from slimline.model.effects import MOST_ROWS, percent, relative_error, warn

# Of the outputs' deviation. Rounding weights and rows of ordinary columns costs 1e-7 to 1e-5.
_USUAL = 1e-4
_LIMIT = 1e-3


def checked_on(
    model: Model, estimator: Any, last: Any, affine: Affine | None, X: Any
) -> tuple[Model, float | None]:
    """Compare a Model with its estimator on rows, and return it, or a better one, with its error.

    ``last`` is the last step of the estimator, ``affine`` the map of its scalers. If columns far
    from zero are the cause and nothing centres them, they are centred: ``W (x s) + b`` becomes
    ``W ((x - m) s) + (b + W (m s))`` with m in float64. If the outputs still differ much from the
    estimator's, a warning names the column.
    """
    how = _method(estimator, model)
    if how is None or is_collection(X):
        return model, None
    n = _num_samples(X)
    rows = _safe_indexing(X, np.arange(min(n, MOST_ROWS)) * n // max(1, min(n, MOST_ROWS)))
    values = check_array(model.columns(rows), accept_sparse="csr", dtype=np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that values have no names of features
        expected = np.asarray(getattr(estimator, how)(values))
    error = _error(model, how, values, expected)
    if error is None:
        return model, None
    is_centred = affine is not None and affine.offset.any()
    if error > _USUAL and not is_centred and not hasattr(values, "tocsr"):
        centred = _centred(model, last, affine, values)
        new_error = _error(centred, how, values, expected)
        if new_error is not None and new_error < error / 2:
            model, error = centred, new_error
    if error > _LIMIT:
        warn(
            f"convert: in float32 the outputs move by {percent(error)} of their deviation"
            f" ({len(expected)} rows: X). {_cause(model, values)}. Put a StandardScaler that"
            " centres before the estimator, in a Pipeline: then columns are standardised in float64"
        )
    return model, error


def _method(estimator: Any, model: Model) -> str | None:
    """Return the method that gives the outputs of both, before these become classes."""
    if model.classes is None:
        return "predict"
    if hasattr(estimator, "decision_function"):
        return "decision_function"
    return "predict_proba" if model.defines_probabilities else None


def _error(model: Model, how: str, rows: Any, expected: NDArray[Any]) -> float | None:
    got = np.asarray(getattr(model, how)(rows))
    return relative_error(expected, got) if got.shape == expected.shape else None


def _centred(model: Model, last: Any, affine: Affine | None, rows: NDArray[np.float64]) -> Model:
    coef, intercept = _first_layer(last)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    scale = np.ones(len(mean)) if affine is None else affine.scale
    bias = (intercept + coef @ (mean * scale)).astype(np.float32)
    first: Any = model.layers[0]
    stage = replace(
        model.input,
        offset=held_offset(mean, 1 / np.where(deviation > 0, deviation, 1)),
        scale=scale.astype(np.float32),
    )
    layers = (replace(first, bias=bias), *model.layers[1:])
    return replace(model, input=stage, layers=layers)


def _first_layer(last: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weights (n_out, n_in) and biases in float64."""
    if hasattr(last, "coefs_"):
        return last.coefs_[0].T.astype(np.float64), last.intercepts_[0].astype(np.float64)
    linear = linear_of(last)
    return linear.weight, linear.bias


def _cause(model: Model, rows: Any) -> str:
    """Name the column whose rounding to float32 moves the outputs most."""
    dense = rows.toarray() if hasattr(rows, "toarray") else rows
    steps = np.abs(np.spacing(dense.astype(np.float32)).astype(np.float64)).mean(axis=0)
    steps = model.input.select(steps[None])[0]
    if model.input.scale is not None:
        steps = steps * model.input.scale
    j = int((steps * np.abs(model.layers[0].weight).max(axis=0)).argmax())
    low, high = dense[:, j].min(), dense[:, j].max()
    name = model.input.column_name(j)
    return f"{name}, from {low:.6g} to {high:.6g}, is the one whose rounding moves the outputs most"
