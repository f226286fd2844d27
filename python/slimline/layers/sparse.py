"""Float32 layers that store their nonzero weights only, alone or in blocks of four."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._costs import FLOAT32, Plan, plan
from slimline.layers._protocol import Activations, WeightType
from slimline.layers._pruned import (
    INDEX,
    SHAPE,
    WithoutZeros,
    compress,
    count_blocks,
    expand,
    values_of,
)
from slimline.layers._state import StoredTensor
from slimline.layers._stored import BIAS
from slimline.layers.dense import DenseLayer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SparseLayer(WithoutZeros):
    """``y = activation(x W' + b)`` with W stored as its nonzero weights or blocks.

    Make one with :meth:`from_weight`. The form in which it is computed does not depend on the form
    in which it is stored: it is chosen for speed when a model is first used, see :attr:`plan`.

    Parameters
    ----------
    values : ndarray of float32, shape (n_units, unit)
        The nonzero weights, row by row: single ones (unit 1) or blocks along the inputs (unit 4).
    index : ndarray of uint8 or uint16
        Their positions, in the code that ``encoding`` names.
    shape : ndarray of uint32, shape (2,)
        (n_out, n_in).
    bias : ndarray of float32, shape (n_out,)
    activation : str, default="identity"
        Name of the function applied to each output.
    encoding : {"delta", "bitmap"}
    """

    kind: ClassVar[str] = "sparse"
    weight_type: ClassVar[WeightType] = "float32"
    activations: ClassVar[Activations] = "float32"
    stored: ClassVar[tuple[StoredTensor, ...]] = (SHAPE, values_of(np.float32), INDEX, BIAS)
    values: NDArray[np.float32]
    index: NDArray[np.uint8] | NDArray[np.uint16]
    shape: NDArray[np.uint32]
    bias: NDArray[np.float32]
    activation: str = "identity"
    encoding: str

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        self._check_kept()

    @classmethod
    def from_weight(
        cls, weight: NDArray[np.float32], bias: NDArray[np.float32], activation: str
    ) -> Self:
        """Keep the nonzero entries of a dense weight matrix (n_out, n_in)."""
        values, code = compress(weight)
        return cls(
            values=values,
            index=code.array,
            shape=np.array(weight.shape, dtype=np.uint32),
            bias=bias,
            activation=activation,
            encoding=code.encoding,
        )

    @classmethod
    def from_dense(cls, layer: DenseLayer) -> Self:
        """Leave out the zeros of a layer."""
        return cls.from_weight(layer.weight, layer.bias, layer.activation)

    def dense(self) -> DenseLayer:
        """Return the layer that stores every weight."""
        return DenseLayer(weight=self.weight, bias=self.bias, activation=self.activation)

    def refitted(
        self, weight: NDArray[np.float32], bias: NDArray[np.float32], inputs: Any = None
    ) -> DenseLayer:
        """Return a layer with these weights and biases."""
        return self.dense().refitted(weight, bias, inputs)

    @property
    def weight(self) -> NDArray[np.float32]:
        """Logical weights, shape (n_out, n_in), read-only; computed at each access."""
        return expand(self._pruned, self.n_out, self.n_in)

    @property
    def plan(self) -> Plan:
        """The form that is expected to be fastest, and by how much."""
        n_blocks = count_blocks(self._pruned, self.n_out, self.n_in)
        return plan(FLOAT32, self.n_out, self.n_in, self.n_nonzero, n_blocks)

    def add_to(self, stack: _core.Stack) -> None:
        """Add the layer to the core, in the form that is expected to be fastest."""
        shape, form = (self.n_out, self.n_in), self.plan.form
        stack.add_kept(*self._pruned.parts, *shape, form, self.bias, self.activation)
