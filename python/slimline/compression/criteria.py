"""How much a weight matters when pruning. A new criterion: a function and its entry in CRITERIA."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Criterion = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def magnitude(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """``|w|``: what is small goes first (Han et al., NeurIPS 2015)."""
    return np.abs(weight)


CRITERIA: Mapping[str, Criterion] = {"magnitude": magnitude}
