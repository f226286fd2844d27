"""From rows and a Model to a Reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from slimline._checks import as_targets, dense_features
from slimline.model.reference import Reference

if TYPE_CHECKING:
    from slimline.model.model import Model


def make_reference(model: Model, X: Any, y: Any) -> Reference:
    """Aggregate rows, and the model's losses on them; see :meth:`Model.with_reference`."""
    stage = model.input
    X = model.columns(X)
    rows = dense_features(X, stage.n_features, stage.row_type)
    if len(rows) == 0:
        msg = "X must have at least one row, got none"
        raise ValueError(msg)
    predicted = model.predict(stage.marked(rows))
    losses = None
    if y is not None:
        losses = row_losses(model.task, predicted, as_targets(y, task=model.task))
    n_classes = 0
    if model.classes is not None:
        order = np.argsort(model.classes)
        predicted = order[np.searchsorted(model.classes, predicted, sorter=order)]
        n_classes = len(model.classes)
    return Reference.of(rows.astype(np.float32, copy=False), predicted, n_classes, losses)


def row_losses(task: str, predicted: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    """Loss of each row: 0 or 1 for classes, the mean absolute error for values."""
    if predicted.shape != y.shape:
        msg = f"y must have the shape of the predictions, {predicted.shape}, got {y.shape}"
        raise ValueError(msg)
    if task == "classification":
        return np.asarray(predicted != y, dtype=np.float64)
    gaps = np.abs(np.asarray(y, dtype=np.float64) - predicted)
    return np.asarray(gaps.reshape(len(gaps), -1).mean(axis=1))
