"""The effect of pruning and training on a Model: recorded, with a warning where it is large."""

from __future__ import annotations

from typing import Any

import numpy as np

from slimline._checks import as_targets
from slimline._text import quoted
from slimline.compression._knowledge import Known, typical_rows
from slimline.compression.pruning.spared import emptied
from slimline.compression.training.losses import is_one_label
from slimline.history import Value
from slimline.model import Model
from slimline.model.effects import Effect, ScoreChange, compare, percent, some_rows, warn

# Pruning changes outputs, and fine-tuning reverses much of that: warnings are for what ruins a
# model. On ten public tables, pruned to 50 to 95 %, models beyond these limits lost from 1 to 83
# points of accuracy, or more than 0.25 of R^2; below them from none to 5, or 0.1.
_CHANGED = 0.06
_ERROR = {"classification": 0.8, "regression": 0.5}
# Of rows that are only drawn: the pruned model explains less than a fifth of the outputs' variance.
_DRAWN_ERROR = 0.9
# Scores on the rows that trained it. Of 60 models fine-tuned after a step none lost 0.005, those
# pruned while training up to 0.08 where they stayed useful.
TRAINED_LIMIT = 0.02
PRUNED_LIMIT = 0.08
# Of rows as the model sees them, given the one class that it was just trained on.
_NEARLY_ALL = 0.95


def outcome_of_pruning(model: Model, pruned: Model, X: Any) -> dict[str, Value]:
    """Measure the effect of pruning on outputs, on X or substitute rows; warn if it is large."""
    _warn_of_emptied(model, pruned, "prune")
    known = typical_rows(model) if X is None else Known(some_rows(model.columns(X)), "X")
    if known is None or known.rows.shape[0] == 0:
        return {"measured_on": "nothing"}
    effect = compare(model, pruned, known.rows, known.source)
    if _is_much(effect, model.task, drawn=X is None):
        way = "Fine-tune what is left (finetune, or schedule='cubic' with X and y), or remove less"
        warn(f"prune: {effect}. {_most_pruned(model, pruned)}. {way}{_unknown(X)}")
    return effect.measured()


def outcome_of_training(
    before: Model, after: Model, data: tuple[Any, Any], action: str, *, pruned: bool
) -> dict[str, Value]:
    """Measure how the score on the training rows changed; warn if it decreased."""
    if pruned:
        _warn_of_emptied(before, after, action)
    _warn_of_one_class(before, after, data[1], action)
    scores = ScoreChange.of(before, after, *data)
    if scores.fell_by_more_than(PRUNED_LIMIT if pruned else TRAINED_LIMIT):
        way = (
            "Remove less, or train longer (max_iter)"
            if pruned
            else "Take a smaller learning_rate_init or alpha, or standardise the columns"
        )
        warn(f"{action}: {scores}. {way}")
    return scores.measured()


def _warn_of_one_class(before: Model, after: Model, y: Any, action: str) -> None:
    """Warn if rows of one class alone made a model predict it for (nearly) all others."""
    labels = as_targets(y, task=before.task)
    if before.classes is None or not is_one_label(labels):
        return
    known = typical_rows(before)
    if known is None:
        return
    share = [float((model.predict(known.rows) == labels[0]).mean()) for model in (before, after)]
    if share[1] > _NEARLY_ALL > share[0]:
        warn(
            f"{action}: all rows are of the class {quoted(labels.tolist()[0])}, and now the model"
            f" says it of {percent(share[1])} of rows, of {percent(share[0])} before"
            f" ({known.source}). Mix rows of the other classes into each update"
        )


def _warn_of_emptied(before: Model, after: Model, action: str) -> None:
    lost = emptied(before, after)
    if lost:
        warn(f"{action}: {lost}. Remove less, or single weights (granularity='weight')")


def _is_much(effect: Effect, task: str, *, drawn: bool) -> bool:
    if drawn:
        return effect.error > _DRAWN_ERROR
    return effect.error > _ERROR[task] or effect.surely_changed > _CHANGED


def _most_pruned(model: Model, pruned: Model) -> str:
    shares = [
        after.n_nonzero / max(1, before.n_nonzero)
        for before, after in zip(model.layers, pruned.layers, strict=True)
    ]
    i = int(np.argmin(shares))
    return f"Layer {i} keeps {percent(shares[i])} of its weights"


def _unknown(X: Any) -> str:
    return "; give X to measure it on rows of yours" if X is None else ""
