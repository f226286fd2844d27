"""Class labels as JSON, type included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What may stand in a file, and the Python type that its values must have there.
_TYPES: Mapping[str, type] = {
    "bool": bool,
    **{f"{sign}int{bits}": int for sign in ("", "u") for bits in (8, 16, 32, 64)},
    "float32": float,
    "float64": float,
    "str": str,
}


def labels_to_json(labels: NDArray[Any]) -> dict[str, Any]:
    """Return the dtype and the values of a 1-d array of bools, numbers or texts."""
    dtype = "str" if labels.dtype.kind in "UO" else labels.dtype.name
    values = labels.tolist()
    if dtype not in _TYPES or not all(type(value) is _TYPES[dtype] for value in values):
        msg = f"classes must be bools, integers, floats or texts, got dtype {labels.dtype}"
        raise TypeError(msg)
    return {"dtype": dtype, "values": values}


def labels_from_json(json: Mapping[str, Any]) -> NDArray[Any]:
    """Rebuild the array; an error of values, types, keys or overflow where the JSON is wrong."""
    dtype, values = json["dtype"], json["values"]
    if not all(type(value) is _TYPES[dtype] for value in values):
        msg = f"class labels must all be of type {dtype}"
        raise TypeError(msg)
    with np.errstate(over="ignore"):  # what overflows does not come back as it was
        labels = np.array(values, dtype=dtype)
    if labels.tolist() != values:
        msg = f"class labels do not fit {dtype}"
        raise ValueError(msg)
    return labels
