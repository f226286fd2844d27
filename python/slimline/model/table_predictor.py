"""A model of a table bound for single rows: dicts, sequences, lines of CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from slimline._checks import Rows
from slimline.inputs import Encoder
from slimline.inputs.csv_line import LineReader
from slimline.inputs.encoder import rounded
from slimline.model.predictor import Predictor

if TYPE_CHECKING:
    from slimline.model.model import Model


class TablePredictor:
    """Predicts rows of a table, one at a time.

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

    __slots__ = ("_encoder", "_lines", "_model", "_names", "_predictor", "_row_type")

    def __init__(self, model: Model, encoder: Encoder, predictor: Predictor) -> None:
        """Take what a Model hands over; ``predictor`` predicts features."""
        self._model = model
        self._encoder = encoder
        self._row_type = model.input.row_type
        self._predictor = predictor
        self._lines = LineReader(encoder.columns, encoder.blocks)
        self._names = [column.name for column in encoder.columns]

    def outputs(self, row: Any) -> NDArray[np.float32]:
        """Return the outputs of the last layer, (n_outputs,).

        The array is overwritten by the next call.

        Raises
        ------
        ValueError
            If a column is absent, or a cell has no features.
        TypeError
            If the row is of none of the kinds above, or a cell is of another kind than its column.
        """
        if self._encoder.is_sparse:  # a row of all features could be long
            outputs: NDArray[np.float32] = self._model.outputs([self._cells(row)])[0]
            return outputs
        return self._predictor.outputs(self._features(row))

    def predict(self, row: Any) -> Any:
        """Return the label, or the value, of one row. See :meth:`outputs` for the errors."""
        if self._encoder.is_sparse:
            predicted = self._model.predict([self._cells(row)])[0]
            return predicted if self._model.classes is None else predicted.item()
        return self._predictor.predict(self._features(row))

    def _features(self, row: Any) -> Rows:
        """Return the features of a row: the one place where rows of callers become numbers."""
        features = self._encoder.encode([self._cells(row)])
        rows: Any = rounded(features, self._row_type)
        first: Rows = rows[0]
        return first

    def _cells(self, row: Any) -> Any:
        if isinstance(row, str) and len(self._names) > 1:
            return self._lines.cells(row)
        if len(self._names) == 1 and isinstance(row, str | bytes):
            return [row]
        if isinstance(row, Mapping | list | tuple) or (
            isinstance(row, np.ndarray) and row.ndim == 1
        ):
            return row
        msg = f"row must be a mapping, a sequence or a line of CSV, got {type(row).__name__}"
        raise TypeError(msg)
