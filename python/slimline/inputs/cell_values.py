"""Values of a column from any container as cells of its kind, missing ones told from values."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._frames import Series
from slimline._text import quoted
from slimline._text_columns import is_missing
from slimline.inputs.cells import Cells

_PLAIN_NUMBERS = {int, float, bool, type(None)}
_NUMBERS = (int, float, bool, Decimal, Fraction)


def number_cells(name: str, values: Any) -> Cells:
    """Return cells of numbers in float64, NaN where one is missing."""
    numbers = values.numbers() if isinstance(values, Series) else _array_of_numbers(values)
    if numbers is None:
        numbers = _numbers(name, as_list(values))
    if np.isinf(numbers).any():
        row = int(np.flatnonzero(np.isinf(numbers))[0])
        msg = f"{name} must hold finite numbers, got {numbers[row]} in row {row}"
        raise ValueError(msg)
    return Cells(name=name, numbers=numbers)


def category_cells(name: str, values: Any) -> Cells:
    """Return cells of keys: texts, numbers or booleans."""
    kinds = (str, *_NUMBERS)
    return Cells(name=name, values=_values(name, as_list(values), kinds, "texts or numbers"))


def text_cells(name: str, values: Any) -> Cells:
    """Return cells of texts."""
    return Cells(name=name, values=_values(name, as_list(values), (str, bytes), "str or bytes"))


def as_list(values: Any) -> list[Any]:
    """Return the values of a column as a list."""
    if isinstance(values, Series):
        return values.to_list()
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def are_numbers(values: Any) -> bool:
    """Whether the container of a column says that its values are numbers."""
    if isinstance(values, Series):
        return values.numbers() is not None
    return isinstance(values, np.ndarray) and values.dtype.kind in "biuf"


def _array_of_numbers(values: Any) -> NDArray[np.float64] | None:
    """Return an array of real numbers in float64, or None for anything else."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(values, dtype=np.float64)
    return None


def _numbers(name: str, values: list[Any]) -> NDArray[np.float64]:
    if not set(map(type, values)) <= _PLAIN_NUMBERS:
        values = _values(name, values, _NUMBERS, "numbers or booleans")
    try:
        return np.array(values, dtype=np.float64)
    except OverflowError:
        row = next(i for i, value in enumerate(values) if not _fits_float(value))
        msg = f"{name} must hold finite numbers, got {quoted(values[row])} in row {row}"
        raise ValueError(msg) from None


def _fits_float(value: Any) -> bool:
    try:
        float(value or 0)
    except OverflowError:
        return False
    return True


def _values(name: str, values: list[Any], kinds: tuple[type, ...], what: str) -> list[Any]:
    """Return Python's values of these kinds, None where one is missing."""
    if set(map(type, values)) <= {str, int, bool, type(None)} & {*kinds, type(None)}:
        return values
    return [_value(name, row, value, kinds, what) for row, value in enumerate(values)]


def _value(name: str, row: int, value: Any, kinds: tuple[type, ...], what: str) -> Any:
    if is_missing(value) or (isinstance(value, Decimal) and value.is_nan()):
        return None
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if not isinstance(value, kinds):
        got = f"{type(value).__name__} {quoted(value)}"
        msg = f"{name} must hold {what}, got {got} in row {row}"
        raise TypeError(msg)
    return value
