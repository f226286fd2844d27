"""Rows divided into windows, and counted into the bins of a reference, for monitors.

The counts are a pure function of the rows and of their position in a window. So partitions can be
counted on their workers, in any order, with the same result as in one place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline._checks import Rows, as_floats
from slimline._collections import compute_blocks, known_lengths, row_blocks
from slimline.model import Model
from slimline.model.reference import Reference, count_bins


class Piece(NamedTuple):
    """The counts of rows that lie in one window."""

    n_rows: int
    counts: NDArray[np.int64]
    predicted: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counting:
    """How a monitor counts."""

    model: Model
    reference: Reference
    window: int

    def pieces(self, begin: int, X: Any, predicted: Any) -> list[Piece]:
        """Count rows of which the first is number ``begin`` in its window."""
        rows, said, where = self._rows(X, predicted)
        pieces = []
        start, room = 0, self.window - begin
        while start < len(rows):
            end = min(len(rows), start + room)
            first, last = np.searchsorted(where, [start, end])
            with np.errstate(over="ignore"):  # infinity lies above all edges
                part = rows[start:end].astype(np.float32, copy=False)
            counts = count_bins(part, self.reference.edges)
            pieces.append(Piece(end - start, counts, self._count_said(said[first:last])))
            start, room = end, self.window
        return pieces

    def pieces_of_partitions(self, begin: int, X: Any, predicted: Any) -> Iterator[Piece]:
        """Count where the partitions of a dask collection lie; windows run on between them."""
        blocks = row_blocks(X, {"predicted": predicted})
        lengths = known_lengths(X) or tuple(compute_blocks([block[:1] for block in blocks], len))
        begins = (begin + np.cumsum([0, *lengths])) % self.window
        tasks = [(int(first), *block) for first, block in zip(begins, blocks, strict=False)]
        for pieces in compute_blocks(tasks, self.pieces):
            yield from pieces

    def _rows(self, X: Any, predicted: Any) -> tuple[Rows, Any, NDArray[np.intp]]:
        """Return rows, what was said, and of which rows."""
        X = self.model.columns(X)
        dense = X.toarray() if hasattr(X, "toarray") else X
        rows = as_floats("X", dense, self.model.input.row_type, ndim=2)
        if rows.shape[1] != len(self.reference.edges):
            expected = len(self.reference.edges)
            msg = f"X has {rows.shape[1]} features, but the model expects {expected}"
            raise ValueError(msg)
        if predicted is None:
            where = np.flatnonzero(np.isfinite(rows).all(axis=1))
            known = self.model.input.marked(rows[where])
            return rows, self.model.predict(known), where
        said = np.asarray(predicted)
        if len(said) != len(rows):
            msg = f"predicted must have {len(rows)} entries, got {len(said)}"
            raise ValueError(msg)
        return rows, said, np.arange(len(rows))

    def _count_said(self, said: NDArray[Any]) -> NDArray[np.int64]:
        if self.model.classes is None:
            values = np.ascontiguousarray(said, dtype=np.float32).reshape(len(said), -1)
            return count_bins(values, self.reference.predicted_edges)
        found = [[np.count_nonzero(said == label) for label in self.model.classes]]
        return np.array(found, dtype=np.int64)
