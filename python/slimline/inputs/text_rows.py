"""Rows of a table whose only column is one of texts, as the core reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from slimline import _core
from slimline._frames import check_column_names, is_frame
from slimline._text import listed
from slimline._text_columns import text_blocks
from slimline.inputs.columns import Column, column_text
from slimline.inputs.reading import read_rows
from slimline.inputs.text_cells import TEXTS_ARE_TEXTS


def text_rows(X: Any, column: Column, decode_error: str) -> Iterator[_core.Texts]:
    """Yield the texts of rows in any container, block by block.

    Parameters
    ----------
    X : sequence of str or bytes, column of a data frame, data frame, or rows of one cell
    column : Column
        The model's only column.
    decode_error : {"strict", "ignore", "replace"}
        What becomes of bytes that are no UTF-8.

    Raises
    ------
    ValueError
        If a text is missing, or the column is.
    TypeError
        If something is no text.
    """
    texts = _values(X, column)
    return text_blocks(texts, name=column_text((column,), 0), decode_error=decode_error)


def single_text(row: Any, column: Column) -> Any:
    """Return the cell of a single row: the row itself, unless it is a mapping or a sequence."""
    if isinstance(row, Mapping | list | tuple | np.ndarray):
        return _cells([row], column)[0]
    return row


def _values(X: Any, column: Column) -> Any:
    if is_frame(X):
        return _of_frame(X, column)
    if isinstance(X, list | tuple) and X and isinstance(X[0], Mapping | list | tuple | np.ndarray):
        return _cells(X, column)
    return X


def _cells(X: Any, column: Column) -> list[Any]:
    (cells,) = read_rows(X, (column,), (0,), TEXTS_ARE_TEXTS).cells
    assert cells is not None  # noqa: S101 - the column that was asked for
    return cells.values or []


def _of_frame(X: Any, column: Column) -> Any:
    check_column_names(X)
    names = list(getattr(X, "column_names", X.columns))
    if column.name is None:
        if len(names) != 1:
            msg = f"X must have one column of texts, got {len(names)}: {listed(names)}"
            raise ValueError(msg)
        return X[names[0]]
    if column.name not in names:
        msg = f"X must have the columns that the model reads; missing: {listed([column.name])}"
        raise ValueError(msg)
    return X[column.name]
