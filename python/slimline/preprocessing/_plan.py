"""What a fit decided, and how it makes features of cells.

Features come in this order: columns of numbers, of booleans, parts of dates, indicators of missing
cells, categories by column, terms of texts by column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from slimline.preprocessing._categories import Categories
from slimline.preprocessing._cells import Cells
from slimline.preprocessing._dates import as_dates, part_of
from slimline.preprocessing._numbers import Scaling, floats
from slimline.text._base import to_csr

DENSE = 0.3  # of the values: from here on there is no use in a sparse matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a feature that is a number comes from.

    Parameters
    ----------
    place : int
        The column.
    part : str or None, default=None
        Which part of a date.
    boolean : bool, default=False
        Whether cells are booleans.
    texts : bool, default=False
        Whether cells may be texts that are numbers.
    """

    place: int
    part: str | None = None
    boolean: bool = False
    texts: bool = False

    def read(self, cells: Cells, name: str) -> NDArray[np.float64]:
        """Return a number for each cell, NaN of missing ones."""
        if self.part is None:
            return floats(cells, name, texts=self.texts)
        return part_of(as_dates(cells, name), self.part)


def read_numbers(
    sources: Sequence[Source], cells: Mapping[int, Cells], names: Sequence[str], out: Any = None
) -> NDArray[np.float64]:
    """Return a column of numbers for each source, in ``out`` where it is given."""
    n_rows = len(next(iter(cells.values())).missing) if cells else 0
    numbers: NDArray[np.float64] = np.empty((n_rows, len(sources))) if out is None else out
    for j, source in enumerate(sources):
        numbers[:, j] = source.read(cells[source.place], names[source.place])
    return numbers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """Fitted parts, by column."""

    sources: tuple[Source, ...]
    scaling: Scaling
    indicators: tuple[int, ...]
    categories: Mapping[int, Categories]
    vectorizers: Mapping[int, Any]
    sparse_output: bool

    @property
    def places(self) -> list[int]:
        """The columns that are read, ascending."""
        read = {source.place for source in self.sources}
        return sorted(read.union(self.indicators, self.categories, self.vectorizers))

    def feature_names(self, columns: Sequence[str]) -> list[str]:
        """Return what the features are called, given the names of all columns; no two the same."""
        names = [
            columns[source.place] + ("" if source.part is None else f"_{source.part}")
            for source in self.sources
        ]
        names += [f"missingindicator_{columns[place]}" for place in self.indicators]
        for place, categories in self.categories.items():
            names += [f"{columns[place]}_{name}" for name in categories.names]
        for place, vectorizer in self.vectorizers.items():
            names += [f"{columns[place]}_{term}" for term in vectorizer.get_feature_names_out()]
        return _without_repetition(names)

    def encode(self, cells: Mapping[int, Cells], names: Sequence[str], *, dense: bool) -> Any:
        """Return the features of cells by column, as an array or CSR.

        ``names`` is what messages call the columns.
        """
        n_rows = len(cells[self.places[0]].missing)
        n_numbers, n_leading = len(self.sources), len(self.sources) + len(self.indicators)
        found = [each.encode(cells[place], names[place]) for place, each in self.categories.items()]
        widths = [len(each.names) for each in self.categories.values()]
        starts = n_leading + np.cumsum([0, *widths], dtype=np.intp)
        to_sparse = self.sparse_output and not dense
        leading = np.zeros((n_rows, n_leading if to_sparse else int(starts[-1])))
        read_numbers(self.sources, cells, names, out=leading[:, :n_numbers])
        self.scaling.apply(leading[:, :n_numbers])
        for j, place in enumerate(self.indicators):
            leading[:, n_numbers + j] = cells[place].missing
        if to_sparse:
            features = _csr(leading, found, starts)
        else:
            features = leading
            for outcomes, start in zip(found, starts.tolist(), strict=False):
                rows = np.flatnonzero(outcomes >= 0)
                features[rows, start + outcomes[rows]] = 1
        return self._with_terms(features, cells, to_sparse=to_sparse)

    def _with_terms(self, features: Any, cells: Mapping[int, Cells], *, to_sparse: bool) -> Any:
        if not self.vectorizers:
            return features
        terms = [each.transform(cells[p].text_list()) for p, each in self.vectorizers.items()]
        if to_sparse:
            return sparse.hstack([features, *terms], format="csr")
        return np.hstack([features, *(each.toarray() for each in terms)])


def _without_repetition(names: list[str]) -> list[str]:
    """Return names that differ: a number is put behind those that others have."""
    if len(set(names)) == len(names):
        return names
    taken: set[str] = set()
    for i, name in enumerate(names):
        count, free = 2, name
        while free in taken:
            free, count = f"{name}_{count}", count + 1
        taken.add(free)
        names[i] = free
    return names


def _csr(leading: NDArray[np.float64], found: list[NDArray[np.intp]], starts: NDArray[Any]) -> Any:
    """Return numbers, and a one in the feature of each category, as a sparse matrix."""
    n_rows, n_leading = leading.shape
    n_features = int(starts[-1])
    index = np.int32 if n_features <= np.iinfo(np.int32).max else np.int64
    values = np.ones((n_rows, n_leading + len(found)))
    values[:, :n_leading] = leading
    indices = np.empty(values.shape, dtype=index)
    indices[:, :n_leading] = np.arange(n_leading)
    for j, (outcomes, start) in enumerate(zip(found, starts.tolist(), strict=False), n_leading):
        values[:, j] = outcomes >= 0
        indices[:, j] = outcomes + start
    there = values != 0
    if there.all():
        indptr = np.arange(n_rows + 1) * values.shape[1]
        return to_csr([(values.ravel(), indices.ravel(), indptr)], n_features)
    indptr = np.append(0, np.cumsum(np.count_nonzero(there, axis=1)))
    return to_csr([(values[there], indices[there], indptr)], n_features)
