"""Measuring candidates of compress: on which rows, by which score, how fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slimline._checks import as_targets
from slimline.compression.search.result import Candidate
from slimline.compression.training.losses import check_classes
from slimline.model import Model

Scoring = Callable[[Model, Any, NDArray[Any]], float]

_LATENCY_ROWS = 64
_LATENCY_RUNS = 15
_GROUPS = 10


class Part(NamedTuple):
    """Some of the rows."""

    X: Any
    y: NDArray[Any]

    def without(self, group: int) -> Part:
        """Return all but every ``_GROUPS``-th row."""
        rows = np.arange(len(self.y)) % _GROUPS != group
        return Part(self.X[rows], self.y[rows])


class Scores:
    """Scores on some rows, compared with those of a reference."""

    def __init__(self, score: Scoring, part: Part, reference: Model) -> None:
        """Score the reference."""
        self._score = score
        self._part = part
        self.reference = self(reference)
        self._others = self._without_groups(reference)

    def __call__(self, model: Model) -> float:
        """Return the score on all the rows."""
        return float(self._score(model, *self._part))

    def allow(self, model: Model, max_drop: float) -> bool:
        """Whether it is ``max_drop`` below the reference's at most, with a standard error to spare.

        The error of the difference, by the delete-a-group jackknife (Kott, J. Official Statistics
        17, 2001): on few rows, a difference as small as ``max_drop`` may be chance.
        """
        drop = self.reference - self(model)
        if drop > max_drop:
            return False
        n = len(self._others)
        differences = self._others - self._without_groups(model)
        error = np.sqrt((n - 1) * differences.var()) if n > 1 else np.inf
        return bool(drop + error <= max_drop)

    def _without_groups(self, model: Model) -> NDArray[np.float64]:
        n = min(_GROUPS, len(self._part.y))
        parts = [self._part.without(group) for group in range(n)] if n > 1 else []
        return np.array([self._score(model, *part) for part in parts], dtype=np.float64)


def split_rows(
    model: Model,
    X: Any,
    y: ArrayLike,
    validation: tuple[Any, ArrayLike] | None,
    random_state: int,
) -> list[Part]:
    """Return rows to train on, to choose by and to check with: 70, 15 and 15 %, or as given."""
    X, labels = model.columns(X), as_targets(y, task=model.task)
    check_classes(model, labels)
    if validation is None:
        return _cut(X, labels, (0.7, 0.85), random_state)
    others = (model.columns(validation[0]), as_targets(validation[1], task=model.task))
    first = _cut(X, labels, (), random_state)
    return [*first, *_cut(*others, (0.5,), random_state)]


def _cut(X: Any, labels: NDArray[Any], shares: Sequence[float], random_state: int) -> list[Part]:
    rows = X.tocsr() if hasattr(X, "tocsr") else np.asanyarray(X)
    n = len(labels)
    if rows.shape[0] != n or n < 10:  # noqa: PLR2004 - to cut into parts
        msg = f"X and y must have the same number of rows, at least 10, got {rows.shape[0]}, {n}"
        raise ValueError(msg)
    order = np.random.default_rng(random_state).permutation(n)
    cuts = np.split(order, [int(share * n) for share in shares])
    return [Part(X=rows[np.sort(cut)], y=labels[np.sort(cut)]) for cut in cuts]


def measured(model: Model, what: tuple[str, float, str], rows: Any, score: float) -> Candidate:
    """Return a Model that was made and scored, with its bytes and its latency on the first rows."""
    granularity, sparsity, dtype = what
    rows = rows[:_LATENCY_ROWS]
    times = []
    for _ in range(_LATENCY_RUNS):
        start = time.perf_counter()
        model.outputs(rows)
        times.append(time.perf_counter() - start)
    return Candidate(
        model=model,
        granularity=granularity,
        sparsity=sparsity,
        dtype=dtype,
        score=score,
        nbytes=model.tightened().nbytes,
        latency_us=1e6 * float(np.median(times)),
    )
