"""Tables from files: columns by name, each an array of texts or of numbers.

CSV comes as texts, Parquet with the types of the file. Which columns are numbers and which are
categories is decided by `numeric_columns` when a model is trained, and by the names of the model's
features ever after: the feature "color=red" is 1 where column "color" holds "red", else 0.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from slimline.cli.hints import about_header, is_number

Table = Mapping[str, NDArray[Any]]

MAX_CATEGORIES = 1000
FEW_ROWS = 20  # so few may differ in half their texts by chance
SHOWN = 8


def csv_chunks(file: TextIO, name: str, size: int | None = None) -> Iterator[Table]:
    """Yield tables of up to ``size`` rows (None: one of all rows) from CSV with a header line."""
    rows = csv.reader(file)
    try:
        header = next(rows, [])
        _check_header(name, header)
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


def read_parquet(path: Path) -> Table:
    """Read a whole Parquet file; pyarrow comes with the extra "frames"."""
    try:
        from pyarrow import ArrowInvalid, parquet  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        msg = "Parquet files need pyarrow: pip install 'slimline[frames]'"
        raise ImportError(msg, name=error.name) from error
    try:
        columns = parquet.read_table(path)
    except ArrowInvalid as error:
        msg = f"{path} must be a Parquet file: {error}"
        raise ValueError(msg) from error
    table = {name: columns[name].to_numpy() for name in columns.column_names}
    return {name: a.astype(str) if a.dtype.kind == "O" else a for name, a in table.items()}


def _check_header(name: str, header: Sequence[str]) -> None:
    if not header:
        msg = f"{name} must begin with a line of column names, got nothing"
        raise ValueError(msg)
    if len(set(header)) != len(header):
        twice = next(column for column in header if header.count(column) > 1)
        msg = f"{name} must have distinct column names, got {twice!r} more than once"
        raise ValueError(msg)
    if all(map(is_number, header)):
        msg = f"{name} must begin with a line of column names, got numbers: {header[:SHOWN]}"
        raise ValueError(msg)


def _table(name: str, header: list[str], rows: list[list[str]], last_line: int) -> Table:
    for row in rows:
        if len(row) != len(header):
            msg = (
                f"{name} must have {len(header)} cells a row, got {len(row)} in "
                f"{','.join(row)[:80]!r} (line {last_line} or before){about_header(header)}"
            )
            raise ValueError(msg)
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return {column: np.array(cells) for column, cells in zip(header, columns, strict=True)}


def numbers(name: str, column: NDArray[Any], rows_before: int = 0) -> NDArray[np.float64]:
    """Return a column as numbers; ValueError names the first cell that is none."""
    first = rows_before + 1
    try:
        values = column.astype(np.float64)
    except ValueError as error:
        row = next(i for i, cell in enumerate(column) if not is_number(cell))
        if not str(column[row]).strip():
            msg = (
                f"column {name!r} is empty in row {first + row} (line {first + row + 1}): "
                "fill it or leave the row out"
            )
        else:
            got = str(column[row])
            msg = f"column {name!r} must hold numbers, got {got!r} in row {first + row}"
        raise ValueError(msg) from error
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        msg = f"column {name!r} must hold finite numbers, got {values[row]} in row {first + row}"
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
            f"column {name!r} has {len(column) - len(cells)} empty cells: fill them, remove these "
            f"rows, or leave the column out with --drop {name}"
        )
        raise ValueError(msg)
    return numeric


def feature_names(table: Table) -> list[str]:
    """Names of the features that a model trained on a table gets."""
    names = []
    for name, column in table.items():
        if is_numeric(name, column):
            names.append(name)
            continue
        categories = np.unique(column)
        if _identifies(len(categories), len(column)):
            msg = (
                f"column {name!r} holds {len(categories)} different texts in {len(column)} rows, "
                f"as identifiers do: leave it out with --drop {name}"
            )
            raise ValueError(msg)
        if len(categories) > MAX_CATEGORIES:
            msg = (
                f"column {name!r} holds {len(categories)} different texts, more than "
                f"{MAX_CATEGORIES}: leave it out with --drop {name}"
            )
            raise ValueError(msg)
        names += [f"{name}={category}" for category in categories]
    return names


def _identifies(n_texts: int, n_rows: int) -> bool:
    """Whether texts differ so often that what is learned of them holds for no new row."""
    return n_rows > FEW_ROWS and n_texts > n_rows / 2


def features(table: Table, names: Sequence[str], rows_before: int = 0) -> NDArray[np.float32]:
    """Return the features called ``names``, one a column."""
    n_rows = len(next(iter(table.values())))
    X = np.empty((n_rows, len(names)), dtype=np.float32)
    for j, name in enumerate(names):
        column, equals, category = name.partition("=")
        if name in table:
            X[:, j] = numbers(name, table[name], rows_before)
        elif equals and column in table:
            X[:, j] = table[column].astype(str) == category
        else:
            got = ", ".join(table)[:200]
            msg = f"the data must have a column {column!r}, got {got}{about_header([*table])}"
            raise ValueError(msg)
    return X
