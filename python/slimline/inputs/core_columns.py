"""Rows of any container as columns of the core: where they lie, wherever it can read them there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._frames import Series, check_column_names, is_frame
from slimline._text_columns import converts_to_arrow
from slimline.inputs.columns import Column
from slimline.inputs.reading import frame_places, raw_columns

_WIDEST = 8  # bytes of a number that the core reads
_FEW = 64  # rows of which Python's values are faster to make than Arrow's columns


def core_columns(
    X: Any, columns: Sequence[Column], reads: Sequence[int]
) -> tuple[int, _core.TableColumns]:
    """Return the number of rows and those columns of them that ``reads`` numbers.

    Rows, and errors about their shape, are those of :func:`slimline.inputs.reading.read_rows`.
    """
    table = _core.TableColumns(len(columns))
    if is_frame(X) and (hasattr(X, "iloc") or _has_arrow(X)):
        check_column_names(X)
        names = list(getattr(X, "column_names", X.columns))
        places = frame_places(names, columns, reads)
        if hasattr(X, "iloc"):
            for j in reads:
                _add_pandas(table, j, X.iloc[:, places[j]])
        else:
            read = {names[places[j]]: j for j in reads}
            for name in _add_arrow_frame(table, X.select(list(read)), read):
                _, values = raw_columns(X.select([name]), [columns[read[name]]], [0])
                _add(table, read[name], values[0])
        return len(X), table
    n_rows, values = raw_columns(X, columns, reads)
    for j in reads:
        _add(table, j, values[j])
    return n_rows, table


def _has_arrow(X: Any) -> bool:
    return hasattr(X, "__arrow_c_stream__") or hasattr(X, "__arrow_c_array__")


def _add_arrow_frame(table: _core.TableColumns, frame: Any, read: Mapping[str, int]) -> list[str]:
    """Add the columns of a frame by name; return those of other types, such as decimals, dates."""
    unread = set(table.add_arrow_frame(frame, list(read.values())))
    return [name for name, j in read.items() if j in unread]


def _add_pandas(table: _core.TableColumns, j: int, series: Any) -> None:
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        values = series.to_numpy()
        _add(table, j, values if values.dtype.kind in "biuf" else series.tolist())
    elif dtype.name == "category":
        codes = series.cat.codes.to_numpy()
        table.add_codes(j, codes, tuple(series.cat.categories.tolist()))
    elif len(series) < _FEW or not converts_to_arrow(series) or not table.add_arrow(j, series):
        _add(table, j, series.tolist())


def _add(table: _core.TableColumns, j: int, values: Any) -> None:
    if isinstance(values, Series):
        values = values.to_list()
    if not isinstance(values, np.ndarray):
        table.add_cells(j, tuple(values))
    elif values.dtype.kind in "biuf" and values.dtype.itemsize <= _WIDEST:
        table.add_array(j, _readable(values), None)
    else:
        table.add_cells(j, tuple(values.tolist()))


def _readable(values: NDArray[Any]) -> NDArray[Any]:
    """Return numbers of this machine's byte order, of a type that C++ has."""
    if values.dtype == np.float16:
        return values.astype(np.float32)
    return values.astype(values.dtype.newbyteorder("="), copy=False)
