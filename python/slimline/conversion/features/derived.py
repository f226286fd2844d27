"""Features made of several values or columns: bins, products of powers, linear combinations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline.conversion.features.pending import Pending
from slimline.conversion.features.steps import affine_of, is_op
from slimline.conversion.features.values import Indices, Map, Values
from slimline.conversion.refusals import StepError
from slimline.inputs import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """The bin that a number falls into: its place, or a feature for each of those in ``kept``."""

    column: int
    steps: tuple[Step, ...]
    edges: Values
    kept: Indices | None  # None: the place of the bin
    after: Pending

    def __len__(self) -> int:
        """Return the number of features."""
        return 1 if self.kept is None else len(self.kept)

    def take(self, places: Indices) -> list[Any]:
        """Return these features, in this order."""
        if (np.diff(places) <= 0).any():  # a block has its bins in order
            return [piece for j in places for piece in self.take(np.array([j]))]
        kept = None if self.kept is None else self.kept[places]
        return [replace(self, kept=kept, after=self.after.take(places))]

    def mapped(self, change: Map) -> Bins:
        """Return the features changed."""
        if self.kept is None and len(self.edges) > 1:
            return replace(self, after=self.after.then(change, "KBinsDiscretizer"))
        return replace(self, after=self.after.two_valued(change))


@dataclass(frozen=True, slots=True, kw_only=True)
class Polynomial:
    """Products of powers of numbers."""

    columns: Indices
    steps: tuple[Step, ...]
    powers: NDArray[np.int64]  # (n, n_columns)
    after: Pending

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.powers)

    def take(self, places: Indices) -> list[Any]:
        """Return these features, in this order."""
        return [replace(self, powers=self.powers[places], after=self.after.take(places))]

    def mapped(self, change: Map) -> Polynomial:
        """Return the features changed."""
        return replace(self, after=self.after.then(change, "PolynomialFeatures"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Linear combinations ``W x + b`` of features x."""

    pieces: tuple[Any, ...]
    weight: Values
    bias: Values
    name: str

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.weight)

    def take(self, places: Indices) -> list[Any]:
        """Return these features, in this order."""
        return [replace(self, weight=self.weight[places], bias=self.bias[places])]

    def mapped(self, change: Map) -> Projection:
        """Return the features changed."""
        if is_op(change, "impute"):
            return self
        if not is_op(change, "affine"):
            what = f"cannot convert a step that is not linear behind {self.name}"
            raise StepError(what, f"apply it before {self.name}, or train without it")
        offset, scale = affine_of(change)
        weight = self.weight * scale[:, None]
        return replace(self, weight=weight, bias=(self.bias - offset) * scale)
