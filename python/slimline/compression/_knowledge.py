"""Substitute rows for those that a Model will predict, where the caller gives none.

They are drawn with a fixed seed: column by column from the aggregates that a Model keeps for
monitors, or standard normal where its input stage standardises. Otherwise nothing is known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline._checks import Rows
from slimline.model import Model
from slimline.model.reference import N_BINS, Reference

_MOST_ROWS = 256
_FEWEST_ROWS = 16
_MOST_VALUES = 1 << 22
_OFTEN = 1.5  # times the share of a bin: most of its rows have its lowest value


class Known(NamedTuple):
    """Rows of features, and what they are in words."""

    rows: Rows
    source: str


def typical_rows(model: Model) -> Known | None:
    """Return rows such as the model may see, None where nothing is known of its columns."""
    n_features = model.input.n_features
    n_rows = int(np.clip(_MOST_VALUES // max(1, n_features), _FEWEST_ROWS, _MOST_ROWS))
    random = np.random.default_rng(0)
    if model.reference is not None:
        rows = _of_reference(model.reference, n_rows, random)
        drawn = model.input.marked(rows.astype(model.input.row_type))
        return Known(drawn, "drawn from the model's reference")
    if is_standardised(model):
        drawn = model.input.marked(_normal(model, n_rows, random))
        return Known(drawn, "standard normal inputs")
    return None


def is_standardised(model: Model) -> bool:
    """Whether the input stage centres and scales every column that matters.

    Scalers give a scale of 1 to columns without deviation, or without a range between the
    quartiles, which says nothing of their size. Columns without deviation have no weights in a
    linear model. If all scales are 1, columns are not scaled; if all offsets are 0, not centred.
    """
    stage = model.input
    if stage.offset is None or stage.scale is None or not stage.offset.any():
        return False
    as_it_is = stage.scale == 1
    if len(model.layers) == 1:
        return not (as_it_is & model.layers[0].weight.any(axis=0)).any()
    return not bool(as_it_is.all())


def _normal(model: Model, n_rows: int, random: np.random.Generator) -> Rows:
    stage = model.input
    rows: Rows = np.zeros((n_rows, stage.n_features))
    inputs: Rows = random.standard_normal((n_rows, stage.n_inputs))
    if stage.offset is not None and stage.scale is not None:
        moves = stage.scale != 0
        inputs = np.where(moves, inputs / np.where(moves, stage.scale, 1), 0) + stage.offset
    rows[:, slice(None) if stage.selected is None else stage.selected] = inputs
    return rows.astype(stage.row_type)


def _of_reference(
    reference: Reference, n_rows: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Draw each column by its counts: uniformly within a bin, or the lowest value of the bin.

    Edges are quantiles, so that a bin with more than its share holds a value of many rows.
    """
    rows = np.empty((n_rows, len(reference.edges)))
    for j, (edges, counts) in enumerate(zip(reference.edges, reference.counts, strict=True)):
        inside = counts[1:-2]
        total = max(1, int(inside.sum()))
        bins = np.searchsorted(np.cumsum(inside), random.random(n_rows) * total, side="right")
        bins = np.minimum(bins, N_BINS - 1)
        often = inside[bins] > _OFTEN * total / N_BINS
        within = np.where(often, 0, random.random(n_rows))
        low, high = edges[bins].astype(np.float64), edges[bins + 1].astype(np.float64)
        rows[:, j] = low + within * (high - low)
    return rows
