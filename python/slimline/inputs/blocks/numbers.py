"""Numbers as features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from slimline._text import fields_repr
from slimline.inputs.blocks._block import COLUMNS, Places, Selection
from slimline.inputs.blocks._stepped import SteppedBlock
from slimline.inputs.cells import Cells
from slimline.inputs.steps import Floats, Step
from slimline.layers._state import StoredTensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NumbersBlock(SteppedBlock):
    """A feature for each column of numbers: the number after the steps.

    Parameters
    ----------
    columns : ndarray of uint32, shape (d,)
        The numbers of the columns.
    steps : tuple of Step, default=()
        What is done to the numbers, in this order.

    Examples
    --------
    >>> import numpy as np
    >>> from slimline.inputs import NumbersBlock
    >>> block = NumbersBlock(columns=np.array([0, 2], np.uint32))
    >>> block.n_features, block.feature_names(["age", "city", "income"])
    (2, ['age', 'income'])
    """

    kind: ClassVar[str] = "numbers"
    stored: ClassVar[tuple[StoredTensor, ...]] = (COLUMNS,)
    columns: NDArray[np.uint32]
    steps: tuple[Step, ...] = ()

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        self._check_stepped()

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.d

    @property
    def most_nonzero(self) -> int:
        """How many features of a row can be other than zero."""
        return self.d

    def feature_names(self, columns: Sequence[str]) -> list[str]:
        """Return the names of the columns."""
        return [columns[j] for j in self.reads]

    def encode(self, cells: Sequence[Cells | None]) -> Floats:
        """Return the features of rows."""
        return self.numbers(cells)

    def select(self, kept: Places) -> Selection:
        """Return a block with these of the features."""
        steps = tuple(step.select(kept) for step in self.steps)
        return Selection(replace(self, columns=self.columns[kept], steps=steps), kept)
