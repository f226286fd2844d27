"""Products of powers of numbers, as features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline._checks import all_finite
from slimline._text import fields_repr, listed
from slimline.inputs.blocks._block import Places, Selection, take_columns
from slimline.inputs.blocks._stepped import COLUMNS, SteppedBlock
from slimline.inputs.cells import Cells
from slimline.inputs.steps import Floats, Step
from slimline.layers._state import StoredTensor, freeze


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolynomialBlock(SteppedBlock):
    """A feature for each row of powers: the product of the columns, each to its power.

    Parameters
    ----------
    columns : ndarray of uint32, shape (d,)
        The numbers of the columns.
    steps : tuple of Step, default=()
        What is done to the numbers first, in this order.
    powers : ndarray of uint8, shape (n_out, d)
        The power of each column in each feature, as scikit-learn's ``powers_``.

    Examples
    --------
    >>> import numpy as np
    >>> from slimline.inputs import PolynomialBlock
    >>> block = PolynomialBlock(
    ...     columns=np.array([0, 1], np.uint32), powers=np.array([[1, 0], [2, 0], [1, 1]], np.uint8)
    ... )
    >>> block.feature_names(["a", "b"])
    ['a', 'a^2', 'a b']
    """

    kind: ClassVar[str] = "polynomial"
    stored: ClassVar[tuple[StoredTensor, ...]] = (
        COLUMNS,
        StoredTensor(
            "powers", (np.uint8,), ("n_out", "d"), "the power of each column in each feature"
        ),
    )
    columns: NDArray[np.uint32]
    steps: tuple[Step, ...] = ()
    powers: NDArray[np.uint8]

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        self._check_stepped()
        freeze(self, self.stored)
        if self.n_features == 0:
            msg = "powers of a polynomial must have at least one feature"
            raise ValueError(msg)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return int(self.powers.shape[0])

    @property
    def most_nonzero(self) -> int:
        """How many features of a row can be other than zero."""
        return self.n_features

    def feature_names(self, columns: Sequence[str]) -> list[str]:
        """Return the names of the features, as scikit-learn's PolynomialFeatures has them."""
        names = [columns[j] for j in self.reads]
        return [_product_name(row, names) for row in self.powers.tolist()]

    def encode(self, cells: Sequence[Cells | None]) -> Floats:
        """Return the features of rows: multiplied from the last column to the first."""
        x = self.numbers(cells)
        out = np.ones((len(x), self.n_features))
        with np.errstate(over="ignore"):
            for j in reversed(range(self.d)):
                powers = self.powers[:, j]
                for power in range(1, int(powers.max()) + 1):
                    out[:, powers >= power] *= x[:, [j]]
        if not all_finite(out):
            row, feature = np.argwhere(~np.isfinite(out))[0]
            of = [cells[j] for j in self.columns[np.flatnonzero(self.powers[feature])]]
            names = listed([each.name for each in of if each is not None])
            msg = f"the product of {names} must be finite, but is not in row {row}"
            raise ValueError(msg)
        return out

    def select(self, kept: Places) -> Selection:
        """Return a block with these of the features."""
        powers = self.powers[kept]
        used = np.flatnonzero(powers.any(axis=0))
        used = used if len(used) else np.array([0])
        block = replace(
            self,
            columns=self.columns[used],
            steps=tuple(step.select(used) for step in self.steps),
            powers=powers[:, used],
        )
        return Selection(block, kept)

    def renumbered(self, places: Mapping[int, int]) -> Self:
        """Return the block for a table whose columns have other numbers."""
        return replace(self, columns=take_columns(self.columns, places))


def _product_name(powers: Sequence[int], names: Sequence[str]) -> str:
    factors = [
        name if power == 1 else f"{name}^{power}"
        for name, power in zip(names, powers, strict=True)
        if power
    ]
    return " ".join(factors) or "1"
