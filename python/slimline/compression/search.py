"""compress: the smallest or fastest Model that is still good, found by measuring a grid.

A grid is enough: score falls and size shrinks as sparsity grows, so that each row of the grid ends
at the first candidate that is far too bad, and a search that models the scores would have to
measure as many.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slimline._checks import check_choice, check_fraction
from slimline.compression._compress_result import DTYPES, Candidate, CompressResult, Target
from slimline.compression.finetuning import finetune
from slimline.compression.quantization import quantize
from slimline.model import Model

Scoring = Callable[[Model, Any, NDArray[Any]], float]

_SPARSITIES = (0.5, 0.7, 0.8, 0.9, 0.95)
_PATTERNS = (("2:4", 0.5), ("1:4", 0.75), ("1:8", 0.875))
# A row of the grid ends where the score has fallen by this many times max_drop.
_HOPELESS = 4
_LATENCY_ROWS = 64
_LATENCY_RUNS = 15


class _Part(NamedTuple):
    X: Any
    y: NDArray[Any]


def compress(  # noqa: PLR0913 - few are needed at a time
    model: Model,
    X: Any,
    y: ArrayLike,
    *,
    max_drop: float = 0.005,
    target: Target = "size",
    budget_seconds: float = 300.0,
    scoring: Scoring | None = None,
    max_iter: int = 10,
    random_state: int = 0,
    verbose: bool = False,
) -> CompressResult:
    """Find the smallest or fastest Model whose score falls by at most ``max_drop``.

    Every granularity (weights, blocks, hidden nodes, features, n:m), sparsity and dtype is pruned
    while it trains, fine-tuned (int8 through its rounding) on 70 % of the rows, and measured:
    bytes, latency, score on 15 % of them. The cheapest whose score is within ``max_drop`` and that
    is so too on the last 15 %, by which nothing was chosen, is taken.

    Parameters
    ----------
    model : Model
        Of float32 layers.
    X : array or scipy sparse matrix of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
    max_drop : float, default=0.005
        In [0, 1).
    target : {"size", "latency"}, default="size"
        Bytes of the tensors, or the time of a prediction of 64 rows.
    budget_seconds : float, default=300
        No candidate is begun after it.
    scoring : callable ``(model, X, y) -> float`` or None, default=None
        Higher is better. None: accuracy, or R^2 for regressions.
    max_iter : int, default=10
        Epochs of fine-tuning.
    random_state : int, default=0
    verbose : bool, default=False
        Print each candidate.

    Returns
    -------
    CompressResult

    Raises
    ------
    ValueError
        If an argument is not as above.

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
    max_drop = check_fraction("max_drop", max_drop)
    check_choice("target", target, get_args(Target))
    end = time.monotonic() + budget_seconds
    tuning, choosing, checking = _parts(X, np.asarray(y), random_state)
    score = _default_score if scoring is None else scoring
    baseline = _measured(model, ("weight", 0.0, "float32"), choosing, score)
    candidates = []
    for candidate in _grid(model, tuning, choosing, score, baseline, max_drop, max_iter):
        candidates.append(candidate)
        if verbose:
            sys.stdout.write(
                f"{candidate.granularity} {candidate.sparsity:.0%} {candidate.dtype}:"
                f" score {candidate.score:.4f}, {candidate.nbytes} bytes\n"
            )
        if time.monotonic() > end:
            break
    reference = score(model, checking.X, checking.y)
    best, best_score = model, reference
    for candidate in sorted(candidates, key=lambda c: c.cost(target)):
        if candidate.cost(target) >= baseline.cost(target):
            break
        if candidate.score < baseline.score - max_drop:
            continue
        checked = score(candidate.model, checking.X, checking.y)
        if checked >= reference - max_drop:
            best, best_score = candidate.model, checked
            break
    return CompressResult(
        model=best,
        baseline=baseline,
        candidates=tuple(candidates),
        check_score=best_score,
        check_baseline=reference,
        target=target,
    )


def _parts(X: Any, y: NDArray[Any], random_state: int) -> list[_Part]:
    rows = X.tocsr() if hasattr(X, "tocsr") else np.asarray(X)
    if rows.shape[0] != len(y) or len(y) < 10:  # noqa: PLR2004 - to cut into three parts
        msg = (
            f"X and y must have the same number of rows, at least 10, got {rows.shape[0]}, {len(y)}"
        )
        raise ValueError(msg)
    order = np.random.default_rng(random_state).permutation(len(y))
    cuts = np.split(order, [int(0.7 * len(y)), int(0.85 * len(y))])
    return [_Part(X=rows[np.sort(cut)], y=y[np.sort(cut)]) for cut in cuts]


def _grid(  # noqa: PLR0913, PLR0917 - one call
    model: Model,
    tuning: _Part,
    choosing: _Part,
    score: Scoring,
    baseline: Candidate,
    max_drop: float,
    max_iter: int,
) -> Iterator[Candidate]:
    hopeless = baseline.score - _HOPELESS * max(max_drop, 0.001)
    for row in _rows(model):
        for granularity, sparsity in row:
            pruned = model
            if sparsity > 0:
                share = 0.0 if ":" in granularity else sparsity
                pruned = finetune(
                    model,
                    tuning.X,
                    tuning.y,
                    sparsity=share,
                    granularity=granularity,
                    max_iter=max_iter,
                )
            best = -np.inf
            for dtype in DTYPES[1 if sparsity == 0 else 0 :]:
                made = _as_dtype(pruned, dtype, tuning, max_iter)
                candidate = _measured(made, (granularity, sparsity, dtype), choosing, score)
                best = max(best, candidate.score)
                yield candidate
            if best < hopeless:
                break


def _rows(model: Model) -> Iterator[Sequence[tuple[str, float]]]:
    """Yield the rows of the grid: granularity and share of what goes, least first."""
    hidden = ["node"] if len(model.layers) > 1 else []
    for granularity in ("weight", "block", *hidden, "feature"):
        row = [(granularity, sparsity) for sparsity in _SPARSITIES]
        yield [("weight", 0.0), *row] if granularity == "weight" else row
    yield _PATTERNS


def _as_dtype(model: Model, dtype: str, tuning: _Part, max_iter: int) -> Model:
    X, y = tuning.X, tuning.y
    if dtype == "float32":
        return model
    static = dtype == "int8 static"
    model = quantize(model, X, activations="static") if static else quantize(model)
    return finetune(model, X, y, max_iter=max(1, max_iter // 2), learning_rate_init=3e-4)


def _measured(model: Model, what: tuple[str, float, str], part: _Part, score: Scoring) -> Candidate:
    granularity, sparsity, dtype = what
    rows = part.X[:_LATENCY_ROWS]
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
        score=float(score(model, part.X, part.y)),
        nbytes=model.nbytes,
        latency_us=1e6 * float(np.median(times)),
    )


def _default_score(model: Model, X: Any, y: NDArray[Any]) -> float:
    """Accuracy, or R^2 over all targets."""
    predicted = model.predict(X)
    if model.classes is not None:
        return float((predicted == y).mean())
    residual = np.square(y.reshape(len(y), -1) - predicted.reshape(len(y), -1)).sum()
    spread = np.square(y - y.mean(axis=0)).sum()
    return float(1 - residual / spread) if spread > 0 else 0.0
