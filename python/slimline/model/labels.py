"""Class labels: the supported types, and their form in JSON, type included."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
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


def plain_labels(labels: Any) -> NDArray[Any]:
    """Return labels as an array of bools, integers, float32, float64 or texts.

    Members of enumerations that are integers or texts become those, objects what they are.

    Raises
    ------
    TypeError
        If they are of another type, or of several.
    """
    array = np.asarray(labels)
    if array.dtype.kind in "OT":
        array = _plain_objects(array.astype(object))
    elif array.dtype.kind == "f" and array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    if array.dtype.kind not in "biufU" and not _are_texts(array):
        raise TypeError(_not_plain(array))
    return array


def _are_texts(array: NDArray[Any]) -> bool:
    return bool(array.dtype.kind == "O" and set(map(type, array.ravel().tolist())) <= {str})


def _plain_objects(array: NDArray[Any]) -> NDArray[Any]:
    values = array.ravel().tolist()
    kinds = set(map(type, values))
    if all(issubclass(kind, str) for kind in kinds):
        return _texts([str.__str__(value) for value in values]).reshape(array.shape)
    try:
        return _plain_numbers(values, kinds, array).reshape(array.shape)
    except OverflowError:  # integers of more than 64 bits, or beyond float64
        return array


def _plain_numbers(values: list[Any], kinds: set[type], array: NDArray[Any]) -> NDArray[Any]:
    dtype: Any = None
    if kinds <= {bool, np.bool_}:
        plain: list[Any] = [bool(value) for value in values]
    elif all(issubclass(kind, int | np.integer) and kind is not bool for kind in kinds):
        plain = [int(value) for value in values]
        dtype = np.uint64 if max(plain) > np.iinfo(np.int64).max and min(plain) >= 0 else np.int64
    elif all(issubclass(kind, float | int | np.number) and kind is not bool for kind in kinds):
        plain = [float(value) for value in values]
    else:
        return array
    return np.array(plain, dtype=dtype)


def _not_plain(array: NDArray[Any]) -> str:
    """Say what labels of another type are, and what to do with them."""
    text = "labels must be bools, integers, floats or texts, all of one type"
    if array.dtype.kind in "Mm":
        return f"{text}, got {array.dtype}: use their texts, labels.astype(str)"
    if array.dtype.kind == "S":
        return f"{text}, got bytes: decode them"
    values = array.ravel().tolist()
    names = sorted({type(value).__name__ for value in values})
    what = f"{text}, got {', '.join(names[:3]) if values else array.dtype}"
    if names == ["int"] or any(isinstance(v, int) and abs(v) >= 2**64 for v in values):
        return f"{text}, got whole numbers of more than 64 bits"
    if any(isinstance(value, Enum) for value in values):
        return f"{what}: use their names, [label.name for label in labels]"
    if any(isinstance(value, date) for value in values):
        return f"{what}: use their texts, [str(label) for label in labels]"
    return what


def labels_to_json(labels: NDArray[Any]) -> dict[str, Any]:
    """Return the dtype and the values of a 1-d array of bools, numbers or texts."""
    dtype = "str" if labels.dtype.kind in "UO" else labels.dtype.name
    values = labels.tolist()
    if dtype not in _TYPES or not all(type(value) is _TYPES[dtype] for value in values):
        msg = f"classes must be bools, integers, floats or texts, got dtype {labels.dtype}"
        raise TypeError(msg)
    if dtype == "str":
        _check_ends(values)
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


def _check_ends(values: list[str]) -> None:
    if any(value.endswith("\0") for value in values):
        msg = "classes must not end in NUL characters, which NumPy's texts lose"
        raise ValueError(msg)


def _texts(values: list[str]) -> NDArray[Any]:
    """Return texts as an array of one width, or of objects where a few of them are much longer.

    An array of one width has room for the longest text in every place.
    """
    _check_ends(values)
    width, total = max(map(len, values), default=0), sum(map(len, values))
    wide = width * len(values) > _MOST_TIMES * total + _MOST_CHARACTERS
    return np.array(values, dtype=object if wide else np.str_)
