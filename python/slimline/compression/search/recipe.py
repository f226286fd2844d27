"""compress: the smallest or fastest Model that keeps its score, found by measuring a grid.

A grid is enough: scores and sizes decrease as sparsity grows, so that each row of the grid is
bisected for the sparsest model that passes. A search that models the scores would have to measure
as many candidates. In the remaining time the rest of the grid is measured too, each row up to the
first candidate that is far too bad, since scores on few rows are not quite monotone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike

from slimline._checks import check_choice, check_fraction
from slimline._text import quoted
from slimline.compression.finetuning import finetune
from slimline.compression.quantization.recipe import quantize
from slimline.compression.search.candidates import (
    Part,
    Scores,
    Scoring,
    measured,
    split_rows,
)
from slimline.compression.search.result import DTYPES, Candidate, CompressResult, Target
from slimline.layers import MOST_INT8_INPUTS
from slimline.model import Model, check_model
from slimline.model.effects import default_score, quietly, some_rows

_Cell = tuple[str, float]

_SPARSITIES = (0.5, 0.7, 0.8, 0.9, 0.95)
# n:m: how many of 16 stay, chosen more freely than one or two of 4 at the same size.
_KEPT = (8, 5, 3, 2, 1)
# What makes the layers smaller; static int8 has no form that leaves out zeros.
_SHRINK = ("node", "feature")
# A row of the grid ends where the score has fallen by this many times max_drop.
_HOPELESS = 4
# Of fine-tuning; batches are finetune's.
_LEAST_EPOCHS, _MOST_EPOCHS = 10, 80
_STEPS = 500
_BATCH_SIZE = 128
# Of what dynamic int8 learns of the columns.
_CALIBRATION_ROWS = 4096


def compress(  # noqa: PLR0913 - few are needed at a time
    model: Model,
    X: Any,
    y: ArrayLike,
    *,
    validation: tuple[Any, ArrayLike] | None = None,
    max_drop: float = 0.005,
    target: Target = "size",
    budget_seconds: float = 300.0,
    scoring: Scoring | None = None,
    max_iter: int | None = None,
    random_state: int = 0,
    n_threads: int = 1,
    verbose: bool = False,
) -> CompressResult:
    """Find the smallest or fastest Model whose score decreases by at most ``max_drop``.

    Candidates are all combinations of a granularity (weights, blocks, hidden nodes, features, n:m),
    a sparsity and a dtype. Each is pruned while it is fine-tuned. Int8 candidates are trained
    through their rounding, except a single layer whose score already equals the model's. Bytes,
    latency and the score on rows outside the training are measured. The result is the cheapest
    candidate whose score is within ``max_drop`` both on these rows and on further rows, which
    played no part in the choice. On both, one standard error of the difference must be left to
    spare: on a few hundred rows chance alone makes scores differ by more than the default
    ``max_drop``.

    Parameters
    ----------
    model : Model
        A model of float32 layers.
    X : array or scipy sparse matrix of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
    validation : tuple of X and y or None, default=None
        Rows that the model was not trained on: half of them to choose by, half to check with. None:
        15 % of X and y for each. Where the model overfits, pass this: a smaller model cannot reach
        an overfitted score on training rows.
    max_drop : float, default=0.005
        Largest decrease of the score, in [0, 1).
    target : {"size", "latency"}, default="size"
        What to minimise: the bytes of the tensors, or the time to predict 64 rows.
    budget_seconds : float, default=300
        Time budget. A candidate is started only if it would end within the budget when taking as
        long as the slowest so far.
    scoring : callable ``(model, X, y) -> float`` or None, default=None
        Score, higher is better. None: accuracy, or R^2 for regressions.
    max_iter : int or None, default=None
        Epochs of fine-tuning. None: 10; for networks on few rows up to 80, so as to make 500 steps.
    random_state : int, default=0
    n_threads : int, default=1
        Number of threads for fine-tuning. The result does not depend on it.
    verbose : bool, default=False
        Print each candidate.

    Returns
    -------
    CompressResult

    Raises
    ------
    ValueError
        If an argument is not as above, or a classification gets rows of one class only.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_digits(return_X_y=True)
    >>> model = sl.convert(LogisticRegression(tol=0.01).fit(X, y))
    >>> result = sl.compress(model, X, y, max_drop=0.02, max_iter=2)
    >>> result.model.nbytes < model.nbytes / 3
    True
    """
    check_model("model", model)
    max_drop = check_fraction("max_drop", max_drop)
    check_choice("target", target, get_args(Target))
    begin = time.monotonic()
    tuning, choosing, checking = split_rows(model, X, y, validation, random_state)
    score = default_score if scoring is None else scoring
    if not callable(score):
        msg = f"scoring must be a callable (model, X, y) -> float or None, got {quoted(score)}"
        raise TypeError(msg)
    scores, checks = (Scores(score, part, model) for part in (choosing, checking))
    baseline = measured(model, ("weight", 0.0, "float32"), choosing.X, scores.reference)
    search = _Search(
        model=model,
        tuning=tuning,
        rows=choosing.X,
        scores=scores,
        max_drop=max_drop,
        max_iter=epochs(model, len(tuning.y)) if max_iter is None else max_iter,
        n_threads=n_threads,
    )
    candidates, passed = [], []
    longest, last = 0.0, begin
    for candidate, allowed in search.grid():
        candidates.append(candidate)
        if allowed:
            passed.append(candidate)
        if verbose:
            sys.stdout.write(
                f"{candidate.granularity} {candidate.sparsity:.0%} {candidate.dtype}:"
                f" score {candidate.score:.4f}, {candidate.nbytes} bytes\n"
            )
        now = time.monotonic()
        longest, last = max(longest, now - last), now
        if now + longest > begin + budget_seconds:
            break
    best, best_score = model, checks.reference
    for candidate in sorted(passed, key=lambda c: c.cost(target)):
        if candidate.cost(target) >= baseline.cost(target):
            break
        if checks.allow(candidate.model, max_drop):
            best, best_score = candidate.model, checks(candidate.model)
            break
    return CompressResult(
        model=best.tightened(),
        baseline=baseline,
        candidates=tuple(candidates),
        check_score=best_score,
        check_baseline=checks.reference,
        target=target,
    )


def epochs(model: Model, n_rows: int) -> int:
    """Return how many epochs of fine-tuning suit so many rows."""
    if len(model.layers) == 1:
        return _LEAST_EPOCHS
    batches = -(-n_rows // _BATCH_SIZE)
    return max(_LEAST_EPOCHS, min(_MOST_EPOCHS, _STEPS // batches))


@dataclass
class _Outcome:
    """What the candidates of a cell of the grid scored."""

    best: float = -np.inf
    allowed: bool = False


@dataclass(frozen=True, kw_only=True)
class _Search:
    """What makes candidates, and measures them."""

    model: Model
    tuning: Part
    rows: Any
    scores: Scores
    max_drop: float
    max_iter: int
    n_threads: int

    def grid(self) -> Iterator[tuple[Candidate, bool]]:
        """Yield candidates and whether they pass: those that bisect the rows, then the others."""
        rows = list(self.grid_rows())
        done: dict[_Cell, _Outcome] = {}
        for row in rows:
            low, high = 0, len(row)
            while low < high:
                middle = (low + high) // 2
                yield from self.cell(row[middle], done)
                if done[row[middle]].allowed:
                    low = middle + 1
                else:
                    high = middle
        hopeless = self.scores.reference - _HOPELESS * max(self.max_drop, 0.001)
        for row in rows:
            for cell in row:
                if cell not in done:
                    yield from self.cell(cell, done)
                if done[cell].best < hopeless:
                    break

    def cell(self, cell: _Cell, done: dict[_Cell, _Outcome]) -> Iterator[tuple[Candidate, bool]]:
        """Yield those of a granularity and sparsity; keep in ``done`` how they score."""
        granularity, sparsity = cell
        pruned = self.pruned(granularity, sparsity)
        outcome = done[cell] = _Outcome()
        for dtype in DTYPES:
            if (dtype == "float32" and sparsity == 0) or (
                dtype == "int8 static" and sparsity > 0 and granularity not in _SHRINK
            ):
                continue
            if dtype != "float32" and max(layer.n_in for layer in pruned.layers) > MOST_INT8_INPUTS:
                continue
            made = self.as_dtype(pruned, dtype)
            candidate = measured(made, (*cell, dtype), self.rows, self.scores(made))
            allowed = self.scores.allow(made, self.max_drop)
            outcome.best = max(outcome.best, candidate.score)
            outcome.allowed = outcome.allowed or allowed
            yield candidate, allowed

    def grid_rows(self) -> Iterator[Sequence[_Cell]]:
        """Yield rows of granularity and share of what goes, least first."""
        yield [("weight", 0.0)]
        hidden = ["node"] if len(self.model.layers) > 1 else []
        for granularity in ("block", "weight", *hidden, "feature"):
            yield [(granularity, sparsity) for sparsity in _SPARSITIES]
        yield [(f"{kept}:16", 1 - kept / 16) for kept in _KEPT]

    def pruned(self, granularity: str, sparsity: float) -> Model:
        """Prune the model while it trains."""
        if sparsity == 0:
            return self.model
        with quietly():
            return finetune(
                self.model,
                *self.tuning,
                sparsity=0.0 if ":" in granularity else sparsity,
                granularity=granularity,
                max_iter=self.max_iter,
                n_threads=self.n_threads,
            )

    def as_dtype(self, model: Model, dtype: str) -> Model:
        """Quantize a model, and train it as int8: not one layer that scores what is wanted."""
        if dtype == "float32":
            return model
        static = dtype == "int8 static"
        with quietly():  # scores say it
            if static:
                small = quantize(model, self.tuning.X, activations="static")
            else:
                rows = some_rows(self.tuning.X, _CALIBRATION_ROWS)
                small = quantize(model, rows)
        if len(small.layers) == 1 and self.scores(small) >= self.scores.reference:
            return small
        with quietly():
            return finetune(
                small,
                *self.tuning,
                max_iter=max(1, self.max_iter // 2),
                learning_rate_init=3e-4,
                n_threads=self.n_threads,
            )
