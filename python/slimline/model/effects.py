"""The effect of a step on predictions: measured on rows, recorded, warned of if it is large."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import isfinite, sqrt
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from slimline._checks import as_targets
from slimline.history import Value
from slimline.model import Model
from slimline.model.links import LINKS

_PACKAGE = str(Path(__file__).parents[1])

Outputs = NDArray[np.floating[Any]]

MOST_ROWS = 1024  # of those given, evenly spaced, to measure on
_MOST_VALUES = 1 << 24
_MOST_SCORED = 4096

# How far outputs may move, as a share of their deviation, before it is said. Of 150 int8 models of
# ten public tables (linear and networks, standardised, scaled to a range and raw, every observer),
# those below lost less than 0.01 of R^2; those above from 0.02 to all of it.
REGRESSION_LIMIT = 0.1
# Of classifications, where only rows near a boundary change: those with fewer changed predictions
# lost less than 0.9 points of accuracy, those with more from 0.9 points to all. Probabilities move
# even where labels stay, hence the second limit.
CHANGED_LIMIT = 0.03
CLASSIFICATION_LIMIT = 0.25
_SURE = 1.64  # standard errors below what few rows show: one in twenty by chance

_quiet: ContextVar[bool] = ContextVar("_quiet", default=False)


class DegradationWarning(UserWarning):
    """A step changed the predictions of a Model by more than a stated limit.

    The message states the change, the rows on which it was measured, the cause, and what to do
    instead. The limits are in the guide to pruning and quantization.

    Examples
    --------
    >>> import warnings
    >>> import slimline as sl
    >>> model = sl.convert(sl.LinearSVC().fit([[2000.0, 1], [2001, 0], [2002, 0]], [0, 1, 1]))
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     risky = sl.quantize(model, activations="dynamic")
    >>> [warning.category is sl.DegradationWarning for warning in said]
    [True]
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How outputs differ from those before a step.

    Attributes
    ----------
    error : float
        Root mean square of the differences over the deviation of the outputs before.
    changed : float or None
        Share of the rows that are given another class; None for regressions.
    n_rows : int
    source : str
        The rows: "X", or the substitute rows.
    """

    error: float
    changed: float | None
    n_rows: int
    source: str

    def measured(self) -> dict[str, Value]:
        """Return what the history records."""
        found: dict[str, Value] = {"output_error": self.error, "measured_on": self.source}
        if self.changed is not None:
            found["changed_predictions"] = self.changed
        return found

    @property
    def is_much(self) -> bool:
        """Whether it is larger than rounding explains."""
        if not isfinite(self.error):
            return True
        if self.changed is None:
            return self.error > REGRESSION_LIMIT
        return self.error > CLASSIFICATION_LIMIT or self.surely_changed > CHANGED_LIMIT

    @property
    def surely_changed(self) -> float:
        """A lower confidence bound of the share of rows that change; 0 for a regression."""
        if self.changed is None:
            return 0.0
        variance = self.changed * (1 - self.changed) / max(1, self.n_rows)
        return self.changed - _SURE * sqrt(variance)

    def __str__(self) -> str:
        """Say it in words."""
        far = f"{percent(self.error)} of" if self.error < 1 else f"{self.error:.2g} times"
        text = f"the outputs move by {far} their deviation"
        if self.changed is not None:
            text += f" and {percent(self.changed)} of the predictions change"
        return f"{text} ({self.n_rows} rows: {self.source})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChange:
    """Accuracy, or R^2, before and after a step, on rows with their targets."""

    before: float
    after: float
    n_rows: int
    name: str

    @classmethod
    def of(cls, before: Model, after: Model, X: Any, y: Any) -> Self:
        """Score two models on at most 4,096 of the rows, evenly spaced."""
        rows = some_rows(before.columns(X), _MOST_SCORED)
        targets = some_rows(as_targets(y, task=before.task), _MOST_SCORED)
        return cls(
            before=default_score(before, rows, targets),
            after=default_score(after, rows, targets),
            n_rows=len(targets),
            name="accuracy" if before.classes is not None else "R^2",
        )

    def measured(self) -> dict[str, Value]:
        """Return what the history records."""
        return {"score_before": self.before, "score": self.after}

    def fell_by_more_than(self, limit: float) -> bool:
        """Whether the decrease exceeds the limit by more than the sampling error."""
        if not isfinite(self.after):
            return True
        drop = self.before - self.after
        return drop - _SURE * sqrt(max(0.0, drop) / max(1, self.n_rows)) > limit

    def __str__(self) -> str:
        """Say it in words."""
        return (
            f"{self.name} on the rows given fell from {self.before:.3g} to {self.after:.3g}"
            f" ({self.n_rows} rows)"
        )


def default_score(model: Model, X: Any, y: NDArray[Any]) -> float:
    """Accuracy, or R^2 over all targets."""
    predicted = model.predict(X)
    if model.classes is not None:
        return float((predicted == y).mean())
    residual = np.square(y.reshape(len(y), -1) - predicted.reshape(len(y), -1)).sum()
    spread = np.square(y - y.mean(axis=0)).sum()
    return float(1 - residual / spread) if spread > 0 else 0.0


def compare(before: Model, after: Model, X: Any, source: str) -> Effect:
    """Measure how a Model differs from the one before, on rows that both take."""
    expected, got = before.outputs(X), after.outputs(X)
    changed = None
    link = LINKS[before.link]
    if link.winners is not None and before.classes is not None:
        k = len(before.classes)
        changed = float((link.winners(expected, k) != link.winners(got, k)).mean())
    return Effect(
        error=relative_error(expected, got), changed=changed, n_rows=len(expected), source=source
    )


def relative_error(expected: Outputs, got: Outputs) -> float:
    """Return the root mean square of the differences over the deviation of the expected values.

    Where those never change, over their size; where they are 0, over the size of what came.
    """
    if expected.size == 0:
        return 0.0
    wanted = expected.astype(np.float64)
    size = float(np.sqrt(wanted.var(axis=0).mean()))
    if size <= _NOTHING * float(np.abs(wanted).max()):
        size = float(np.sqrt(np.square(wanted).mean()))
    difference = float(np.sqrt(np.square(got - wanted).mean()))
    return difference / (size or difference) if difference else 0.0


# A deviation that is float32 rounding of values that do not change.
_NOTHING = 1e-6


def some_rows(X: Any, most: int | None = None) -> Any:
    """Return at most so many rows of an array or a sparse matrix, evenly spaced."""
    rows = X.tocsr() if hasattr(X, "tocsr") else np.asanyarray(X)
    n, width = rows.shape[0], rows.shape[1] if rows.ndim > 1 else 1
    most = min(MOST_ROWS, max(1, _MOST_VALUES // max(1, width))) if most is None else most
    return rows if n <= most else rows[np.arange(most) * n // most]


def percent(share: float) -> str:
    """Write a share for people."""
    return f"{100 * share:.2g} %" if share < 0.995 else "100 %"  # noqa: PLR2004 - as rounded


def warn(message: str) -> None:
    """Warn, at the line of the caller's code, unless :func:`quietly` is active."""
    if not _quiet.get():
        warnings.warn(message, DegradationWarning, stacklevel=_outside())


def _outside() -> int:
    """Return the level of the first caller outside this package, as seen from :func:`warn`."""
    level, frame = 0, inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level


@contextmanager
def quietly() -> Iterator[None]:
    """Suppress the warnings of steps whose result is measured anyway, in this thread alone."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)
