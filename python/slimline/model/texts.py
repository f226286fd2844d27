"""Predictions of texts, which the core takes to outputs without features in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._text_columns import text_converter
from slimline.inputs import InputStage, TextBlock
from slimline.inputs.columns import Column, column_text
from slimline.inputs.text_rows import single_text, text_rows
from slimline.layers import Layer
from slimline.model.fused import fused
from slimline.model.links import Link

Floats = NDArray[np.float32]


class TextStack:
    """The predictor of a model whose rows are texts."""

    __slots__ = ("column", "core", "decode_error")

    def __init__(self, core: _core.TextStack, column: Column, decode_error: str) -> None:
        """Take what :func:`text_stack` has made."""
        self.core = core
        self.column = column
        self.decode_error = decode_error

    def outputs(self, X: Any, n_threads: int) -> Floats:
        """Return the outputs of the last layer for texts."""
        parts = [np.empty((0, self.core.n_outputs), dtype=np.float32)]
        for texts in text_rows(X, self.column, self.decode_error):
            out = np.empty((len(texts), self.core.n_outputs), dtype=np.float32)
            self.core.forward(texts, out, n_threads)
            parts.append(out)
        return parts[1] if len(parts) == 2 else np.concatenate(parts)  # noqa: PLR2004 - one block

    def winners(self, X: Any) -> NDArray[np.int64]:
        """Return the place of the largest output of each text."""
        parts = [np.empty(0, dtype=np.int64)]
        for texts in text_rows(X, self.column, self.decode_error):
            places = np.empty(len(texts), dtype=np.int64)
            self.core.winners(texts, places, 1)
            parts.append(places)
        return np.concatenate(parts)


def text_stack(stage: InputStage, layers: Sequence[Layer]) -> TextStack | None:
    """Return the predictor of a model of one column of texts whose first layer takes float32.

    None for any other.
    """
    block = None if stage.encoder is None else stage.encoder.blocks[0]
    if (
        stage.encoder is None
        or len(stage.encoder.columns) != 1
        or len(stage.encoder.blocks) != 1
        or not isinstance(block, TextBlock)
        or layers[0].activations != "float32"
    ):
        return None
    core = _core.TextStack(block.core(), *fused(stage, layers))
    return TextStack(core, stage.encoder.columns[0], block.settings.decode_error)


class TextPredictor:
    """Predicts single texts, without allocation from the second one on.

    Get one from :meth:`slimline.Model.bind` of a model of texts. The next call overwrites the
    array that ``outputs`` returned, so that each thread needs a predictor of its own.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.pipeline import make_pipeline
    >>> texts, y = ["good film", "bad film", "so good", "so bad"], ["+", "-", "+", "-"]
    >>> pipeline = make_pipeline(sl.TfidfVectorizer(), sl.LinearSVC()).fit(texts, y)
    >>> predictor = sl.convert(pipeline).bind()
    >>> predictor.predict("a good one")
    '+'
    """

    __slots__ = ("_column", "_fast", "_labels", "_link", "_row")

    def __init__(self, stack: TextStack, link: Link, classes: NDArray[Any] | None) -> None:
        """Take what a Model hands over."""
        self._column = stack.column
        self._row = _core.TextRow(
            stack.core, text_converter(column_text((stack.column,), 0), stack.decode_error)
        )
        self._link = link
        self._labels = [] if classes is None else classes.tolist()
        self._fast = classes is not None and link.takes_largest

    def outputs(self, text: Any) -> Floats:
        """Return the outputs of the last layer for a text, shape (n_outputs,).

        The array is overwritten by the next call.

        Parameters
        ----------
        text : str or bytes of UTF-8, or a dict or sequence that holds one

        Raises
        ------
        ValueError
            If the text is missing, or is no text in UTF-8.
        TypeError
            If ``text`` is something else.
        """
        if not isinstance(text, str | bytes):
            text = single_text(text, self._column)
        return self._row.outputs(text)

    def predict(self, text: Any) -> Any:
        """Return the label of a text, or its value. See :meth:`outputs`."""
        if not self._fast:
            return self._link.of_row(self.outputs(text), self._labels)
        if not isinstance(text, str | bytes):
            text = single_text(text, self._column)
        return self._labels[self._row.winner(text)]
