"""What the pruned layer kinds share: weights (n_out, n_in) to and from runs of kept units."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from slimline.layers._positions import UNITS, Code, decode, encode

Number = TypeVar("Number", np.float32, np.int8)


class Pruned(NamedTuple):
    """Kept units as a file stores them."""

    values: NDArray[Any]  # (n_units, unit)
    code: Code


class Rows(NamedTuple):
    """Kept units as the core takes them: values, indices and indptr."""

    values: NDArray[Any]
    indices: NDArray[np.int32]
    indptr: NDArray[np.int32]


def compress(weight: NDArray[Number]) -> Pruned:
    """Return the smaller of single weights and blocks of four."""
    return min((_compress(weight, unit) for unit in UNITS), key=_nbytes)


def expand(pruned: Pruned, n_out: int, n_in: int) -> NDArray[Any]:
    """Return the weights (n_out, n_in), read-only."""
    unit = pruned.values.shape[1]
    n_cells = -(-n_in // unit)
    cells = np.zeros((n_out * n_cells, unit), dtype=pruned.values.dtype)
    cells[decode(pruned.code, len(cells), len(pruned.values))] = pruned.values
    weight = cells.reshape(n_out, n_cells * unit)[:, :n_in]
    weight.flags.writeable = False
    return weight


def check(pruned: Pruned, n_out: int, n_in: int) -> None:
    """Raise ValueError or TypeError where the parts do not fit together."""
    unit = pruned.values.shape[1]
    if unit not in UNITS:
        msg = f"values must have 1 or 4 columns, got {unit}"
        raise ValueError(msg)
    n_cells = -(-n_in // unit)
    positions = decode(pruned.code, n_out * n_cells, len(pruned.values))
    if n_in % unit:
        last = positions % n_cells == n_cells - 1
        if pruned.values[last, n_in % unit :].any():
            msg = f"values must be zero from input n_in={n_in} on"
            raise ValueError(msg)


def sparse_rows(weight: NDArray[Number], unit: int) -> Rows:
    """Return the units of ``weight`` that hold anything but zeros."""
    cells = _cells(weight, unit)
    kept = cells.any(axis=2)
    indptr = np.append(0, np.cumsum(kept.sum(axis=1)))
    return Rows(
        np.ascontiguousarray(cells[kept].ravel()),
        np.nonzero(kept)[1].astype(np.int32),
        indptr.astype(np.int32),
    )


def count_blocks(weight: NDArray[Number]) -> int:
    """Return the number of blocks of four that hold anything but zeros."""
    return int(_cells(weight, 4).any(axis=2).sum())


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
