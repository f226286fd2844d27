"""How weights are stored after a step: without their zeros when that is smaller."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from slimline.layers import (
    DenseLayer,
    Int8Layer,
    Layer,
    SparseInt8Layer,
    SparseLayer,
    layer_nbytes,
)

# The kinds of layers that hold float32 weights.
FLOAT_KINDS = ("dense", "sparse")

# To save less than a tenth is not worth unpacking when a model is loaded.
_WORTH = 0.9


def smallest_layer(
    weight: NDArray[np.float32], bias: NDArray[np.float32], activation: str
) -> Layer:
    """Return a float32 layer with these weights (n_out, n_in)."""
    dense = DenseLayer(weight=weight, bias=bias, activation=activation)
    pruned = SparseLayer.from_weight(weight, bias, activation)
    return pruned if layer_nbytes(pruned) < _WORTH * layer_nbytes(dense) else dense


def smallest_int8_layer(
    weight: NDArray[np.int8], scale: NDArray[np.float32], bias: NDArray[np.float32], activation: str
) -> Layer:
    """Return an int8 layer with these weights (n_out, n_in)."""
    dense = Int8Layer(weight_int8=weight, scale=scale, bias=bias, activation=activation)
    pruned = SparseInt8Layer.from_weight(weight, scale, bias, activation)
    return pruned if layer_nbytes(pruned) < _WORTH * layer_nbytes(dense) else dense
