"""Columns of dates as numbers: their parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._text import quoted
from slimline.preprocessing._cells import Cells

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?", re.ASCII)
_ALIKE = re.compile(
    r"\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})(?:[T ]\d.*)?", re.ASCII
)

Moments = NDArray[np.datetime64]


def _weekday(dates: Moments) -> NDArray[Any]:
    """Return 0 on Mondays; 1970 began with a Thursday."""
    return np.asarray((dates.astype("datetime64[D]").astype(np.int64) + 3) % 7)


def _hour(dates: Moments) -> NDArray[Any]:
    since_midnight = dates - dates.astype("datetime64[D]")
    return np.asarray(since_midnight.astype("timedelta64[h]").astype(np.int64))


PARTS: dict[str, Callable[[Moments], NDArray[Any]]] = {
    "year": lambda dates: dates.astype("datetime64[Y]").astype(np.int64) + 1970,
    "month": lambda dates: dates.astype("datetime64[M]").astype(np.int64) % 12 + 1,
    "day": lambda dates: (
        (dates.astype("datetime64[D]") - dates.astype("datetime64[M]")).astype(np.int64) + 1
    ),
    "weekday": _weekday,
    "hour": _hour,
}


def are_dates(texts: Sequence[str]) -> bool:
    """Whether all texts look like dates."""
    return all(map(_ALIKE.fullmatch, texts))


def part_of(dates: Moments, part: str) -> NDArray[np.float64]:
    """Return the year, month, ... of dates, NaN of NaT."""
    values = np.full(len(dates), np.nan)
    there = ~np.isnat(dates)
    values[there] = PARTS[part](dates[there])
    return values


def as_dates(cells: Cells, name: str) -> Moments:
    """Return cells as dates: those that are, and texts as ISO 8601 has them.

    Raises
    ------
    TypeError
        If there are numbers.
    ValueError
        If a text is no such date.
    """
    if cells.dates is not None:
        return cells.dates
    dates = np.full(len(cells.missing), "NaT", dtype="datetime64[us]")
    if cells.values is not None or cells.other is not None:
        msg = f"{name} must hold dates, got {cells.other or 'numbers'}"
        raise TypeError(msg)
    if cells.codes is not None:
        moments = [_moment(text) for text in cells.texts]
        dates = np.array([*moments, None], dtype="datetime64[us]")[cells.codes]
        wrong = np.flatnonzero(np.isnat(dates) & (cells.codes >= 0))
        if len(wrong):
            text = quoted(cells.texts[cells.codes[wrong[0]]])
            msg = (
                f"{name} must hold dates as 2024-01-31 or 2024-01-31 18:30:00, got {text} in row"
                f" {wrong[0]}; bring others into this form, or make datetimes of them, before"
            )
            raise ValueError(msg)
    return dates


def _moment(text: str) -> Any:
    if not _ISO.fullmatch(text):
        return None
    try:
        return np.datetime64(text.replace(" ", "T"), "us")
    except ValueError:  # the 31st of February
        return None
