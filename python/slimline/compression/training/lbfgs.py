"""L-BFGS: the minimum of a smooth convex function from its values and gradients.

Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithms 7.4 and 7.5, with steps halved
until Armijo's condition holds (3.4).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Function = Callable[[Vector], tuple[float, Vector]]

_PAIRS = 10  # remembered steps
_HALVINGS = 20
_DECREASE = 1e-4
_TOLERANCE = 1e-7  # on a step's relative decrease; values come from float32 products


def minimise(function: Function, x: Vector, max_iter: int) -> Vector:
    """Minimise from ``x`` until a step gains next to nothing, for at most ``max_iter`` steps."""
    pairs: deque[tuple[Vector, Vector, float]] = deque(maxlen=_PAIRS)
    value, gradient = function(x)
    for _ in range(max_iter):
        direction = -_apply_inverse(pairs, gradient)
        length = 1.0  # of the first step too, in units in which curvatures are near 1
        descent = float(gradient @ direction)
        if descent >= 0:
            return x
        for _ in range(_HALVINGS):
            there = x + length * direction
            new_value, new_gradient = function(there)
            if new_value <= value + _DECREASE * length * descent:
                break
            length /= 2
        else:
            return x
        step, change = there - x, new_gradient - gradient
        if (curvature := float(step @ change)) > 0:
            pairs.append((step, change, 1 / curvature))
        gain = value - new_value
        x, value, gradient = there, new_value, new_gradient
        if gain <= _TOLERANCE * abs(value):
            return x
    return x


def _apply_inverse(pairs: deque[tuple[Vector, Vector, float]], gradient: Vector) -> Vector:
    result = gradient.copy()
    shares = []
    for step, change, inverse in reversed(pairs):
        share = inverse * float(step @ result)
        shares.append(share)
        result -= share * change
    if pairs:
        step, change, inverse = pairs[-1]
        result /= inverse * float(change @ change)
    for (step, change, inverse), share in zip(pairs, reversed(shares), strict=True):
        result += (share - inverse * float(change @ result)) * step
    return result
