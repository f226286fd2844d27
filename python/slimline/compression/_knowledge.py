"""Rows that stand for those that a Model will see, where nobody gives any.

Drawn, with a fixed seed, from the aggregates that a Model keeps for monitors, column by column; or
standard normal where its input stage standardises. Where neither is there, nothing is known.
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
        return Known(rows.astype(model.input.row_type), "drawn from the model's reference")
    if is_standardised(model):
        return Known(_normal(model, n_rows, random), "standard normal inputs")
    return None


def is_standardised(model: Model) -> bool:
    """Whether the input stage centres and scales every column that matters.

    Scalers leave columns as they are by a scale of 1: those without deviation (or without a range
    between the quartiles, which says nothing of their size). The first have no weights in a linear
    model. Where all scales are 1 or all offsets 0, columns are not scaled or not centred.
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
    """Draw each column by its counts: evenly within a bin, or its lowest value.

    Edges are quantiles, so that a bin of more than its share has a value that many rows had.
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
