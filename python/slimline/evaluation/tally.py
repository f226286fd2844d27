"""Scores of a model from tallies of blocks of rows, which merge exactly.

Counts are added. The area under the ROC curve and the quantiles of the residuals depend on the
order of all values: for these every distinct value is kept with its counts, up to 24 bytes per row
and class. Sums of errors are added block by block, in the order of the blocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from slimline.evaluation.scores import (
    RESIDUAL_QUANTILES,
    Scores,
    calibration_of,
    calibration_sums,
    warn_of_unknown,
)
from slimline.model import Model

Floats = NDArray[np.float64]


@dataclass
class Tally:
    """The scores of a model on one block, or on several."""

    n_rows: int
    prints: tuple[str, ...]  # of each block
    agreement: float | None  # rows that agree with the baseline, or the greatest difference
    confusion: Counter[tuple[Any, Any]] = field(default_factory=Counter)  # (label, predicted)
    rankings: list[Floats] = field(default_factory=list)  # value, rows of other classes, of its own
    log_loss: float = 0.0
    calibration: Floats = field(default_factory=lambda: np.zeros(0))
    errors: Floats = field(default_factory=lambda: np.zeros(0))  # |e|, e^2 of each target
    spread: Floats = field(default_factory=lambda: np.zeros(0))  # of y: mean, squared deviations
    residuals: Floats = field(default_factory=lambda: np.zeros((0, 2)))  # value, rows


def classification_tally(tally: Tally, model: Model, X: Any, y: Any, predicted: Any) -> None:
    """Count the labels of a block, and rank its scores."""
    assert model.classes is not None  # noqa: S101 - true of classifiers
    tally.confusion = Counter(zip(y.tolist(), predicted.tolist(), strict=True))
    if model.defines_probabilities:
        certainty = model.predict_proba(X)
        tally.calibration = calibration_sums(certainty.max(axis=1), predicted == y)
        if np.isin(y, model.classes).all():  # else it is not defined
            tally.log_loss = float(
                metrics.log_loss(y, certainty, labels=model.classes, normalize=False)
            )
    else:
        certainty = model.decision_function(X)
    if len(model.classes) == 2:  # noqa: PLR2004 - those of the second class say all
        second = certainty[:, 1] if certainty.ndim > 1 else certainty
        tally.rankings = [_ranking(second, y == model.classes[1])]
    else:
        tally.rankings = [
            _ranking(certainty[:, j], y == label) for j, label in enumerate(model.classes)
        ]


def regression_tally(tally: Tally, y: Any, predicted: Any) -> None:
    """Add up the errors of a block."""
    gaps = np.asarray(y, dtype=np.float64) - predicted
    values = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
    errors = gaps.reshape(len(y), -1)
    tally.errors = np.array([np.abs(errors).sum(axis=0), np.square(errors).sum(axis=0)])
    mean = values.mean(axis=0)
    tally.spread = np.array([mean, np.square(values - mean).sum(axis=0)])
    tally.residuals = np.column_stack(np.unique(gaps, return_counts=True)).astype(np.float64)


def merge(tallies: Sequence[Tally]) -> Tally:
    """Add tallies, in this order; those without rows are ignored."""
    used = [tally for tally in tallies if tally.n_rows]
    if not used:
        return tallies[0]
    total = used[0]
    for tally in used[1:]:
        total = _add(total, tally)
    return total


def finish(tally: Tally, model: Model) -> Scores:
    """Return what :func:`slimline.evaluation.scores.scores` finds in all rows at once."""
    if model.task == "regression":
        return _regression(tally)
    assert model.classes is not None  # noqa: S101 - true of classifiers
    counted = tally.confusion
    labels = np.union1d(np.array([label for label, _ in counted]), model.classes)
    places = {label: k for k, label in enumerate(labels.tolist())}
    confusion = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for (label, predicted), count in counted.items():
        confusion[places[label], places[predicted]] += count
    right, rows, said = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    seen, either = rows > 0, rows + said > 0
    found = {
        "accuracy": float(right.sum() / tally.n_rows),
        "balanced_accuracy": float((right[seen] / rows[seen]).mean()),
        "f1_macro": float((2 * right[either] / (rows + said)[either]).mean()),
    }
    if np.array_equal(labels[seen], np.sort(model.classes)):
        found["roc_auc"] = float(np.mean([_area(ranking) for ranking in tally.rankings]))
    has_unknown = warn_of_unknown(model, labels[seen])
    if not model.defines_probabilities:
        return Scores(found, confusion)
    if not has_unknown:
        found["log_loss"] = tally.log_loss / tally.n_rows
    calibration, found["calibration_error"] = calibration_of(tally.calibration)
    return Scores(found, confusion, calibration)


def _regression(tally: Tally) -> Scores:
    absolute, squared = tally.errors / tally.n_rows
    deviations = tally.spread[1]
    explained = np.where(
        deviations > 0,
        1 - tally.errors[1] / np.where(deviations > 0, deviations, 1),
        np.where(tally.errors[1] > 0, 0.0, 1.0),
    )
    found = {
        "r2": float(explained.mean()) if tally.n_rows > 1 else float("nan"),
        "mae": float(absolute.mean()),
        "rmse": float(np.sqrt(squared).mean()),
    }
    return Scores(found, residuals=_quantiles(*tally.residuals.T))


def _add(a: Tally, b: Tally) -> Tally:
    best = None
    if a.agreement is not None and b.agreement is not None:
        best = max(a.agreement, b.agreement) if len(a.errors) else a.agreement + b.agreement
    return Tally(
        n_rows=a.n_rows + b.n_rows,
        prints=a.prints + b.prints,
        agreement=best,
        confusion=a.confusion + b.confusion,
        rankings=[_join(x, y) for x, y in zip(a.rankings, b.rankings, strict=True)],
        log_loss=a.log_loss + b.log_loss,
        calibration=a.calibration + b.calibration,
        errors=a.errors + b.errors,
        spread=_join_spread(a, b),
        residuals=_join(a.residuals, b.residuals),
    )


def _join_spread(a: Tally, b: Tally) -> Floats:
    """Mean and squared deviations of both (Chan, Golub & LeVeque, 1983)."""
    if not len(a.spread):
        return a.spread
    n = a.n_rows + b.n_rows
    gap = b.spread[0] - a.spread[0]
    mean = a.spread[0] + gap * b.n_rows / n
    return np.array([mean, a.spread[1] + b.spread[1] + gap**2 * a.n_rows * b.n_rows / n])


def _ranking(values: NDArray[Any], own: NDArray[np.bool_]) -> Floats:
    distinct, place = np.unique(values, return_inverse=True)
    counts = [np.bincount(place, weights, len(distinct)) for weights in (~own, own)]
    return np.column_stack([distinct, *counts])


def _join(a: Floats, b: Floats) -> Floats:
    """Add up the counts of equal values; the values stay in order."""
    both = np.concatenate([a, b])
    distinct, place = np.unique(both[:, 0], return_inverse=True)
    counts = [np.bincount(place, column, len(distinct)) for column in both[:, 1:].T]
    return np.column_stack([distinct, *counts])


def _area(ranking: Floats) -> float:
    """Share of pairs in which the row of the class is ranked higher; ties count half."""
    others, own = ranking[:, 1], ranking[:, 2]
    below = np.cumsum(others) - others / 2
    return float(own @ below / (own.sum() * others.sum()))


def _quantiles(values: Floats, counts: Floats) -> Floats:
    """Linear between neighbours, as np.quantile."""
    ends = np.cumsum(counts)
    places = np.array(RESIDUAL_QUANTILES) * (ends[-1] - 1)
    low, high = (
        values[np.searchsorted(ends, np.clip(at, 0, ends[-1] - 1), side="right")]
        for at in (np.floor(places), np.ceil(places))
    )
    return np.asarray(low + (places - np.floor(places)) * (high - low))
