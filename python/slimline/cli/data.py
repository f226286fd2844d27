"""Rows and targets from a file, of the kind that the ending of its name says."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline._text import one_line, quoted
from slimline.cli import tables
from slimline.cli.hints import about_header, did_you_mean
from slimline.cli.memory import check_fits
from slimline.cli.npz import read_npz
from slimline.cli.parquet import read_parquet
from slimline.cli.reading import AS_USUAL, Reading, read_lines
from slimline.cli.svmlight import read_svmlight
from slimline.model import Model

TABLES: Mapping[str, Callable[[Path, Reading], tables.Table]] = {
    ".csv": tables.read_csv,
    ".parquet": read_parquet,
    ".jsonl": read_lines,
    ".ndjson": read_lines,
}
SVMLIGHT = (".svm", ".svmlight", ".libsvm")
SUFFIXES = (*TABLES, ".npz", *SVMLIGHT)
_COLUMN = 64  # bytes that training takes for a column at least: scale, weights, gradients, copies
TARGETS = ("target", "y", "label", "class")  # the column meant where --target names none


class Data(NamedTuple):
    """Rows and targets (None where the file has none)."""

    X: Any
    y: Any


class TrainingTable(NamedTuple):
    """Columns to learn from, targets, and the column that they come from."""

    table: dict[str, NDArray[Any]]
    y: NDArray[Any]
    target: str


def is_table(path: Path) -> bool:
    """Whether a file has columns with names."""
    return _suffix(path) in TABLES


def training_arrays(path: Path) -> Data:
    """Read rows to learn from of a file without names of columns."""
    X, y = _arrays(path, None)
    check_fits(f"a model of {X.shape[1]:,} columns", X.shape[1] * _COLUMN)
    return _checked(path, X, y)


def training_table(
    path: Path,
    target: str | None,
    drop: Iterable[str] = (),
    others: Mapping[str, Iterable[str]] | None = None,
    reading: Reading = AS_USUAL,
) -> TrainingTable:
    """Read a table to learn from, without the columns to drop; ``others`` must be there, by option.

    Rows whose target is empty are left out, with a warning that counts them.
    """
    table = dict(TABLES[_suffix(path)](path, reading))
    column = _target(table, target)
    known = {"--drop": tuple(drop), **(others or {})}
    check_columns(known, table)
    targets = table.pop(column)
    for name in known["--drop"]:
        table.pop(name, None)
    if not table:
        msg = f"{path} must have a column besides the target"
        raise ValueError(msg)
    present = _present(column, targets)
    if not present.all():
        table = {name: cells[present] for name, cells in table.items()}
    return TrainingTable(table, _values(column, targets[present]), column)


def check_columns(named: Mapping[str, Iterable[str]], table: tables.Table) -> None:
    """Raise ValueError unless a table has the columns that options name; all that it lacks."""
    problems = [
        _no_column(option, name, table)
        for option, names in named.items()
        for name in names
        if name not in table
    ]
    if problems:
        raise ValueError("; ".join(problems))


def _present(name: str, targets: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which targets are there; raise ValueError where none is."""
    present = np.array([not _is_empty(cell) for cell in targets.tolist()], dtype=bool)
    n_empty = len(present) - np.count_nonzero(present)
    if n_empty == len(present):
        msg = f"column {quoted(name)} must hold targets, got empty cells alone"
        raise ValueError(msg)
    if n_empty:
        msg = f"left out {n_empty:,} rows, whose target in column {quoted(name)} is empty"
        warnings.warn(msg, stacklevel=2)
    return present


def _is_empty(cell: Any) -> bool:
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.strip())  # noqa: PLR0124 - NaN


def data_for(
    model: Model,
    path: Path,
    target: str | None,
    *,
    need_target: bool,
    reading: Reading = AS_USUAL,
) -> Data:
    """Read rows for a trained model, which says which columns it takes."""
    if _suffix(path) not in TABLES:
        X, y = _arrays(path, model.input.n_features)
        return _checked(path, X, y) if need_target else Data(X, y)
    if target is None and model.spec is not None:
        target = model.spec.target
    table = TABLES[_suffix(path)](path, reading)
    y = None
    if need_target:
        column = _target(table, target)
        present = _present(column, table[column])
        if not present.all():
            table = {name: cells[present] for name, cells in table.items()}
        y = _values(column, table[column])
    return Data(rows_for(model, table, target), y)


def rows_for(
    model: Model, table: tables.Table, target: str | None = None, rows_before: int = 0
) -> NDArray[Any]:
    """Pick a model's columns by name; without names, all but the target, in their order.

    ``rows_before`` counts the rows of the file above the table, for messages.
    """
    stage = model.input
    if stage.encoder is not None and stage.columns[0].name is not None:
        return tables.cells(table, [str(column.name) for column in stage.columns])
    if stage.encoder is None and stage.feature_names is not None:
        return tables.features(table, stage.feature_names, rows_before)
    names = [name for name in table if name != target]
    names = [name for name in names if target is not None or name not in TARGETS]
    if len(names) != len(stage.columns):
        what = "features" if stage.encoder is None else "the model"
        msg = (
            f"the data must have {len(stage.columns)} columns of {what}, got {len(names)}: a model"
            f" without names of {what} takes all columns but the target, in their order"
        )
        raise ValueError(msg)
    if stage.encoder is not None:
        return tables.cells(table, names)
    return tables.features(table, names, rows_before)


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
        with contextlib.suppress(ValueError, OverflowError, TypeError):
            values = column.astype(dtype)
            if dtype is np.float64 or all(isinstance(cell, str | int) for cell in column):
                return values
    column = np.array([str(cell) for cell in column.tolist()], dtype=object)
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
    return Data(X, y)


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
