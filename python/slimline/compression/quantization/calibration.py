"""Statistics of the layers' inputs on calibration data, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline._checks import Csr, Rows, as_features
from slimline.compression._inputs import Batch, runner
from slimline.compression.quantization.ranges import Observer
from slimline.model import Model
from slimline.model.effects import MOST_ROWS

_ROWS = 256  # a batch
_KEPT_VALUES = 1 << 24


class Moments:
    """Mean and deviation of each column, batch by batch (Chan et al., COMPSTAT 1982)."""

    def __init__(self, n_columns: int) -> None:
        """Begin with nothing seen."""
        self.n = 0
        self.mean = np.zeros(n_columns)
        self._squares = np.zeros(n_columns)

    def update(self, batch: Rows) -> None:
        """Add rows, at least one."""
        n = self.n + len(batch)
        mean = batch.mean(axis=0, dtype=np.float64)
        gap = mean - self.mean
        self._squares += np.square(batch - mean).sum(axis=0)
        self._squares += gap**2 * (self.n * len(batch) / n)
        self.mean += gap * (len(batch) / n)
        self.n = n

    def deviation(self) -> NDArray[np.float64]:
        """Return the deviation of each column."""
        return np.sqrt(self._squares / max(1, self.n))


class Seen:
    """Statistics of the inputs of one layer: ranges, means, and a few rows for measurements.

    ``observer`` and the means are those of raw inputs. In the first layer these differ from the
    inputs of the float layer by the standardisation.
    """

    def __init__(self, observer: Observer, n_inputs: int) -> None:
        """Begin with nothing seen."""
        self.observer = observer
        self.n = 0
        self._total = np.zeros(n_inputs)
        self._kept: list[tuple[Batch, Batch]] = []

    def update(self, raw: Batch, inputs: Batch, kept: NDArray[np.intp]) -> None:
        """Add rows, as given and as the float layer takes them; keep some."""
        self.observer.update(raw)
        if len(kept):
            self._kept.append((raw[kept], inputs[kept]))
        self.n += len(raw)
        self._total += raw.sum(axis=0, dtype=np.float64)

    def mean(self) -> NDArray[np.float64]:
        """Return the mean of each raw input."""
        return self._total / self.n

    def kept_raw(self) -> Batch:
        """Return the kept rows as they were given."""
        return np.concatenate([raw for raw, _ in self._kept])

    def kept(self) -> Batch:
        """Return the kept rows as the float layer takes them."""
        return np.concatenate([inputs for _, inputs in self._kept])


class Calibration(NamedTuple):
    """Statistics of each layer and of the columns that the model uses, and the kept rows."""

    seen: list[Seen]
    columns: Moments
    rows: Rows


def observe(model: Model, X: Any, observer: type[Observer], *, raw: bool) -> Calibration:
    """Run X through the model and return the statistics; ``raw``: before standardising."""
    seen = [Seen(observer(layer.n_in), layer.n_in) for layer in model.layers]
    runs = [runner(layer) for layer in model.layers[:-1]]
    columns = Moments(model.input.n_inputs)
    kept_rows: list[Rows] = []
    keeper = _Keeper(X, max([model.input.n_features, *(layer.n_in for layer in model.layers)]))
    for batch in _batches(X, model):
        kept = keeper.places(len(batch))
        if len(kept):
            kept_rows.append(batch[kept])
        chosen = model.input.select(batch)
        columns.update(chosen)
        inputs = model.input.apply(batch)
        seen[0].update(chosen if raw else inputs, inputs, kept)
        for run, after in zip(runs, seen[1:], strict=True):
            inputs = run(inputs)
            after.update(inputs, inputs, kept)
    if seen[0].n == 0:
        msg = "X must have at least one row, got none"
        raise ValueError(msg)
    return Calibration(seen, columns, model.input.marked(np.concatenate(kept_rows)))


def n_distinct(rows: Rows, enough: int) -> int:
    """Count distinct rows, up to ``enough``."""
    seen: set[bytes] = set()
    for row in rows:
        seen.add(row.tobytes())
        if len(seen) == enough:
            break
    return len(seen)


class _Keeper:
    """Which rows to keep: evenly spaced ones, or the first of an iterator, whose end is unknown."""

    def __init__(self, X: Any, width: int) -> None:
        self._left = min(MOST_ROWS, max(1, _KEPT_VALUES // max(1, width)))
        n_rows = 0 if hasattr(X, "__next__") else X.shape[0] if hasattr(X, "shape") else len(X)
        self._stride = max(1, -(-n_rows // self._left))
        self._n = 0

    def places(self, n_rows: int) -> NDArray[np.intp]:
        """Return the places of those to keep among the next rows."""
        places = np.arange(-self._n % self._stride, n_rows, self._stride)[: self._left]
        self._n += n_rows
        self._left -= len(places)
        return places


def _batches(X: Any, model: Model) -> Iterator[Rows]:
    """Cut X, or each of the arrays that an iterator gives, into dense batches."""
    stage = model.input
    for part in X if hasattr(X, "__next__") else (X,):
        part = model.columns(part)  # noqa: PLW2901 - the same rows
        rows = as_features(part, stage.n_features, stage.row_type)
        for begin in range(0, rows.shape[0] if isinstance(rows, Csr) else len(rows), _ROWS):
            if isinstance(rows, Csr):
                batch = part.tocsr()[begin : begin + _ROWS].toarray()
                yield batch.astype(rows.data.dtype)
            else:
                yield rows[begin : begin + _ROWS]
