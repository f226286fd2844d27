"""Layers with int8 weights and float32 products: small in a file, safe on columns of any size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._costs import Plan
from slimline.layers._positions import Code
from slimline.layers._pruned import Pruned, check, compress, expand
from slimline.layers._state import (
    check_activation,
    check_length,
    check_weight_int8,
    frozen_array,
    take,
    take_params,
)
from slimline.layers.sparse import SparseLayer

_MOST = 126  # 2^-126 is the smallest normal number of float32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Int8WeightsLayer:
    """``y = activation(x W' + b)`` in float32, ``W = weight_int8 * scale * 2^exponent``.

    A scale an output and a power of two an input: weights of inputs of other sizes are rounded by
    what they are themselves, not by the largest of all, and inputs are not rounded at all. So
    nothing needs to be known of the inputs. Zero weights are not stored. Make one with
    :meth:`from_int8`.

    Parameters
    ----------
    values : ndarray of int8, shape (n_units, unit)
        In [-127, 127]; single weights (unit 1) or blocks along the inputs (unit 4).
    index : ndarray of uint8 or uint16
        Where they are, in the code that ``encoding`` names.
    shape : ndarray of uint32, shape (2,)
        (n_out, n_in).
    scale : ndarray of float32, shape (n_out,)
        Positive.
    exponent : ndarray of int8, shape (n_used,)
        In [-126, 126], of those inputs that have a weight other than zero, in their order.
    bias : ndarray of float32, shape (n_out,)
    activation : str, default="identity"
        Name of the function applied to each output.
    encoding : {"delta", "bitmap"}
    """

    kind: ClassVar[str] = "int8_weights"
    values: NDArray[np.int8]
    index: NDArray[np.uint8] | NDArray[np.uint16]
    shape: NDArray[np.uint32]
    scale: NDArray[np.float32]
    exponent: NDArray[np.int8]
    bias: NDArray[np.float32]
    activation: str = "identity"
    encoding: str

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        object.__setattr__(self, "shape", frozen_array("shape", self.shape, np.uint32, 1))
        check_length("shape", self.shape, 2)
        object.__setattr__(self, "values", frozen_array("values", self.values, np.int8, 2))
        index = frozen_array("index", self.index, self.index.dtype, 1)
        object.__setattr__(self, "index", index)
        object.__setattr__(self, "exponent", frozen_array("exponent", self.exponent, np.int8, 1))
        for name in ("scale", "bias"):
            array = frozen_array(name, getattr(self, name), np.float32, 1)
            object.__setattr__(self, name, array)
            check_length(name, array, self.n_out)
        check_activation(self.activation)
        check_weight_int8(self.values)
        if (self.scale <= 0).any():
            msg = f"scale must be positive, got {self.scale.min()}"
            raise ValueError(msg)
        check(self._pruned, self.n_out, self.n_in)
        check_length("exponent", self.exponent, len(self._used))
        if (np.abs(self.exponent.astype(np.int16)) > _MOST).any():
            msg = f"exponent must lie in [-{_MOST}, {_MOST}]"
            raise ValueError(msg)

    @classmethod
    def from_int8(
        cls,
        weight_int8: NDArray[np.int8],
        scale: NDArray[np.float32],
        exponent: NDArray[np.int8],
        bias: NDArray[np.float32],
        activation: str,
    ) -> Self:
        """Keep the nonzero entries of integer weights (n_out, n_in); ``exponent`` is (n_in,)."""
        values, code = compress(weight_int8)
        return cls(
            values=values,
            index=code.array,
            shape=np.array(weight_int8.shape, dtype=np.uint32),
            scale=scale,
            exponent=exponent[weight_int8.any(axis=0)],
            bias=bias,
            activation=activation,
            encoding=code.encoding,
        )

    @property
    def weight_int8(self) -> NDArray[np.int8]:
        """Integer weights, shape (n_out, n_in), read-only; made anew at each access."""
        return expand(self._pruned, self.n_out, self.n_in)

    @property
    def input_exponent(self) -> NDArray[np.int8]:
        """The exponent of each input, 0 of those without weights; made anew at each access."""
        every = np.zeros(self.n_in, dtype=np.int8)
        every[self._used] = self.exponent
        return every

    @property
    def weight(self) -> NDArray[np.float32]:
        """Dequantized weights, shape (n_out, n_in), read-only; made anew at each access."""
        return self._as_float().weight

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
        return self._as_float().plan

    def with_weights(self, weight_int8: NDArray[np.int8]) -> Self:
        """Return the layer with some of its weights set to zero."""
        exponent = self.input_exponent
        return self.from_int8(weight_int8, self.scale, exponent, self.bias, self.activation)

    def with_bias(self, bias: NDArray[np.float32]) -> Self:
        """Return the layer with another bias."""
        return replace(self, bias=bias)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        names = ("values", "index", "shape", "scale", "exponent", "bias")
        return {name: getattr(self, name) for name in names}

    def params(self) -> dict[str, str]:
        """Return what a file stores as JSON."""
        return {"activation": self.activation, "encoding": self.encoding}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a layer from its tensors and parameters."""
        names = ("values", "index", "shape", "scale", "exponent", "bias")
        arrays = dict(zip(names, take(tensors, *names), strict=True))
        activation, encoding = take_params(params, "activation", "encoding")
        return cls(**arrays, activation=activation, encoding=encoding)

    def add_to(self, stack: _core.Stack) -> None:
        """Hand the layer to the core as float32, in the form that is expected to be fastest."""
        self._as_float().add_to(stack)

    def _as_float(self) -> SparseLayer:
        values = np.empty(self.values.shape, dtype=np.float32)
        shape = (self.n_out, self.n_in)
        _core.scale_units(*self._pruned.parts, *shape, self.scale, self.exponent, values)
        return SparseLayer(
            values=values,
            index=self.index,
            shape=self.shape,
            bias=self.bias,
            activation=self.activation,
            encoding=self.encoding,
        )

    @property
    def _used(self) -> NDArray[np.uint32]:
        return _core.used_inputs(*self._pruned.parts, self.n_out, self.n_in)

    @property
    def _pruned(self) -> Pruned:
        return Pruned(self.values, Code(self.encoding, self.index))
