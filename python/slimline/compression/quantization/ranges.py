"""Observers of the values of inputs: from batches to one range per input, in fixed memory.

An entry in OBSERVERS is a class with ``update(batch)`` and ``ranges()``. Histograms grow by
doubling: where a value lies outside, the bins of that input become twice as wide and neighbours
are added up, so any number of rows takes the memory of the first batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from slimline.layers import ACTIVATION_MAX

Batch = NDArray[np.float32]
Range = tuple[NDArray[np.float64], NDArray[np.float64]]


class Observer(Protocol):
    """Watches batches of shape (n, n_inputs)."""

    def __init__(self, n_inputs: int) -> None:
        """Begin with nothing seen."""

    def update(self, batch: Batch) -> None:
        """Add rows, at least one."""

    def ranges(self) -> Range:
        """Return the lowest and highest value of each input that levels shall represent."""


class Extremes:
    """The lowest and the highest value of each input."""

    def __init__(self, n_inputs: int) -> None:
        """Begin with nothing seen."""
        self.low = np.full(n_inputs, np.inf)
        self.high = np.full(n_inputs, -np.inf)

    def update(self, batch: Batch) -> None:
        """Take in more rows."""
        np.minimum(self.low, batch.min(axis=0), out=self.low)
        np.maximum(self.high, batch.max(axis=0), out=self.high)

    def ranges(self) -> Range:
        """Return minima and maxima."""
        return self.low, self.high


class MinMax(Extremes):
    """All values seen, with a margin for inputs with few of them.

    A word that occurs in few rows will have larger values in others. Each end other than 0 moves
    out by the width times MARGIN over the number of nonzero values, while the range is no wider
    than the widest of all inputs. Measured on tf-idf: see the accuracy table in the docs.
    """

    MARGIN = 8

    def __init__(self, n_inputs: int) -> None:
        """Begin with nothing seen."""
        super().__init__(n_inputs)
        self.n_nonzero = np.zeros(n_inputs, dtype=np.int64)

    def update(self, batch: Batch) -> None:
        """Take in more rows."""
        super().update(batch)
        self.n_nonzero += np.count_nonzero(batch, axis=0)

    def ranges(self) -> Range:
        """Return minima and maxima with their margins."""
        low, high = super().ranges()
        width = high - low
        open_ends = (low != 0).astype(np.float64) + (high != 0)
        room = (width.max(initial=0) - width) / np.maximum(open_ends, 1)
        margin = np.minimum(width * self.MARGIN / np.maximum(self.n_nonzero, 1), room)
        return low - margin * (low != 0), high + margin * (high != 0)


class Histogram:
    """Counts in equal bins, one row per input; see the module for how they grow."""

    CELLS = 1 << 22
    FEWEST, MOST = 64, 2048

    def __init__(self, n_inputs: int) -> None:
        """Begin with nothing seen."""
        n_bins = int(np.clip(self.CELLS // max(1, n_inputs), self.FEWEST, self.MOST)) // 2 * 2
        self.counts = np.zeros((n_inputs, n_bins))
        self.low = np.zeros(n_inputs)
        self.width = np.zeros(n_inputs)  # of all bins together; 0 while every value was the same
        self._seen = Extremes(n_inputs)

    def update(self, batch: Batch) -> None:
        """Take in more rows."""
        first = self._seen.high[:1] == -np.inf
        self._seen.update(batch)
        low, high = self._seen.ranges()
        if first.all():
            self.low, self.width = low.copy(), high - low
        flat = (self.width == 0) & (high > low)
        self._spread(flat, low, high)
        while (up := (self.width > 0) & (high > self.low + self.width)).any():
            self._double(up, at_end=True)
        while (down := (self.width > 0) & (low < self.low)).any():
            self._double(down, at_end=False)
        self._count(batch)

    def _spread(
        self, flat: NDArray[np.bool_], low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> None:
        """Give bins to inputs that had one value until now."""
        value, total = self.low[flat], self.counts[flat].sum(axis=1)
        self.low[flat], self.width[flat] = low[flat], (high - low)[flat]
        self.counts[flat] = 0
        self.counts[flat, self._bin(value, flat)] = total

    def _double(self, where: NDArray[np.bool_], *, at_end: bool) -> None:
        n, n_bins = self.counts[where].shape
        pairs = self.counts[where].reshape(n, n_bins // 2, 2).sum(axis=2)
        empty = np.zeros_like(pairs)
        self.counts[where] = np.hstack([pairs, empty] if at_end else [empty, pairs])
        if not at_end:
            self.low[where] -= self.width[where]
        self.width[where] *= 2

    def _bin(
        self, values: NDArray[np.floating[Any]], inputs: NDArray[np.bool_]
    ) -> NDArray[np.intp]:
        n_bins = self.counts.shape[1]
        width = np.where(self.width[inputs] > 0, self.width[inputs], 1)
        places = ((values - self.low[inputs]) / width * n_bins).astype(np.intp)
        return np.clip(places, 0, n_bins - 1)

    def _count(self, batch: Batch) -> None:
        n_inputs, n_bins = self.counts.shape
        places = self._bin(batch, np.ones(n_inputs, dtype=np.bool_)) + np.arange(n_inputs) * n_bins
        counts = np.bincount(places.ravel(), minlength=self.counts.size)
        self.counts += counts.reshape(self.counts.shape)

    def ranges(self) -> Range:
        """Return minima and maxima; subclasses cut the tails."""
        return self._seen.ranges()

    def edges(self) -> NDArray[np.float64]:
        """Return the left edges of the bins, and the last one's right edge."""
        steps = np.arange(self.counts.shape[1] + 1) / self.counts.shape[1]
        return np.asarray(self.low[:, None] + self.width[:, None] * steps)


