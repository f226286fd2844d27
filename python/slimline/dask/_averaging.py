"""Local SGD: epochs of the core on every partition from one start, then the mean.

A round sends the weights to the partitions, lets each train on its own rows, and takes the mean,
weighted by rows, of the whole state of the training. Averaging every round needs few rounds (Stich,
"Local SGD Converges Fast and Communicates Little", ICLR 2019; Haddadpour et al., NeurIPS 2019). The
mean of l1 models is dense where they disagree. A weight is kept only if the signs, weighted by
rows, have a majority of more than half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline.dask._partitions import Part, naming
from slimline.dask._sizes import Sized
from slimline.estimators._sgd_training import Task, Weights, train
from slimline.estimators._sgd_warnings import DIVERGED


@dataclass(frozen=True)
class Order(Sized):
    """The work of a round on every partition."""

    estimator: Any  # one of this machine, not fitted: parameters
    class_weight: NDArray[np.float64]
    weights: Weights
    seed: int
    number: int
    epochs: int
    updates: int  # made so far by all partitions, where schedules go on
    eta0: float | None = None  # of constant steps, where the schedule is the client's


class Share(NamedTuple):
    """The results of partitions: sums of rows and updates, and means weighted by rows."""

    n_rows: int
    updates: int
    objectives: NDArray[np.float64]  # of each output, as seen during the last epoch
    diverged: bool
    weights: Weights
    signs: NDArray[np.float32]  # with l1: of the weights


def local_epochs(part: Part, order: Order) -> Share:
    """Train on one partition, from the weights of the order."""
    seen: list[list[float]] = []
    weights = order.weights.copy()
    task = Task(
        y=part.y,
        sample_weight=part.weight,
        class_weight=order.class_weight,
        n_counted=part.n_counted,
    )
    options = order.estimator._options(order.updates)  # noqa: SLF001 - ours
    sequence = np.random.SeedSequence([order.seed, order.number, part.number])
    options.seed = int(sequence.generate_state(1)[0])
    options.max_iter = order.epochs
    options.tol = -np.inf
    options.partial = True
    if order.eta0 is not None:
        options.schedule, options.eta0 = "constant", order.eta0
    with naming(part.number):
        result = train(part.X, task, weights, options, lambda _, values: seen.append(values))
    sparse = options.penalty in {"l1", "elasticnet"}
    return Share(
        n_rows=part.n_counted,
        updates=int(result.updates),
        objectives=np.array(seen[-1]),
        diverged=bool(result.above_zero > DIVERGED),
        weights=weights,
        signs=np.sign(weights.coef).astype(np.float32) if sparse else np.empty(0, np.float32),
    )


def merge(shares: Sequence[Share]) -> Share:
    """Return the mean of means, the sums taken in float64 and in this order."""
    n_rows = sum(share.n_rows for share in shares)
    parts = [share.n_rows / n_rows for share in shares]

    def mean(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
        total = np.zeros(arrays[0].shape)
        for part, array in zip(parts, arrays, strict=True):
            total += part * array
        return total.astype(arrays[0].dtype)

    weights = Weights(
        *(mean([getattr(s.weights, f.name) for s in shares]) for f in fields(Weights))
    )
    if len(weights.squares):  # the last row: the largest value of each column
        weights.squares[-1] = np.max([share.weights.squares[-1] for share in shares], axis=0)
    return Share(
        n_rows=n_rows,
        updates=sum(share.updates for share in shares),
        objectives=mean([share.objectives for share in shares]),
        diverged=any(share.diverged for share in shares),
        weights=weights,
        signs=mean([share.signs for share in shares]),
    )


def sparsify(share: Share) -> Weights:
    """Set the weights on whose sign the partitions disagree to zero."""
    weights = share.weights
    if share.signs.size:
        weights = weights.copy()
        weights.coef[np.abs(share.signs) <= 0.5] = 0  # noqa: PLR2004 - one half
    return weights
