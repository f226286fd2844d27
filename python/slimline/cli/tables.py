"""Tables from files: columns by name, each an array of texts or of numbers.

CSV comes as texts, Parquet with the types of the file. Texts lie in arrays of objects: in one of
fixed width a single long cell would cost its length in every row. Which columns are numbers and
which are categories is decided by `is_numeric` when a model is trained, and by the names of the
model's features ever after: the feature "color=red" is 1 where column "color" holds "red", else 0.
"""

from __future__ import annotations

import csv
import itertools
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from slimline._text import listed, one_line, quoted, shown
from slimline.cli.hints import about_header, is_number
from slimline.cli.memory import check_fits

Table = Mapping[str, NDArray[Any]]

MAX_CATEGORIES = 1000
MAX_TEXT = 1000  # characters of a label or category
FEW_ROWS = 20  # so few may differ in half their texts by chance


def csv_chunks(file: TextIO, name: str, size: int | None = None) -> Iterator[Table]:
    """Yield tables of up to ``size`` rows (None: one of all rows) from CSV with a header line."""
    rows = csv.reader(file)
    try:
        header = next(rows, [])
        check_header(name, header)
        while chunk := list(itertools.islice(rows, size)):
            yield _table(name, header, [row for row in chunk if row], rows.line_num)
    except (csv.Error, UnicodeDecodeError) as error:
        msg = f"{name} must be CSV in UTF-8: {error}"
        raise ValueError(msg) from error


def read_csv(path: Path) -> Table:
    """Read a whole CSV file."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        for table in csv_chunks(file, str(path)):
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


def _table(name: str, header: list[str], rows: list[list[str]], last_line: int) -> Table:
    for row in rows:
        if len(row) != len(header):
            msg = (
                f"{name} must have {len(header)} cells a row, got {len(row)} in "
                f"{quoted(','.join(row))} (line {last_line} or before){about_header(header)}"
            )
            raise ValueError(msg)
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return {
        column: np.array(cells, dtype=object) for column, cells in zip(header, columns, strict=True)
    }


def numbers(name: str, column: NDArray[Any], rows_before: int = 0) -> NDArray[np.float64]:
    """Return a column as numbers; ValueError names the first cell that is none."""
    first = rows_before + 1
    try:
        values = column.astype(np.float64)
    except ValueError as error:
        row = next(i for i, cell in enumerate(column) if not is_number(cell))
        if not str(column[row]).strip():
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


def is_numeric(name: str, column: NDArray[Any]) -> bool:
    """Whether a column holds numbers; ValueError where it does but for missing cells."""
    if column.dtype.kind in "fiub":
        return True
    cells = [cell for cell in column.tolist() if cell.strip()]
    numeric = bool(cells) and all(map(is_number, cells))
    if numeric and len(cells) < len(column):
        msg = (
            f"column {quoted(name)} has {len(column) - len(cells)} empty cells: fill them, remove "
            f"these rows, or leave the column out with {_drop(name)}"
        )
        raise ValueError(msg)
    return numeric


def feature_names(table: Table) -> list[str]:
    """Names of the features that a model trained on a table gets."""
    names = []
    for name, column in table.items():
        if is_numeric(name, column):
            names.append(name)
        else:
            names += [f"{name}={category}" for category in _categories(name, column)]
    return names


def _categories(name: str, column: NDArray[Any]) -> list[str]:
    categories: list[str] = sorted(set(column.tolist()))
    longest = max(map(len, categories))
    if _identifies(len(categories), len(column)):
        problem = f"{len(categories)} different texts in {len(column)} rows, as identifiers do"
    elif len(categories) > MAX_CATEGORIES:
        problem = f"{len(categories)} different texts, more than {MAX_CATEGORIES}"
    elif longest > MAX_TEXT:
        problem = f"a text of {longest:,} characters, more than {MAX_TEXT:,}"
    else:
        return categories
    msg = f"column {quoted(name)} holds {problem}: leave it out with {_drop(name)}"
    raise ValueError(msg)


def _drop(name: str) -> str:
    return f"--drop {shlex.quote(shown(name))}"  # as a shell takes it


def _identifies(n_texts: int, n_rows: int) -> bool:
    """Whether texts are identifiers, so often distinct that nothing learned generalises."""
    return n_rows > FEW_ROWS and n_texts > n_rows / 2


def features(table: Table, names: Sequence[str], rows_before: int = 0) -> NDArray[np.float32]:
    """Return the features called ``names``, one per column."""
    n_rows = len(next(iter(table.values())))
    check_fits("the features", n_rows * len(names) * np.dtype(np.float32).itemsize)
    X = np.empty((n_rows, len(names)), dtype=np.float32)
    for j, name in enumerate(names):
        column, equals, category = name.partition("=")
        if name in table:
            X[:, j] = numbers(name, table[name], rows_before)
        elif equals and column in table:
            cells = table[column]
            X[:, j] = (cells if cells.dtype == object else cells.astype(str)) == category
        else:
            there = one_line(", ".join(table), 200)
            msg = f"the data must have a column {quoted(column)}, got {there}"
            raise ValueError(msg + about_header([*table]))
    return X
