"""How weights are stored after a step: without their zeros when that is smaller."""

from __future__ import annotations

from slimline.layers import PRUNED, Layer, layer_nbytes

# To save less than a tenth is not worth unpacking when a model is loaded.
_WORTH = 0.9


def smallest(layer: Layer) -> Layer:
    """Return a layer without its zeros, if there is such a kind and it takes fewer bytes."""
    if layer.kind not in PRUNED:
        return layer
    pruned = PRUNED[layer.kind](layer)
    return pruned if layer_nbytes(pruned) < _WORTH * layer_nbytes(layer) else layer