class Percentile(Histogram):
    """Without the outermost values: a hundredth of a percent at each end."""

    TAIL = 1e-4

    def ranges(self) -> Range:
        """Return the edges of the bins where the tails end."""
        low, high = super().ranges()
        share = self.counts.cumsum(axis=1) / self.counts.sum(axis=1, keepdims=True)
        edges = self.edges()
        rows = np.arange(len(edges))
        first = (share > self.TAIL).argmax(axis=1)
        last = (share >= 1 - self.TAIL).argmax(axis=1) + 1
        return np.maximum(low, edges[rows, first]), np.minimum(high, edges[rows, last])


class Mse(Histogram):
    """The range with the least mean squared error: each end is clipped while that reduces it."""

    CUTS = np.linspace(0, 0.7, 36)

    def ranges(self) -> Range:
        """Return the best of the CUTS at the end, and then at the start."""
        low, high = super().ranges()
        whole = high - low
        centres = self.edges()[:, :-1] + self.width[:, None] / (2 * self.counts.shape[1])
        _, end = self._best(low, high, lambda cut: (low, high - cut * whole), centres)
        return self._best(low, end, lambda cut: (low + cut * (end - low), end), centres)

    def _best(
        self,
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        candidate: Callable[[float], Range],
        centres: NDArray[np.float64],
    ) -> Range:
        least = np.full(len(low), np.inf)
        best_low, best_high = low.copy(), high.copy()
        for cut in self.CUTS:
            cut_low, cut_high = candidate(float(cut))
            error = self._error(cut_low, cut_high, centres)
            better = error < least
            least[better] = error[better]
            best_low[better], best_high[better] = cut_low[better], cut_high[better]
        return best_low, best_high

    def _error(
        self, low: NDArray[np.float64], high: NDArray[np.float64], centres: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Sum the squared errors: a twelfth of a squared step within, the distance outside."""
        outside = centres - np.clip(centres, low[:, None], high[:, None])
        rounding = ((high - low) / ACTIVATION_MAX) ** 2 / 12
        squares = np.where(outside != 0, outside**2, rounding[:, None])
        return np.asarray((self.counts * squares).sum(axis=1))


OBSERVERS: Mapping[str, type[Observer]] = {
    "minmax": MinMax,
    "percentile": Percentile,
    "mse": Mse,
}


def harmless_size(
    size: NDArray[np.float64], weight: NDArray[np.float64], changing: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return sizes at which inputs with these weights are as important as any that changes.

    The importance is the largest weight (n_out, n_in) of an input times its size.
    """
    largest = np.abs(weight).max(axis=0, initial=0)
    most = (largest * size)[changing].max(initial=0)
    if most == 0:
        return np.full(len(size), np.inf)
    return np.asarray(np.divide(most, largest, out=np.full(len(size), np.inf), where=largest > 0))


def low_and_step(
    observer: Observer, weight: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where each input's levels begin, and how far apart they are.

    An input that never changed gets the median range, upwards: another value may come later on; but
    no more than makes its weight times that the largest of all, since that would take the steps of
    the weights of others. ``weight``, (n_out, n_in), is what takes in the ranges.
    """
    low, high = observer.ranges()
    width = high - low
    changing = width > 0
    usual = np.median(width[changing]) if changing.any() else ACTIVATION_MAX
    guess = np.minimum(usual, harmless_size(width, weight, changing))
    step = np.where(changing, width, guess) / ACTIVATION_MAX
    return low.astype(np.float32), np.maximum(step, np.finfo(np.float32).tiny).astype(np.float32)
