"""What the pruned layer kinds share: weights (n_out, n_in) to and from runs of kept units."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._positions import UNITS, Code, encode
from slimline.layers._protocol import Layer, Places, Training, Units
from slimline.layers._state import Parameter, Rule, StoredTensor
from slimline.layers._stored import ACTIVATION, StoredLayer

Number = TypeVar("Number", np.float32, np.int8)


class Pruned(NamedTuple):
    """Kept units as a file stores them."""

    values: NDArray[Any]  # (n_units, unit)
    code: Code

    @property
    def parts(self) -> tuple[NDArray[Any], NDArray[Any], str]:
        """What the core reads: values, index and encoding."""
        return self.values, self.code.array, self.code.encoding


SHAPE = StoredTensor("shape", (np.uint32,), (2,), "n_out and n_in")
INDEX = StoredTensor(
    "index",
    (np.uint8, np.uint16),
    ("n_codes",),
    "the numbers of the kept units, in the code `encoding`",
)


class PrunedLayer(StoredLayer):
    """The sizes of a layer that stores kept units, and what files hold of every such layer."""

    __slots__ = ()

    parameters: ClassVar[tuple[Parameter, ...]] = (
        ACTIVATION,
        Parameter("encoding", ("delta", "bitmap"), "the code of `index`"),
    )
    values: NDArray[Any]
    index: NDArray[np.uint8] | NDArray[np.uint16]
    shape: NDArray[np.uint32]
    activation: str
    encoding: str

    def _check_kept(self) -> None:
        """Check the declared state, then that units and positions fit together."""
        self._check_stored()
        _core.check_units(*self._pruned.parts, self.n_out, self.n_in)

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

    @property
    def _pruned(self) -> Pruned:
        return Pruned(self.values, Code(self.encoding, self.index))


class WithoutZeros(PrunedLayer, ABC):
    """A layer that computes what one of another kind does, which stores every weight.

    Changes are made to that one: see ``PRUNED``.
    """

    __slots__ = ()

    @abstractmethod
    def dense(self) -> Layer:
        """Return the layer that stores every weight."""

    def masked(self, mask: NDArray[np.bool_], bias: NDArray[np.float32]) -> Layer:
        """Return a layer with weights zero where ``mask`` is False, and with this bias."""
        return self.dense().masked(mask, bias)

    def select(self, outputs: Places, inputs: Places) -> Layer:
        """Return a layer of these outputs and inputs alone."""
        return self.dense().select(outputs, inputs)

    def training(self, *, first: bool) -> Training:
        """Return what the trainer of networks begins with."""
        return self.dense().training(first=first)

    def trained(self, network: _core.Network, i: int, units: Units, inputs: Any) -> Layer:
        """Return a layer of what layer ``i`` of a network in training has learned."""
        return self.dense().trained(network, i, units, inputs)


def values_of(dtype: type[np.generic], rule: Rule | None = None) -> StoredTensor:
    """Declare the weights of the units."""
    meaning = "the kept units of 1 or 4 weights"
    return StoredTensor("values", (dtype,), ("n_units", "unit"), meaning, rule)


def compress(weight: NDArray[Number]) -> Pruned:
    """Return the smaller of single weights and blocks of four."""
    return min((_compress(weight, unit) for unit in UNITS), key=_nbytes)


def expand(pruned: Pruned, n_out: int, n_in: int) -> NDArray[Any]:
    """Return the weights (n_out, n_in), read-only."""
    weight = np.zeros((n_out, n_in), dtype=pruned.values.dtype)
    _core.expand_units(*pruned.parts, weight)
    weight.flags.writeable = False
    return weight


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
