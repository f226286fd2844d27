"""Int8 layers that store their nonzero weights only, alone or in blocks of four."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._costs import INT8, Plan, plan
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
from slimline.layers._state import SYMMETRIC, StoredTensor, check_int8_inputs
from slimline.layers._stored import BIAS, SCALE
from slimline.layers.int8 import Int8Layer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SparseInt8Layer(WithoutZeros):
    """The same function as :class:`Int8Layer`, to the bit, with the nonzero weights stored only.

    Make one with :meth:`from_weight`.

    Parameters
    ----------
    values : ndarray of int8, shape (n_units, unit)
        In [-127, 127]; single weights (unit 1) or blocks along the inputs (unit 4).
    index : ndarray of uint8 or uint16
        Their positions, in the code that ``encoding`` names.
    shape : ndarray of uint32, shape (2,)
        (n_out, n_in).
    scale : ndarray of float32, shape (n_out,)
        Positive; ``weight = weight_int8 * scale[:, None]``.
    bias : ndarray of float32, shape (n_out,)
    activation : str, default="identity"
        Name of the function applied to each output.
    encoding : {"delta", "bitmap"}
    """

    kind: ClassVar[str] = "sparse_int8"
    weight_type: ClassVar[WeightType] = "int8"
    activations: ClassVar[Activations] = "dynamic"
    stored: ClassVar[tuple[StoredTensor, ...]] = (
        SHAPE,
        values_of(np.int8, SYMMETRIC),
        INDEX,
        SCALE,
        BIAS,
    )
    values: NDArray[np.int8]
    index: NDArray[np.uint8] | NDArray[np.uint16]
    shape: NDArray[np.uint32]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    activation: str = "identity"
    encoding: str

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        self._check_kept()
        check_int8_inputs(self.n_in)

    @classmethod
    def from_weight(
        cls,
        weight_int8: NDArray[np.int8],
        scale: NDArray[np.float32],
        bias: NDArray[np.float32],
        activation: str,
    ) -> Self:
        """Keep the nonzero entries of a dense weight matrix (n_out, n_in)."""
        values, code = compress(weight_int8)
        return cls(
            values=values,
            index=code.array,
            shape=np.array(weight_int8.shape, dtype=np.uint32),
            scale=scale,
            bias=bias,
            activation=activation,
            encoding=code.encoding,
        )

    @classmethod
    def from_dense(cls, layer: Int8Layer) -> Self:
        """Leave out the zeros of a layer."""
        return cls.from_weight(layer.weight_int8, layer.scale, layer.bias, layer.activation)

    def dense(self) -> Int8Layer:
        """Return the layer that stores every weight."""
        return Int8Layer(
            weight_int8=self.weight_int8,
            scale=self.scale,
            bias=self.bias,
            activation=self.activation,
        )

    @property
    def weight_int8(self) -> NDArray[np.int8]:
        """Integer weights, shape (n_out, n_in), read-only; computed at each access."""
        return expand(self._pruned, self.n_out, self.n_in)

    @property
    def weight(self) -> NDArray[np.float32]:
        """Dequantized weights, shape (n_out, n_in), read-only; computed at each access."""
        return self.dense().weight

    @property
    def plan(self) -> Plan:
        """The form that is expected to be fastest, and by how much."""
        n_blocks = count_blocks(self._pruned, self.n_out, self.n_in)
        return plan(INT8, self.n_out, self.n_in, self.n_nonzero, n_blocks)

    def add_to(self, stack: _core.Stack) -> None:
        """Add the layer to the core, in the form that is expected to be fastest."""
        stack.add_kept_int8(
            *self._pruned.parts,
            self.n_out,
            self.n_in,
            self.plan.form,
            self.scale,
            self.bias,
            self.activation,
        )
