"""The bin that a number lies in, as features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from slimline._checks import Csr
from slimline._text import fields_repr
from slimline.inputs.blocks._block import COLUMNS, Features, Places, Selection
from slimline.inputs.blocks._stepped import SteppedBlock
from slimline.inputs.cells import Cells
from slimline.inputs.steps import Step
from slimline.layers._state import StoredTensor, freeze


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BinsBlock(SteppedBlock):
    """The bin of each column of numbers: one-hot, or its number.

    A number x lies in the bin whose number is that of the column's edges at or below x.

    Parameters
    ----------
    columns : ndarray of uint32, shape (d,)
        The numbers of the columns.
    steps : tuple of Step, default=()
        What is done to the numbers first, in this order.
    edges : ndarray of float64, shape (n_edges,)
        The interior edges of all columns, one after the other, ascending in each.
    starts : ndarray of uint32, shape (d + 1,)
        Where the edges of each column begin, and where the last end.
    one_hot : bool, default=True

    Examples
    --------
    >>> import numpy as np
    >>> from slimline.inputs import BinsBlock
    >>> block = BinsBlock(
    ...     columns=np.array([0], np.uint32),
    ...     edges=np.array([18.0, 65.0]),
    ...     starts=np.array([0, 2], np.uint32),
    ... )
    >>> block.feature_names(["age"])
    ['age_0.0', 'age_1.0', 'age_2.0']
    """

    kind: ClassVar[str] = "bins"
    stored: ClassVar[tuple[StoredTensor, ...]] = (
        COLUMNS,
        StoredTensor("edges", (np.float64,), ("n_edges",), "the interior edges of all columns"),
        StoredTensor(
            "starts",
            (np.uint32,),
            ("d + 1",),
            "where the edges of each column begin, and where the last end",
        ),
    )
    columns: NDArray[np.uint32]
    steps: tuple[Step, ...] = ()
    edges: NDArray[np.float64]
    starts: NDArray[np.uint32]
    one_hot: bool = True

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        self._check_stepped()
        freeze(self, self.stored)
        if type(self.one_hot) is not bool:
            msg = f"one_hot of bins must be a bool, got {type(self.one_hot).__name__}"
            raise TypeError(msg)
        starts = self.starts.astype(np.int64)
        if len(starts) != self.d + 1 or starts[0] != 0 or starts[-1] != len(self.edges):
            msg = f"starts of bins must be {self.d + 1} numbers from 0 to {len(self.edges)}"
            raise ValueError(msg)
        if (np.diff(starts) < 0).any():
            msg = "starts of bins must ascend"
            raise ValueError(msg)
        if any((np.diff(self._edges(j)) < 0).any() for j in range(self.d)):
            msg = "edges of bins must ascend in each column"
            raise ValueError(msg)

    def _edges(self, j: int) -> NDArray[np.float64]:
        return self.edges[self.starts[j] : self.starts[j + 1]]

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.edges) + self.d if self.one_hot else self.d

    @property
    def most_nonzero(self) -> int:
        """How many features of a row can be other than zero."""
        return self.d

    def _first(self) -> NDArray[np.intp]:
        """Return the first feature of each column, and the number of features."""
        return self.starts.astype(np.intp) + np.arange(self.d + 1)

    def feature_names(self, columns: Sequence[str]) -> list[str]:
        """Return the names of the features, as scikit-learn's KBinsDiscretizer has them."""
        names = [columns[j] for j in self.reads]
        if not self.one_hot:
            return names
        sizes = np.diff(self._first()).tolist()
        return [
            f"{name}_{float(i)}" for name, n in zip(names, sizes, strict=True) for i in range(n)
        ]

    def encode(self, cells: Sequence[Cells | None]) -> Features:
        """Return the features of rows."""
        x = self.numbers(cells)
        bins = np.empty(x.shape, dtype=np.intp)
        for j in range(self.d):
            bins[:, j] = np.searchsorted(self._edges(j), x[:, j], side="right")
        if not self.one_hot:
            return bins.astype(np.float64)
        indices = (bins + self._first()[:-1]).ravel()
        indptr = np.arange(len(x) + 1) * self.d
        return Csr(np.ones(len(indices)), indices, indptr, (len(x), self.n_features))

    def select(self, kept: Places) -> Selection:
        """Return a block of the columns that these features are of: with all of their bins."""
        first = self._first() if self.one_hot else np.arange(self.d + 1)
        columns = np.unique(np.searchsorted(first, kept, side="right") - 1)
        sizes = np.diff(self.starts.astype(np.int64))[columns]
        block = replace(
            self,
            columns=self.columns[columns],
            steps=tuple(step.select(columns) for step in self.steps),
            edges=np.concatenate([self._edges(int(j)) for j in columns]),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.uint32),
        )
        ends = first[columns], first[columns + 1]
        return Selection(
            block, np.concatenate([np.arange(*pair) for pair in zip(*ends, strict=True)])
        )

    def params(self) -> dict[str, Any]:
        """Return what a file stores as JSON."""
        return {**SteppedBlock.params(self), "one_hot": self.one_hot}
