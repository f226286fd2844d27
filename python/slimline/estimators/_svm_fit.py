"""From the core's solved SVM problems to the attributes that LinearSVC and LinearSVR share."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from slimline import _core
from slimline._blocks import product
from slimline._checks import csr_parts
from slimline.estimators._data import check_scores, check_weighted, count, is_sparse, thread_count
from slimline.estimators._svm_warning import not_converged
from slimline.estimators._targets import distinct

HARD_COST = 1e10  # what C=inf stands for: margins are then hard to working precision
MAX_COST = 1e100  # beyond, sums of costs overflow, and margins have long been hard


def _options(estimator: Any, *, epsilon: float) -> _core.SvmOptions:
    result = _core.SvmOptions()
    result.solver = getattr(_core.SvmSolver, estimator.solver)
    result.loss = getattr(_core.SvmLoss, estimator.loss)
    result.epsilon = float(epsilon)
    result.fit_intercept = bool(estimator.fit_intercept)
    result.tol = float(estimator.tol)
    result.max_iter = count(estimator.max_iter)
    result.n_threads = thread_count(estimator.n_jobs)
    return result


def costs(C: float, sample_weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one cost per row; ValueError if it has no inverse, which squared losses need."""
    with np.errstate(over="ignore"):
        cost = finite_cost(C) * sample_weight
    if not (cost.min() >= np.finfo(np.float64).tiny and np.isfinite(cost).all()):
        msg = f"C times sample_weight must lie within float64, got {cost.min():g} to {cost.max():g}"
        raise ValueError(msg)
    return cost


def finite_cost(C: float) -> float:
    """Return C, or a finite substitute for infinity and values close to it."""
    return min(float(C), MAX_COST) if np.isfinite(C) else HARD_COST


class Used(NamedTuple):
    """The rows of positive weight, which alone are passed to the core."""

    rows: NDArray[np.intp] | None  # None: all
    n_rows: int  # with those of weight 0

    @classmethod
    def of(cls, weights: NDArray[np.float64]) -> Used:
        """Return those with a weight, of which there must be one."""
        rows = None if check_weighted(weights).all() else np.flatnonzero(weights)
        return cls(rows, len(weights))

    def take(self, *arrays: Any) -> tuple[Any, ...]:
        """Return these rows of arrays, which are not copied where they are all."""
        return arrays if self.rows is None else tuple(array[self.rows] for array in arrays)

    def places(self, support: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return which of all rows these of the core's are."""
        return support if self.rows is None else self.rows[support]


def classify(
    estimator: Any, X: Any, *targets: Any, used: Used, n_problems: int
) -> list[_core.SvmSolution]:
    """Solve one problem for two classes, else one per class or pair of classes."""
    run = _run(estimator, X.shape[1], used, n_problems)
    if is_sparse(X):
        return _core.svm_classify_csr(*csr_parts(X), X.shape[1], *targets, **run)
    return _core.svm_classify(X, *targets, **run)


def regress(estimator: Any, X: Any, *targets: Any, used: Used) -> _core.SvmSolution:
    """Solve the one problem of a regression."""
    run = _run(estimator, X.shape[1], used, 1, epsilon=estimator.epsilon)
    if is_sparse(X):
        return _core.svm_regress_csr(*csr_parts(X), X.shape[1], *targets, **run)
    return _core.svm_regress(X, *targets, **run)


def _run(
    estimator: Any, n_columns: int, used: Used, n_problems: int, *, epsilon: float = 0.0
) -> dict[str, Any]:
    return {
        "options": _options(estimator, epsilon=epsilon),
        "starts": _starts(estimator, n_columns, used, n_problems),
        "on_progress": _progress(estimator.verbose),
    }


def _starts(estimator: Any, n_columns: int, used: Used, n_problems: int) -> list[_core.SvmStart]:
    """Return the start: the last fit, if it had as many rows, columns and problems."""
    shape = (used.n_rows, n_columns)
    if not (estimator.warm_start and getattr(estimator, "_shape", None) == shape):
        return []
    if len(estimator.intercept_) != n_problems:
        return []
    coef = estimator.coef_.toarray() if is_sparse(estimator.coef_) else estimator.coef_
    # Rows at their bound stay there when C changes.
    dual = estimator.dual_coef_ * (finite_cost(estimator.C) / estimator._cost)  # noqa: SLF001 - ours
    starts = []
    for w, b, values in zip(np.atleast_2d(coef), estimator.intercept_, dual, strict=True):
        beta = np.zeros(shape[0])
        beta[estimator.support_] = values
        (beta,) = used.take(beta)
        starts.append(_core.SvmStart(np.ascontiguousarray(w, dtype=np.float64), float(b), beta))
    return starts


def _progress(verbose: int) -> Callable[[int, int, float], None] | None:
    if not verbose:
        return None

    def report(problem: int, iteration: int, gap: float) -> None:
        sys.stdout.write(f"problem {problem}, iteration {iteration}: relative gap {gap:.3g}\n")

    return report


def set_attributes(estimator: Any, X: Any, used: Used, solutions: list[_core.SvmSolution]) -> None:
    """Set the learned attributes; warn where a problem stopped before its tolerance."""
    estimator._shape = (used.n_rows, X.shape[1])  # noqa: SLF001 - for a warm start
    estimator._cost = finite_cost(estimator.C)  # noqa: SLF001 - likewise
    estimator.coef_ = np.vstack([solution.w for solution in solutions])
    estimator.intercept_ = np.array([solution.b for solution in solutions])
    support, estimator.dual_coef_ = _dual(solutions)
    estimator.support_ = used.places(support)
    estimator.n_support_ = np.array([len(solution.support) for solution in solutions])
    objective = np.array([solution.primal for solution in solutions])
    dual = np.array([solution.dual for solution in solutions])
    single = len(solutions) == 1
    estimator.objective_ = float(objective[0]) if single else objective
    estimator.dual_objective_ = float(dual[0]) if single else dual
    estimator.dual_gap_ = max(solution.gap for solution in solutions)
    estimator.n_iter_ = max(solution.iterations for solution in solutions)
    estimator.solver_ = solutions[0].solver.name
    if estimator.verbose:
        _report(solutions)
    if not all(solution.converged for solution in solutions):
        message = not_converged(estimator, X, solutions)
        warnings.warn(message, ConvergenceWarning, stacklevel=3)


def _dual(solutions: list[_core.SvmSolution]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows that support any problem, ascending, and beta of shape (n_problems, n_support)."""
    if len(solutions) == 1:
        return solutions[0].support, solutions[0].beta[np.newaxis]
    support = distinct(np.concatenate([solution.support for solution in solutions]))
    beta = np.zeros((len(solutions), len(support)))
    for row, solution in zip(beta, solutions, strict=True):
        row[np.searchsorted(support, solution.support)] = solution.beta
    return support, beta


def _report(solutions: list[_core.SvmSolution]) -> None:
    for number, solution in enumerate(solutions):
        sys.stdout.write(
            f"problem {number}: {solution.iterations} iterations, objective {solution.primal:.6g}, "
            f"relative gap {solution.gap:.3g}, {len(solution.support)} support vectors\n"
        )


def linear_scores(X: Any, coef: Any, intercept: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return X coef' + intercept in float64; either matrix may be sparse."""
    rows = coef if coef.ndim > 1 else coef[np.newaxis]
    scores: NDArray[np.float64] = product(X, rows.T).astype(np.float64) + intercept
    return check_scores(scores if coef.ndim > 1 else scores[:, 0])
