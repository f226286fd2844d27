"""The start of exact fits of SVMs: the mean of the solutions of all partitions.

Partition k solves its own problem with costs scaled by ``W / W_k``, W the sums of weights. With
multipliers scaled back by ``W_k / W`` the mean of the solutions is the primal point of a feasible
dual point of the whole problem (the averaging of CoCoA: Jaggi et al., NeurIPS 2014). If partitions
have many rows for their columns, it is near the solution.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from slimline import _core
from slimline._checks import csr_parts
from slimline.dask._exact_tasks import Floats, Problem, residual_sums
from slimline.dask._partitions import Part
from slimline.estimators._data import is_sparse

_TOL = 1e-3  # of a partition's own problem: the mean is no more exact


class Mean(NamedTuple):
    """The mean of the solutions of partitions, or the share of one partition."""

    w: Floats  # (n_outputs, n_features)
    b: Floats
    residual: Floats  # of each output: mean of |y - w.x - b|, weighted by cost


def solve_alone(part: Part, problem: Problem, weight: float) -> Mean:
    """Solve every output on one partition; ``weight`` is that of all."""
    share = float(part.weight.sum()) / weight
    shape = (problem.n_outputs, part.X.shape[1])
    w, b = np.zeros(shape), np.zeros(shape[0])
    for output in range(problem.n_outputs):
        y, cost = problem.rows(part, output)
        solution = _solve(part, problem, y, cost / share)
        if solution is not None:
            w[output], b[output] = solution.w, solution.b
    total, cost_sum = residual_sums(part, problem=problem, point=(w, b)).T
    return Mean(share * w, share * b, share * total / cost_sum)


def _solve(part: Part, problem: Problem, y: Floats, cost: Floats) -> Any:
    options = _core.SvmOptions()
    options.loss = getattr(_core.SvmLoss, problem.loss)
    options.epsilon = problem.epsilon
    options.fit_intercept = problem.fit_intercept
    options.tol = _TOL
    run: tuple[Any, ...] = (options, [], None)
    X: tuple[Any, ...] = (part.X,)
    suffix = ""
    if is_sparse(part.X):
        X, suffix = (*csr_parts(part.X), part.X.shape[1]), "_csr"
    if not len(problem.class_weight):
        return getattr(_core, f"svm_regress{suffix}")(*X, y, cost, *run)
    labels = (y > 0).astype(np.int64)
    if len(np.unique(labels[cost > 0])) < 2:  # noqa: PLR2004 - a class is missing here
        return None
    ovr = _core.SvmScheme.ovr
    return getattr(_core, f"svm_classify{suffix}")(*X, labels, cost, np.ones(2), ovr, *run)[0]
