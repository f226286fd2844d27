"""Rows and targets from svmlight lines, columns counted from 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._text import quoted
from slimline.cli.hints import is_number

_LAST_COLUMN = 2**31 - 1  # that scikit-learn's loader can hold
_EXACT = 2.0**53  # whole numbers below it are exact


def read_svmlight(path: Path, n_features: int | None) -> tuple[Any, NDArray[Any]]:
    """Return X as CSR and y; ValueError names the line that is none."""
    from sklearn.datasets import load_svmlight_file  # noqa: PLC0415 - takes seconds

    try:
        X, y = load_svmlight_file(str(path), n_features=n_features, zero_based=False)
    except (ValueError, OverflowError) as error:
        msg = f"{path} must be an svmlight file, columns counted from 1: {_mistake(path) or error}"
        raise ValueError(msg) from error
    if not X.shape[0]:
        msg = f"{path} must have rows, got none"
        raise ValueError(msg)
    whole = np.array_equal(y, np.round(y)) and np.abs(y).max() < _EXACT
    return X, y.astype(np.int64) if whole else y


def _mistake(path: Path) -> str | None:
    """Return the first line that is wrong, and what is wrong with it."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            target, *cells = line.partition(b"#")[0].decode("latin-1").split() or ["0"]
            if not is_number(target):
                return f"line {number} begins with {quoted(target)}, which is no number"
            last = 0
            for cell in cells[cells[:1] != [] and cells[0].startswith("qid") :]:
                column, _, value = cell.partition(":")
                if not (column.isascii() and column.isdecimal() and is_number(value)):
                    return f"line {number} holds {quoted(cell)}, not column:value"
                if len(column) > len(str(_LAST_COLUMN)) or int(column) > _LAST_COLUMN:
                    return f"line {number} has column {column:.30}, beyond {_LAST_COLUMN}"
                if int(column) <= last:
                    return (
                        f"line {number} has column {column} after {last}: columns must ascend"
                        " from 1"
                    )
                last = int(column)
    return None
