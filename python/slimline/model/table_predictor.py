"""A model of a table bound for single rows: dicts, sequences, lines of CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.inputs import Encoder
from slimline.inputs.compiled import explaining
from slimline.inputs.csv_line import LineReader, reads_as_value
from slimline.model.links import Link
from slimline.model.tables import TableStack

Outputs = NDArray[np.float32]


class TablePredictor:
    """Predicts rows of a table, one at a time, without allocation from the second one on.

    Get one from :meth:`slimline.Model.bind`. A row is a mapping with the columns by name (others
    are ignored), a sequence or array in the order of the columns, or, of more than one column, a
    str with one line of CSV (RFC 4180), in which an empty field that is not quoted is missing. The
    next call overwrites the array that :meth:`outputs` returned, so that each thread needs a
    predictor of its own.

    Examples
    --------
    >>> import numpy as np
    >>> import slimline as sl
    >>> from slimline.inputs import CategoriesBlock, Column, Encoder, InputStage, NumbersBlock
    >>> cities = CategoriesBlock.of(
    ...     column=1, outcomes={"Paris": 0, "Rome": 1}, n_outcomes=2, unknown=-1, missing=-1
    ... )
    >>> encoder = Encoder(
    ...     columns=(Column("age", "number"), Column("city", "category")),
    ...     blocks=(NumbersBlock(columns=np.array([0], np.uint32)), cities),
    ... )
    >>> layer = sl.layers.DenseLayer(
    ...     weight=np.array([[1, 100, 0]], np.float32), bias=np.zeros(1, np.float32)
    ... )
    >>> model = sl.Model(
    ...     input=InputStage(n_features=3, encoder=encoder),
    ...     layers=(layer,),
    ...     link="identity",
    ...     classes=None,
    ... )
    >>> predictor = model.bind()
    >>> float(predictor.predict({"city": "Paris", "age": 39})), float(predictor.predict("39,Rome"))
    (139.0, 39.0)
    """

    __slots__ = (
        "_encoder",
        "_fast",
        "_labels",
        "_lines",
        "_link",
        "_marks_are_values",
        "_outputs",
        "_row",
        "_texts",
    )

    def __init__(
        self,
        encoder: Encoder,
        stack: TableStack | None,
        link: Link,
        classes: NDArray[Any] | None,
        outputs: Callable[[Any], Outputs],
    ) -> None:
        """Take what a Model hands over; ``outputs`` takes rows where ``stack`` is None."""
        self._encoder = encoder
        self._link = link
        self._labels = [] if classes is None else classes.tolist()
        self._outputs = outputs
        self._lines = LineReader(encoder.columns, encoder.blocks, encoder.text_cells.missing_marks)
        names = [column.name for column in encoder.columns if column.name is not None]
        self._texts = encoder.core_texts()
        marks = ["", *self._texts.marks]
        self._marks_are_values = any(map(reads_as_value, marks))
        self._row = None if stack is None else _core.TableRow(stack.core, names, ",", marks)
        self._fast = stack is not None and classes is not None and link.takes_largest

    def outputs(self, row: Any) -> Outputs:
        """Return the outputs of the last layer, (n_outputs,).

        The array is overwritten by the next call.

        Raises
        ------
        ValueError
            If a column is absent, or a cell has no features.
        TypeError
            If the row is of none of the kinds above, or a cell is of another kind than its column.
        """
        if self._row is None:
            only: Outputs = self._outputs([self._cells(row)])[0]
            return only
        try:
            return self._row.outputs(self._told(row))
        except (ValueError, TypeError):
            again: Outputs = self._again(self._row.outputs, row)
            return again

    def predict(self, row: Any) -> Any:
        """Return the label, or the value, of one row. See :meth:`outputs` for the errors."""
        if self._row is None or not self._fast:
            return self._link.of_row(self.outputs(row), self._labels)
        try:
            return self._labels[self._row.winner(self._told(row))]
        except (ValueError, TypeError):
            return self._labels[self._again(self._row.winner, row)]

    def _again(self, call: Callable[[Any], Any], row: Any) -> Any:
        """Repeat what the core has refused, with cells that Python has read, or say why not."""
        cells = self._cells(row)
        with explaining(self._encoder, [cells]):
            return call(self._texts.read_row(cells))

    def _told(self, row: Any) -> Any:
        """Return a row whose texts the core tells from what they stand for, or refuses.

        In a field in quotes, a mark that is a number would be one.
        """
        if self._texts.any_is_silent or (
            self._marks_are_values and isinstance(row, str) and '"' in row
        ):
            return self._texts.read_row(self._cells(row))
        return row

    def _cells(self, row: Any) -> Any:
        n_columns = len(self._encoder.columns)
        if isinstance(row, str) and n_columns > 1:
            return self._lines.cells(row)
        if n_columns == 1 and isinstance(row, str | bytes):
            return [row]
        if isinstance(row, Mapping | list | tuple) or (
            isinstance(row, np.ndarray) and row.ndim == 1
        ):
            return row
        msg = f"row must be a mapping, a sequence or a line of CSV, got {type(row).__name__}"
        raise TypeError(msg)
