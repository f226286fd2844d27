"""Rows of any container as one list of cells for each column that is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline._frames import frame_series, is_frame
from slimline._text import listed, quoted
from slimline.inputs.cell_values import category_cells, number_cells, text_cells
from slimline.inputs.cells import Cells
from slimline.inputs.columns import Column, column_text

_HINT = "rows are a data frame, a list of dicts, or a list or 2-d array with a cell for each column"


Raw = tuple[int, Any]  # number of rows, and something with the values of each column by its number


class Table(NamedTuple):
    """Rows as cells: an entry for each column, None where no block reads it."""

    n_rows: int
    cells: tuple[Cells | None, ...]


def read_rows(X: Any, columns: Sequence[Column], reads: Sequence[int]) -> Table:
    """Return the cells of the columns numbered by ``reads``.

    Parameters
    ----------
    X : data frame, list of mappings, list of sequences, or 2-d array
        Frames and mappings have the columns by name, in any order, and may have others; where
        ``columns`` have no names, frames have them by position. Rows of a single column of texts
        may be a sequence of texts.
    columns : sequence of Column
    reads : sequence of int
    """
    n_rows, values = raw_columns(X, columns, reads)
    cells: list[Cells | None] = [None] * len(columns)
    makers = {"number": number_cells, "category": category_cells, "text": text_cells}
    for j in reads:
        name = column_text(tuple(columns), j)
        cells[j] = makers[columns[j].kind](name, values[j])
    return Table(n_rows, tuple(cells))


def raw_columns(X: Any, columns: Sequence[Column], reads: Sequence[int]) -> Raw:
    """Return the number of rows, and what has the values of each column by its number."""
    if is_frame(X):
        return _of_frame(X, columns, reads)
    if _is_series(X) and _are_texts(columns):
        X = list(X)
    if isinstance(X, np.ndarray):
        return _of_array(X, columns)
    if isinstance(X, list | tuple):
        return _of_list(X, columns, reads)
    if isinstance(X, Mapping | str | bytes):
        msg = f"X must hold rows, got a single {type(X).__name__}: {_HINT}"
        raise TypeError(msg)
    if hasattr(X, "__array__"):
        return _of_array(np.asarray(X), columns)
    msg = f"X must hold rows, got {type(X).__name__}: {_HINT}"
    raise TypeError(msg)


def _is_series(X: Any) -> bool:
    return hasattr(X, "to_list") or hasattr(X, "to_pylist")


def _are_texts(columns: Sequence[Column]) -> bool:
    return len(columns) == 1 and columns[0].kind == "text"


def _of_frame(X: Any, columns: Sequence[Column], reads: Sequence[int]) -> Raw:
    frame = frame_series(X)
    places = frame_places(frame.names, columns, reads)
    return frame.n_rows, {j: frame.series[place] for j, place in places.items()}


def frame_places(
    names: Sequence[object], columns: Sequence[Column], reads: Sequence[int]
) -> dict[int, int]:
    """Return where a frame with columns of these names has those that ``reads`` numbers."""
    if columns[0].name is None:
        if len(names) != len(columns):
            raise _wrong_count(len(names), len(columns))
        return {j: j for j in reads}
    by_name = {name: place for place, name in enumerate(names)}
    missing = [columns[j].name for j in reads if columns[j].name not in by_name]
    if missing:
        msg = f"X must have the columns that the model reads; missing: {listed(missing)}"
        raise ValueError(msg)
    return {j: by_name[columns[j].name] for j in reads}


def _of_array(X: NDArray[Any], columns: Sequence[Column]) -> Raw:
    if X.ndim == 1 and _are_texts(columns) and X.dtype.kind in "OUST":
        return len(X), [X]
    if X.ndim == 1 and X.dtype == object and len(X) and not isinstance(X[0], str | bytes):
        return _of_list(X.tolist(), columns, range(len(columns)))
    if X.ndim != 2:  # noqa: PLR2004 - rows and columns
        msg = f"X must have 2 dimensions, got shape {X.shape}; {_HINT}"
        raise ValueError(msg)
    if X.shape[1] != len(columns):
        raise _wrong_count(X.shape[1], len(columns))
    return len(X), X.T


def _of_list(X: Sequence[Any], columns: Sequence[Column], reads: Sequence[int]) -> Raw:
    if len(X) and isinstance(X[0], Mapping):
        return len(X), _of_mappings(X, columns, reads)
    if _are_texts(columns) and not any(isinstance(row, list | tuple | np.ndarray) for row in X):
        return len(X), {0: list(X)}
    for i, row in enumerate(X):
        if not isinstance(row, list | tuple) and not (
            isinstance(row, np.ndarray) and row.ndim == 1
        ):
            msg = f"row {i} of X must be a sequence of cells, got {type(row).__name__}; {_HINT}"
            raise TypeError(msg)
        if len(row) != len(columns):
            raise _wrong_count(len(row), len(columns), f"row {i} of X")
    return len(X), {j: [row[j] for row in X] for j in reads}


def _of_mappings(
    X: Sequence[Any], columns: Sequence[Column], reads: Sequence[int]
) -> dict[int, list[Any]]:
    if columns[0].name is None:
        msg = "rows must be sequences, since the model's columns have no names, got a mapping"
        raise TypeError(msg)
    for i, row in enumerate(X):
        if not isinstance(row, Mapping):
            msg = f"row {i} of X must be a mapping as row 0 is, got {type(row).__name__}"
            raise TypeError(msg)
    try:
        return {j: [row[columns[j].name] for row in X] for j in reads}
    except KeyError as error:
        row = next(i for i, row in enumerate(X) if error.args[0] not in row)
        msg = f"row {row} of X must have {quoted(error.args[0])}, but has not"
        raise ValueError(msg) from None


def _wrong_count(got: int, expected: int, what: str = "X") -> ValueError:
    return ValueError(f"{what} has {got} columns, but the model reads rows of {expected}")
