"""Columns from a Parquet file: cells as they are, None where they are missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._text import quoted
from slimline.cli.memory import check_fits
from slimline.cli.reading import AS_USUAL, Reading
from slimline.cli.tables import Table, check_header

_CELL = 16  # bytes that a cell takes at least while it is read and converted


def read_parquet(path: Path, _reading: Reading = AS_USUAL) -> Table:
    """Read a whole Parquet file, which says itself how it is to be read."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - the extra may be missing
        from pyarrow import parquet  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        msg = "Parquet files need pyarrow: pip install pyarrow"
        raise ImportError(msg, name=error.name) from error
    with path.open("rb") as file:
        try:
            source = parquet.ParquetFile(file, page_checksum_verification=True)
            about = source.metadata
            check_fits("its rows", about.num_rows * about.num_columns * _CELL)
            table = source.read(use_threads=False)
            table.validate(full=True)  # before anything goes by its offsets and codes
        except (ValueError, OSError, KeyError, OverflowError, pa.ArrowException) as error:
            msg = f"{path} must be a Parquet file: {error}"
            raise ValueError(msg) from error
    check_header(str(path), table.column_names)
    if not table.num_rows:
        msg = f"{path} must have rows, got none"
        raise ValueError(msg)
    return {name: _column(name, table.column(i)) for i, name in enumerate(table.column_names)}


def _column(name: str, column: Any) -> NDArray[Any]:
    from pyarrow import types  # noqa: PLC0415 - read_parquet has shown that it is there

    kind = column.type.value_type if types.is_dictionary(column.type) else column.type
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind):
        numbers: NDArray[Any] = np.asarray(column.to_numpy())
        if numbers.dtype.kind in "fiub" or types.is_boolean(kind):
            return numbers
    if types.is_decimal(kind):
        return np.array(column.cast("float64").to_numpy())
    if types.is_string(kind) or types.is_large_string(kind):
        return np.array(column.cast(kind).to_pylist(), dtype=object)
    if types.is_date(kind) or types.is_null(kind):
        return np.array(column.to_pylist(), dtype=object)
    if types.is_timestamp(kind):
        return np.array(column.cast("timestamp[us]").to_numpy().tolist(), dtype=object)
    msg = f"column {quoted(name)} must hold numbers or texts, got {kind}"
    if column.null_count:
        msg += f" with {column.null_count:,} missing cells"
    raise ValueError(msg)
