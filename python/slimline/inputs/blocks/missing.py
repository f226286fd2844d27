"""Which cells are missing, as features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline._text import fields_repr
from slimline.inputs.blocks._block import COLUMNS, ColumnsBlock, Places, Selection
from slimline.inputs.cells import Cells
from slimline.inputs.columns import COLUMN_KINDS, ColumnKind
from slimline.inputs.steps import Floats
from slimline.layers._state import StoredTensor, freeze, take, take_params


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MissingBlock(ColumnsBlock):
    """A feature for each column: one value where the cell is present, another where it is missing.

    Parameters
    ----------
    columns : ndarray of uint32, shape (d,)
        The numbers of the columns, which may be of any kind.
    values : ndarray of float64, shape (2, d)
        The feature of a present and of a missing cell, 0 and 1 before they are scaled.

    Examples
    --------
    >>> import numpy as np
    >>> from slimline.inputs import MissingBlock
    >>> block = MissingBlock(columns=np.array([0], np.uint32), values=np.array([[0.0], [1.0]]))
    >>> block.feature_names(["age", "city"])
    ['missingindicator_age']
    """

    kind: ClassVar[str] = "missing"
    reads_kinds: ClassVar[tuple[ColumnKind, ...]] = COLUMN_KINDS
    stored: ClassVar[tuple[StoredTensor, ...]] = (
        COLUMNS,
        StoredTensor(
            "values", (np.float64,), (2, "d"), "the feature of a present and of a missing cell"
        ),
    )
    columns: NDArray[np.uint32]
    values: NDArray[np.float64]

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        freeze(self, self.stored)
        self._check_any_column()

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.d

    @property
    def most_nonzero(self) -> int:
        """How many features of a row can be other than zero."""
        return self.d

    def feature_names(self, columns: Sequence[str]) -> list[str]:
        """Return the names of the features, as scikit-learn's MissingIndicator has them."""
        return [f"missingindicator_{columns[j]}" for j in self.reads]

    def encode(self, cells: Sequence[Cells | None]) -> Floats:
        """Return the features of rows."""
        read = [cells[j] for j in self.reads]
        missing = np.column_stack([each.is_missing for each in read if each is not None])
        features: Floats = np.where(missing, self.values[1], self.values[0])
        return features

    def select(self, kept: Places) -> Selection:
        """Return a block with these of the features."""
        block = replace(self, columns=self.columns[kept], values=self.values[:, kept])
        return Selection(block, kept)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        return {"columns": self.columns, "values": self.values}

    def params(self) -> dict[str, Any]:
        """Return what a file stores as JSON."""
        return {}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a block from its tensors and parameters."""
        take_params(params)
        return cls(**take(tensors, *(each.name for each in cls.stored)))
