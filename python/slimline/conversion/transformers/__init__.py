"""Each transformer, applied to features: importing this registers all of them."""

from slimline.conversion.transformers import (
    categorical,
    composing,
    deriving,
    dicts,
    missing,
    numeric,
    projecting,
    refused,
    selecting,
    tables,
    texts,
)
from slimline.conversion.transformers.registry import applied, transformed

__all__ = [
    "applied",
    "categorical",
    "composing",
    "deriving",
    "dicts",
    "missing",
    "numeric",
    "projecting",
    "refused",
    "selecting",
    "tables",
    "texts",
    "transformed",
]
