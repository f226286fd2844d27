"""What the pruned layer kinds share: weights (n_out, n_in) to and from runs of kept units."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._positions import UNITS, Code, encode

Number = TypeVar("Number", np.float32, np.int8)


class Pruned(NamedTuple):
    """Kept units as a file stores them."""

    values: NDArray[Any]  # (n_units, unit)
    code: Code

    @property
    def parts(self) -> tuple[NDArray[Any], NDArray[Any], str]:
        """What the core reads: values, index and encoding."""
        return self.values, self.code.array, self.code.encoding


def compress(weight: NDArray[Number]) -> Pruned:
    """Return the smaller of single weights and blocks of four."""
    return min((_compress(weight, unit) for unit in UNITS), key=_nbytes)


def expand(pruned: Pruned, n_out: int, n_in: int) -> NDArray[Any]:
    """Return the weights (n_out, n_in), read-only."""
    weight = np.zeros((n_out, n_in), dtype=pruned.values.dtype)
    _core.expand_units(*pruned.parts, weight)
    weight.flags.writeable = False
    return weight


def check(pruned: Pruned, n_out: int, n_in: int) -> None:
    """Raise ValueError or TypeError where the parts do not fit together."""
    if pruned.code.array.dtype not in (np.uint8, np.uint16):
        msg = f"index must be uint8 or uint16, got {pruned.code.array.dtype}"
        raise TypeError(msg)
    _core.check_units(*pruned.parts, n_out, n_in)


def count_blocks(pruned: Pruned, n_out: int, n_in: int) -> int:
    """Return the number of blocks of four that hold anything but zeros."""
    return _core.count_blocks(*pruned.parts, n_out, n_in)


def _cells(weight: NDArray[Number], unit: int) -> NDArray[Number]:
    n_out, n_in = weight.shape
    padded = np.pad(weight, ((0, 0), (0, -n_in % unit)))
    return padded.reshape(n_out, padded.shape[1] // unit, unit)


def _compress(weight: NDArray[Number], unit: int) -> Pruned:
    cells = _cells(weight, unit).reshape(-1, unit)
    positions = np.flatnonzero(cells.any(axis=1))
    return Pruned(cells[positions], encode(positions, len(cells)))


def _nbytes(pruned: Pruned) -> int:
    return int(pruned.values.nbytes + pruned.code.array.nbytes)
