"""Exact fits on a cluster: Newton's method on sums over partitions, with a duality gap over all.

One round sends points and steps of all outputs and brings back sums. While the Hessians are small
they are among these sums, and the client solves with them; above that the Newton systems are solved
by conjugate gradients, with one round per product.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from slimline.dask import _exact_tasks as tasks
from slimline.dask._exact_output import Output
from slimline.dask._exact_tasks import Floats, Look, Problem, Reply
from slimline.dask._rounds import Rounds

_MOST_ENTRIES = 2**21  # of all Hessians of a round: 16 MB
_RIDGE = 1e-8  # keeps b determined where no row is active
_ROUNDING = 1e-13
_MOST_PRODUCTS = 60
_FORCING = 0.1  # residual at which conjugate gradients end


def hessians_fit(n_outputs: int, n_features: int) -> bool:
    """Whether a round may bring back the Hessians of all outputs."""
    return n_outputs * (n_features + 1) ** 2 <= _MOST_ENTRIES


@dataclass
class Solution:
    """The solution for every output, and its relative duality gap."""

    w: Floats
    b: Floats
    primal: Floats
    dual: Floats
    gap: float
    n_support: list[int]
    n_rounds: int
    converged: bool


class Exact:
    """One exact fit: the outputs, and the partitions with their multipliers."""

    def __init__(self, rounds: Rounds, parts: Sequence[Any], problem: Problem) -> None:
        self._rounds = rounds
        self._parts, self._problem = list(parts), problem
        self._multipliers = rounds.each(tasks.no_multipliers, self._parts, problem=problem)
        self.n_rounds = 0

    def run(self, outputs: Sequence[Output], max_iter: int, *, verbose: int) -> Solution:
        """Evaluate and step until every gap is at most tol, or for ``max_iter`` rounds."""
        small = hessians_fit(len(outputs), len(outputs[0].w))
        while self.n_rounds < max_iter:
            active = [k for k, output in enumerate(outputs) if not output.done]
            if not active:
                break
            self._raise(outputs, active)
            reply = self._look(outputs, active, hessian=small)
            for k, output in enumerate(active):
                outputs[output].receive(Reply(*(values[k] for values in reply)))
            waiting = [k for k in active if outputs[k].wants_step]
            if small:
                for k in waiting:
                    packed = reply.hessian[active.index(k)]
                    step = _solve(packed, outputs[k].gradient, self._problem)
                    outputs[k].take_step(step)
            elif waiting:
                for k, step in zip(waiting, self._solve(outputs, waiting, max_iter), strict=True):
                    outputs[k].take_step(step)
            if verbose:
                gap = max(output.gap for output in outputs)
                sys.stdout.write(f"round {self.n_rounds}: relative gap {gap:.3g}\n")
        return self._solution(outputs)

    def _look(self, outputs: Sequence[Output], active: Sequence[int], *, hessian: bool) -> Reply:
        order = self._rounds.hold(self._order(outputs, active, hessian=hessian))
        replies = self._rounds.each(tasks.look, self._parts, self._multipliers, order=order)
        reply: Reply = self._rounds.result(self._rounds.reduce(replies, tasks.add))
        self.n_rounds += 1
        return reply

    def _order(
        self, outputs: Sequence[Output], active: Sequence[int], *, hessian: bool = False
    ) -> Look:
        chosen = [outputs[k] for k in active]
        return Look(
            problem=self._problem,
            outputs=list(active),
            w=np.array([output.w for output in chosen]),
            b=np.array([output.b for output in chosen]),
            step=np.array([output.step for output in chosen]),
            step_b=np.array([output.step_b for output in chosen]),
            sigma=np.array([output.sigma for output in chosen]),
            centred=np.array([output.centred for output in chosen]),
            hessian=hessian,
        )

    def _raise(self, outputs: Sequence[Output], active: Sequence[int]) -> None:
        chosen = [k for k in active if outputs[k].next_sigma is not None]
        if not chosen:
            return
        order = self._rounds.hold(self._order(outputs, chosen))
        self._multipliers = self._rounds.each(
            tasks.raised, self._parts, self._multipliers, order=order
        )
        for k in chosen:
            outputs[k].sigma, outputs[k].next_sigma = outputs[k].next_sigma, None  # type: ignore[assignment]

    def _solve(self, outputs: Sequence[Output], chosen: Sequence[int], max_iter: int) -> Floats:
        """Conjugate gradients for some outputs at once, with a diagonal preconditioner."""
        order = self._rounds.hold(self._order(outputs, chosen))
        h = self._rounds.each(tasks.curvatures, self._parts, self._multipliers, order=order)
        residual = np.array([outputs[k].gradient for k in chosen])
        scale = self._sum(tasks.diagonals, h)
        scale[:, :-1] += 1
        scale[:, -1] += _RIDGE * np.maximum(1, scale[:, -1])
        x, p = np.zeros_like(residual), residual / scale
        rz = (residual * p).sum(axis=1)
        target = _FORCING**2 * rz
        for _ in range(_MOST_PRODUCTS):
            running = rz > target
            if not running.any() or self.n_rounds >= max_iter:
                break
            p[~running] = 0
            q = self._sum(tasks.products, h, directions=self._rounds.hold(p)) + p
            q[:, -1] += (_RIDGE - 1) * p[:, -1]
            if not self._problem.fit_intercept:
                q[:, -1] = p[:, -1]
            alpha = _ratio(rz, (p * q).sum(axis=1), running)
            x += alpha[:, None] * p
            residual -= alpha[:, None] * q
            z = residual / scale
            after = np.where(running, (residual * z).sum(axis=1), 0)
            p = z + _ratio(after, rz, running)[:, None] * p
            rz = after
        return x

    def _sum(self, task: Any, *lists: Sequence[Any], **shared: Any) -> Floats:
        futures = self._rounds.each(task, self._parts, *lists, **shared)
        total: Floats = self._rounds.result(self._rounds.reduce(futures, tasks.add))
        self.n_rounds += 1
        return total

    def _solution(self, outputs: Sequence[Output]) -> Solution:
        return Solution(
            w=np.array([output.best[0] for output in outputs]),
            b=np.array([output.best[1] for output in outputs]),
            primal=np.array([output.primal for output in outputs]),
            dual=np.array([output.dual for output in outputs]),
            gap=max(output.gap for output in outputs),
            n_support=[output.support for output in outputs],
            n_rounds=self.n_rounds,
            converged=all(output.gap <= output.tol for output in outputs),
        )


def _ratio(a: Floats, b: Floats, where: NDArray[np.bool_]) -> Floats:
    """Return a / b, and 0 elsewhere."""
    return np.divide(a, b, out=np.zeros_like(a), where=where)


def _solve(packed: Floats, gradient: Floats, problem: Problem) -> Floats:
    """Solve ``(I + H) step = gradient``; the intercept, which is last, has no penalty."""
    size = len(gradient)
    A = np.zeros((size, size))
    A[np.tril_indices(size)] = packed
    A[np.diag_indices(size)] += 1
    A[-1, -1] += _RIDGE * max(1.0, A[-1, -1] - 1) - 1
    if not problem.fit_intercept:
        A[-1] = 0
        A[-1, -1] = 1
    scale = 1 / np.sqrt(A.diagonal())  # a factor of a matrix with ones on its diagonal
    A *= scale * scale[:, None]
    A[np.diag_indices(size)] += _ROUNDING
    step: Floats = scale * linalg.cho_solve(linalg.cho_factor(A, lower=True), scale * gradient)
    return step
