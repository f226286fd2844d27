"""The kinds of layers that a Model is made of. A new kind: a module here and an entry in KINDS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slimline.layers._protocol import Layer, Units, layer_nbytes
from slimline.layers._state import ACTIVATION_MAX, MOST_INT8_INPUTS
from slimline.layers.dense import DenseLayer
from slimline.layers.int8 import Int8Layer
from slimline.layers.int8_static import Int8StaticLayer
from slimline.layers.int8_weights import Int8WeightsLayer
from slimline.layers.sparse import SparseLayer
from slimline.layers.sparse_int8 import SparseInt8Layer

KINDS: Mapping[
    str,
    type[
        DenseLayer | SparseLayer | Int8Layer | Int8StaticLayer | Int8WeightsLayer | SparseInt8Layer
    ],
] = {
    cls.kind: cls
    for cls in (
        DenseLayer,
        SparseLayer,
        Int8Layer,
        Int8StaticLayer,
        Int8WeightsLayer,
        SparseInt8Layer,
    )
}


# What leaves out the zeros of a kind that stores every weight, and computes the same.
PRUNED: Mapping[str, Callable[[Any], Layer]] = {
    DenseLayer.kind: SparseLayer.from_dense,
    Int8Layer.kind: SparseInt8Layer.from_dense,
}

__all__ = [
    "ACTIVATION_MAX",
    "KINDS",
    "MOST_INT8_INPUTS",
    "PRUNED",
    "DenseLayer",
    "Int8Layer",
    "Int8StaticLayer",
    "Int8WeightsLayer",
    "Layer",
    "SparseInt8Layer",
    "SparseLayer",
    "Units",
    "layer_nbytes",
]
