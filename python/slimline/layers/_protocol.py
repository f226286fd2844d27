"""The protocol of layer kinds, as models, files and compression use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core


class Layer(Protocol):
    """``y = activation(x W' + b)``; kinds differ in how they store W."""

    kind: ClassVar[str]

    @property
    def weight(self) -> NDArray[np.float32]:
        """Logical weights, shape (n_out, n_in), read-only; dequantized if stored as int8."""

    @property
    def bias(self) -> NDArray[np.float32]:
        """Shape (n_out,), read-only."""

    @property
    def activation(self) -> str:
        """Name of the function applied to the outputs."""

    @property
    def n_in(self) -> int:
        """Number of inputs."""

    @property
    def n_out(self) -> int:
        """Number of outputs."""

    @property
    def n_nonzero(self) -> int:
        """Weights that are not zero."""

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""

    def params(self) -> dict[str, str]:
        """Return what a file stores as JSON."""

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a layer; ValueError or TypeError when anything does not fit."""

    def add_to(self, stack: _core.Stack) -> None:
        """Hand the layer to the core, which packs it for this CPU."""


def layer_nbytes(layer: Layer) -> int:
    """Bytes of the stored tensors."""
    return sum(tensor.nbytes for tensor in layer.tensors().values())
