"""How a file of a table is to be read, and its lines of JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline._number_texts import parsed
from slimline._text import quoted

_SCALARS = str | int | float | None


class Reading(NamedTuple):
    """What separates cells, what bytes mean, and what stands before the decimals of a number."""

    sep: str = ","
    encoding: str = "utf-8-sig"
    decimal: str = "."

    @property
    def shown(self) -> str:
        """What messages call the encoding."""
        return "UTF-8" if self.encoding == "utf-8-sig" else self.encoding

    def column(self, cells: Any) -> NDArray[Any]:
        """Return the cells of a column of CSV, numbers with a point."""
        column = np.array(cells, dtype=object)
        if self.decimal == ".":
            return column
        distinct = list(dict.fromkeys(cells))
        pointed = [text.replace(self.decimal, ".") for text in distinct]
        numbers = ~np.isnan(parsed(pointed))
        changed = {
            text: new
            for text, new, is_one in zip(distinct, pointed, numbers.tolist(), strict=True)
            if is_one and "." not in text
        }
        return np.array([changed.get(text, text) for text in column.tolist()], dtype=object)


AS_USUAL = Reading()


def checked_reading(sep: str | None, encoding: str | None, decimal: str | None) -> Reading:
    """Return how to read, from options that may not be given."""
    reading = Reading()
    if sep is not None:
        sep = {"tab": "\t", "\\t": "\t"}.get(sep, sep)
        if len(sep) != 1 or sep in '"\r\n':
            msg = f'--sep must be one character, such as ";" or "tab", got {quoted(sep)}'
            raise ValueError(msg)
        reading = reading._replace(sep=sep)
    if decimal is not None:
        if decimal not in {".", ","}:
            msg = f"--decimal must be . or a comma, got {quoted(decimal)}"
            raise ValueError(msg)
        reading = reading._replace(decimal=decimal)
    if encoding is not None:
        try:
            io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        except (LookupError, ValueError) as error:
            msg = (
                f"--encoding must be one that Python knows, such as latin-1, got {quoted(encoding)}"
            )
            raise ValueError(msg) from error
        if encoding.lower().replace("_", "-") not in {"utf-8", "utf8"}:
            reading = reading._replace(encoding=encoding)
    return reading


def read_lines(path: Path, reading: Reading) -> dict[str, NDArray[Any]]:
    """Read a file with one JSON object a line; an absent key is a missing cell."""
    columns: dict[str, list[Any]] = {}
    n_rows = 0
    try:
        with path.open(encoding=reading.encoding) as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                for name, cell in _object(path, number, line).items():
                    cells = columns.setdefault(name, [None] * n_rows)
                    cells.append(cell)
                n_rows += 1
                for cells in columns.values():
                    cells.extend([None] * (n_rows - len(cells)))
    except UnicodeDecodeError as error:
        msg = f"{path} must be lines of JSON in UTF-8: {error}"
        raise ValueError(msg) from error
    if not columns:
        msg = f"{path} must have rows, got none"
        raise ValueError(msg)
    return {name: np.array([*cells, None], dtype=object)[:-1] for name, cells in columns.items()}


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        msg = f"{path} must hold a JSON object in each line, line {number} is none: {error}"
        raise ValueError(msg) from error
    if not isinstance(row, dict):
        msg = f"{path} must hold a JSON object in each line, got {quoted(row)} in line {number}"
        raise ValueError(msg)  # noqa: TRY004 - of what a file holds
    for name, cell in row.items():
        if not isinstance(cell, _SCALARS):
            msg = (
                f"{path} must hold texts, numbers, booleans and nulls, got {type(cell).__name__}"
                f" as {quoted(name)} in line {number}"
            )
            raise ValueError(msg)  # noqa: TRY004 - the same
    return row
