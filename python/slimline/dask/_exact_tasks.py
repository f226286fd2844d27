"""What one partition contributes to an exact fit: pure functions of its rows and of the point.

All outputs of a problem (one per class against the rest, or one per target) share one task.
The numbers come from the core's partial.hpp, in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import csr_parts
from slimline.dask._partitions import Part
from slimline.dask._sizes import Sized
from slimline.estimators._data import is_sparse
from slimline.estimators._losses import LOSSES

Floats = NDArray[np.float64]

LENGTHS = np.array([0, *(2.0**-k for k in range(7, -1, -1))])  # where slopes along a step are known


@dataclass(frozen=True)
class Problem:
    """``1/2 |w|^2 + cost sum_i s_i loss(y_i, w.x_i + b)`` for every output."""

    loss: str
    epsilon: float
    fit_intercept: bool
    cost: float
    class_weight: Floats  # none for a regression
    n_outputs: int

    @property
    def kinked(self) -> bool:
        """Whether the loss needs multipliers."""
        return not LOSSES[self.loss].smooth

    def rows(self, part: Part, output: int) -> tuple[Floats, Floats]:
        """Targets and costs of one output; one-vs-rest weighs its own class only."""
        cost = self.cost * part.weight
        if not len(self.class_weight):
            return np.ascontiguousarray(part.y[:, output]), cost
        codes = part.y[:, 0].astype(np.intp)
        if self.n_outputs == 1:
            return np.where(codes == 1, 1.0, -1.0), cost * self.class_weight[codes]
        own = codes == output
        return np.where(own, 1.0, -1.0), cost * np.where(own, self.class_weight[output], 1.0)


@dataclass(frozen=True)
class Look(Sized):
    """A point and a step for each of some outputs; all is evaluated at the end of the step."""

    problem: Problem
    outputs: Sequence[int]
    w: Floats  # (n, n_features)
    b: Floats
    step: Floats
    step_b: Floats
    sigma: Floats
    centred: NDArray[np.bool_]  # of new multipliers
    hessian: bool


class Reply(NamedTuple):
    """Sums over rows, of each output that was looked at."""

    up: Floats  # sum of beta x over beta > 0
    down: Floats
    sums: Floats  # of _core.part_terms
    slopes: Floats  # at LENGTHS
    hessian: Floats  # packed lower triangles, or nothing


class Rows:
    """The rows of a partition for the core, which must not begin threads of its own."""

    def __init__(self, part: Part) -> None:
        self._sparse = is_sparse(part.X)
        self._X: tuple[Any, ...] = (
            (*csr_parts(part.X), part.X.shape[1]) if self._sparse else (part.X,)
        )

    def _call(self, name: str, *rest: Any) -> Floats:
        function: Callable[..., Floats] = getattr(_core, name + "_csr" * self._sparse)
        return function(*self._X, *rest)

    def scores(self, w: Floats, b: float) -> Floats:
        """One w.x + b a row."""
        return self._call("part_scores", np.ascontiguousarray(w), float(b), 1)

    def sum(self, a: Floats) -> Floats:
        """Sum of a x."""
        return self._call("part_sum", a, 1)

    def hessian(self, h: Floats) -> Floats:
        """Sum of h (x, 1)(x, 1)', the lower triangle."""
        return self._call("part_hessian", h, 1)

    def diagonal(self, h: Floats) -> Floats:
        """Its diagonal."""
        return self._call("part_diagonal", h)


