"""Features as linear combinations of those that blocks make."""

from __future__ import annotations

from typing import Any

import numpy as np

from slimline.conversion.features.derived import Projection
from slimline.conversion.features.table import Features
from slimline.conversion.features.values import Values


def flattened(features: Features) -> tuple[tuple[Any, ...], Values | None, Values]:
    """Return pieces without projections, and W and b of the features from theirs, or None and 0."""
    if not any(isinstance(piece, Projection) for piece in features.pieces):
        return features.pieces, None, np.zeros(len(features))
    below: list[Any] = []
    blocks: list[Values] = []
    biases: list[Values] = []
    for piece in features.pieces:
        if isinstance(piece, Projection):
            below += piece.pieces
            blocks.append(piece.weight)
            biases.append(piece.bias)
        else:
            below.append(piece)
            blocks.append(np.eye(len(piece)))
            biases.append(np.zeros(len(piece)))
    weight = np.zeros((len(features), sum(block.shape[1] for block in blocks)))
    row = column = 0
    for block in blocks:
        weight[row : row + len(block), column : column + block.shape[1]] = block
        row, column = row + len(block), column + block.shape[1]
    return tuple(below), weight, np.concatenate(biases)
