"""What the layers of a Model see on calibration data, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import Csr, as_features
from slimline.compression._ranges import Observer
from slimline.layers import Layer
from slimline.model import Model

Batch = NDArray[np.float32]

_ROWS = 256  # a batch
_KEPT_ROWS = 1024  # of the first ones, to measure errors on
_KEPT_VALUES = 1 << 24


class Seen:
    """What was seen of the inputs of one layer: ranges, means, and a few rows to try things on.

    ``observer`` and the means are of raw inputs; those of the first layer may differ from what the
    float layer takes by the standardisation.
    """

    def __init__(self, observer: Observer, n_inputs: int) -> None:
        """Begin with nothing seen."""
        self.observer = observer
        self.n = 0
        self._total = np.zeros(n_inputs)
        self._n_kept = min(_KEPT_ROWS, max(1, _KEPT_VALUES // max(1, n_inputs)))
        self._kept: list[tuple[Batch, Batch]] = []

    def update(self, raw: Batch, inputs: Batch) -> None:
        """Take in more rows, as they come and as the float layer takes them."""
        self.observer.update(raw)
        if self.n < self._n_kept:
            left = self._n_kept - self.n
            self._kept.append((raw[:left].copy(), inputs[:left].copy()))
        self.n += len(raw)
        self._total += raw.sum(axis=0, dtype=np.float64)

    def mean(self) -> NDArray[np.float64]:
        """Return the mean of each raw input."""
        return self._total / self.n

    def kept_raw(self) -> Batch:
        """Return the first rows as they came."""
        return np.concatenate([raw for raw, _ in self._kept])

    def kept(self) -> Batch:
        """Return the first rows as the float layer takes them."""
        return np.concatenate([inputs for _, inputs in self._kept])


def observe(model: Model, X: Any, observer: type[Observer], *, raw: bool) -> list[Seen]:
    """Run X through the model and return what each layer saw; ``raw``: before standardising."""
    seen = [Seen(observer(layer.n_in), layer.n_in) for layer in model.layers]
    runs = [_runner(layer) for layer in model.layers[:-1]]
    for batch in _batches(X, model):
        inputs = model.input.apply(batch)
        seen[0].update(model.input.select(batch) if raw else inputs, inputs)
        for run, after in zip(runs, seen[1:], strict=True):
            inputs = run(inputs)
            after.update(inputs, inputs)
    if seen[0].n == 0:
        msg = "X must have at least one row, got none"
        raise ValueError(msg)
    return seen


def _batches(X: Any, model: Model) -> Iterator[Batch]:
    """Cut X, or each of the arrays that an iterator gives, into dense batches."""
    for part in X if hasattr(X, "__next__") else (X,):
        rows = as_features(model.columns(part), model.input.n_features)
        for begin in range(0, rows.shape[0] if isinstance(rows, Csr) else len(rows), _ROWS):
            if isinstance(rows, Csr):
                yield part.tocsr()[begin : begin + _ROWS].toarray().astype(np.float32)
            else:
                yield rows[begin : begin + _ROWS]


def _runner(layer: Layer) -> Any:
    stack = _core.Stack(layer.n_in)
    layer.add_to(stack)

    def run(X: Batch) -> Batch:
        out = np.empty((len(X), layer.n_out), dtype=np.float32)
        stack.forward(X, out, 1)
        return out

    return run


def forward(layer: Layer, X: Batch) -> Batch:
    """Run one layer."""
    return np.asarray(_runner(layer)(X))


def relative_error(expected: Batch, got: Batch) -> float:
    """Return the root mean square of the differences over that of the expected values."""
    size = float(np.sqrt(np.square(expected, dtype=np.float64).mean())) if expected.size else 0.0
    if size == 0:
        return 0.0
    return float(np.sqrt(np.square(got - expected, dtype=np.float64).mean())) / size
