"""A model bound to memory of its own: the fastest way to predict single rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import Rows
from slimline.model.links import Link


class Predictor:
    """Predicts float32 rows, without allocation from the second call of the same size on.

    Get one from :meth:`slimline.Model.bind`. It takes float32 arrays that are C-contiguous, without
    conversion: one row of shape (n_features,) or a batch of shape (n, n_features). Where the model
    standardises in float64 (``model.input.is_exact``) it takes float64 too. The next call
    overwrites the arrays that it returned, so that each thread needs a predictor of its own.

    Examples
    --------
    >>> import numpy as np
    >>> import slimline as sl
    >>> model = sl.convert(sl.LinearSVR(epsilon=0).fit([[0.0], [1.0]], [0.0, 2.0]))
    >>> predictor = model.bind()
    >>> float(predictor.predict(np.array([0.5], dtype=np.float32)).round(3))
    1.0
    """

    __slots__ = (
        "_batch_classes",
        "_batch_outputs",
        "_batch_places",
        "_classes",
        "_fast",
        "_labels",
        "_link",
        "_row_outputs",
        "_stack",
    )

    def __init__(self, stack: _core.Stack, link: Link, classes: NDArray[Any] | None) -> None:
        """Take what a Model hands over."""
        self._stack = stack
        self._link = link
        self._classes = classes
        self._labels = [] if classes is None else classes.tolist()
        self._fast = link.takes_largest
        self._row_outputs = np.empty(stack.n_outputs, dtype=np.float32)
        self._batch_outputs = np.empty((0, stack.n_outputs), dtype=np.float32)
        self._batch_places = np.empty(0, dtype=np.int64)
        self._batch_classes = None if classes is None else np.empty(0, dtype=classes.dtype)

    def outputs(self, X: Rows) -> NDArray[np.float32]:
        """Return the outputs of the last layer: (n_outputs,) for one row, (n, n_outputs) for n.

        The array is overwritten by the next call.

        Raises
        ------
        ValueError
            If X has another number of features, or X or the outputs are not finite.
        TypeError
            If X is not a C-contiguous float32 array.
        """
        try:
            if X.ndim == 1:
                self._stack.row(X, self._row_outputs)
                return self._row_outputs
            if len(self._batch_outputs) != len(X):
                self._batch_outputs = np.empty((len(X), self._stack.n_outputs), dtype=np.float32)
            self._stack.forward(X, self._batch_outputs, 1)
        except (AttributeError, TypeError) as error:
            raise _wrong_type(X) from error
        return self._batch_outputs

    def predict(self, X: Rows) -> Any:
        """Return the label (or value) of one row, or an array of those of a batch.

        The array is overwritten by the next call. See :meth:`outputs` for the errors.
        """
        if not self._fast or self._classes is None:
            return self._predict_by_link(X)
        try:
            if X.ndim == 1:
                return self._labels[self._stack.row_winner(X)]
            if len(self._batch_places) != len(X):
                self._batch_places = np.empty(len(X), dtype=np.int64)
                self._batch_classes = np.empty(len(X), dtype=self._classes.dtype)
            self._stack.winners(X, self._batch_places, 1)
        except (AttributeError, TypeError) as error:
            raise _wrong_type(X) from error
        return self._classes.take(self._batch_places, out=self._batch_classes, mode="clip")

    def _predict_by_link(self, X: Rows) -> Any:
        """Predict by a rule that only Python knows, such as the votes of pairs, or values."""
        outputs = self.outputs(X)
        if X.ndim == 1:
            return self._link.of_row(outputs, self._labels)
        if self._classes is None:
            return self._link.decision(outputs, 0)
        return self._link.labels(outputs, self._classes)


def _wrong_type(X: Any) -> TypeError:
    got = type(X).__name__
    if isinstance(X, np.ndarray):
        order = "" if X.flags.c_contiguous else ", not contiguous"
        got = f"{X.dtype} of shape {X.shape}{order}"
    msg = "X must be a C-contiguous float32 array with one row or a batch, got "
    return TypeError(msg + got + "; use np.ascontiguousarray(X, dtype=np.float32)")
