"""Float32 layers that store every weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._protocol import Places, WeightType
from slimline.layers._state import Parameter, StoredTensor
from slimline.layers._stored import ACTIVATION, BIAS, StoredLayer
from slimline.layers._training import FloatProducts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DenseLayer(FloatProducts, StoredLayer):
    """``y = activation(x W' + b)`` in float32.

    Parameters
    ----------
    weight : ndarray of float32, shape (n_out, n_in)
    bias : ndarray of float32, shape (n_out,)
    activation : str, default="identity"
        Name of the function applied to each output.
    """

    kind: ClassVar[str] = "dense"
    weight_type: ClassVar[WeightType] = "float32"
    stored: ClassVar[tuple[StoredTensor, ...]] = (
        StoredTensor("weight", (np.float32,), ("n_out", "n_in"), "the weights W"),
        BIAS,
    )
    parameters: ClassVar[tuple[Parameter, ...]] = (ACTIVATION,)
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    activation: str = "identity"

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        self._check_stored()

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

    def masked(self, mask: NDArray[np.bool_], bias: NDArray[np.float32]) -> Self:
        """Return a layer with weights zero where ``mask`` is False, and with this bias."""
        return self.refitted(np.where(mask, self.weight, np.float32(0)), bias)

    def select(self, outputs: Places, inputs: Places) -> Self:
        """Return a layer of these outputs and inputs alone."""
        return self.refitted(self.weight[outputs][:, inputs], self.bias[outputs])

    def refitted(
        self,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        inputs: Any = None,  # noqa: ARG002 - nothing is rounded
    ) -> Self:
        """Return a layer with these weights and biases."""
        return type(self)(weight=weight, bias=bias, activation=self.activation)

    def add_to(self, stack: _core.Stack) -> None:
        """Hand the layer to the core, which packs it for this CPU."""
        stack.add_dense(self.weight, self.bias, self.activation)
