"""What pieces of features share: their types, and functions of values that are few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from slimline.inputs import Step

Indices = NDArray[np.intp]
Key = str | int | float | bool
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointwise:
    """A function that no step of numbers has: only features of few values can go through it."""

    function: Callable[[Values], Values]
    what: str
    instead: str

    def apply(self, values: Values) -> Values:
        """Return the values changed."""
        return self.function(values)

    def select(self, places: Indices) -> Self:  # noqa: ARG002 - one function for all
        """Return the same."""
        return self


# A function of each value, with parameters by feature.
Map = Step | Pointwise
