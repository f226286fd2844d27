"""Texts that stand for missing cells and for numbers, for the core, which knows only keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.inputs.blocks import CategoriesBlock, MissingBlock
from slimline.inputs.columns import column_text
from slimline.inputs.keys import Keys

if TYPE_CHECKING:
    from slimline.inputs.encoder import Encoder


class CoreTexts:
    """Reads the columns of an encoder whose texts the core would take for texts.

    These are columns of numbers, and those of categories where no key can stand for a missing
    cell; of all others :func:`marked_keys` tells the core.
    """

    __slots__ = ("_columns", "_texts", "any_is_silent", "marks", "reads")

    def __init__(self, encoder: Encoder) -> None:
        """Find the columns."""
        self._columns = encoder.columns
        self._texts = encoder.text_cells
        texts = encoder.text_cells
        # A text with a lone surrogate has no UTF-8.
        self.marks = [mark for mark in texts.missing_marks if _is_unicode(mark)]
        blocks: dict[int, list[Any]] = {j: [] for j in encoder.reads if texts}
        for block in encoder.blocks:
            for j in block.reads if texts else ():
                blocks[j].append(block)
        are_numbers = {j: self._columns[j].kind == "number" for j in blocks}
        self.reads = frozenset(
            j for j in blocks if are_numbers[j] or not all(map(self._has_marked_keys, blocks[j]))
        )
        # The core refuses a text among numbers wherever it needs the number.
        self.any_is_silent = any(
            not are_numbers[j] or all(isinstance(block, MissingBlock) for block in blocks[j])
            for j in self.reads
        )

    def _has_marked_keys(self, block: Any) -> bool:
        return (
            isinstance(block, CategoriesBlock)
            and block.keys.are_texts
            and block.missing is not None
            and len(self.marks) == len(self._texts.missing_marks)
        )

    def read(self, column: int, values: Any) -> Any:
        """Return the values of a column with what their texts stand for, where the core needs it.

        Raises
        ------
        CellError
            If a text is no number.
        """
        if column not in self.reads:
            return values
        name = column_text(self._columns, column)
        try:
            return self._texts.read(name, column, self._columns[column].kind, values)
        except ValueError as error:
            problem = "text for number"
            raise _core.CellError(problem, column, 0, str(error)) from None

    def read_row(self, row: Any) -> Any:
        """Return a row, a mapping or a sequence, with what its texts stand for."""
        if isinstance(row, Mapping):
            cells = dict(row)
            for j in self.reads:
                if (name := self._columns[j].name) in cells:
                    (cells[name],) = self.read(j, [cells[name]])
            return cells
        if isinstance(row, np.ndarray):
            row = row.tolist()
        if not self.reads or len(row) != len(self._columns):
            return row
        return [self.read(j, [cell])[0] for j, cell in enumerate(row)]


def marked_keys(block: CategoriesBlock, marks: Sequence[str]) -> tuple[Keys, NDArray[np.int32]]:
    """Return keys of texts and their outcomes, with marks as keys of what is missing."""
    if not marks or not block.keys.are_texts or block.missing is None:
        return block.keys, block.outcomes
    outcomes = dict(zip(block.keys.to_list(), block.outcomes.tolist(), strict=True))
    outcomes.update(dict.fromkeys(marks, block.missing))
    keys = sorted(outcomes)
    return Keys.of(keys), np.array([outcomes[key] for key in keys], dtype=np.int32)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
