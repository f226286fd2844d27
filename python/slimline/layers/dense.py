"""Float32 layers that store every weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._state import (
    check_activation,
    check_length,
    frozen_array,
    take,
    take_params,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DenseLayer:
    """``y = activation(x W' + b)`` in float32.

    Parameters
    ----------
    weight : ndarray of float32, shape (n_out, n_in)
    bias : ndarray of float32, shape (n_out,)
    activation : str, default="identity"
        Name of the function applied to each output.
    """

    kind: ClassVar[str] = "dense"
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    activation: str = "identity"

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        object.__setattr__(self, "weight", frozen_array("weight", self.weight, np.float32, 2))
        object.__setattr__(self, "bias", frozen_array("bias", self.bias, np.float32, 1))
        check_length("bias", self.bias, self.n_out)
        check_activation(self.activation)

    @property
    def n_in(self) -> int:
        """Number of inputs."""
        return int(self.weight.shape[1])

    @property
    def n_out(self) -> int:
        """Number of outputs."""
        return int(self.weight.shape[0])

    @property
    def n_nonzero(self) -> int:
        """Weights that are not zero."""
        return int(np.count_nonzero(self.weight))

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        return {"weight": self.weight, "bias": self.bias}

    def params(self) -> dict[str, str]:
        """Return what a file stores as JSON."""
        return {"activation": self.activation}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a layer from its tensors and parameters."""
        weight, bias = take(tensors, "weight", "bias")
        (activation,) = take_params(params, "activation")
        return cls(weight=weight, bias=bias, activation=activation)

    def add_to(self, stack: _core.Stack) -> None:
        """Hand the layer to the core, which packs it for this CPU."""
        stack.add_dense(self.weight, self.bias, self.activation)
