"""Removing features and hidden nodes from the arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from slimline.compression._storage import smallest
from slimline.inputs import InputStage
from slimline.layers import Layer

Mask = NDArray[np.bool_]


def without_nodes(layers: Sequence[Layer], keep: Mapping[int, Mask]) -> list[Layer]:
    """Remove outputs of hidden layers, and the same inputs of the next layers."""
    everything = slice(None)
    return [
        smallest(layer.select(keep.get(i, everything), keep.get(i - 1, everything)))
        for i, layer in enumerate(layers)
    ]


def narrowed(stage: InputStage, keep: Mask, *, full_rows: bool) -> InputStage:
    """Return an input stage that uses the kept inputs only, from full rows or from these alone."""
    columns = np.arange(stage.n_features) if stage.selected is None else stage.selected
    columns = columns[keep].astype(np.uint32)
    names = stage.feature_names
    if not full_rows and names is not None:
        names = tuple(names[j] for j in columns)
    return replace(
        stage,
        n_features=stage.n_features if full_rows else len(columns),
        feature_names=names,
        selected=columns if full_rows else None,
        offset=None if stage.offset is None else stage.offset[keep],
        scale=None if stage.scale is None else stage.scale[keep],
    )
