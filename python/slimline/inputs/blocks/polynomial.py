"""Products of powers of numbers, as features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from slimline._checks import all_finite
from slimline._text import fields_repr, listed
from slimline.inputs.blocks._block import COLUMNS, Places, Selection
from slimline.inputs.blocks._stepped import SteppedBlock
from slimline.inputs.cells import Cells
from slimline.inputs.steps import Floats, Step
from slimline.layers._state import StoredTensor, freeze

MOST_DEGREES = 255  # so that a small file cannot ask for much work


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
        The power of each column in each feature, as scikit-learn's ``powers_``; their sum over the
        columns is at most 255.

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
        if (degree := int(self.powers.sum(axis=1, dtype=np.int64).max())) > MOST_DEGREES:
            msg = f"a polynomial can have a degree of at most {MOST_DEGREES}, got {degree}"
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
        with_one = np.column_stack([x, np.ones(len(x))])
        out = np.ones((len(x), self.n_features))
        with np.errstate(over="ignore", invalid="ignore"):
            for factor in self._factors().T:
                out *= with_one[:, factor]
        if not all_finite(out):
            row, feature = np.argwhere(~np.isfinite(out))[0]
            of = [cells[j] for j in self.columns[np.flatnonzero(self.powers[feature])]]
            names = listed([each.name for each in of if each is not None])
            msg = f"the product of {names} must be finite, but is not in row {row}"
            raise ValueError(msg)
        return out

    def _factors(self) -> NDArray[np.intp]:
        """Return the columns that make up each feature, the last first; d for none."""
        powers = self.powers[:, ::-1]
        feature, place = np.nonzero(powers)
        times = powers[feature, place].astype(np.intp)
        owner, column = np.repeat(feature, times), np.repeat(self.d - 1 - place, times)
        degrees = powers.sum(axis=1, dtype=np.intp)
        first = np.cumsum(degrees) - degrees
        factors = np.full((self.n_features, int(degrees.max())), self.d)
        factors[owner, np.arange(len(owner)) - first[owner]] = column
        return factors

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


def _product_name(powers: Sequence[int], names: Sequence[str]) -> str:
    factors = [
        name if power == 1 else f"{name}^{power}"
        for name, power in zip(names, powers, strict=True)
        if power
    ]
    return " ".join(factors) or "1"
