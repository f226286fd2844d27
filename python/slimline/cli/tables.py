"""Tables from files: columns by name, each an array of texts, of numbers, or of both.

CSV comes as texts, Parquet and JSON with the types of the file. Texts lie in arrays of objects: in
one of fixed width a single long cell would cost its length in every row.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from slimline._text import listed, one_line, quoted
from slimline.cli.hints import about_header, is_number
from slimline.cli.memory import check_fits
from slimline.cli.reading import AS_USUAL, Reading

Table = Mapping[str, NDArray[Any]]

MAX_TEXT = 1000  # characters of a label or category


def csv_chunks(
    file: TextIO, name: str, reading: Reading, size: int | None = None
) -> Iterator[Table]:
    """Yield tables of up to ``size`` rows (None: one of all rows) from CSV with a header line."""
    rows = csv.reader(file, delimiter=reading.sep)
    try:
        header = next(rows, [])
        check_header(name, header)
        while chunk := list(itertools.islice(rows, size)):
            yield _table(name, header, [row for row in chunk if row], rows.line_num, reading)
    except (csv.Error, UnicodeDecodeError) as error:
        msg = f"{name} must be CSV in {reading.shown}: {error}"
        raise ValueError(msg) from error


def read_csv(path: Path, reading: Reading = AS_USUAL) -> Table:
    """Read a whole CSV file."""
    with path.open(newline="", encoding=reading.encoding) as file:
        for table in csv_chunks(file, str(path), reading):
            return table
    msg = f"{path} must have rows below its header, got none"
    raise ValueError(msg)


def check_header(name: str, header: Sequence[str]) -> None:
    """Raise ValueError unless a table has columns, of distinct names that are no numbers."""
    if not header:
        msg = f"{name} must begin with a line of column names, got nothing"
        raise ValueError(msg)
    if len(set(header)) != len(header):
        twice = next(column for column in header if header.count(column) > 1)
        msg = f"{name} must have distinct column names, got {quoted(twice)} more than once"
        raise ValueError(msg)
    if all(map(is_number, header)):
        msg = f"{name} must begin with a line of column names, got numbers: {listed(header)}"
        raise ValueError(msg)


def _table(
    name: str, header: list[str], rows: list[list[str]], last_line: int, reading: Reading
) -> Table:
    for row in rows:
        if len(row) != len(header):
            msg = (
                f"{name} must have {len(header)} cells a row, got {len(row)} in "
                f"{quoted(','.join(row))} (line {last_line} or before){about_header(header)}"
            )
            raise ValueError(msg)
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return {column: reading.column(cells) for column, cells in zip(header, columns, strict=True)}


def numbers(name: str, column: NDArray[Any], rows_before: int = 0) -> NDArray[np.float64]:
    """Return a column as numbers; ValueError names the first cell that is none."""
    first = rows_before + 1
    try:
        values = column.astype(np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        row = next(i for i, cell in enumerate(column) if not is_number(cell))
        if column[row] is None or not str(column[row]).strip():
            msg = (
                f"column {quoted(name)} is empty in row {first + row} (line {first + row + 1}): "
                "fill it or leave the row out"
            )
        else:
            got = quoted(str(column[row]))
            msg = f"column {quoted(name)} must hold numbers, got {got} in row {first + row}"
        raise ValueError(msg) from error
    fits = np.abs(values) <= np.finfo(np.float32).max  # False of NaN
    if not fits.all():
        row = int(np.flatnonzero(~fits)[0])
        what = "numbers within float32" if np.isfinite(values[row]) else "finite numbers"
        msg = f"column {quoted(name)} must hold {what}, got {values[row]} in row {first + row}"
        raise ValueError(msg)
    return values


def features(table: Table, names: Sequence[str], rows_before: int = 0) -> NDArray[np.float32]:
    """Return the features called ``names``, one per column."""
    n_rows = len(next(iter(table.values())))
    check_fits("the features", n_rows * len(names) * np.dtype(np.float32).itemsize)
    X = np.empty((n_rows, len(names)), dtype=np.float32)
    for j, name in enumerate(names):
        X[:, j] = numbers(name, _column(table, name), rows_before)
    return X


def cells(table: Table, names: Sequence[str]) -> NDArray[Any]:
    """Return the cells of the columns called ``names``, in an array of objects of two dimensions.

    ValueError names the first that is not there.
    """
    n_rows = len(next(iter(table.values())))
    rows = np.empty((n_rows, len(names)), dtype=object)
    for j, name in enumerate(names):
        rows[:, j] = _column(table, name)
    return rows


def _column(table: Table, name: str) -> NDArray[Any]:
    if name in table:
        return table[name]
    there = one_line(", ".join(table), 200)
    msg = f"the data must have a column {quoted(name)}, got {there}"
    raise ValueError(msg + about_header([*table]))
