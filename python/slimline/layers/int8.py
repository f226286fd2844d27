"""Layers with int8 weights, multiplied in integers, the same on every CPU."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._protocol import Activations, Places, Training, Units, WeightType
from slimline.layers._state import Parameter, StoredTensor, check_int8_inputs
from slimline.layers._stored import ACTIVATION, BIAS, SCALE, WEIGHT_INT8, StoredLayer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Int8Layer(StoredLayer):
    """``y = activation(scale * (q(x) W_q') + b)``, W_q symmetric int8 with one scale per output.

    Activations are quantized to 0..127, with a scale and a zero point per row ("dynamic").

    Parameters
    ----------
    weight_int8 : ndarray of int8, shape (n_out, n_in)
        In [-127, 127].
    scale : ndarray of float32, shape (n_out,)
        Positive; ``weight = weight_int8 * scale[:, None]``.
    bias : ndarray of float32, shape (n_out,)
    activation : str, default="identity"
        Name of the function applied to each output.
    """

    kind: ClassVar[str] = "int8"
    weight_type: ClassVar[WeightType] = "int8"
    activations: ClassVar[Activations] = "dynamic"
    stored: ClassVar[tuple[StoredTensor, ...]] = (WEIGHT_INT8, SCALE, BIAS)
    parameters: ClassVar[tuple[Parameter, ...]] = (
        ACTIVATION,
        Parameter(
            "activations", ("dynamic",), "how inputs become integers: every row by its own range"
        ),
    )
    weight_int8: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    activation: str = "identity"

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        self._check_stored()
        check_int8_inputs(self.n_in)

    @property
    def weight(self) -> NDArray[np.float32]:
        """Dequantized weights, shape (n_out, n_in), read-only; made anew at each access."""
        dense = self.weight_int8 * self.scale[:, None]
        dense.flags.writeable = False
        return dense

    @property
    def n_in(self) -> int:
        """Number of inputs."""
        return int(self.weight_int8.shape[1])

    @property
    def n_out(self) -> int:
        """Number of outputs."""
        return int(self.weight_int8.shape[0])

    @property
    def n_nonzero(self) -> int:
        """Weights that are not zero."""
        return int(np.count_nonzero(self.weight_int8))

    def masked(self, mask: NDArray[np.bool_], bias: NDArray[np.float32]) -> Self:
        """Return a layer with weights zero where ``mask`` is False, and with this bias."""
        return replace(self, weight_int8=np.where(mask, self.weight_int8, np.int8(0)), bias=bias)

    def select(self, outputs: Places, inputs: Places) -> Self:
        """Return a layer of these outputs and inputs alone."""
        return replace(
            self,
            weight_int8=self.weight_int8[outputs][:, inputs],
            scale=self.scale[outputs],
            bias=self.bias[outputs],
        )

    def training(self, *, first: bool) -> Training:  # noqa: ARG002 - as the protocol has it
        """Return what the trainer of networks begins with."""
        return Training(self.weight, self.bias, _core.Int8Training())

    def trained(
        self,
        network: _core.Network,
        i: int,
        units: Units,
        inputs: Any,  # noqa: ARG002 - the trainer has rounded
    ) -> Self:
        """Return a layer of what layer ``i`` of a network in training has learned."""
        weight_int8, scale, bias, _, _ = network.int8_layer(i)
        return replace(
            self,
            weight_int8=weight_int8,
            scale=scale * units.weight,
            bias=bias * units.output,
        )

    def add_to(self, stack: _core.Stack) -> None:
        """Hand the layer to the core, which packs it for this CPU."""
        stack.add_int8(self.weight_int8, self.scale, self.bias, self.activation)
