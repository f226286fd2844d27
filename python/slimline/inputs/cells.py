"""The cells of one column of some rows, as the blocks of an encoder take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """One column of rows, checked to be of its kind.

    Parameters
    ----------
    name : str
        What messages call the column: ``column 'age'``, or ``column 3``.
    numbers : ndarray of float64, shape (n,), or None
        Of a column of numbers: NaN where a cell is missing; never infinite.
    values : list or None
        Of a column of categories or texts: str, bytes, int, float, bool or Decimal, None where a
        cell is missing.
    """

    name: str
    numbers: NDArray[np.float64] | None = None
    values: list[Any] | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values or ()) if self.numbers is None else len(self.numbers)

    @property
    def is_missing(self) -> NDArray[np.bool_]:
        """Which cells are missing."""
        if self.numbers is not None:
            return np.isnan(self.numbers)
        return np.array([value is None for value in self.values or ()], dtype=bool)

    def keys(self) -> list[Any]:
        """Return the cells as Python's values, None where one is missing."""
        if self.numbers is None:
            return self.values or []
        return [None if value != value else value for value in self.numbers.tolist()]  # noqa: PLR0124
