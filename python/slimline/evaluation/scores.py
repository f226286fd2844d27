"""The quality of predictions: scikit-learn's metrics, and the tables behind the pictures."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from slimline._text import listed
from slimline.model import Model

CALIBRATION_BINS = 10
RESIDUAL_QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


class Scores(NamedTuple):
    """What :func:`scores` finds; the tables are None where the task or the model has none."""

    metrics: dict[str, float]
    confusion: NDArray[np.int64] | None = None
    calibration: NDArray[np.float64] | None = None
    residuals: NDArray[np.float64] | None = None


def scores(model: Model, X: Any, y: NDArray[Any], predicted: NDArray[Any]) -> Scores:
    """Score ``predicted``, and the probabilities of a classifier that has some, against y."""
    if model.task == "regression":
        return _regression(y, predicted)
    return _classification(model, X, y, predicted)


def _regression(y: NDArray[Any], predicted: NDArray[Any]) -> Scores:
    errors = {
        "r2": float(metrics.r2_score(y, predicted)) if len(y) > 1 else float("nan"),
        "mae": float(metrics.mean_absolute_error(y, predicted)),
        "rmse": float(metrics.root_mean_squared_error(y, predicted)),
    }
    residuals = np.quantile(np.asarray(y, dtype=np.float64) - predicted, RESIDUAL_QUANTILES)
    return Scores(errors, residuals=residuals)


def _classification(model: Model, X: Any, y: NDArray[Any], predicted: NDArray[Any]) -> Scores:
    found = {
        "accuracy": float(metrics.accuracy_score(y, predicted)),
        "balanced_accuracy": float(
            metrics.recall_score(
                y, predicted, average="macro", labels=np.unique(y), zero_division=0
            )
        ),
        "f1_macro": float(metrics.f1_score(y, predicted, average="macro", zero_division=0)),
    }
    labels = np.union1d(y, np.asarray(model.classes))
    confusion = metrics.confusion_matrix(y, predicted, labels=labels)
    if not model.defines_probabilities:
        warn_of_unknown(model, y)
        if (auc := _roc_auc(model, y, model.decision_function(X))) is not None:
            found["roc_auc"] = auc
        return Scores(found, confusion)
    probabilities = model.predict_proba(X)
    if (auc := _roc_auc(model, y, probabilities)) is not None:
        found["roc_auc"] = auc
    if not warn_of_unknown(model, y):
        found["log_loss"] = float(metrics.log_loss(y, probabilities, labels=model.classes))
    sums = calibration_sums(probabilities.max(axis=1), predicted == y)
    calibration, found["calibration_error"] = calibration_of(sums)
    return Scores(found, confusion, calibration)


def warn_of_unknown(model: Model, y: NDArray[Any]) -> bool:
    """Whether y holds labels that the model does not know; they are warned of, and errors."""
    unknown = np.setdiff1d(y, np.asarray(model.classes))
    if len(unknown):
        text = (
            f"y holds labels that the model does not know, {listed(unknown.tolist())}: their rows"
            f" count as errors{', and log_loss is not defined' * model.defines_probabilities}"
        )
        warnings.warn(text, stacklevel=6)
    return len(unknown) > 0


def _roc_auc(model: Model, y: NDArray[Any], certainty: NDArray[Any]) -> float | None:
    """Area under the ROC curve, one class against the rest; None unless y holds every class."""
    if model.classes is None or not np.array_equal(np.unique(y), model.classes):
        return None
    if len(model.classes) == 2:  # noqa: PLR2004 - the scores of two classes are those of the second
        second = certainty[:, 1] if certainty.ndim > 1 else certainty
        return float(metrics.roc_auc_score(y == model.classes[1], second))
    areas = [
        metrics.roc_auc_score(y == label, certainty[:, j]) for j, label in enumerate(model.classes)
    ]
    return float(np.mean(areas))


def calibration_sums(certainty: NDArray[Any], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """One row per bin of equal width: sums of confidence and of correct predictions, rows."""
    bins = np.minimum((certainty * CALIBRATION_BINS).astype(np.intp), CALIBRATION_BINS - 1)
    sums = [np.bincount(bins, weights, CALIBRATION_BINS) for weights in (certainty, right)]
    return np.column_stack([*sums, np.bincount(bins, minlength=CALIBRATION_BINS)])


def calibration_of(sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return mean confidence, accuracy and rows of the bins that are not empty; and the error."""
    used = sums[sums[:, 2] > 0]
    means = np.column_stack([used[:, :2] / used[:, 2:], used[:, 2]])
    gaps = np.abs(means[:, 0] - means[:, 1])
    return means, float(gaps @ means[:, 2] / means[:, 2].sum())
