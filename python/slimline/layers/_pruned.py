"""What the pruned layer kinds share: weights (n_out, n_in) to and from runs of kept units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._positions import UNITS, Code, encode
from slimline.layers._state import (
    check_activation,
    check_length,
    frozen_array,
    take,
    take_params,
)

Number = TypeVar("Number", np.float32, np.int8)


class Pruned(NamedTuple):
    """Kept units as a file stores them."""

    values: NDArray[Any]  # (n_units, unit)
    code: Code

    @property
    def parts(self) -> tuple[NDArray[Any], NDArray[Any], str]:
        """What the core reads: values, index and encoding."""
        return self.values, self.code.array, self.code.encoding


class PrunedLayer:
    """The sizes of a layer that stores kept units, and its state."""

    __slots__ = ()

    stored: ClassVar[tuple[str, ...]]  # names of what a file stores as arrays
    values: NDArray[Any]
    index: NDArray[np.uint8] | NDArray[np.uint16]
    shape: NDArray[np.uint32]
    activation: str
    encoding: str

    def _freeze(self, dtype: type[np.generic], *vectors: str) -> None:
        """Check and make read-only the units, of this type, and float32 vectors (n_out,)."""
        object.__setattr__(self, "shape", frozen_array("shape", self.shape, np.uint32, 1))
        check_length("shape", self.shape, 2)
        object.__setattr__(self, "values", frozen_array("values", self.values, dtype, 2))
        index = frozen_array("index", self.index, self.index.dtype, 1)
        object.__setattr__(self, "index", index)
        for name in vectors:
            array = frozen_array(name, getattr(self, name), np.float32, 1)
            object.__setattr__(self, name, array)
            check_length(name, array, self.n_out)
        check_activation(self.activation)

    @property
    def n_in(self) -> int:
        """Number of inputs."""
        return int(self.shape[1])

    @property
    def n_out(self) -> int:
        """Number of outputs."""
        return int(self.shape[0])

    @property
    def n_nonzero(self) -> int:
        """Weights that are not zero."""
        return int(np.count_nonzero(self.values))

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        return {name: getattr(self, name) for name in self.stored}

    def params(self) -> dict[str, str]:
        """Return what a file stores as JSON."""
        return {"activation": self.activation, "encoding": self.encoding}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a layer from its tensors and parameters."""
        arrays: dict[str, Any] = dict(zip(cls.stored, take(tensors, *cls.stored), strict=True))
        activation, encoding = take_params(params, "activation", "encoding")
        make: Any = cls  # a dataclass with these fields
        layer: Self = make(**arrays, activation=activation, encoding=encoding)
        return layer

    @property
    def _pruned(self) -> Pruned:
        return Pruned(self.values, Code(self.encoding, self.index))


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
