"""From the core's solved SVM problems to the attributes that LinearSVC and LinearSVR share."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from slimline import _core
from slimline.estimators._data import csr_parts, is_sparse, thread_count

MAX_COST = 1e10  # what C=inf stands for: margins are then hard to working precision


def options(estimator: Any, *, epsilon: float = 0.0) -> _core.SvmOptions:
    """Return the core's options for an estimator's parameters."""
    result = _core.SvmOptions()
    result.solver = getattr(_core.SvmSolver, estimator.solver)
    result.loss = getattr(_core.SvmLoss, estimator.loss)
    result.epsilon = float(epsilon)
    result.fit_intercept = bool(estimator.fit_intercept)
    result.tol = float(estimator.tol)
    result.max_iter = int(estimator.max_iter)
    result.n_threads = thread_count(estimator.n_jobs)
    return result


def costs(C: float, sample_weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one cost a row."""
    return min(float(C), MAX_COST) * sample_weight


def classify(X: Any, *arguments: Any) -> list[_core.SvmSolution]:
    """Solve one problem for two classes, else one a class or a pair of classes."""
    if is_sparse(X):
        return _core.svm_classify_csr(*csr_parts(X), X.shape[1], *arguments)
    return _core.svm_classify(X, *arguments)


def regress(X: Any, *arguments: Any) -> _core.SvmSolution:
    """Solve the one problem of a regression."""
    if is_sparse(X):
        return _core.svm_regress_csr(*csr_parts(X), X.shape[1], *arguments)
    return _core.svm_regress(X, *arguments)


def set_attributes(estimator: Any, solutions: list[_core.SvmSolution]) -> None:
    """Set the learned attributes; warn where a problem stopped before its tolerance."""
    estimator.coef_ = np.vstack([solution.w for solution in solutions])
    estimator.intercept_ = np.array([solution.b for solution in solutions])
    estimator.support_, estimator.dual_coef_ = _dual(solutions)
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
        warnings.warn(
            f"{type(estimator).__name__} stopped after {estimator.n_iter_} iterations with a "
            f"relative duality gap of {estimator.dual_gap_:.3g}, above tol={estimator.tol}: the "
            f"objective is at most that far from the best. Increase max_iter={estimator.max_iter} "
            "or tol, or standardise the features.",
            ConvergenceWarning,
            stacklevel=3,
        )


def _dual(solutions: list[_core.SvmSolution]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows that support any problem, ascending, and beta of shape (n_problems, n_support)."""
    support = np.unique(np.concatenate([solution.support for solution in solutions]))
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
    product = X @ coef.T
    dense = product.toarray() if sparse.issparse(product) else product
    scores: NDArray[np.float64] = np.asarray(dense, dtype=np.float64) + intercept
    return scores
