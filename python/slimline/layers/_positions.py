"""Where the units of a pruned layer are, in as few bytes as it takes; the core reads it.

A unit is one weight or a block of four along the inputs; units are numbered row by row. Their
positions, ascending, are stored in the smallest of three codes:

- delta, one or two bytes each: the number of cells skipped since the unit before. The largest
  value of the type skips that many cells and places no unit.
- bitmap: one bit per cell, the first cell in the highest bit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

UNITS = (1, 4)

Positions = NDArray[np.int64]


class Code(NamedTuple):
    """Positions as a file stores them."""

    encoding: str
    array: NDArray[Any]  # uint8, or uint16 for delta


def encode(positions: Positions, n_cells: int) -> Code:
    """Return the smallest code of ascending ``positions`` in 0 to ``n_cells`` - 1."""
    gaps = np.diff(positions, prepend=-1) - 1
    sizes = {
        dtype: (len(gaps) + int((gaps // np.iinfo(dtype).max).sum())) * dtype().itemsize
        for dtype in (np.uint8, np.uint16)
    }
    dtype = min(sizes, key=lambda each: sizes[each])
    if (n_cells + 7) // 8 < sizes[dtype]:
        mask = np.zeros(n_cells, dtype=bool)
        mask[positions] = True
        return Code("bitmap", np.packbits(mask))
    longest = np.iinfo(dtype).max
    skips, rests = np.divmod(gaps, longest)
    ends = np.cumsum(skips + 1)
    index = np.full(int(ends[-1]) if len(ends) else 0, longest, dtype=dtype)
    index[ends - 1] = rests
    return Code("delta", index)
