"""Newton's method for one output, as the client sees it: sums come in, points and steps go out.

Smooth losses take Newton steps. Losses with kinks are minimised in stages, each on an augmented
Lagrangian with sharper kinks. The first stage rounds kinks off widely, as much on one side as on
the other; at the end of each the multipliers, which stay on the partitions, become the rows' dual
variables, as in the core's engine "newton". Every reply holds a feasible dual point, up
to the scaling of one sign that makes the sum of beta zero, and so a duality gap.
"""

from __future__ import annotations

import numpy as np

from slimline.dask._exact_tasks import LENGTHS, Floats, Problem, Reply

_FIRST_SIGMA = 0.05  # in units of cost / residual
_GROWTH = 4.0
_LEAST_GROWTH = 1.5
_MAX_SIGMA = 1e10
_ACCURACY = 0.05  # of a stage's minimum, in units of what the gap may be
_GOOD_STEP = 0.3  # slope at the end of a step, relative to its begin, that needs no search
_TINY = 1e-14
_ROUNDING = 1e-13
_FAR = 100.0  # in units of residuals: steps of the intercept that only its ridge has held


class Output:
    """The state of one output."""

    def __init__(
        self, problem: Problem, start: tuple[Floats, float, float], *, weight: float, tol: float
    ) -> None:
        """Begin at w, b and the mean residual there; ``weight``: the sum over all rows."""
        w, b, residual = start
        self.w, self.b = w, b
        self.step, self.step_b = np.zeros_like(w), 0.0
        self.kinked = problem.kinked
        self._residual = residual if self.kinked else 0.0
        self.sigma = _FIRST_SIGMA / residual if self.kinked and residual > 0 else 1.0
        self.next_sigma = self.sigma if self.kinked else None  # of a stage that is to begin
        self.centred = self.kinked
        self.primal, self.dual, self.gap = np.inf, -np.inf, np.inf
        self.best = (w, b)
        self.support = 0
        self._stage_gap = np.inf
        self.done = False
        self.wants_step = False
        self.gradient = np.zeros(len(w) + 1)
        self._fit_intercept = problem.fit_intercept
        rounding = _ROUNDING * abs(b)  # of scores: what it costs is no gap
        self._least = problem.cost * weight * rounding ** (1 if self.kinked else 2)
        self.tol = tol

    def receive(self, reply: Reply) -> None:
        """Take the sums at the end of the step; decide what follows."""
        self.wants_step = False
        if self.step.any() or self.step_b:
            length = self._length(reply.slopes)
            self.w = self.w + length * self.step
            self.b += length * self.step_b
            self.step, self.step_b = np.zeros_like(self.w), 0.0
            if length < 1:
                return  # the next evaluation is at the point where the search ended
        mass = self._certify(reply)
        if self.gap <= self.tol:
            self.done = True
        elif self.kinked and self._accurate(mass):
            self.raise_multipliers()
        else:
            self.wants_step = True

    def take_step(self, step: Floats) -> None:
        """Go along a solution of the Newton system, or end where there is nowhere to go."""
        b = abs(step[-1])
        if self._residual and b > _FAR * max(self._residual, abs(self.b)):
            step = step * (self._residual / b)  # between kinks there is no row to say how far
        size = np.abs(step).max(initial=0)
        largest = max(np.abs(self.w).max(initial=0), abs(self.b), _TINY)
        self.step, self.step_b = step[:-1], float(step[-1])
        if size <= _TINY * largest or not np.isfinite(size):
            self.step, self.step_b = np.zeros_like(self.w), 0.0
            if self.kinked and self.sigma < _MAX_SIGMA:
                self.raise_multipliers()
            else:
                self.done = True

    def raise_multipliers(self) -> None:
        """Begin a stage with a larger sigma, less so where the gap is nearly met."""
        self.centred = False
        needed = max(_LEAST_GROWTH, np.sqrt(abs(self._stage_gap) / self.tol))
        self.next_sigma = min(self.sigma * min(needed, _GROWTH), _MAX_SIGMA)

    def _length(self, slopes: Floats) -> float:
        """Where the objective along the step is least: its slope ascends."""
        values = (self.w @ self.step) + LENGTHS * (self.step @ self.step) - slopes
        if values[-1] <= _GOOD_STEP * abs(values[0]):
            return 1.0
        after = int(np.argmax(values > 0))
        if after == 0:
            return 0.0
        low, high = LENGTHS[after - 1], LENGTHS[after]
        share = values[after - 1] / (values[after - 1] - values[after])
        return float(low + share * (high - low))

    def _certify(self, reply: Reply) -> float:
        up, down, gain_up, gain_down, loss, support = reply.sums
        factor_up = factor_down = 1.0
        if self._fit_intercept and up != -down:
            least = min(up, -down)
            factor_up = least / up if up > -down else 1.0
            factor_down = least / -down if up < -down else 1.0
        combined = factor_up * reply.up + factor_down * reply.down
        dual = factor_up * gain_up + factor_down * gain_down - combined @ combined / 2
        primal = self.w @ self.w / 2 + loss
        self.dual = max(self.dual, dual)
        if primal < self.primal:
            self.primal, self.best, self.support = primal, (self.w, self.b), int(support)
        self.gap = (self.primal - self.dual) / self._unit(self.primal)
        self.gradient[:-1] = reply.up + reply.down - self.w
        self.gradient[-1] = (up + down) if self._fit_intercept else 0.0
        self._stage_gap = (primal - dual) / self._unit(primal)
        return float(up - down)

    def _unit(self, primal: float) -> float:
        """Return what gaps are relative to, so that no unit of the data matters."""
        return max(primal, self._least, float(np.finfo(np.float64).tiny))

    def _accurate(self, mass: float) -> bool:
        """Whether the stage's minimum is near enough for new multipliers."""
        allowed = _ACCURACY * max(self.tol, min(1.0, 0.2 * abs(self._stage_gap)))
        error = self.gradient[:-1] @ self.gradient[:-1] / 2
        balanced = abs(self.gradient[-1]) <= allowed * mass
        return bool(balanced and error <= allowed * self._unit(self.primal))
