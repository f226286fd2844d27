"""Layers as the core takes them where the first one is fused with what makes its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.inputs import InputStage
from slimline.layers import Layer


class Fused(NamedTuple):
    """A first layer in float32, what the stage does to its inputs, and the layers behind it."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    activation: str
    selected: NDArray[np.int32] | None
    offset: NDArray[np.float64] | None
    scale: NDArray[np.float32] | None
    rest: _core.Stack | None


def fused(stage: InputStage, layers: Sequence[Layer]) -> Fused:
    """Return what ``_core.fused_table_stack`` and ``_core.TextStack`` have in common."""
    first, *others = layers
    rest = _core.Stack(first.n_out)
    for layer in others:
        layer.add_to(rest)
    return Fused(
        weight=first.weight,
        bias=first.bias,
        activation=first.activation,
        selected=None if stage.selected is None else stage.selected.astype(np.int32),
        offset=None if stage.offset is None else stage.offset.astype(np.float64),
        scale=stage.scale,
        rest=rest if others else None,
    )
