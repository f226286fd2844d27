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

from slimline.dask._averaging import Order, Share, local_epochs, merge, sparsify
from slimline.dask._exact import Exact, hessians_fit
from slimline.dask._exact_output import Output
from slimline.dask._exact_tasks import Problem, add, residual_sums
from slimline.dask._partitions import Part, Survey
from slimline.dask._plan import Plan
from slimline.dask._rounds import Rounds
from slimline.estimators._losses import LOSSES
from slimline.estimators._sgd_base import SEED_BOUND
from slimline.estimators._sgd_training import Weights

_SAMPLE = 2000  # rows that the step of "auto" looks at
_QUANTILE = 0.9


def fit_in_rounds(
    estimator: Any,
    rounds: Rounds,
    data: Survey,
    class_weight: NDArray[np.float64],
    weights: Weights,
) -> Weights:
    """Run rounds, then Newton's method where it ends the fit; set n_iter_ and t_; warn as one does.

    Newton's method needs no rounds before it while Hessians are small.
    """
    exact = _exact_problem(estimator, data, class_weight, len(weights.coef))
    estimator.n_iter_, estimator.t_ = 0, 1.0
    if exact is None or not hessians_fit(*weights.coef.shape):
        begins = exact is not None
        weights = _average(estimator, rounds, data, class_weight, weights, only_begins=begins)
    return weights if exact is None else _finish(estimator, rounds, data, exact, weights)


def _average(  # noqa: PLR0913 - private, and called once
    estimator: Any,
    rounds: Rounds,
    data: Survey,
    class_weight: NDArray[np.float64],
    weights: Weights,
    *,
    only_begins: bool,
) -> Weights:
    plain = estimator._plain(callback=None, random_state=0, verbose=0)  # noqa: SLF001 - ours
    seed = int(check_random_state(estimator.random_state).randint(SEED_BOUND))
    eta0 = None
    if estimator.learning_rate == "auto":
        eta0 = _step_from_data(plain, rounds, data, class_weight)
    plan = Plan(plain, eta0, only_begins=only_begins)
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


def _exact_problem(
    estimator: Any, data: Survey, class_weight: NDArray[np.float64], n_outputs: int
) -> Problem | None:
    """Return the problem that Newton's method solves at the end of a fit, or None.

    ``1/n sum s loss + alpha/2 |w|^2`` is alpha times ``1/2 |w|^2 + sum s/(n alpha) loss``.
    """
    separate = estimator.loss != "multinomial" or n_outputs == 1  # one is softmax of two classes
    if not (
        estimator.learning_rate == "auto"
        and separate
        and (LOSSES[estimator.loss].smooth or LOSSES[estimator.loss].svm)
        and estimator.penalty == "l2"
        and estimator.alpha > 0
        and estimator.tol
        and not estimator.average
        and not estimator.adaptive_scale
    ):
        return None
    total = data.facts.n_rows if estimator.batch_size == 1 else data.facts.weight
    return Problem(
        loss="log_loss" if estimator.loss == "multinomial" else estimator.loss,
        epsilon=float(estimator.epsilon),
        fit_intercept=bool(estimator.fit_intercept),
        cost=1 / (total * float(estimator.alpha)),
        class_weight=class_weight,
        n_outputs=n_outputs,
    )


def _finish(
    estimator: Any, rounds: Rounds, data: Survey, problem: Problem, weights: Weights
) -> Weights:
    """Continue with Newton's method until the duality gap is at most tol; set the certificate."""
    coef = weights.coef.astype(np.float64)
    residuals = np.zeros(len(coef))
    if problem.kinked:
        point = rounds.hold((coef, weights.intercept))
        shares = rounds.each(residual_sums, data.parts, problem=problem, point=point)
        total, cost = rounds.result(rounds.reduce(shares, add)).T
        residuals = total / cost
    weight = float(data.facts.weight)
    outputs = [
        Output(problem, (w, float(b), float(residual)), weight=weight, tol=float(estimator.tol))
        for w, b, residual in zip(coef, weights.intercept, residuals, strict=True)
    ]
    exact = Exact(rounds, data.parts, problem)
    solution = exact.run(outputs, int(estimator.max_iter), verbose=estimator.verbose)
    estimator.n_iter_ += solution.n_rounds
    objective = float(estimator.alpha) * solution.primal
    estimator.objective_ = float(objective[0]) if len(objective) == 1 else objective
    estimator.dual_gap_ = float(solution.gap)
    if not solution.converged:
        warnings.warn(
            f"max_iter={estimator.max_iter} rounds ended with a relative duality gap of"
            f" {solution.gap:.3g}, above tol={estimator.tol}: increase max_iter or tol.",
            ConvergenceWarning,
            stacklevel=5,
        )
    weights = weights.copy()
    weights.coef[...], weights.intercept[...] = solution.w, solution.b
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
    curvature = LOSSES[plain.loss].curvature
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
        estimator.callback(number, objective, weights.coef.copy())


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
    warnings.warn(msg, ConvergenceWarning, stacklevel=5)
