"""Standardise the columns of a first layer without changing the function that it computes.

Dynamic int8 has one quantization step per row for all columns, and one per output for all weights.
Columns of much larger values, or far from zero, would determine it. With an offset and a scale for
each column in the input stage, and a layer adapted to them, int8 is as accurate on raw columns as
on standardised ones.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from slimline.compression.quantization.calibration import Moments
from slimline.compression.quantization.ranges import harmless_size
from slimline.inputs import InputStage, held_offset
from slimline.layers import DenseLayer, Layer


def standardized(
    stage: InputStage, layer: Layer, columns: Moments
) -> tuple[InputStage, DenseLayer] | None:
    """Return an input stage from the moments of the columns, and the layer on it.

    None if all columns are constant. ``(x - o) s`` and W become ``(x - o') s'`` and ``W s / s'``;
    the bias is adapted.
    """
    before_offset, before_scale = _in_double(stage)
    weight = layer.weight * before_scale
    deviation = _deviation(columns.deviation(), columns.mean, weight)
    if deviation is None:
        return None
    offset = columns.mean
    bias = layer.bias + weight @ (offset - before_offset)
    return (
        replace(
            stage,
            offset=held_offset(offset, 1 / deviation),
            scale=(1 / deviation).astype(np.float32),
        ),
        DenseLayer(
            weight=(weight * deviation).astype(np.float32),
            bias=bias.astype(np.float32),
            activation=layer.activation,
        ),
    )


def _in_double(stage: InputStage) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if stage.offset is None or stage.scale is None:
        return np.zeros(stage.n_inputs), np.ones(stage.n_inputs)
    return stage.offset.astype(np.float64), stage.scale.astype(np.float64)


def _deviation(
    deviation: NDArray[np.float64], mean: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return deviations; for constant columns those that make them as important as any other.

    A constant column (an indicator that no row has) may change later. With a smaller deviation it
    would then make the quantization of the row coarse, with a larger one that of the weights.
    """
    changes = deviation > _NOTHING * np.abs(mean)
    if not changes.any():
        return None
    guess = harmless_size(deviation, weight, changes)
    return np.where(changes, deviation, np.where(np.isfinite(guess), guess, 1))


# A deviation that is rounding of the mean.
_NOTHING = 1e-12
