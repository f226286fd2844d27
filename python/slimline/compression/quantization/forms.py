"""The forms of int8 layers: each made of a float32 layer, and the one to choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline.compression._inputs import forward
from slimline.compression._storage import smallest
from slimline.compression.quantization.calibration import Calibration, Seen
from slimline.compression.quantization.ranges import low_and_step
from slimline.compression.quantization.standardizing import standardized
from slimline.compression.quantization.weights import Clip, Per, quantize_weight
from slimline.inputs import InputStage
from slimline.layers import (
    ACTIVATION_MAX,
    MOST_INT8_INPUTS,
    Int8Layer,
    Int8StaticLayer,
    Int8WeightsLayer,
    Layer,
    layer_nbytes,
)
from slimline.model.effects import relative_error

# Errors of a layer's outputs over their deviation. Rows quantized as they come cost up to 0.063 on
# ten public tables where columns are standardised or scaled to a range, and 0.08 to 59 where they
# are raw. Below the first another offset and scale would gain nothing that anybody sees; above the
# second, integer products are not worth what they cost.
_GOOD = 0.05
_BAD = 0.1


class Made(NamedTuple):
    """A layer and the input stage that goes with it."""

    stage: InputStage
    layer: Layer
    error: float  # of the layer's outputs; nan where no rows are known

    @property
    def nbytes(self) -> int:
        """Bytes of both."""
        own = sum(tensor.nbytes for tensor in self.stage.tensors().values())
        return own + layer_nbytes(self.layer)


@dataclass(frozen=True, kw_only=True)
class Maker:
    """What layers are made by."""

    per: Per
    clip: Clip
    correct_bias: bool
    activations: str
    may_standardize: bool  # whether the columns are known as they are

    def make(self, i: int, layer: Layer, stage: InputStage, known: Calibration | None) -> Made:
        """Return the form of layer ``i`` that was asked for, or is best."""
        if layer.weight_type != "float32":
            return Made(stage, layer, np.nan)
        seen = None if known is None else known.seen[i]
        if self.activations == "static" and seen is not None:
            merged = stage if i == 0 and not stage.is_exact else None
            return _measured(stage, self._static(layer, merged, seen), layer, seen)
        auto = self.activations == "auto"
        too_wide = layer.n_in > MOST_INT8_INPUTS
        if self.activations == "float32" or (auto and (known is None or too_wide)):
            return _measured(stage, self._weights_only(layer, seen), layer, seen)
        made = _measured(stage, self._dynamic(layer, seen), layer, seen)
        if known is None or seen is None or made.error <= _GOOD:
            return made
        alike = made
        if i == 0 and self.may_standardize:
            alike = self._standardized(layer, stage, known) or made
        # An offset and a scale for each column are more bytes than few outputs save.
        if not auto or alike.nbytes <= Made(stage, layer, 0).nbytes:
            made = min(made, alike, key=_error)
        if auto and made.error > _BAD:
            alone = _measured(stage, self._weights_only(layer, seen), layer, seen)
            made = min(made, alone, key=_error)
        return made if made.error <= _BAD else min(made, alike, key=_error)

    def _standardized(self, layer: Layer, stage: InputStage, known: Calibration) -> Made | None:
        alike = standardized(stage, layer, known.columns)
        if alike is None:
            return None
        new_stage, new_layer = alike
        # Means of inputs are zero then: rounding does not shift the outputs.
        new = self._dynamic(new_layer, None)
        expected = forward(layer, known.seen[0].kept())
        error = relative_error(expected, forward(new, new_stage.apply(known.rows)))
        return Made(new_stage, new, error)

    def _dynamic(self, layer: Layer, seen: Seen | None) -> Layer:
        weight, scale = quantize_weight(layer.weight, self.per, self.clip)
        bias = self._shifted(layer, weight * scale[:, None], seen)
        return smallest(
            Int8Layer(weight_int8=weight, scale=scale, bias=bias, activation=layer.activation)
        )

    def _weights_only(self, layer: Layer, seen: Seen | None) -> Layer:
        rounding = partial(quantize_weight, clip=self.clip)
        made = Int8WeightsLayer.from_weight(
            layer.weight, layer.bias, layer.activation, rounding, per=self.per
        )
        return made.with_bias(self._shifted(layer, made.weight, seen))

    def _shifted(
        self, layer: Layer, rounded: NDArray[np.float32], seen: Seen | None
    ) -> NDArray[np.float32]:
        """Return the bias that keeps the mean output."""
        if seen is None or not self.correct_bias:
            return layer.bias
        lost = (layer.weight - rounded) @ seen.mean()
        return np.asarray(layer.bias + lost, dtype=np.float32)

    def _static(self, layer: Layer, stage: InputStage | None, seen: Seen) -> Layer:
        """Quantize a layer on raw inputs: standardisation and ranges go into the weights first."""
        weight, bias = layer.weight.astype(np.float64), layer.bias.astype(np.float64)
        zero = np.zeros(layer.n_in)
        if stage is not None and stage.offset is not None and stage.scale is not None:
            weight *= stage.scale
            zero = stage.offset.astype(np.float64)
        low, step = low_and_step(seen.observer, weight)
        steps, scale = quantize_weight((weight * step).astype(np.float32), self.per, self.clip)
        # The integer layer gives what the float one gives where x = centre.
        centre = seen.mean() if self.correct_bias else zero
        levels = np.clip((centre - low) / step, 0, ACTIVATION_MAX)
        offset = bias + weight @ (centre - zero) - scale * (steps.astype(np.float64) @ levels)
        return Int8StaticLayer(
            weight_int8=steps,
            scale=scale,
            offset=offset.astype(np.float32),
            input_low=low,
            input_step=step,
            activation=layer.activation,
        )


def _measured(stage: InputStage, new: Layer, layer: Layer, seen: Seen | None) -> Made:
    """Return a layer with its error on the kept rows."""
    if seen is None:
        return Made(stage, new, np.nan)
    # Static layers take rows as they came, where no stage is left before them.
    inputs = seen.kept_raw() if new.activations == "static" else seen.kept()
    error = relative_error(forward(layer, seen.kept()), forward(new, inputs))
    return Made(stage, new, error)


def is_coarse(made: Sequence[Made]) -> bool:
    """Whether a layer is worse than int8 usually is."""
    return any(each.error > _GOOD for each in made)


def merged_stage(stage: InputStage) -> InputStage:
    """Return the stage without the standardisation that static layers take in."""
    return stage if stage.is_exact else replace(stage, offset=None, scale=None)


def _error(made: Made) -> float:
    return made.error
