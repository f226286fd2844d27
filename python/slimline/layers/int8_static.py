"""Int8 layers whose inputs have calibrated ranges: a chain of them stays in integers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._state import POSITIVE, Parameter, StoredTensor, check_int8_inputs
from slimline.layers._stored import ACTIVATION, SCALE, WEIGHT_INT8, StoredLayer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Int8StaticLayer(StoredLayer):
    """``y = activation(scale * (q W_q') + offset)`` with activations quantized by fixed ranges.

    ``q = clip(round((x - input_low) / input_step), 0, 127)`` in float32: the difference is
    multiplied by ``1 / input_step`` and rounded half to even. W_q has absorbed the steps and
    ``offset`` the lows, so the logical weight is ``weight_int8 * scale[:, None] / input_step``.
    Where such layers follow each other, each passes 0..127 to the next, never float32.

    Parameters
    ----------
    weight_int8 : ndarray of int8, shape (n_out, n_in)
        In [-127, 127].
    scale : ndarray of float32, shape (n_out,)
        Positive.
    offset : ndarray of float32, shape (n_out,)
        The output for q = 0, before the activation.
    input_low, input_step : ndarray of float32, shape (n_in,)
        Ranges of the inputs; steps are positive.
    activation : str, default="identity"
        Name of the function applied to each output.
    """

    kind: ClassVar[str] = "int8_static"
    stored: ClassVar[tuple[StoredTensor, ...]] = (
        WEIGHT_INT8,
        SCALE,
        StoredTensor("offset", (np.float32,), ("n_out",), "what is added to each output"),
        StoredTensor("input_low", (np.float32,), ("n_in",), "the value of each input at level 0"),
        StoredTensor(
            "input_step",
            (np.float32,),
            ("n_in",),
            "the difference between two levels of each input",
            POSITIVE,
        ),
    )
    parameters: ClassVar[tuple[Parameter, ...]] = (ACTIVATION,)
    weight_int8: NDArray[np.int8]
    scale: NDArray[np.float32]
    offset: NDArray[np.float32]
    input_low: NDArray[np.float32]
    input_step: NDArray[np.float32]
    activation: str = "identity"

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        self._check_stored()
        check_int8_inputs(self.n_in)

    @property
    def weight(self) -> NDArray[np.float32]:
        """Dequantized weights, shape (n_out, n_in), read-only; computed at each access."""
        dense = (self._steps() / self.input_step).astype(np.float32)
        dense.flags.writeable = False
        return dense

    @property
    def bias(self) -> NDArray[np.float32]:
        """The output for x = 0, before the activation; computed at each access."""
        bias = (self.offset - self._steps() @ self._zeros()).astype(np.float32)
        bias.flags.writeable = False
        return bias

    def _steps(self) -> NDArray[np.float64]:
        """Return what a step of each input adds to each output."""
        return self.weight_int8.astype(np.float64) * self.scale[:, None]

    def _zeros(self) -> NDArray[np.float64]:
        """Return how many steps above zero the lows lie."""
        return self.input_low.astype(np.float64) / self.input_step

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

    def masked(self, mask: NDArray[np.bool_]) -> Self:
        """Return the layer with weights zero where ``mask`` is False, its bias unchanged."""
        gone = np.where(mask, 0, self._steps())
        return replace(
            self,
            weight_int8=np.where(mask, self.weight_int8, np.int8(0)),
            offset=(self.offset - gone @ self._zeros()).astype(np.float32),
        )

    def add_to(self, stack: _core.Stack) -> None:
        """Hand the layer to the core, which packs it for this CPU."""
        stack.add_int8_static(
            self.weight_int8,
            self.scale,
            self.offset,
            self.input_low,
            self.input_step,
            self.activation,
        )
