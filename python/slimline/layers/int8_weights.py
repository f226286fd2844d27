"""Layers with int8 weights and float32 products: small in a file, safe on columns of any size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core, ops
from slimline.layers._costs import Plan
from slimline.layers._protocol import Places, WeightType
from slimline.layers._pruned import INDEX, SHAPE, PrunedLayer, compress, expand, values_of
from slimline.layers._state import SYMMETRIC, WEIGHT_MAX, Rule, StoredTensor
from slimline.layers._stored import BIAS, SCALE
from slimline.layers._training import FloatProducts
from slimline.layers.sparse import SparseLayer

MOST_EXPONENT = 126  # 2^-126 is the smallest normal number of float32


class Rounding(Protocol):
    """Rounds weights (n_out, n_in) to int8 and returns these with a scale per output."""

    def __call__(
        self, W: NDArray[np.float32], *, per: Literal["channel", "tensor"]
    ) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """With one scale for all if ``per`` is "tensor"."""


def input_exponents(W: NDArray[np.float32], per: Literal["channel", "tensor"]) -> NDArray[np.int8]:
    """Return the powers of two by which to divide the weights (n_out, n_in) of each input.

    Each input then has a weight of more than half the largest of its output. Rounding to 127 levels
    moves no weight by more than 2^-7 of the largest weight of its input, relative to its output.
    """
    sizes = np.abs(W.astype(np.float64))
    largest = sizes.max(axis=1, initial=0)
    if per == "tensor":
        largest[:] = largest.max(initial=0)
    shares = (sizes / np.where(largest > 0, largest, 1)[:, None]).max(axis=0, initial=0)
    exponents = np.ceil(np.log2(np.where(shares > 0, shares, 1)))
    return np.maximum(exponents, -MOST_EXPONENT).astype(np.int8)


def _check_exponent(name: str, exponent: NDArray[np.int8]) -> None:
    if (np.abs(exponent.astype(np.int16)) > MOST_EXPONENT).any():
        msg = f"{name} must lie in [-{MOST_EXPONENT}, {MOST_EXPONENT}]"
        raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Int8WeightsLayer(FloatProducts, PrunedLayer):
    """``y = activation(x W' + b)`` in float32, ``W = weight_int8 * scale * 2^exponent``.

    There is one scale per output and one power of two per input. The rounding of a weight therefore
    depends on the size of the weights of its own input, not on the largest weight of all. Inputs
    are not rounded, so that nothing needs to be known of them. Zero weights are not stored. Make
    one with :meth:`from_int8` or :meth:`from_weight`.

    Parameters
    ----------
    values : ndarray of int8, shape (n_units, unit)
        In [-127, 127]; single weights (unit 1) or blocks along the inputs (unit 4).
    index : ndarray of uint8 or uint16
        Their positions, in the code that ``encoding`` names.
    shape : ndarray of uint32, shape (2,)
        (n_out, n_in).
    scale : ndarray of float32, shape (n_out,)
        Positive.
    exponent : ndarray of int8, shape (n_used,)
        In [-126, 126], for the inputs with a nonzero weight, in their order.
    bias : ndarray of float32, shape (n_out,)
    activation : str, default="identity"
        Name of the function applied to each output.
    encoding : {"delta", "bitmap"}
    """

    kind: ClassVar[str] = "int8_weights"
    weight_type: ClassVar[WeightType] = "int8"
    stored: ClassVar[tuple[StoredTensor, ...]] = (
        SHAPE,
        values_of(np.int8, SYMMETRIC),
        INDEX,
        SCALE,
        StoredTensor(
            "exponent",
            (np.int8,),
            ("n_used",),
            "the power of two of each input that has a weight other than zero, inputs ascending",
            Rule(f"in [-{MOST_EXPONENT}, {MOST_EXPONENT}]", _check_exponent),
        ),
        BIAS,
    )
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
        self._check_kept()
        if len(self.exponent) != len(self._used):
            msg = f"exponent must have {len(self._used)} entries, got {len(self.exponent)}"
            raise ValueError(msg)
        largest = WEIGHT_MAX * float(self.scale.max()) * 2.0 ** int(self.exponent.max(initial=0))
        if not largest <= float(np.finfo(np.float32).max):
            msg = f"scale and exponent must give weights within float32, got up to {largest:.3g}"
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

    @classmethod
    def from_weight(
        cls,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        activation: str,
        rounding: Rounding = ops.quantize_weight,
        *,
        per: Literal["channel", "tensor"] = "channel",
    ) -> Self:
        """Round weights (n_out, n_in), divided by the power of two of their input."""
        exponent = input_exponents(weight, per)
        steps, scale = rounding(np.ldexp(weight, -exponent.astype(np.int32)), per=per)
        return cls.from_int8(steps, scale, exponent, bias, activation)

    @property
    def weight_int8(self) -> NDArray[np.int8]:
        """Integer weights, shape (n_out, n_in), read-only; computed at each access."""
        return expand(self._pruned, self.n_out, self.n_in)

    @property
    def input_exponent(self) -> NDArray[np.int8]:
        """The exponent of each input, 0 for inputs without weights; computed at each access."""
        every = np.zeros(self.n_in, dtype=np.int8)
        every[self._used] = self.exponent
        return every

    @property
    def input_power(self) -> NDArray[np.float32]:
        """The power of two that each input is multiplied by, 1 for inputs without weights."""
        return np.ldexp(np.float32(1), self.input_exponent.astype(np.int32))

    @property
    def weight(self) -> NDArray[np.float32]:
        """Dequantized weights, shape (n_out, n_in), read-only; computed at each access."""
        return self._as_float().weight

    @property
    def plan(self) -> Plan:
        """The form that is expected to be fastest, and by how much."""
        return self._as_float().plan

    def masked(self, mask: NDArray[np.bool_], bias: NDArray[np.float32]) -> Self:
        """Return a layer with weights zero where ``mask`` is False, and with this bias."""
        weight_int8 = np.where(mask, self.weight_int8, np.int8(0))
        return self.from_int8(weight_int8, self.scale, self.input_exponent, bias, self.activation)

    def select(self, outputs: Places, inputs: Places) -> Self:
        """Return a layer of these outputs and inputs alone."""
        return self.from_int8(
            np.ascontiguousarray(self.weight_int8[outputs][:, inputs]),
            self.scale[outputs],
            self.input_exponent[inputs],
            self.bias[outputs],
            self.activation,
        )

    def refitted(
        self, weight: NDArray[np.float32], bias: NDArray[np.float32], inputs: Any = None
    ) -> Self:
        """Return a layer with these weights, rounded, and biases.

        If ``inputs`` are given, the bias keeps the mean output.
        """
        made = self.from_weight(weight, bias, self.activation)
        if inputs is None:
            return made
        mean = np.asarray(inputs.mean(axis=0), dtype=np.float64).ravel()
        return made.with_bias((bias + (weight - made.weight) @ mean).astype(np.float32))

    def with_bias(self, bias: NDArray[np.float32]) -> Self:
        """Return the layer with another bias."""
        return replace(self, bias=bias)

    def add_to(self, stack: _core.Stack) -> None:
        """Add the layer to the core as float32, in the form that is expected to be fastest."""
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
