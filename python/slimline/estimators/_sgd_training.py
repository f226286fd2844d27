"""One run of the core's SGD: its arrays, the callback after each epoch, its result."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import csr_parts
from slimline.estimators._data import Matrix, is_sparse


@dataclass
class Weights:
    """The state of SGD: the weights and, if needed, averages and squared gradients."""

    coef: NDArray[Any]  # (n_outputs, n_features), of X's dtype
    intercept: NDArray[np.float64]  # (n_outputs,)
    average_coef: NDArray[Any]
    average_intercept: NDArray[np.float64]
    squares: NDArray[Any]  # with adaptive_scale: of gradients, summed; then the largest |x|
    intercept_squares: NDArray[np.float64]

    @classmethod
    def zeros(cls, shape: tuple[int, int], dtype: Any, *, average: bool, adaptive: bool) -> Weights:
        """Start from nothing; arrays that are not used have no rows."""
        n_outputs, n_features = shape

        def pair(n: int, more: int = 0) -> tuple[NDArray[Any], NDArray[np.float64]]:
            return np.zeros((n + more, n_features), dtype=dtype), np.zeros(n)

        return cls(
            *pair(n_outputs),
            *pair(n_outputs if average else 0),
            *(pair(n_outputs, 1) if adaptive else pair(0)),
        )

    def __sizeof__(self) -> int:
        """Return the bytes of the arrays, by which a cluster plans."""
        return sum(array.nbytes for array in self.arrays())

    def copy(self) -> Weights:
        """Return weights of their own, for training that must leave these as they are."""
        return Weights(*(array.copy() for array in self.arrays()))

    def take(self, others: Weights) -> None:
        """Take over the values of others, of any type, where both keep them."""
        for own, other in zip(self.arrays(), others.arrays(), strict=True):
            if own.shape == other.shape:
                own[...] = other

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Return the arrays in the order in which the core takes them."""
        return (
            self.coef,
            self.intercept,
            self.average_coef,
            self.average_intercept,
            self.squares,
            self.intercept_squares,
        )


Score = Callable[[NDArray[Any], NDArray[np.float64]], Sequence[float]]


@dataclass
class Task:
    """The training data: targets (n_samples, n_columns) and weights, on all rows or some."""

    y: NDArray[np.float64]
    sample_weight: NDArray[np.float64]
    class_weight: NDArray[np.float64]  # empty for regression
    rows: NDArray[np.uintp] = field(default_factory=lambda: np.zeros(0, dtype=np.uintp))
    score: Score | None = None  # of coef and intercept on held-out rows, one per output
    n_counted: int | None = None  # rows in the n of the objective, with those of weight 0
    curve: list[float] = field(default_factory=list)  # mean score of the outputs, of each epoch


OnEpoch = Callable[[int, list[float]], list[float] | None]


def train(
    X: Matrix, task: Task, weights: Weights, options: _core.SgdOptions, on_epoch: OnEpoch | None
) -> _core.SgdResult:
    """Let the core train from ``weights``, in place.

    The core gets the rows of positive weight alone. Rows of weight 0 count in the n of the
    objective ``1/n sum s loss + alpha R``, which is equivalent to a larger alpha, up to a constant.
    """
    more = (task.n_counted or len(task.y)) / len(task.y)
    if more != 1 and options.batch_size == 1:  # batches weigh by s / sum s
        options.alpha = min(options.alpha * more, np.finfo(np.float64).max)
        options.tol *= 1 if options.schedule == "auto" else more
        on_epoch = _divided(on_epoch, more)
    rest: tuple[Any, ...] = (
        task.y,
        task.sample_weight,
        task.class_weight,
        task.rows,
        options,
        on_epoch,
    )
    if is_sparse(X):
        return _core.sgd_fit_csr(*csr_parts(X), *rest, *weights.arrays())
    return _core.sgd_fit(X, *rest, *weights.arrays())


def _divided(on_epoch: OnEpoch | None, factor: float) -> OnEpoch | None:
    if on_epoch is None:
        return None
    report = on_epoch
    return lambda epoch, values: report(epoch, [value / factor for value in values])


def run(
    X: Matrix, task: Task, weights: Weights, options: _core.SgdOptions, estimator: Any
) -> _core.SgdResult:
    """Train from ``weights``, in place; report epochs as the estimator asks for."""
    on_epoch = reporter(task, weights, verbose=estimator.verbose, callback=estimator.callback)
    return train(X, task, weights, options, on_epoch)


def reporter(
    task: Task,
    weights: Weights,
    *,
    verbose: int,
    callback: Callable[[int, float, Any], Any] | None = None,
) -> OnEpoch | None:
    """Return what prints, calls back and scores after each epoch; None where nothing does."""
    if not verbose and callback is None and task.score is None:
        return None

    def on_epoch(epoch: int, objectives: list[float]) -> list[float] | None:
        objective = float(np.mean(objectives))
        scores = None if task.score is None else task.score(weights.coef, weights.intercept)
        if scores is not None:
            task.curve.append(float(np.mean(scores)))
        if verbose:
            text = f"epoch {epoch}: objective {objective:.6g}"
            if scores is not None:
                text += f", validation score {task.curve[-1]:.6g}"
            sys.stdout.write(text + "\n")
        if callback is not None:
            callback(epoch, objective, weights.coef.copy())
        return None if scores is None else [-score for score in scores]

    return on_epoch
