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

# A width for all texts may take this many times the characters that there are, and these.
_MOST_TIMES, _MOST_CHARACTERS = 3, 2**20


def labels_to_json(labels: NDArray[Any]) -> dict[str, Any]:
    """Return the dtype and the values of a 1-d array of bools, numbers or texts."""
    dtype = "str" if labels.dtype.kind in "UO" else labels.dtype.name
    values = labels.tolist()
    if dtype not in _TYPES or not all(type(value) is _TYPES[dtype] for value in values):
        msg = f"classes must be bools, integers, floats or texts, got dtype {labels.dtype}"
        raise TypeError(msg)
    if dtype == "str" and any(value.endswith("\0") for value in values):
        msg = "classes must not end in NUL characters, which NumPy's texts lose"
        raise ValueError(msg)
    return {"dtype": dtype, "values": values}


def labels_from_json(json: Mapping[str, Any]) -> NDArray[Any]:
    """Rebuild the array; an error of values, types, keys or overflow where the JSON is wrong."""
    dtype, values = json["dtype"], json["values"]
    if not all(type(value) is _TYPES[dtype] for value in values):
        msg = f"class labels must all be of type {dtype}"
        raise TypeError(msg)
    if dtype == "str":
        return _texts(values)
    exact = np.array(values, dtype=np.float64 if dtype == "float32" else dtype)
    with np.errstate(over="ignore"):  # what overflows is not the value that it was made of
        labels = exact.astype(dtype)
    if not np.array_equal(labels, exact):
        msg = f"class labels do not fit {dtype}"
        raise ValueError(msg)
    return labels


def _texts(values: list[str]) -> NDArray[Any]:
    """Return texts as an array of one width, or of objects where a few of them are much longer.

    An array of one width has room for the longest text in every place.
    """
    if any(value.endswith("\0") for value in values):  # which such an array does not keep
        msg = "class labels must not end with a null character"
        raise ValueError(msg)
    width, total = max(map(len, values), default=0), sum(map(len, values))
    wide = width * len(values) > _MOST_TIMES * total + _MOST_CHARACTERS
    return np.array(values, dtype=object if wide else np.str_)
