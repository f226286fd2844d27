"""A fit of SGD on a cluster, from checked partitions to weights."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.extmath import row_norms

from slimline import _core
from slimline.dask._averaging import Order, Share, local_epochs, merge, sparsify
from slimline.dask._partitions import Part, Survey
from slimline.dask._plan import Plan
from slimline.dask._rounds import Rounds
from slimline.estimators._sgd_base import SEED_BOUND
from slimline.estimators._sgd_training import Weights

_SAMPLE = 2000  # rows that the step of "auto" looks at
_QUANTILE = 0.9


def fit_by_averaging(
    estimator: Any,
    rounds: Rounds,
    data: Survey,
    class_weight: NDArray[np.float64],
    weights: Weights,
) -> Weights:
    """Run rounds until the plan ends; set n_iter_ and t_; warn as a fit on one machine does."""
    plain = estimator._plain(callback=None, random_state=0, verbose=0)  # noqa: SLF001 - ours
    seed = int(check_random_state(estimator.random_state).randint(SEED_BOUND))
    eta0 = None
    if estimator.learning_rate == "auto":
        eta0 = _step_from_data(plain, rounds, data, class_weight)
    plan = Plan(plain, eta0)
    updates, diverged, more = 0, False, True
    while more:
        order = Order(
            estimator=plain,
            class_weight=class_weight,
            weights=weights,
            seed=seed,
            number=plan.done,
            epochs=estimator.local_epochs,
            updates=updates,
            eta0=plan.eta(),
        )
        shares = rounds.each(local_epochs, data.parts, order=rounds.hold(order))
        share: Share = rounds.result(rounds.reduce(shares, merge))
        weights, updates = sparsify(share), updates + share.updates
        diverged |= share.diverged
        more = plan.more(share.objectives)
        _tell(estimator, plan.done, float(share.objectives.mean()), weights)
    estimator.n_iter_, estimator.t_ = plan.done, float(updates + 1)
    _warn(estimator, plan, diverged=diverged)
    return weights


def _step_from_data(
    plain: Any, rounds: Rounds, data: Survey, class_weight: NDArray[np.float64]
) -> float:
    """Choose the constant step of "auto" as the core does, from a sample of all partitions."""
    stride = max(1, data.facts.n_rows // _SAMPLE)
    heaviest = float(class_weight.max(initial=0)) or 1.0
    sizes = rounds.results(rounds.each(_sizes, data.parts, stride=stride, factor=heaviest))
    size = np.concatenate(sizes)
    typical = np.quantile(size, _QUANTILE, method="lower") or size.max() or 1.0
    loss = "log_loss" if plain.loss == "multinomial" else plain.loss
    curvature = 0.5 if plain.loss == "multinomial" else _core.loss_curvature(loss)
    l2 = {"l2": 1.0, "elasticnet": 1 - (plain.l1_ratio or 0.0)}.get(plain.penalty, 0.0)
    return float(1 / (curvature * typical + l2 * plain.alpha))


def _sizes(part: Part, *, stride: int, factor: float) -> NDArray[np.float64]:
    """Squared lengths of rows times their weights."""
    rows = part.X[::stride]
    lengths = row_norms(rows, squared=True).astype(np.float64)
    return np.asarray(factor * part.weight[::stride] * (lengths + 1))


def _tell(estimator: Any, number: int, objective: float, weights: Weights) -> None:
    if estimator.verbose:
        sys.stdout.write(f"round {number}: objective {objective:.6g}\n")
    if estimator.callback is not None:
        coef = weights.coef.view()
        coef.flags.writeable = False
        estimator.callback(number, objective, coef)


def _warn(estimator: Any, plan: Plan, *, diverged: bool) -> None:
    if diverged:
        msg = (
            "SGD diverged on a partition: its objective ended far above where it began. Scale the"
            f" features, lower eta0={estimator.eta0}, or use learning_rate='auto'."
        )
    elif estimator.tol is not None and not plan.converged:
        msg = (
            f"max_iter={estimator.max_iter} rounds ended before convergence: increase max_iter or"
            " tol to improve the fit."
        )
    else:
        return
    warnings.warn(msg, ConvergenceWarning, stacklevel=4)
