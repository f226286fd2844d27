"""Float32 layers that store their nonzero weights only, alone or in blocks of four."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._costs import FLOAT32, Plan, plan
from slimline.layers._positions import Code
from slimline.layers._pruned import Pruned, check, compress, count_blocks, expand
from slimline.layers._state import (
    check_activation,
    check_length,
    frozen_array,
    take,
    take_params,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SparseLayer:
    """``y = activation(x W' + b)`` with W stored as its nonzero weights or blocks.

    Make one with :meth:`from_weight`. How it is stored says nothing about how it is computed: that
    is chosen for speed when a model is used for the first time, see :attr:`plan`.

    Parameters
    ----------
    values : ndarray of float32, shape (n_units, unit)
        What is kept, row by row: single weights (unit 1) or blocks along the inputs (unit 4).
    index : ndarray of uint8 or uint16
        Where, in the code that ``encoding`` names.
    shape : ndarray of uint32, shape (2,)
        (n_out, n_in).
    bias : ndarray of float32, shape (n_out,)
    activation : str, default="identity"
        Name of the function applied to each output.
    encoding : {"delta", "bitmap"}
    """

    kind: ClassVar[str] = "sparse"
    values: NDArray[np.float32]
    index: NDArray[np.uint8] | NDArray[np.uint16]
    shape: NDArray[np.uint32]
    bias: NDArray[np.float32]
    activation: str = "identity"
    encoding: str

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        object.__setattr__(self, "shape", frozen_array("shape", self.shape, np.uint32, 1))
        check_length("shape", self.shape, 2)
        object.__setattr__(self, "values", frozen_array("values", self.values, np.float32, 2))
        index = frozen_array("index", self.index, self.index.dtype, 1)
        object.__setattr__(self, "index", index)
        object.__setattr__(self, "bias", frozen_array("bias", self.bias, np.float32, 1))
        check_length("bias", self.bias, self.n_out)
        check_activation(self.activation)
        check(self._pruned, self.n_out, self.n_in)

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

    @property
    def weight(self) -> NDArray[np.float32]:
        """Logical weights, shape (n_out, n_in), read-only; made anew at each access."""
        return expand(self._pruned, self.n_out, self.n_in)

    @property
    def n_in(self) -> int:
        """Number of inputs."""
        return int(self.shape[1])

    @property
    def n_out(self) -> int:
        """Number of outputs."""
        return int(self.shape[0])

    @property
    def n_nonzero(self) -> int:
        """Weights that are not zero."""
        return int(np.count_nonzero(self.values))

    @property
    def plan(self) -> Plan:
        """The form that is expected to be fastest, and by how much."""
        n_blocks = count_blocks(self._pruned, self.n_out, self.n_in)
        return plan(FLOAT32, self.n_out, self.n_in, self.n_nonzero, n_blocks)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        return {
            "values": self.values,
            "index": self.index,
            "shape": self.shape,
            "bias": self.bias,
        }

    def params(self) -> dict[str, str]:
        """Return what a file stores as JSON."""
        return {"activation": self.activation, "encoding": self.encoding}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a layer from its tensors and parameters."""
        values, index, shape, bias = take(tensors, "values", "index", "shape", "bias")
        activation, encoding = take_params(params, "activation", "encoding")
        return cls(
            values=values,
            index=index,
            shape=shape,
            bias=bias,
            activation=activation,
            encoding=encoding,
        )

    def add_to(self, stack: _core.Stack) -> None:
        """Hand the layer to the core, in the form that is expected to be fastest."""
        shape, form = (self.n_out, self.n_in), self.plan.form
        stack.add_kept(*self._pruned.parts, *shape, form, self.bias, self.activation)

    @property
    def _pruned(self) -> Pruned:
        return Pruned(self.values, Code(self.encoding, self.index))
