"""A column of the table that a row of the caller comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from slimline._checks import check_choice
from slimline._text import fields_repr, quoted

ColumnKind = Literal["number", "category", "text"]
COLUMN_KINDS: tuple[ColumnKind, ...] = ("number", "category", "text")


@dataclass(frozen=True, slots=True)
class Column:
    """What a Model reads a column of a table as.

    Parameters
    ----------
    name : str or None
        All columns of a model have names, or none has one: rows then come by position.
    kind : {"number", "category", "text"}
        Numbers and booleans; keys (texts, integers, floats or booleans), of which equal ones are
        one category; or texts (str, or bytes of UTF-8).

    Examples
    --------
    >>> from slimline.inputs import Column
    >>> Column("age", "number")
    Column(name='age', kind='number')
    """

    name: str | None
    kind: ColumnKind

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check the values, which also come from files."""
        if self.name is not None and type(self.name) is not str:
            msg = f"name of a column must be a text or None, got {type(self.name).__name__}"
            raise TypeError(msg)
        if type(self.kind) is not str:
            msg = f"kind of a column must be a text, got {type(self.kind).__name__}"
            raise TypeError(msg)
        check_choice("kind of a column", self.kind, COLUMN_KINDS)


def column_text(columns: tuple[Column, ...], i: int) -> str:
    """Return what messages call column ``i``: its name, or its number."""
    name = columns[i].name
    return f"column {i}" if name is None else f"column {quoted(name)}"


def checked_columns(columns: object) -> tuple[Column, ...]:
    """Return a tuple of columns that all have different names, or none; else an error."""
    if not isinstance(columns, tuple | list) or not all(isinstance(c, Column) for c in columns):
        msg = f"columns must be a sequence of Column, got {quoted(columns)}"
        raise TypeError(msg)
    names = [column.name for column in columns]
    if not names:
        msg = "columns must hold at least one column, got none"
        raise ValueError(msg)
    if set(names) != {None} and (None in names or len(set(names)) < len(names)):
        msg = f"columns must all have different names, or none, got {quoted(names)}"
        raise ValueError(msg)
    return tuple(columns)
