"""Float32 layers that store every weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._state import Parameter, StoredTensor
from slimline.layers._stored import ACTIVATION, BIAS, StoredLayer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DenseLayer(StoredLayer):
    """``y = activation(x W' + b)`` in float32.

    Parameters
    ----------
    weight : ndarray of float32, shape (n_out, n_in)
    bias : ndarray of float32, shape (n_out,)
    activation : str, default="identity"
        Name of the function applied to each output.
    """

    kind: ClassVar[str] = "dense"
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

    def add_to(self, stack: _core.Stack) -> None:
        """Hand the layer to the core, which packs it for this CPU."""
        stack.add_dense(self.weight, self.bias, self.activation)
