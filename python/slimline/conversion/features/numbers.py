"""Features that are numbers, or whether they are missing, column by column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._text import quoted
from slimline.conversion.features.steps import affine_of, affine_step, is_op
from slimline.conversion.features.values import Indices, Key, Map, Pointwise
from slimline.conversion.refusals import StepError
from slimline.conversion.scalers import compose
from slimline.inputs import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Columns of numbers behind elementwise steps; without steps, the cells as they are."""

    columns: Indices
    steps: tuple[Step, ...] = ()

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.columns)

    @property
    def imputes(self) -> bool:
        """Whether no cell is missing behind the steps."""
        return any(is_op(step, "impute") for step in self.steps)

    def take(self, places: Indices) -> list[Piece]:
        """Return these features, in this order."""
        steps = tuple(step.select(places) for step in self.steps)
        return [Numbers(columns=self.columns[places], steps=steps)]

    def mapped(self, change: Map) -> Numbers:
        """Return the features behind one more step."""
        if isinstance(change, Pointwise):
            raise StepError(change.what, change.instead)
        last = self.steps[-1] if self.steps else None
        if last and is_op(change, "affine") and is_op(last, "affine"):
            first = affine_of(last)
            if first.scale.all():
                both = affine_step(*compose(first, affine_of(change)))
                return replace(self, steps=(*self.steps[:-1], both))
        return replace(self, steps=(*self.steps, change))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """One column of categories behind imputers: what missing cells and some keys are taken for.

    Only an encoder can follow.
    """

    column: int
    fill: Key | None = None
    replaced: Mapping[Key, Key] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of features."""
        return 1

    def take(self, places: Indices) -> list[Piece]:
        """Return the column as often as it is asked for."""
        return [self] * len(places)

    def mapped(self, change: Map) -> Cells:
        """Refuse: a step of numbers has no meaning for keys."""
        if is_op(change, "impute") and self.fill is not None:
            return self
        key = quoted(self.fill if self.fill is not None else next(iter(self.replaced)))
        what = f"cannot convert a step of numbers behind a SimpleImputer of {key}"
        raise StepError(
            what, "replace such cells by NaN before, and impute with SimpleImputer() of numbers"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Whether cells of columns are missing: one value if they are there, one if not."""

    columns: Indices
    values: NDArray[np.float64]  # (2, n)

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.columns)

    def take(self, places: Indices) -> list[Piece]:
        """Return these features, in this order."""
        return [Missing(columns=self.columns[places], values=self.values[:, places])]

    def mapped(self, change: Map) -> Missing:
        """Return the features with both values changed."""
        values = change.apply(self.values)
        if not np.isfinite(values).all():
            what = "cannot convert a step that makes indicators of missing cells infinite"
            raise StepError(what, "leave these columns out of it")
        return replace(self, values=values)


Piece = Any  # one of these, or of the other modules here: see table.py
