"""Aggregates of a model's data when it was made, with which a monitor compares.

They are, per feature, the edges of 32 bins with equal numbers of rows, and the number of rows in
each; the same for predictions; and mean and variance of the losses. No row is kept. The lowest and
the highest edge are the smallest and the greatest value of the feature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._blocks import row_slices
from slimline.layers._state import StoredTensor, freeze

N_BINS = 32
N_EDGES = N_BINS + 1
OUTSIDE = 3  # bins more: below all edges, above them, missing
_COUNTED = N_BINS + OUTSIDE
_SORTING = 256  # products that take as long as the part of a value in the sorting of a column

STORED = (
    StoredTensor(
        "edges",
        (np.float32,),
        ("n_features", N_EDGES),
        "ascending; a value lies in the bin whose number is that of the edges at or below it",
    ),
    StoredTensor(
        "counts",
        (np.int64,),
        ("n_features", _COUNTED),
        "rows below the edges, in each bin, above the edges, missing",
    ),
    StoredTensor(
        "predicted_edges",
        (np.float32,),
        ("n_targets", N_EDGES),
        "of the predicted values of a regression; n_targets is 0 for a classification",
    ),
    StoredTensor(
        "predicted_counts",
        (np.int64,),
        ("n_counted", "n_counts"),
        f"regression, (n_targets, {_COUNTED}): as `counts`; classification, (1, n_classes): rows"
        " that each class was predicted for",
    ),
    StoredTensor(
        "losses",
        (np.float64,),
        (3,),
        "number of rows with a label, mean and variance of their losses (0 or 1 for right or wrong"
        " classes, absolute errors of values); zeros without labels",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """Aggregates of the rows that a model is meant for.

    Parameters
    ----------
    edges : ndarray of float32, shape (n_features, 33)
        Ascending. The number of the bin of a value is the number of edges at or below the value.
    counts : ndarray of int64, shape (n_features, 35)
        Rows below the edges, in each bin, above the edges, and missing.
    predicted_edges : ndarray of float32, shape (n_targets, 33), or (0, 33) for a classification
    predicted_counts : ndarray of int64, shape (n_targets, 35), or (1, n_classes)
        Counts of the predicted values, or of the predicted classes.
    losses : ndarray of float64, shape (3,)
        Number of rows with a label, and mean and variance of their losses, which are 0 or 1, or
        absolute errors. Zeros without labels.
    """

    edges: NDArray[np.float32]
    counts: NDArray[np.int64]
    predicted_edges: NDArray[np.float32]
    predicted_counts: NDArray[np.int64]
    losses: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Check the state, which also comes from files, and make its arrays read-only."""
        freeze(self, STORED, "reference.")
        shape = self.predicted_counts.shape
        if self.n_targets and shape != (self.n_targets, _COUNTED):
            expected = (self.n_targets, _COUNTED)
            msg = f"reference.predicted_counts must have shape {expected}, got {shape}"
            raise ValueError(msg)
        if (np.diff(self.edges) < 0).any() or (np.diff(self.predicted_edges) < 0).any():
            msg = "edges of a reference must ascend"
            raise ValueError(msg)
        totals = np.concatenate([self.counts.sum(axis=1), self.predicted_counts.sum(axis=1)])
        lowest = min(self.counts.min(initial=0), self.predicted_counts.min(initial=0))
        if lowest < 0 or totals.size == 0 or totals.min() != totals.max() or totals[0] < 1:
            msg = "counts of a reference must be of the same rows, at least one"
            raise ValueError(msg)
        if (self.losses < 0).any():
            msg = "losses of a reference must not be negative"
            raise ValueError(msg)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes as arrays, which are read-only again when they arrive."""
        return Reference.from_state, (self.tensors(),)

    @property
    def n_features(self) -> int:
        """Features whose values were counted."""
        return len(self.edges)

    @property
    def n_targets(self) -> int:
        """Predicted values per row; 0 for a classification."""
        return len(self.predicted_edges)

    @property
    def n_rows(self) -> int:
        """Rows that were counted."""
        return int(self.predicted_counts[0].sum())

    @classmethod
    def of(
        cls,
        X: NDArray[np.float32],
        predicted: NDArray[Any],
        n_classes: int,
        losses: NDArray[np.float64] | None,
    ) -> Self:
        """Count finite rows; ``predicted`` holds class indices (n_classes > 0) or values."""
        edges = quantile_edges(X)
        if n_classes:
            predicted_edges = np.empty((0, N_EDGES), dtype=np.float32)
            predicted_counts = np.bincount(predicted, minlength=n_classes)[None].astype(np.int64)
        else:
            values = np.ascontiguousarray(predicted, dtype=np.float32).reshape(len(X), -1)
            predicted_edges = quantile_edges(values)
            predicted_counts = count_bins(values, predicted_edges)
        known = (0, 0, 0) if losses is None else (len(losses), losses.mean(), losses.var())
        return cls(
            edges=edges,
            counts=count_bins(X, edges),
            predicted_edges=predicted_edges,
            predicted_counts=predicted_counts,
            losses=np.array(known, dtype=np.float64),
        )

    def of_features(self, features: NDArray[np.intp]) -> Reference:
        """Return the aggregates of these of the features."""
        return replace(self, edges=self.edges[features], counts=self.counts[features])

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        return {each.name: getattr(self, each.name) for each in STORED}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Rebuild a reference from its tensors."""
        return cls(**tensors)


def quantile_edges(X: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the edges of bins with equally many rows, the last one just above the maximum."""
    shares = np.linspace(0, 1, N_EDGES)
    edges = np.empty((X.shape[1], N_EDGES), dtype=np.float32)
    for columns in row_slices(X.shape[1], _SORTING * len(X)):
        edges[columns] = np.quantile(X[:, columns], shares, axis=0, method="higher").T
    edges[:, -1] = np.nextafter(edges[:, -1], np.float32(np.finfo(np.float32).max))
    return np.ascontiguousarray(edges)


def count_bins(X: NDArray[np.float32], edges: NDArray[np.float32]) -> NDArray[np.int64]:
    """Count the values of each column by bins; NaN and infinity may be among them."""
    counts = np.zeros((edges.shape[0], edges.shape[1] + 2), dtype=np.int64)
    _core.add_to_histogram(X, edges, counts)
    return counts
