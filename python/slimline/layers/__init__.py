"""The kinds of layers that a Model is made of. A new kind: a module here and an entry in KINDS."""

from __future__ import annotations

from collections.abc import Mapping

from slimline.layers._protocol import Layer, layer_nbytes
from slimline.layers.dense import DenseLayer
from slimline.layers.int8 import Int8Layer
from slimline.layers.int8_static import Int8StaticLayer
from slimline.layers.sparse import SparseLayer

KINDS: Mapping[str, type[DenseLayer | SparseLayer | Int8Layer | Int8StaticLayer]] = {
    cls.kind: cls for cls in (DenseLayer, SparseLayer, Int8Layer, Int8StaticLayer)
}

__all__ = [
    "KINDS",
    "DenseLayer",
    "Int8Layer",
    "Int8StaticLayer",
    "Layer",
    "SparseLayer",
    "layer_nbytes",
]
