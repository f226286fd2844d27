"""The kinds of layers that a Model is made of. A new kind: a module here and an entry in KINDS."""

from __future__ import annotations

from collections.abc import Mapping

from slimline.layers._costs import Plan
from slimline.layers._protocol import Layer, layer_nbytes
from slimline.layers._state import MOST_INT8_INPUTS
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


def expected_plan(layer: Layer) -> Plan:
    """Return the form that the core computes a layer in, and its expected speed."""
    if isinstance(layer, SparseLayer | SparseInt8Layer | Int8WeightsLayer):
        return layer.plan
    return Plan("dense", 1.0, 1.0)


__all__ = [
    "KINDS",
    "MOST_INT8_INPUTS",
    "DenseLayer",
    "Int8Layer",
    "Int8StaticLayer",
    "Int8WeightsLayer",
    "Layer",
    "SparseInt8Layer",
    "SparseLayer",
    "expected_plan",
    "layer_nbytes",
]
