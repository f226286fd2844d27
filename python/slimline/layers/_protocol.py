"""The protocol of layer kinds, as models, files and compression use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._costs import Plan

WeightType = Literal["float32", "int8"]  # as stored
Activations = Literal["float32", "dynamic", "static"]  # how inputs are multiplied
Places = NDArray[np.bool_] | slice


class Training(NamedTuple):
    """What the trainer of networks begins a layer with: ``int8`` is how it rounds, if it does."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    int8: _core.Int8Training | None = None


class Units(NamedTuple):
    """What learned weights and outputs are multiplied by, to be those of the layer."""

    weight: np.float32
    output: np.float32


class Layer(Protocol):
    """``y = activation(x W' + b)``; kinds differ in how they store W and multiply by it.

    Layers are not changed: methods that change one return another, which stores every weight where
    the kind has such a twin (see PRUNED).
    """

    kind: ClassVar[str]
    weight_type: ClassVar[WeightType]
    activations: ClassVar[Activations]

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

    @property
    def plan(self) -> Plan:
        """The form that the core computes the layer in, and its expected speed."""

    def masked(self, mask: NDArray[np.bool_], bias: NDArray[np.float32]) -> Layer:
        """Return a layer with weights zero where ``mask`` is False, and with this bias."""

    def select(self, outputs: Places, inputs: Places) -> Layer:
        """Return a layer of these outputs and inputs alone."""

    def training(self, *, first: bool) -> Training:
        """Return what the trainer of networks begins with; ``first``: of the layers of a model."""

    def trained(self, network: _core.Network, i: int, units: Units, inputs: Any) -> Layer:
        """Return a layer of what layer ``i`` of a network in training has learned.

        ``inputs`` are rows of its inputs, where known: rounding to int8 then keeps the mean output.
        """

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
