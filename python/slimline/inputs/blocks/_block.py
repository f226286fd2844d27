"""What every kind of block of an encoder is: columns of a table to features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from slimline._checks import Csr
from slimline.inputs.cells import Cells
from slimline.inputs.columns import Column, ColumnKind
from slimline.layers._state import StoredTensor

Places = NDArray[np.intp]
Features = NDArray[np.float64] | Csr


class Selection(NamedTuple):
    """A block that gives some of the features of another, and which these are, ascending.

    There may be more than were asked for, where no smaller block of the kind can do without.
    """

    block: Block
    features: Places


class Block(ABC):
    """A frozen part of an encoder: ``encode`` takes cells of columns to features.

    Features have the order of ``feature_names``. Everything is computed in float64.
    """

    __slots__ = ()

    kind: ClassVar[str]
    reads_kinds: ClassVar[tuple[ColumnKind, ...]]
    stored: ClassVar[tuple[StoredTensor, ...]]

    @property
    @abstractmethod
    def reads(self) -> tuple[int, ...]:
        """The numbers of the columns that the block reads."""

    @property
    @abstractmethod
    def n_features(self) -> int:
        """Number of features."""

    @property
    @abstractmethod
    def most_nonzero(self) -> int:
        """How many features of a row can be other than zero."""

    @abstractmethod
    def feature_names(self, columns: Sequence[str]) -> list[str]:
        """Return the names of the features, given those of all columns of the table."""

    @abstractmethod
    def encode(self, cells: Sequence[Cells | None]) -> Features:
        """Return the features of rows, dense of shape (n, n_features) or as CSR.

        ``cells`` has one entry for each column of the table: the columns of ``reads`` are there.
        ValueError or TypeError, with column, row and value, for a cell that has no features.
        """

    def unseen(self, cells: Sequence[Cells | None]) -> int:  # noqa: ARG002 - of keys alone
        """Return how many cells are keys that the block does not know."""
        return 0

    @abstractmethod
    def select(self, kept: Places) -> Selection:
        """Return a block with these of the features, at least one, ascending."""

    @abstractmethod
    def renumbered(self, places: Mapping[int, int]) -> Self:
        """Return the block for a table whose columns have other numbers."""

    @abstractmethod
    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""

    @abstractmethod
    def params(self) -> dict[str, Any]:
        """Return what a file stores as JSON."""

    @classmethod
    @abstractmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a block; ValueError or TypeError where anything does not fit."""

    def check_columns(self, columns: Sequence[Column]) -> None:
        """Raise ValueError unless the columns that the block reads exist and are of its kinds."""
        for j in self.reads:
            if not 0 <= j < len(columns):
                msg = f"a block {self.kind} reads column {j} of {len(columns)}"
                raise ValueError(msg)
            if columns[j].kind not in self.reads_kinds:
                kinds = " or ".join(self.reads_kinds)
                msg = f"a block {self.kind} reads a {kinds}, but column {j} is a {columns[j].kind}"
                raise ValueError(msg)


COLUMNS = StoredTensor(
    "columns", (np.uint32,), ("d",), "the numbers of the columns, counted from 0"
)


class ColumnsBlock(Block):
    """A block of several columns: its fields begin with ``columns``."""

    __slots__ = ()

    columns: NDArray[np.uint32]

    @property
    def d(self) -> int:
        """Number of columns."""
        return len(self.columns)

    @property
    def reads(self) -> tuple[int, ...]:
        """The numbers of the columns that the block reads."""
        return tuple(self.columns.tolist())

    def _check_any_column(self) -> None:
        if self.d == 0:
            msg = f"a block {self.kind} must read at least one column"
            raise ValueError(msg)

    def renumbered(self, places: Mapping[int, int]) -> Self:
        """Return the block for a table whose columns have other numbers."""
        columns = np.array([places[j] for j in self.reads], dtype=np.uint32)
        block: Any = self
        changed: Self = replace(block, columns=columns)
        return changed
