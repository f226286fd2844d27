"""Giving a first layer columns that are alike, without changing what it computes.

Rows quantized as they come have one step for all columns, and weights one for all inputs: columns
of other sizes, or far from zero, take it all. With an offset and a scale for each column in the
input stage, and the layer on what these leave, int8 on raw columns is what it is on standardised
ones.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from slimline.compression._calibration import Moments
from slimline.compression._ranges import harmless_size
from slimline.inputs import InputStage, held_offset
from slimline.layers import DenseLayer, Layer


def standardized(
    stage: InputStage, layer: Layer, columns: Moments
) -> tuple[InputStage, DenseLayer] | None:
    """Return an input stage by the moments of the columns and the layer on it; None of constants.

    ``(x - o) s`` and W become ``(x - o') s'`` and ``W s / s'``, the bias what is left of it.
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
    """Return deviations, of columns that never changed one by which they matter as much as any.

    Such a column (an indicator that no row has) may change later on. By a smaller one it would then
    take all the steps of a row, by a larger one its weight those of the weights.
    """
    changes = deviation > _NOTHING * np.abs(mean)
    if not changes.any():
        return None
    guess = harmless_size(deviation, weight, changes)
    return np.where(changes, deviation, np.where(np.isfinite(guess), guess, 1))


# A deviation that is rounding of the mean.
_NOTHING = 1e-12
