"""A line of CSV as the cells of one row of a table (RFC 4180)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from slimline._text import quoted
from slimline.inputs.blocks import Block, CategoriesBlock
from slimline.inputs.columns import Column, column_text

_FLAGS = {"true": True, "True": True, "false": False, "False": False, "1": True, "0": False}
_WORDS = frozenset(_FLAGS) - {"0", "1"}  # what booleans among numbers are in files


class LineReader:
    """Reads lines whose fields have the order of the columns; an empty field is a missing cell.

    A field in quotes may hold commas, line ends and doubled quotes, and is missing only if it is
    one of ``marks``.
    """

    def __init__(
        self, columns: Sequence[Column], blocks: Sequence[Block], marks: Collection[str] = ()
    ) -> None:
        """Choose what reads the field of each column: keys of numbers and booleans are such."""
        self._marks = frozenset(marks)
        keys = {b.column: b.keys for b in blocks if isinstance(b, CategoriesBlock)}
        kinds: dict[str, Callable[[str], Any]] = {"f": _number, "i": _number, "b": _flag, "u": str}
        self._columns = tuple(columns)
        self._readers: list[Callable[[str], Any]] = [
            _number
            if column.kind == "number"
            else kinds[keys[j].values.dtype.kind]
            if j in keys
            else str
            for j, column in enumerate(columns)
        ]

    def column(self, j: int, fields: Sequence[Any], rows_before: int = 0) -> list[Any]:
        """Return the cells of a column of a file: empty texts are missing, values stay."""
        cells = []
        for row, field in enumerate(fields, rows_before):
            try:
                cells.append(self._cell(j, field or None) if isinstance(field, str) else field)
            except ValueError as error:
                msg = f"{error} in row {row}"
                raise ValueError(msg) from None
        return cells

    def cells(self, line: str) -> list[Any]:
        """Return the cells of a line; ValueError where it is no line of these columns."""
        fields = list(_fields(line))
        if len(fields) != len(self._columns):
            msg = f"line has {len(fields)} fields, but the model reads rows of {len(self._columns)}"
            raise ValueError(msg)
        return [self._cell(j, field) for j, field in enumerate(fields)]

    def _cell(self, j: int, field: str | None) -> Any:
        if field is None or field in self._marks:
            return None
        try:
            return self._readers[j](field)
        except ValueError:
            what = "true or false" if self._readers[j] is _flag else "a number"
            msg = f"{column_text(self._columns, j)} must hold {what}, got {quoted(field)}"
            raise ValueError(msg) from None


def _number(field: str) -> int | float:
    text = field.strip(" ")
    if text in _WORDS:
        return _FLAGS[text]
    if "_" in text:  # which Python alone reads
        raise ValueError
    try:
        return int(text)
    except ValueError:
        return float(text)


def reads_as_value(field: str) -> bool:
    """Whether a field can be a number or a boolean."""
    try:
        number = _number(field)
    except ValueError:
        return False
    return number == number  # noqa: PLR0124 - NaN


def _flag(field: str) -> bool:
    if field not in _FLAGS:
        raise ValueError
    return _FLAGS[field]


def _fields(line: str) -> Iterator[str | None]:
    """Yield the fields of a line, None for one that is empty and not in quotes."""
    line = line.removesuffix("\n").removesuffix("\r")
    at = 0
    while True:
        if line.startswith('"', at):
            field, at = _in_quotes(line, at + 1)
            yield field
        else:
            end = line.find(",", at)
            end = len(line) if end < 0 else end
            if '"' in line[at:end] or "\n" in line[at:end]:
                msg = f"line must have quotes around a field that holds any, got {quoted(line)}"
                raise ValueError(msg)
            yield line[at:end] or None
            at = end
        if at == len(line):
            return
        if line[at] != ",":
            msg = f"line must have a comma after a field in quotes, got {quoted(line)}"
            raise ValueError(msg)
        at += 1


def _in_quotes(line: str, at: int) -> tuple[str, int]:
    parts = []
    while True:
        end = line.find('"', at)
        if end < 0:
            msg = f"line must end its quotes, got {quoted(line)}"
            raise ValueError(msg)
        parts.append(line[at:end])
        if not line.startswith('"', end + 1):
            return '"'.join(parts), end + 1
        at = end + 2
