"""Features of one column of categories: one for each outcome, or values for each outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from slimline.conversion.features.pending import Pending
from slimline.conversion.features.values import Indices, Key, Map, Values
from slimline.conversion.refusals import StepError

NOTHING = -1  # the outcome of a cell that has no feature: all of them are 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Which outcome a cell has: that of its key, else ``unknown``, or ``missing``.

    None is an error, `NOTHING` no feature.
    """

    keys: Mapping[Key, int]
    unknown: int | None
    missing: int | None
    count: int

    def of(self, value: Any) -> int | None:
        """Return the outcome of a cell."""
        if value is None or value != value:  # noqa: PLR0124 - NaN
            return self.missing
        return self.keys.get(value, self.unknown)

    def then(self, new: Mapping[int, int | None], count: int) -> Outcomes:
        """Return these outcomes renumbered."""

        def follow(outcome: int | None) -> int | None:
            return outcome if outcome is None or outcome == NOTHING else new[outcome]

        keys: dict[Key, int] = {}
        unknown = follow(self.unknown)
        for key, outcome in self.keys.items():
            after = follow(outcome)
            if after is not None:
                keys[key] = after
            elif unknown is not None:
                msg = f"key {key!r} is an error where unknown keys are none"
                raise ValueError(msg)
        return Outcomes(keys=keys, unknown=unknown, missing=follow(self.missing), count=count)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneHot:
    """A feature for each outcome, 1 in cells that have it."""

    column: int
    outcomes: Outcomes
    after: Pending

    def __len__(self) -> int:
        """Return the number of features."""
        return self.outcomes.count

    def take(self, places: Indices) -> list[Any]:
        """Return these features, in this order."""
        if len(np.unique(places)) < len(places):
            return [piece for j in places for piece in self.take(np.array([j]))]
        new = dict.fromkeys(range(len(self)), NOTHING)
        new |= {int(j): i for i, j in enumerate(places)}
        outcomes = self.outcomes.then(new, len(places))
        return [replace(self, outcomes=outcomes, after=self.after.take(places))]

    def mapped(self, change: Map) -> OneHot:
        """Return the features changed: any function of two values is a scale and an offset."""
        return replace(self, after=self.after.two_valued(change))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A row of values for each outcome."""

    column: int
    outcomes: Outcomes
    values: Values  # (n_outcomes, n)

    def __len__(self) -> int:
        """Return the number of features."""
        return int(self.values.shape[1])

    def take(self, places: Indices) -> list[Any]:
        """Return these features, in this order."""
        return [replace(self, values=self.values[:, places])]

    def defined(self) -> Table:
        """Return the table without rows that are not used, or hold what is no number: an error.

        An encoder that has NaN for what is missing or unknown needs an imputer behind it.
        """
        used = {*self.outcomes.keys.values(), self.outcomes.unknown, self.outcomes.missing}
        finite = [bool(np.isfinite(row).all()) for row in self.values]
        if not all(finite[outcome] for outcome in self.outcomes.keys.values()):
            what = "cannot convert values of categories that are not finite"
            raise StepError(what, "the estimator refuses them too: leave out the step")
        rows = [j for j, is_finite in enumerate(finite) if j in used and is_finite]
        new: dict[int, int | None] = dict.fromkeys(range(len(finite)))
        new |= {j: i for i, j in enumerate(rows)}
        return replace(self, outcomes=self.outcomes.then(new, len(rows)), values=self.values[rows])

    def mapped(self, change: Map) -> Table:
        """Return the features with each value changed."""
        return replace(self, values=change.apply(self.values))
