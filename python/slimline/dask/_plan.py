"""Step sizes and stopping rule of averaging rounds: a round takes the place of an epoch.

"linear", "cosine", "adaptive" and "auto" depend on the whole fit, which no partition knows: here
the client gives every round one constant step size. The other schedules run within the rounds, and
continue from the number of updates made before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core

_FALLING = ("linear", "cosine")
_DIVISOR, _LEAST_ETA = 5, 1e-6  # of "adaptive", as in the core
_LEAST_DECAY = 2  # rounds in which "auto" decays to zero


class Plan:
    """When a round is stalled, its step size, and which round is the last."""

    def __init__(self, estimator: Any, eta0: float | None, *, only_begins: bool = False) -> None:
        """``eta0`` comes from the data for "auto", else it is None; one round only begins."""
        self._only_begins = only_begins
        self._estimator = estimator
        self._schedule = estimator.learning_rate
        self._eta0 = float(estimator.eta0 if eta0 is None else eta0)
        self._tol = -np.inf if estimator.tol is None else float(estimator.tol)
        self._max_iter = int(estimator.max_iter)
        self._best: Any = np.inf
        self._stalled: Any = 0
        self._rate = 1.0
        self._fall: tuple[int, int] | None = None  # of "auto": rounds at its begin and end
        if self._schedule == "auto" and not np.isfinite(self._tol):
            self._fall = (self._max_iter // 2, self._max_iter)
        self.done = 0
        self.converged = False

    def eta(self) -> float | None:
        """Return the step of the next round, None where the schedule runs within it."""
        if self._schedule in _FALLING:
            options = self._estimator._options(0)  # noqa: SLF001 - ours
            return _core.schedule_at(options, 2 * self.done + 1, 2.0)  # in the middle of the round
        if self._schedule == "adaptive":
            return self._eta0 * self._rate
        if self._schedule != "auto":
            return None
        if self._fall is None or self.done < self._fall[0]:
            return self._eta0
        begin, end = self._fall
        return self._eta0 * (end - self.done - 0.5) / (end - begin)

    def more(self, objectives: NDArray[np.float64]) -> bool:
        """Take the objective of a round; return whether another one follows."""
        self.done += 1
        if self._only_begins:
            self.converged = True
            return False
        if self._schedule == "auto":
            self._finish_auto(float(objectives.mean()))
        elif self._schedule not in _FALLING:
            self._finish(objectives)
        else:
            self.converged = self.done == self._max_iter
        return not self.converged and self.done < self._max_iter

    def _finish(self, objectives: NDArray[np.float64]) -> None:
        self._stalled = np.where(objectives > self._best - self._tol, self._stalled + 1, 0)
        self._best = np.minimum(self._best, objectives)
        if self._stalled.min() < self._estimator.n_iter_no_change:
            return
        if self._schedule == "adaptive" and self._eta0 * self._rate > _LEAST_ETA:
            self._rate /= _DIVISOR
            self._stalled = 0
        else:
            self.converged = True

    def _finish_auto(self, objective: float) -> None:
        if self._fall is None:
            stalled = self.done > 1 and objective >= self._best - self._tol * abs(self._best)
            self._best = min(self._best, objective)
            if stalled or self.done >= self._max_iter / 2:
                end = self.done + max(_LEAST_DECAY, self.done)
                self._fall = (self.done, min(self._max_iter, end))
        self.converged = self._fall is not None and self.done >= self._fall[1]
