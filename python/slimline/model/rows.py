"""A model of a table bound to memory of its own: the fastest way to predict single rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.inputs import Encoder
from slimline.inputs.compiled import explaining
from slimline.model.links import Link
from slimline.model.tables import TableStack

Floats = NDArray[np.float32]

_SEPARATOR = ","
_MISSING_MARKS = ("",)  # cells of a line of CSV that are missing


class RowPredictor:
    """Predicts rows of a table one by one, without allocation from the second one on.

    Get one from :meth:`slimline.Model.bind`. A row is a dict by the names of the columns, of which
    other keys are ignored; a sequence or an array with a cell for each of ``model.input.columns``;
    or, for more than one column, a line of CSV (RFC 4180) in their order, where an empty cell is
    missing. The next call overwrites the array that ``outputs`` returned, so that each thread
    needs a predictor of its own.

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
    ...     weight=np.array([[0.5, 10, 20]], np.float32), bias=np.zeros(1, np.float32)
    ... )
    >>> model = sl.Model(
    ...     input=InputStage(n_features=3, encoder=encoder),
    ...     layers=(layer,),
    ...     link="identity",
    ...     classes=None,
    ... )
    >>> predictor = model.bind()
    >>> float(predictor.predict({"city": "Rome", "age": 40}))
    40.0
    >>> float(predictor.predict("40,Paris"))
    30.0
    """

    __slots__ = ("_classes", "_encoder", "_fast", "_labels", "_link", "_row", "_slow")

    def __init__(
        self,
        encoder: Encoder,
        stack: TableStack | None,
        link: Link,
        classes: NDArray[Any] | None,
        slow: Callable[[Any], Floats],
    ) -> None:
        """Take what a Model hands over; ``slow`` takes rows to outputs where ``stack`` is None."""
        self._encoder = encoder
        self._link = link
        self._classes = classes
        self._labels = [] if classes is None else classes.tolist()
        self._slow = slow
        self._row = None
        if stack is not None:
            named = encoder.columns[0].name is not None
            names = [column.name for column in encoder.columns if column.name is not None]
            self._row = _core.TableRow(
                stack.core, names if named else [], _SEPARATOR, list(_MISSING_MARKS)
            )
        self._fast = stack is not None and classes is not None and link.takes_largest

    def outputs(self, row: Any) -> Floats:
        """Return the outputs of the last layer for a row, shape (n_outputs,).

        The array is overwritten by the next call.

        Raises
        ------
        ValueError
            If a column is absent, a row has another number of cells, or a cell has no features:
            missing where nothing is put in its place, infinite, an unknown category where these
            are an error.
        TypeError
            If a cell is of another kind than its column, or ``row`` is no row.
        """
        if self._row is None:
            return self._slow([_plain(row)])[0]
        try:
            return self._row.outputs(row)
        except (_core.CellError, TypeError):
            return self._again(self._row.outputs, row)

    def predict(self, row: Any) -> Any:
        """Return the label of a row, or its value. See :meth:`outputs` for the errors."""
        if not self._fast:
            return self._by_link(self.outputs(row))
        assert self._row is not None  # noqa: S101 - it is what is fast
        try:
            return self._labels[self._row.winner(row)]
        except (_core.CellError, TypeError):
            return self._labels[self._again(self._row.winner, row)]

    def _again(self, call: Callable[[Any], Any], row: Any) -> Any:
        """Repeat a call that failed, with a row that the core takes or with an error in words."""
        assert self._row is not None  # noqa: S101 - it has failed
        row = _plain(row)
        cells = row
        if isinstance(row, str) and len(self._encoder.columns) > 1:
            cells = self._row.values(row)
        with explaining(self._encoder, [cells]):
            return call(row)

    def _by_link(self, outputs: Floats) -> Any:
        """Predict by a rule that only Python knows, such as the votes of pairs, or values."""
        scores = outputs[np.newaxis]
        if self._classes is None or self._link.winners is None:
            return self._link.decision(scores, 0)[0]
        return self._labels[self._link.winners(scores, len(self._labels))[0]]


def _plain(row: Any) -> Any:
    """Return a mapping of any kind, or a row of a data frame, as a dict."""
    if isinstance(row, Mapping):
        return dict(row)
    return row.to_dict() if hasattr(row, "to_dict") else row
