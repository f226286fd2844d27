"""Int8 layers whose inputs have calibrated ranges: a chain of them stays in integers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._protocol import Activations, Places, Training, Units, WeightType
from slimline.layers._state import (
    ACTIVATION_MAX,
    POSITIVE,
    Parameter,
    StoredTensor,
    check_int8_inputs,
)
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
    weight_type: ClassVar[WeightType] = "int8"
    activations: ClassVar[Activations] = "static"
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

    def masked(self, mask: NDArray[np.bool_], bias: NDArray[np.float32]) -> Self:
        """Return a layer with weights zero where ``mask`` is False, and with this bias."""
        steps = np.where(mask, self._steps(), 0)
        return replace(
            self,
            weight_int8=np.where(mask, self.weight_int8, np.int8(0)),
            offset=(bias + steps @ self._zeros()).astype(np.float32),
        )

    def select(self, outputs: Places, inputs: Places) -> Self:
        """Return a layer of these outputs and inputs alone."""
        steps = self._steps()[outputs][:, inputs]
        return replace(
            self,
            weight_int8=self.weight_int8[outputs][:, inputs],
            scale=self.scale[outputs],
            offset=(self.bias[outputs] + steps @ self._zeros()[inputs]).astype(np.float32),
            input_low=self.input_low[inputs],
            input_step=self.input_step[inputs],
        )

    def training(self, *, first: bool) -> Training:
        """Return what the trainer of networks begins with.

        The ranges of a model's inputs stay, and weights then see each input as 0 to 1; those of
        hidden outputs follow the training.
        """
        int8 = _core.Int8Training()
        int8.is_static, int8.is_fixed = True, first
        int8.low, int8.step = self.input_low.tolist(), self.input_step.tolist()
        weight, bias = self.weight, self.bias
        if first:
            int8.reach = [1 / ACTIVATION_MAX] * self.n_in
            int8.shift = [0.0] * self.n_in
            bias = (bias + weight @ self.input_low).astype(np.float32)
            weight = (weight * (ACTIVATION_MAX * self.input_step)).astype(np.float32)
        else:
            int8.reach = int8.step
            int8.shift = (self.input_low / self.input_step).tolist()
        return Training(weight, bias, int8)

    def trained(
        self,
        network: _core.Network,
        i: int,
        units: Units,
        inputs: Any,  # noqa: ARG002 - the trainer has rounded
    ) -> Self:
        """Return a layer of what layer ``i`` of a network in training has learned."""
        weight_int8, scale, offset, low, step = network.int8_layer(i)
        return replace(
            self,
            weight_int8=weight_int8,
            scale=scale * units.weight,
            offset=offset * units.output,
            input_low=low,
            input_step=step,
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
