"""The cells of one column, whatever container they come from.

Texts are held as places in a short list of distinct texts, so that all that is asked of texts is
asked of distinct ones, and the way from cells to features is an index into a small array.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._text_columns import is_missing

_ABSENT = ("NoneType", "NAType", "NaTType")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Cells of a column: each is a number, a text or a date, or missing.

    Parameters
    ----------
    missing : ndarray of bool, shape (n,)
    values : ndarray of numbers or booleans, shape (n,), or None
        Anything in cells that are no numbers; None where no cell is one.
    codes : ndarray of int, shape (n,), or None
        Places in ``texts``, -1 in cells that are no texts; None where no cell is one.
    texts : sequence of str
        Distinct ones; there may be some that no cell holds.
    dates : ndarray of datetime64[us], shape (n,), or None
    other : str or None
        What the cells are if they are neither numbers nor texts nor dates.
    declared : bool
        Whether the column's own type says that these are categories.
    """

    missing: NDArray[np.bool_]
    values: NDArray[Any] | None = None
    codes: NDArray[np.intp] | None = None
    texts: Sequence[str] = ()
    dates: NDArray[np.datetime64] | None = None
    other: str | None = None
    declared: bool = False

    @property
    def n_present(self) -> int:
        """Number of cells that are not missing."""
        return len(self.missing) - int(np.count_nonzero(self.missing))

    def text_counts(self) -> NDArray[np.intp]:
        """Return how many cells hold each of the texts."""
        if self.codes is None:
            return np.zeros(0, np.intp)
        return np.bincount(self.codes + 1, minlength=len(self.texts) + 1)[1:]

    def text_list(self) -> list[str]:
        """Return the texts of all cells, an empty one where there is none."""
        if self.codes is None:
            return [""] * len(self.missing)
        listed: list[str] = np.array([*self.texts, ""], dtype=object)[self.codes].tolist()
        return listed

    def without(self, marks: Collection[str]) -> Cells:
        """Return the cells with texts that are marks of missing ones as missing."""
        if self.codes is None:
            return self
        marked = np.fromiter((text in marks for text in self.texts), bool, len(self.texts))
        if not marked.any():
            return self
        gone = np.append(marked, False)[self.codes]  # the last is that of no texts
        if marked.all() and self.values is None:
            return Cells(missing=self.missing | gone)
        codes = np.where(gone, -1, self.codes)
        left = None if self.values is not None and not (codes >= 0).any() else codes
        return replace(self, missing=self.missing | gone, codes=left)


