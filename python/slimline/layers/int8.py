"""Layers with int8 weights, multiplied in integers, the same on every CPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._state import (
    check_activation,
    check_int8_inputs,
    check_length,
    check_positive,
    check_weight_int8,
    frozen_array,
    take,
    take_params,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Int8Layer:
    """``y = activation(scale * (q(x) W_q') + b)``, W_q symmetric int8 with one scale an output.

    Activations are quantized to 0..127, each row with its own scale and zero point ("dynamic").

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
    weight_int8: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    activation: str = "identity"

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        weight = frozen_array("weight_int8", self.weight_int8, np.int8, 2)
        object.__setattr__(self, "weight_int8", weight)
        object.__setattr__(self, "scale", frozen_array("scale", self.scale, np.float32, 1))
        object.__setattr__(self, "bias", frozen_array("bias", self.bias, np.float32, 1))
        check_length("scale", self.scale, self.n_out)
        check_length("bias", self.bias, self.n_out)
        check_activation(self.activation)
        check_int8_inputs(self.n_in)
        check_weight_int8(weight)
        check_positive("scale", self.scale)

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

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        return {"weight_int8": self.weight_int8, "scale": self.scale, "bias": self.bias}

    def params(self) -> dict[str, str]:
        """Return what a file stores as JSON."""
        return {"activation": self.activation, "activations": "dynamic"}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a layer from its tensors and parameters."""
        weight, scale, bias = take(tensors, "weight_int8", "scale", "bias")
        activation, activations = take_params(params, "activation", "activations")
        if activations != "dynamic":
            msg = f"activations must be 'dynamic', got {activations!r}"
            raise ValueError(msg)
        return cls(weight_int8=weight, scale=scale, bias=bias, activation=activation)

    def add_to(self, stack: _core.Stack) -> None:
        """Hand the layer to the core, which packs it for this CPU."""
        stack.add_int8(self.weight_int8, self.scale, self.bias, self.activation)
