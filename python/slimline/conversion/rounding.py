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
from slimline.conversion.checking import check_answers, explained_by_rounding
from slimline.conversion.fronts import Front, Linear
from slimline.inputs import held_offset
from slimline.model import Model
from slimline.model.effects import MOST_ROWS, percent, relative_error, warn

# Of the outputs' deviation. Rounding weights and rows of ordinary columns costs 1e-7 to 1e-5.
_USUAL = 1e-4
_LIMIT = 1e-3


def checked_on(
    model: Model, estimator: Any, first: Linear, front: Front | None, X: Any
) -> tuple[Model, float | None]:
    """Compare a Model with its estimator on rows, and return it, or a better one, with its error.

    ``first`` is the first layer in float64, ``front`` what stands before it. If columns far from
    zero are the cause and nothing centres them, they are centred: ``W (x s) + b`` becomes
    ``W ((x - m) s) + (b + W (m s))`` with m in float64. If the outputs still differ much from the
    estimator's, a warning names the column. ConversionError where rounding does not explain it.
    """
    how = _method(estimator, model)
    if how is None or is_collection(X):
        return model, None
    rows, values = _rows_and_values(model, X)
    expected = _answers(estimator, how, rows)
    got = _answers(model, how, rows)
    if got.shape != expected.shape:
        return model, None
    error = relative_error(expected, got)
    is_centred = model.input.offset is not None and model.input.offset.any()
    if error > _USUAL and not is_centred and not hasattr(values, "tocsr"):
        centred = _centred(model, first, front, values)
        other = _answers(centred, how, rows)
        if relative_error(expected, other) < error / 2:
            model, got, error = centred, other, relative_error(expected, other)
    check_answers(how, expected, got, explained_by_rounding(model, first, values))
    if error > _LIMIT:
        warn(
            f"convert: in float32 the outputs move by {percent(error)} of their deviation"
            f" ({len(expected)} rows: X). {_cause(model, values)}. Put a StandardScaler that"
            " centres before the estimator, in a Pipeline: then columns are standardised in float64"
        )
    return model, error


def _rows_and_values(model: Model, X: Any) -> tuple[Any, Any]:
    """Return rows that both take, and what the Model's stage takes of them.

    Of a table all rows, since what differs may be a rare cell; of a matrix some.
    """
    if model.input.encoder is not None:
        return X, model.columns(X)
    n = _num_samples(X)
    rows = _safe_indexing(X, np.arange(min(n, MOST_ROWS)) * n // max(1, min(n, MOST_ROWS)))
    values = check_array(model.columns(rows), accept_sparse="csr", dtype=np.float64)
    return values, values


def _method(estimator: Any, model: Model) -> str | None:
    """Return the method that gives the outputs of both, before these become classes."""
    if model.classes is None:
        return "predict"
    if hasattr(estimator, "decision_function"):
        return "decision_function"
    return "predict_proba" if model.defines_probabilities else None


def _answers(model: Any, how: str, rows: Any) -> NDArray[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that values have no names of features
        return np.asarray(getattr(model, how)(rows))


def _centred(model: Model, first: Linear, front: Front | None, values: Any) -> Model:
    inputs = model.input.select(values)
    mean, deviation = inputs.mean(axis=0, dtype=np.float64), inputs.std(axis=0, dtype=np.float64)
    scale = np.ones(len(mean)) if front is None else front.scale
    bias = (first.bias + first.weight @ (mean * scale)).astype(np.float32)
    layer: Any = model.layers[0]
    stage = replace(
        model.input,
        offset=held_offset(mean, 1 / np.where(deviation > 0, deviation, 1)),
        scale=scale.astype(np.float32),
    )
    layers = (replace(layer, bias=bias), *model.layers[1:])
    return replace(model, input=stage, layers=layers)


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
