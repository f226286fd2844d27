"""Features of a column of texts: what its terms weigh."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from slimline.conversion.features.pending import Pending
from slimline.conversion.features.values import Indices, Map
from slimline.conversion.refusals import StepError
from slimline.inputs import TextBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A column of texts behind a vectorizer."""

    column: int
    block: TextBlock
    after: Pending

    def __len__(self) -> int:
        """Return the number of features."""
        return self.block.n_features

    def take(self, places: Indices) -> list[Any]:
        """Return these features, in this order."""
        if (np.diff(places) <= 0).any():
            what = "cannot convert a step that changes the order of the features of texts"
            raise StepError(what, "let it keep them in their order")
        if len(places) == len(self):
            return [self]
        smaller: Any = self.block.select(places).block
        return [replace(self, block=smaller, after=self.after.take(places))]

    def mapped(self, change: Map) -> Text:
        """Return the features changed."""
        return replace(self, after=self.after.then(change, "a vectorizer of texts"))
