"""Float32 layers that store their nonzero weights only, in compressed rows."""

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
class SparseLayer:
    """``y = activation(x W' + b)`` with W in compressed rows (CSR, one row an output).

    Row i holds ``values[k]`` in column ``indices[k]`` for k in ``[indptr[i], indptr[i + 1])``, in
    ascending columns. Make one with :meth:`from_weight`.

    Parameters
    ----------
    values : ndarray of float32, shape (n_nonzero,)
    indices : ndarray of uint16 or uint32, shape (n_nonzero,)
        uint16 where n_in <= 65,536.
    indptr : ndarray of uint32, shape (n_out + 1,)
    shape : ndarray of uint32, shape (2,)
        (n_out, n_in).
    bias : ndarray of float32, shape (n_out,)
    activation : str, default="identity"
        Name of the function applied to each output.
    """

    kind: ClassVar[str] = "sparse"
    values: NDArray[np.float32]
    indices: NDArray[np.uint16] | NDArray[np.uint32]
    indptr: NDArray[np.uint32]
    shape: NDArray[np.uint32]
    bias: NDArray[np.float32]
    activation: str = "identity"

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        object.__setattr__(self, "shape", frozen_array("shape", self.shape, np.uint32, 1))
        check_length("shape", self.shape, 2)
        expected = {
            "values": np.float32,
            "indices": _index_dtype(self.n_in),
            "indptr": np.uint32,
            "bias": np.float32,
        }
        for name, dtype in expected.items():
            object.__setattr__(self, name, frozen_array(name, getattr(self, name), dtype, 1))
        check_length("bias", self.bias, self.n_out)
        check_length("indptr", self.indptr, self.n_out + 1)
        check_length("indices", self.indices, len(self.values))
        check_activation(self.activation)
        self._check_structure()

    def _check_structure(self) -> None:
        ends = self.indptr.astype(np.int64)
        if ends[0] != 0 or ends[-1] != len(self.values) or (np.diff(ends) < 0).any():
            msg = "indptr must rise from 0 to the number of values"
            raise ValueError(msg)
        if len(self.indices) and int(self.indices.max()) >= self.n_in:
            msg = f"indices must be below n_in={self.n_in}, got {self.indices.max()}"
            raise ValueError(msg)
        steps = np.diff(self.indices.astype(np.int64))
        inside = np.ones(len(steps), dtype=bool)
        starts = ends[1:-1]
        inside[starts[(starts > 0) & (starts <= len(steps))] - 1] = False
        if (steps[inside] <= 0).any():
            msg = "indices must ascend within each row"
            raise ValueError(msg)

    @classmethod
    def from_weight(
        cls, weight: NDArray[np.float32], bias: NDArray[np.float32], activation: str
    ) -> Self:
        """Keep the nonzero entries of a dense weight matrix (n_out, n_in)."""
        rows, columns = np.nonzero(weight)
        indptr = np.searchsorted(rows, np.arange(weight.shape[0] + 1)).astype(np.uint32)
        return cls(
            values=weight[rows, columns],
            indices=columns.astype(_index_dtype(weight.shape[1])),
            indptr=indptr,
            shape=np.array(weight.shape, dtype=np.uint32),
            bias=bias,
            activation=activation,
        )

    @property
    def weight(self) -> NDArray[np.float32]:
        """Logical weights, shape (n_out, n_in), read-only; made anew at each access."""
        dense = np.zeros((self.n_out, self.n_in), dtype=np.float32)
        rows = np.repeat(np.arange(self.n_out), _differences(self.indptr))
        dense[rows, self.indices] = self.values
        dense.flags.writeable = False
        return dense

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

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        return {
            "values": self.values,
            "indices": self.indices,
            "indptr": self.indptr,
            "shape": self.shape,
            "bias": self.bias,
        }

    def params(self) -> dict[str, str]:
        """Return what a file stores as JSON."""
        return {"activation": self.activation}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a layer from its tensors and parameters."""
        names = ("values", "indices", "indptr", "shape", "bias")
        arrays = dict(zip(names, take(tensors, *names), strict=True))
        (activation,) = take_params(params, "activation")
        return cls(**arrays, activation=activation)

    def add_to(self, stack: _core.Stack) -> None:
        """Hand the layer to the core, which packs it for this CPU."""
        stack.add_sparse(
            self.values,
            self.indices.astype(np.int32),
            self.indptr.astype(np.int32),
            self.n_in,
            self.bias,
            self.activation,
        )


def _differences(indptr: NDArray[np.uint32]) -> NDArray[np.int64]:
    ends = indptr.astype(np.int64)
    return ends[1:] - ends[:-1]


def _index_dtype(n_in: int) -> Any:
    return np.uint16 if n_in <= np.iinfo(np.uint16).max + 1 else np.uint32
