"""What is still to be done to features that have no steps of their own: an offset and a scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slimline.conversion.features.steps import affine_of, is_op
from slimline.conversion.features.values import Indices, Map, Values
from slimline.conversion.refusals import StepError
from slimline.conversion.scalers import Affine, compose


@dataclass(frozen=True, slots=True)
class Pending:
    """An affine map of features behind their block, or None: it becomes the Model's stage."""

    count: int
    affine: Affine | None = None

    def take(self, places: Indices) -> Pending:
        """Return the map of these features."""
        if self.affine is None:
            return Pending(len(places))
        return Pending(len(places), Affine(self.affine.offset[places], self.affine.scale[places]))

    def then(self, change: Map, of: str) -> Pending:
        """Return the map followed by an affine step; nothing is missing here."""
        if is_op(change, "impute"):
            return self
        if not is_op(change, "affine"):
            what = f"cannot convert a step that is not linear behind {of}"
            raise StepError(what, "apply it to the columns before, or train without it")
        if self.affine is not None and not self.affine.scale.all():
            what = f"cannot convert a step behind {of} with a weight of 0"
            raise StepError(what, "leave out what has no weight")
        return Pending(self.count, compose(self.affine, affine_of(change)))

    def two_valued(self, change: Map) -> Pending:
        """Return the map of features that are 0 or 1 after any function."""
        low, high = change.apply(np.stack([self._of(0.0), self._of(1.0)]))
        scale = high - low
        constant = scale == 0
        if not np.isfinite([low, high]).all() or (constant & (low != 0)).any():
            what = "cannot convert a step that makes features of categories infinite or constant"
            raise StepError(what, "leave these columns out of it")
        offset = np.where(constant, 0.0, -low / np.where(constant, 1.0, scale))
        return Pending(self.count, Affine(offset + 0.0, scale))

    def _of(self, value: float) -> Values:
        values = np.full(self.count, value)
        return values if self.affine is None else (values - self.affine.offset) * self.affine.scale