def look(part: Part, multipliers: Floats, order: Look) -> Reply:
    """Evaluate every output at the end of its step, and its slopes on the way."""
    rows = Rows(part)
    replies = []
    for k, output in enumerate(order.outputs):
        y, cost = order.problem.rows(part, output)
        loss = _loss(order, k, multipliers)
        scores = rows.scores(order.w[k], order.b[k])
        slopes = np.zeros(len(LENGTHS))
        if order.step[k].any() or order.step_b[k]:
            along = rows.scores(order.step[k], order.step_b[k])
            slopes = _core.part_slopes(*loss, y, cost, scores, along, LENGTHS)
            scores += along
        beta, curvature, sums = _core.part_terms(*loss, y, cost, scores)
        hessian = np.empty(0)
        if order.hessian:
            square = rows.hessian(curvature)
            hessian = square[np.tril_indices(len(square))]
        up, down = rows.sum(np.maximum(beta, 0)), rows.sum(np.minimum(beta, 0))
        replies.append(Reply(up, down, sums, slopes, hessian))
    return Reply(*(np.array(values) for values in zip(*replies, strict=True)))


def residual_sums(part: Part, *, problem: Problem, point: tuple[Floats, Floats]) -> Floats:
    """Return the sums of cost |y - w.x - b| and of cost, (n_outputs, 2), at the point (w, b)."""
    rows = Rows(part)
    sums = np.zeros((problem.n_outputs, 2))
    for k, (w, b) in enumerate(zip(*point, strict=True)):
        y, cost = problem.rows(part, k)
        sums[k] = cost @ np.abs(y - rows.scores(w, b)), cost.sum()
    return sums


def add(parts: Sequence[Any]) -> Any:
    """Sum tuples of arrays, or arrays, in this order."""
    if isinstance(parts[0], tuple):
        sums = [add(values) for values in zip(*parts, strict=True)]
        return type(parts[0])(*sums)
    total = parts[0].copy()
    for part in parts[1:]:
        total += part
    return total


def no_multipliers(part: Part, *, problem: Problem) -> Floats:
    """Return room for one multiplier a row and output, where the loss needs any."""
    n_rows = part.X.shape[0] if problem.kinked else 0
    return np.zeros((problem.n_outputs, n_rows))


def raised(part: Part, multipliers: Floats, order: Look) -> Floats:
    """Let the multipliers of these outputs become beta at their points, or centred.

    Centred multipliers round a kink off as much on one side as on the other.
    """
    result = multipliers.copy()
    for k, output in enumerate(order.outputs):
        if order.centred[k]:
            y, cost = order.problem.rows(part, output)
            side = y
            if order.problem.loss != "hinge":
                side = np.sign(y - Rows(part).scores(order.w[k], order.b[k]))
            result[output] = side * cost / 2
        else:
            result[output] = _terms(part, multipliers, order, k)[0]
    return result


def curvatures(part: Part, multipliers: Floats, order: Look) -> Floats:
    """Second derivatives of the rows' losses, (n outputs, n_rows), at the points."""
    return np.array(
        [_terms(part, multipliers, order, k)[1] for k in range(len(order.outputs))]
    ).reshape(len(order.outputs), -1)


def diagonals(part: Part, curvature: Floats) -> Floats:
    """Diagonals of the Hessians, the intercept's last."""
    rows = Rows(part)
    return np.array([rows.diagonal(h) for h in curvature])


def products(part: Part, curvature: Floats, directions: Floats) -> Floats:
    """Hessians times directions (n outputs, n_features + 1)."""
    rows = Rows(part)
    result = np.zeros_like(directions)
    for k, (h, v) in enumerate(zip(curvature, directions, strict=True)):
        if v.any():
            along = h * rows.scores(v[:-1], v[-1])
            result[k, :-1], result[k, -1] = rows.sum(along), along.sum()
    return result


def _loss(order: Look, k: int, multipliers: Floats) -> tuple[str, float, float, Floats]:
    problem = order.problem
    if not problem.kinked:
        return problem.loss, problem.epsilon, 0.0, np.empty(0)
    beta = np.ascontiguousarray(multipliers[order.outputs[k]])
    return problem.loss, problem.epsilon, float(order.sigma[k]), beta


def _terms(part: Part, multipliers: Floats, order: Look, k: int) -> tuple[Floats, Floats, Floats]:
    y, cost = order.problem.rows(part, order.outputs[k])
    scores = Rows(part).scores(order.w[k], order.b[k])
    return _core.part_terms(*_loss(order, k, multipliers), y, cost, scores)
