"""How weights are stored after a step: without their zeros when that is smaller."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline.compression._weights import Clip, Per, input_exponents, quantize_weight
from slimline.layers import (
    DenseLayer,
    Int8Layer,
    Int8WeightsLayer,
    Layer,
    SparseInt8Layer,
    SparseLayer,
    layer_nbytes,
)

# The kinds of layers that hold float32 weights, and those that compute with float32 weights.
FLOAT_KINDS = ("dense", "sparse")
FLOAT_PRODUCTS = (*FLOAT_KINDS, "int8_weights")

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


def weights_only_layer(
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
    activation: str,
    per: Per = "channel",
    clip: Clip = "none",
) -> Int8WeightsLayer:
    """Return a layer with these weights (n_out, n_in) in int8, and products in float32."""
    exponent = input_exponents(weight, per)
    divided = np.ldexp(weight, -exponent.astype(np.int32))
    steps, scale = quantize_weight(divided, per, clip)
    return Int8WeightsLayer.from_int8(steps, scale, exponent, bias, activation)


def stored_like(
    layer: Layer, weight: NDArray[np.float32], bias: NDArray[np.float32], inputs: Any = None
) -> Layer:
    """Return a layer with other weights, in the form of this one: float32, or int8 weights alone.

    If ``inputs`` are given, rounding to int8 keeps the mean output.
    """
    if isinstance(layer, Int8WeightsLayer):
        made = weights_only_layer(weight, bias, layer.activation)
        if inputs is None:
            return made
        mean = np.asarray(inputs.mean(axis=0), dtype=np.float64).ravel()
        return made.with_bias((bias + (weight - made.weight) @ mean).astype(np.float32))
    return smallest_layer(weight, bias, layer.activation)
