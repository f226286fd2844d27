"""How float32 weights are stored after a step: in compressed rows when that is smaller."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from slimline.layers import DenseLayer, Layer, SparseLayer, layer_nbytes


def smallest_layer(
    weight: NDArray[np.float32], bias: NDArray[np.float32], activation: str
) -> Layer:
    """Return a float32 layer with these weights (n_out, n_in)."""
    dense = DenseLayer(weight=weight, bias=bias, activation=activation)
    compressed = SparseLayer.from_weight(weight, bias, activation)
    return compressed if layer_nbytes(compressed) < layer_nbytes(dense) else dense