def number_cells(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> Cells:
    """Return cells that are numbers or booleans; NaN is missing."""
    absent = np.zeros(len(values), bool) if missing is None else missing
    if values.dtype.kind == "f":
        absent = absent | np.isnan(values)
    if absent.all():
        return Cells(missing=absent)
    return Cells(missing=absent, values=values)


def text_cells(codes: NDArray[Any], texts: Sequence[str]) -> Cells:
    """Return cells that are texts, -1 for what is missing."""
    codes = codes.astype(np.intp, copy=False)
    missing = codes < 0
    return (
        Cells(missing=missing)
        if missing.all()
        else Cells(missing=missing, codes=codes, texts=texts)
    )


def date_cells(dates: NDArray[np.datetime64]) -> Cells:
    """Return cells that are dates, NaT for what is missing."""
    dates = dates.astype("datetime64[us]")
    missing = np.isnat(dates)
    return Cells(missing=missing) if missing.all() else Cells(missing=missing, dates=dates)


def array_cells(array: NDArray[Any]) -> Cells:
    """Return the cells of an array of one dimension."""
    kind = array.dtype.kind
    if kind in "biuf":
        return number_cells(array)
    if kind == "M":
        return date_cells(array)
    if kind in "OUT":
        return object_cells(array.tolist())
    return _others(len(array), str(array.dtype))


def object_cells(cells: list[Any]) -> Cells:
    """Return the cells of a list of Python's objects."""
    types = set(map(type, cells))
    if any(issubclass(each, str) for each in types):
        return _texts(cells) or _beside_texts(cells)
    absent = {each for each in types if each.__name__ in _ABSENT}
    present = types - absent
    missing = np.zeros(len(cells), bool)
    if absent:
        missing[:] = np.fromiter(map(absent.__contains__, map(type, cells)), bool, len(cells))
    if not present:
        return Cells(missing=missing)
    if all(issubclass(each, Real | Decimal | np.bool_) for each in present):
        return _numbers(cells, present, missing)
    if all(issubclass(each, date | np.datetime64 | float) for each in present):
        return _dates(cells, missing)
    known = Real | Decimal | np.bool_ | date | np.datetime64
    wrong = [each.__name__ for each in present if not issubclass(each, known)]
    return _others(len(cells), min(wrong, default="dates beside numbers"))


def _others(n: int, what: str) -> Cells:
    return Cells(missing=np.zeros(n, bool), other=what)


def _texts(cells: list[Any]) -> Cells | None:
    """Return cells that are texts or missing; None where there are others."""
    try:
        distinct = dict.fromkeys(cells)
    except TypeError:  # lists and the like have no hash
        return None
    texts = [cell for cell in distinct if isinstance(cell, str)]
    places: dict[Any, int] = {text: i for i, text in enumerate(texts)}
    if len(texts) < len(distinct):
        rest = [cell for cell in distinct if not isinstance(cell, str)]
        if not all(map(is_missing, rest)):
            return None
        places |= dict.fromkeys(rest, -1)
    codes = np.fromiter(map(places.__getitem__, cells), np.intp, len(cells))
    return text_cells(codes, list(map(str, texts)))


def _beside_texts(cells: list[Any]) -> Cells:
    """Return texts among other things: numbers, or what is refused."""
    are_texts = np.array([isinstance(cell, str) for cell in cells])
    rest = object_cells([cell for cell in cells if not isinstance(cell, str)])
    if rest.values is None:
        return _others(len(cells), f"{rest.other or 'dates'} beside texts")
    some = _texts([cell for cell in cells if isinstance(cell, str)])
    assert some is not None  # noqa: S101 - for mypy: all of them are texts
    codes = np.full(len(cells), -1, np.intp)
    codes[are_texts] = np.asarray(some.codes)
    missing = np.zeros(len(cells), bool)
    missing[~are_texts] = rest.missing
    values = np.zeros(len(cells), rest.values.dtype)
    values[~are_texts] = rest.values
    return Cells(missing=missing, codes=codes, texts=some.texts, values=values)


def _numbers(cells: list[Any], types: set[type], missing: NDArray[np.bool_]) -> Cells:
    if all(issubclass(each, bool | np.bool_) for each in types):
        dtype: type = np.bool_
    else:
        whole = all(issubclass(each, int | np.integer | np.bool_) for each in types)
        dtype = np.int64 if whole else np.float64
    if missing.any():
        cells = [0 if gone else cell for cell, gone in zip(cells, missing.tolist(), strict=True)]
    for each in (dtype, np.float64):  # the second for whole numbers beyond int64
        with suppress(OverflowError, ValueError):  # ValueError: a signaling NaN
            return number_cells(np.array(cells, dtype=each), missing)
    return _others(len(cells), "numbers that float64 has not")


def _dates(cells: list[Any], missing: NDArray[np.bool_]) -> Cells:
    """Return dates, of whatever time zone as its clocks show them."""
    dates = [
        None if gone or isinstance(cell, float) else _local(cell)
        for cell, gone in zip(cells, missing.tolist(), strict=True)
    ]
    return date_cells(np.array(dates, dtype="datetime64[us]"))


def _local(moment: Any) -> Any:
    zone = getattr(moment, "tzinfo", None)
    return moment if zone is None else moment.replace(tzinfo=None)
