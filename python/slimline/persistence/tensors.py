"""Which arrays a file may hold, for the writer and the reader alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._checks import all_finite

Array = NDArray[Any]

# Little endian in the file whatever the machine.
DTYPES = {
    name: np.dtype(name).newbyteorder("<")
    for name in (
        *("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
        *("float16", "float32", "float64"),
    )
}
MAX_DIMENSIONS = 8
NAME_RULE = "must begin with a letter or digit, then 0-199 of these or '_', '.', '-'"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")


def prepared(tensors: Mapping[str, Array]) -> dict[str, Array]:
    """Return ``tensors`` by name, C-contiguous and little endian, after checking all of them.

    Raises
    ------
    TypeError, ValueError
        When a name, dtype, shape or value is one that a file may not hold.
    """
    return {name: _prepared(name, tensors[name]) for name in sorted(tensors)}


def value_error(array: Array) -> str | None:
    """Say what is wrong with the entries of ``array``, or return None."""
    if array.dtype.kind == "f" and not all_finite(array):
        return "must be finite, got NaN or infinity"
    if array.dtype.kind == "b" and array.size and array.view(np.uint8).max() > 1:
        return "must hold booleans, got a byte other than 0 and 1"
    return None


def _prepared(name: str, value: Array) -> Array:
    if not NAME.fullmatch(name):
        msg = f"tensor name {NAME_RULE}, got {name!r:.220}"
        raise ValueError(msg)
    array = np.asarray(value, order="C")
    if array.dtype.name not in DTYPES:
        msg = f"tensors[{name!r}] must have a dtype of {', '.join(DTYPES)}, got {array.dtype}"
        raise TypeError(msg)
    if array.ndim > MAX_DIMENSIONS:
        msg = f"tensors[{name!r}] must have at most {MAX_DIMENSIONS} dimensions, got {array.ndim}"
        raise ValueError(msg)
    array = array.astype(DTYPES[array.dtype.name], copy=False)
    if (wrong := value_error(array)) is not None:
        msg = f"tensors[{name!r}] {wrong}"
        raise ValueError(msg)
    return array
