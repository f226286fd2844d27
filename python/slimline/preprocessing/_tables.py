"""Tables of any container as columns of cells: frames, lists of dicts, arrays, lists of rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._checks import as_array
from slimline._frames import eager_frame, is_frame
from slimline._text import listed, quoted
from slimline.preprocessing._cells import Cells, array_cells, object_cells
from slimline.preprocessing._frame_columns import series_cells


class Table:
    """Columns of cells, read where they are asked for.

    Parameters
    ----------
    X : data frame, list of dicts, or what NumPy makes an array of two dimensions of
    marks : collection of str
        Texts that stand for missing cells.
    """

    def __init__(self, X: Any, marks: Collection[str]) -> None:
        self._marks = frozenset(marks)
        self._rows: Any = _container(X)
        rows = self._rows
        self.names: list[str] | None = None
        if isinstance(rows, list):
            self.names = _common_keys(rows)
            self.shape = (len(rows), len(self.names))
        else:
            self.shape = (int(rows.shape[0]), int(rows.shape[1]))
            if not isinstance(rows, np.ndarray):
                self.names = _texts_alone(rows.columns)
        _check_not_empty(self.shape)

    def cells(self, place: int) -> Cells:
        """Return the cells of a column, marks of missing ones as missing."""
        if isinstance(self._rows, np.ndarray):
            cells = array_cells(self._rows[:, place])
        elif isinstance(self._rows, list):
            assert self.names is not None  # noqa: S101 - for mypy: dicts have keys
            cells = object_cells(list(map(itemgetter(self.names[place]), self._rows)))
        else:
            cells = series_cells(self._rows[:, place])
        return cells.without(self._marks)

    def places(self, names: Sequence[str] | None, n_columns: int) -> Sequence[int]:
        """Return where the columns are that were called ``names``, of which there were so many.

        Raises
        ------
        ValueError
            If a name is not there, or, where one of both has none, the numbers differ.
        """
        if names is None or self.names is None:
            if self.shape[1] != n_columns:
                msg = (
                    f"X has {self.shape[1]} features, but TablePreprocessor is expecting"
                    f" {n_columns} features as input"
                )
                raise ValueError(msg)
            return range(n_columns)
        there = {name: place for place, name in enumerate(self.names)}
        absent = [name for name in names if name not in there]
        if absent:
            msg = f"X must have the columns it was fitted on, but has no {listed(absent)}"
            raise ValueError(msg)
        return [there[name] for name in names]


def _container(X: Any) -> Any:
    """Return a list of dicts, a frame of narwhals, or an array of two dimensions."""
    if hasattr(X, "tocsr"):
        msg = "X must be a table, got a sparse matrix: use X.toarray()"
        raise TypeError(msg)
    if is_frame(X):
        return eager_frame(X)
    if isinstance(X, list | tuple) and X and isinstance(X[0], Mapping):
        return list(X)
    if X is None or isinstance(X, Mapping | str | bytes):
        msg = (
            "X must hold rows, as a data frame, a list of dicts or an array does, got"
            f" {type(X).__name__}"
        )
        raise TypeError(msg)
    return _array(X)


def _array(X: Any) -> NDArray[Any]:
    """Return an array, of objects where X is a list: numbers beside texts stay numbers."""
    array = _of_lists(X) if isinstance(X, list | tuple) else as_array(X, "X")
    if array.ndim != 2:  # noqa: PLR2004 - rows and columns
        msg = (
            f"Expected 2D array, got {array.ndim}D array instead: X must have rows and columns, got"
            f" shape {array.shape}. Reshape your data by X.reshape(-1, 1) for one column or by"
            " X.reshape(1, -1) for one row"
        )
        raise ValueError(msg)
    if array.dtype.kind == "c":
        msg = f"Complex data not supported: X must hold numbers, texts or dates, got {array.dtype}"
        raise ValueError(msg)
    return array


def _of_lists(rows: Sequence[Any]) -> NDArray[Any]:
    if rows and all(isinstance(row, list | tuple) for row in rows):
        lengths = {len(row) for row in rows}
        if len(lengths) > 1:
            msg = (
                f"X must have rows of one length, got lengths from {min(lengths)} to {max(lengths)}"
            )
            raise ValueError(msg)
        array = np.empty((len(rows), lengths.pop()), dtype=object)
        for place, column in enumerate(zip(*rows, strict=True)):
            array[:, place] = np.fromiter(column, dtype=object, count=len(rows))
        return array
    return as_array(rows, "X")


def _common_keys(rows: list[Mapping[Any, Any]]) -> list[str]:
    """Return the keys of dicts, which must all have those of the first."""
    keys = list(rows[0])
    wrong = [key for key in keys if not isinstance(key, str)]
    if wrong:
        msg = f"keys of the rows of X must be str, got {quoted(wrong[0])}"
        raise TypeError(msg)
    expected = rows[0].keys()
    for row, values in enumerate(rows):
        if not isinstance(values, Mapping):
            msg = f"row {row} of X must be a dict as the first is, got {type(values).__name__}"
            raise TypeError(msg)
        absent = expected - values.keys()
        if absent:
            msg = f"row {row} of X has no {listed(sorted(absent))}; give None for what is missing"
            raise ValueError(msg)
    return keys


def _texts_alone(columns: Sequence[Any]) -> list[str] | None:
    """Return names that are texts; None where they are numbers, as pandas counts columns."""
    texts = [isinstance(name, str) for name in columns]
    if all(texts):
        return list(columns)
    if any(texts):
        kinds = sorted({type(name).__name__ for name in columns})
        msg = f"names of the columns of X must all be str, got {', '.join(kinds)}"
        raise TypeError(msg)
    return None


def _check_not_empty(shape: tuple[int, int]) -> None:
    for size, what in zip(shape, ("sample", "feature"), strict=True):
        if size == 0:
            msg = f"Found array with 0 {what}(s) (shape={shape}) while a minimum of 1 is required."
            raise ValueError(msg)
