"""Layers with int8 weights, multiplied in integers, the same on every CPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from slimline import _core
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
    activations: ClassVar[str] = "dynamic"
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

    def add_to(self, stack: _core.Stack) -> None:
        """Hand the layer to the core, which packs it for this CPU."""
        stack.add_int8(self.weight_int8, self.scale, self.bias, self.activation)
