"""Rows of a table that a model cannot take, found by halving the rows that it refuses."""

from __future__ import annotations

import re
from typing import Any

from numpy.typing import NDArray

from slimline.cli.data import rows_for
from slimline.cli.tables import Table
from slimline.model import Model

_ROW = re.compile(r" in row \d+(?: \(line \d+\))?")  # of the part that was looked at


def part(table: Table, rows: slice | NDArray[Any]) -> Table:
    """Return some rows of a table."""
    return {name: cells[rows] for name, cells in table.items()}


def bad_rows(model: Model, table: Table, most: int) -> dict[int, str]:
    """Return the first rows that a model cannot take, ``most`` of them, and why.

    ValueError where the columns are not those of the model.
    """
    rows_for(model, part(table, slice(0, 0)))
    found: dict[int, str] = {}
    waiting = [(0, len(next(iter(table.values()))))]
    while waiting and len(found) < most:
        first, end = waiting.pop()
        message = _refusal(model, part(table, slice(first, end))) if first < end else None
        if message is None:
            continue
        if end - first == 1:
            found[first] = _ROW.sub("", message)
            continue
        middle = (first + end) // 2
        waiting += [(middle, end), (first, middle)]
    return found


def _refusal(model: Model, table: Table) -> str | None:
    try:
        model.predict(rows_for(model, table))
    except (ValueError, TypeError) as error:
        return str(error)
    return None
