"""Rows and targets from a file: CSV, Parquet, .npz or svmlight, by the ending of its name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline._text import listed, one_line, quoted
from slimline.cli import tables
from slimline.cli.hints import about_header, did_you_mean
from slimline.cli.memory import check_fits
from slimline.cli.npz import read_npz
from slimline.cli.parquet import read_parquet
from slimline.cli.svmlight import read_svmlight
from slimline.inputs import Encoder, InputStage
from slimline.inputs.csv_line import LineReader

TABLES: Mapping[str, Callable[[Path], tables.Table]] = {
    ".csv": tables.read_csv,
    ".parquet": read_parquet,
}
SVMLIGHT = (".svm", ".svmlight", ".libsvm")
SUFFIXES = (*TABLES, ".npz", *SVMLIGHT)
_COLUMN = 64  # bytes that training takes for a column at least: scale, weights, gradients, copies
TARGETS = ("target", "y", "label", "class")  # the column meant where --target names none


class Data(NamedTuple):
    """Features, targets (None where the file has none), names of the features."""

    X: Any
    y: Any
    names: list[str] | None


def training_data(path: Path, target: str | None, drop: Iterable[str] = ()) -> Data:
    """Read rows to learn from."""
    if _suffix(path) not in TABLES:
        X, y = _arrays(path, None)
        check_fits(f"a model of {X.shape[1]:,} columns", X.shape[1] * _COLUMN)
        return _checked(path, X, y)
    table = dict(TABLES[_suffix(path)](path))
    column = _target(table, target)
    y = _values(column, table.pop(column))
    for name in drop:
        if name not in table:
            msg = _no_column("--drop", name, table)
            raise ValueError(msg)
        del table[name]
    names = tables.feature_names(table)
    if not names:
        msg = f"{path} must have a column besides the target"
        raise ValueError(msg)
    return Data(tables.features(table, names), y, names)


def data_for(stage: InputStage, path: Path, target: str | None, *, need_target: bool) -> Data:
    """Read rows for a trained model, whose input stage says which columns it takes."""
    if _suffix(path) not in TABLES:
        if stage.encoder is not None:
            msg = f"data for a model of a table must be one of {', '.join(TABLES)}, got {path}"
            raise ValueError(msg)
        X, y = _arrays(path, stage.n_features)
        return _checked(path, X, y) if need_target else Data(X, y, None)
    table = TABLES[_suffix(path)](path)
    y = None
    if need_target:
        column = _target(table, target)
        y = _values(column, table[column])
    return Data(features_for(stage, table, target), y, None)


def features_for(
    stage: InputStage, table: tables.Table, target: str | None = None, rows_before: int = 0
) -> NDArray[Any]:
    """Pick a model's columns by name; without names, all but the target, in their order.

    For a model of a table these are the cells of its columns, as objects.

    ``rows_before`` counts the rows of the file above the table, for messages.
    """
    if stage.encoder is not None:
        return _rows_of_table(stage.encoder, table, target, rows_before)
    if stage.feature_names is not None:
        return tables.features(table, stage.feature_names, rows_before)
    names = [name for name in table if name != target]
    names = [name for name in names if target is not None or name not in TARGETS]
    if len(names) != stage.n_features:
        msg = (
            f"the data must have {stage.n_features} columns of features, got {len(names)}: a model"
            " without names of features takes all columns but the target, in their order"
        )
        raise ValueError(msg)
    return tables.features(table, names, rows_before)


def _rows_of_table(
    encoder: Encoder, table: tables.Table, target: str | None, rows_before: int
) -> NDArray[Any]:
    """Return rows of cells in the order of the encoder's columns."""
    columns = encoder.columns
    names = [column.name for column in columns if column.name is not None]
    if not names:
        names = [name for name in table if name != target]
        names = [name for name in names if target is not None or name not in TARGETS]
    missing = [name for name in names if name not in table]
    if missing or len(names) != len(columns):
        what = f"missing: {listed(missing)}" if missing else f"{len(names)} columns"
        msg = f"the data must have the {len(columns)} columns that the model reads, got {what}"
        raise ValueError(msg)
    reader = LineReader(columns, encoder.blocks)
    rows = np.empty((len(table[names[0]]), len(names)), dtype=object)
    for j, name in enumerate(names):
        rows[:, j] = reader.column(j, table[name].tolist(), rows_before)
    return rows


def _suffix(path: Path) -> str:
    if path.suffix.lower() not in SUFFIXES:
        msg = f"{path} must end in one of {', '.join(SUFFIXES)}"
        raise ValueError(msg)
    return path.suffix.lower()


def _target(table: tables.Table, target: str | None) -> str:
    for name in TARGETS if target is None else (target,):
        if name in table:
            return name
    msg = _no_column("--target", target, table)
    raise ValueError(msg)


def _no_column(option: str, name: str | None, table: tables.Table) -> str:
    got = "" if name is None else f", got {quoted(name)}"
    hint = about_header([*table]) or did_you_mean(name or "", table)
    there = one_line(", ".join(table), 200)
    return f"{option} must name a column{got}; there are {there}{hint}"


def _values(name: str, column: NDArray[Any]) -> NDArray[Any]:
    """Turn texts into whole numbers or numbers where all of them are."""
    if column.dtype != object:
        return column
    for dtype in (np.int64, np.float64):
        with contextlib.suppress(ValueError, OverflowError):
            return column.astype(dtype)
    empty = [row for row, text in enumerate(column, start=1) if not text.strip()]
    if empty:
        msg = f"column {quoted(name)} is empty in row {empty[0]}: fill it or leave the row out"
        raise ValueError(msg)
    longest = max(map(len, column))
    if longest > tables.MAX_TEXT:
        msg = (
            f"column {quoted(name)} holds a text of {longest:,} characters, and a label may have"
            f" {tables.MAX_TEXT:,}: name another column with --target"
        )
        raise ValueError(msg)
    return column


def _arrays(path: Path, n_features: int | None) -> tuple[Any, NDArray[Any] | None]:
    return read_svmlight(path, n_features) if _suffix(path) in SVMLIGHT else read_npz(path)


def _checked(path: Path, X: Any, y: NDArray[Any] | None) -> Data:
    if y is None:
        msg = f"{path} must hold y, a target for each row of X"
        raise ValueError(msg)
    if len(y) != X.shape[0]:
        msg = f"{path} must hold as many y as rows of X, got {y.shape} and {X.shape[0]}"
        raise ValueError(msg)
    _check_finite(path, X)
    return Data(X, y, None)


def _check_finite(path: Path, X: Any) -> None:
    is_sparse = hasattr(X, "tocsr")
    values = X.data if is_sparse else X
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return
    k = int(np.flatnonzero(~np.isfinite(values))[0])
    if is_sparse:
        row, column = int(np.searchsorted(X.indptr, k, side="right")) - 1, int(X.indices[k])
    else:
        row, column = divmod(k, X.shape[1])
    msg = (
        f"{path} must hold finite numbers, got {values.flat[k]} in row {row + 1},"
        f" column {column + 1}"
    )
    raise ValueError(msg)
