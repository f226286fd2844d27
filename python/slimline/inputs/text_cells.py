"""What texts among the cells of a table stand for beside themselves: missing cells, and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from slimline._number_texts import parsed
from slimline._text import fields_repr, quoted
from slimline.inputs.cell_values import are_numbers, as_list


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCells:
    """What an encoder reads texts in columns of numbers and of categories as.

    Parameters
    ----------
    missing_marks : tuple of str, default=()
        Texts that stand for missing cells.
    number_columns : tuple of int, default=()
        The columns of numbers, counted from 0 and ascending, whose cells may be texts that are
        numbers. A text in any other column of numbers is an error.

    Examples
    --------
    >>> import numpy as np
    >>> from slimline.inputs import Column, Encoder, NumbersBlock, Step, TextCells
    >>> encoder = Encoder(
    ...     columns=(Column("age", "number"),),
    ...     blocks=(
    ...         NumbersBlock(
    ...             columns=np.array([0], np.uint32),
    ...             steps=(Step(op="impute", arrays={"value": np.array([40.0])}),),
    ...         ),
    ...     ),
    ...     text_cells=TextCells(missing_marks=("?",), number_columns=(0,)),
    ... )
    >>> encoder.encode([["31"], ["?"], [7]]).tolist()
    [[31.0], [40.0], [7.0]]
    """

    missing_marks: tuple[str, ...] = ()
    number_columns: tuple[int, ...] = ()

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check the values, which also come from files."""
        for name, kind in (("missing_marks", str), ("number_columns", int)):
            values = tuple(getattr(self, name))
            wrong = [value for value in values if type(value) is not kind]
            if wrong:
                msg = f"{name} of text_cells must be {kind.__name__}, got {quoted(wrong[0])}"
                raise TypeError(msg)
            object.__setattr__(self, name, values)
        if list(self.number_columns) != sorted({*self.number_columns}):
            msg = f"number_columns of text_cells must ascend, got {quoted(self.number_columns)}"
            raise ValueError(msg)

    def __bool__(self) -> bool:
        """Whether any text stands for something else."""
        return bool(self.missing_marks or self.number_columns)

    def check_columns(self, kinds: Sequence[str]) -> None:
        """Raise ValueError unless the columns of numbers are there, and are such."""
        for j in self.number_columns:
            if not 0 <= j < len(kinds) or kinds[j] != "number":
                msg = f"number_columns of text_cells must be columns of numbers, got {j}"
                raise ValueError(msg)

    def read(self, name: str, column: int, kind: str, values: Any) -> Any:
        """Return the values of a column, of any container, with what their texts stand for.

        ValueError where a text is no number, in a column of numbers that may be texts.
        """
        if not self or kind == "text" or are_numbers(values):
            return values
        cells = as_list(values)
        if not any(issubclass(each, str) for each in set(map(type, cells))):
            return cells
        marks = frozenset(self.missing_marks)
        cells = [None if isinstance(cell, str) and cell in marks else cell for cell in cells]
        return _numbers(name, cells) if column in self.number_columns else cells

    def renumbered(self, places: Mapping[int, int]) -> Self:
        """Return what holds for a table of these columns, by their old numbers."""
        kept = tuple(places[j] for j in self.number_columns if j in places)
        return type(self)(missing_marks=self.missing_marks, number_columns=kept)

    def params(self) -> dict[str, Any]:
        """Return what a file stores as JSON: nothing where texts are texts."""
        if not self:
            return {}
        own = {
            "missing_marks": list(self.missing_marks),
            "number_columns": list(self.number_columns),
        }
        return {"text_cells": own}

    @classmethod
    def from_params(cls, params: object) -> Self:
        """Rebuild what :meth:`params` gives."""
        names = ("missing_marks", "number_columns")
        if (
            not isinstance(params, dict)
            or set(params) != set(names)
            or not all(isinstance(params[name], list) for name in names)
        ):
            msg = f"text_cells of the input must be lists {', '.join(names)}, got {quoted(params)}"
            raise ValueError(msg)
        return cls(**{name: tuple(params[name]) for name in names})


TEXTS_ARE_TEXTS = TextCells()


def _numbers(name: str, cells: list[Any]) -> list[Any]:
    """Return cells with texts that are numbers as numbers."""
    rows = [row for row, cell in enumerate(cells) if isinstance(cell, str)]
    numbers = parsed([cells[row] for row in rows]).tolist()
    for row, number in zip(rows, numbers, strict=True):
        if number != number:  # noqa: PLR0124 - NaN
            msg = f"{name} must hold numbers, got {quoted(cells[row])} in row {row}"
            raise ValueError(msg)
        cells[row] = number
    return cells
