"""The sparsity after each step of pruning. A new schedule: a function, its entry in SCHEDULES."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Schedule = Callable[[float, float], float]


def one_shot(_: float, sparsity: float) -> float:
    """Remove all at once."""
    return sparsity


def linear(progress: float, sparsity: float) -> float:
    """Remove the same number of weights in every step."""
    return sparsity * progress


def cubic(progress: float, sparsity: float) -> float:
    """Remove many at first, few at the end (Zhu and Gupta, 2017, with an initial sparsity of 0)."""
    return sparsity * (1 - (1 - progress) ** 3)


def iterative(progress: float, sparsity: float) -> float:
    """Remove the same share of what is left in every step (Han et al., NeurIPS 2015)."""
    return float(1 - (1 - sparsity) ** progress)


# (progress in (0, 1], final sparsity) to the sparsity after the step.
SCHEDULES: Mapping[str, Schedule] = {
    "one-shot": one_shot,
    "iterative": iterative,
    "cubic": cubic,
    "linear": linear,
}
