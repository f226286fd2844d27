"""TablePreprocessor: its blocks as features, so that other steps may follow it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from slimline.conversion.features.categories import OneHot, Outcomes
from slimline.conversion.features.numbers import Missing, Numbers
from slimline.conversion.features.pending import Pending
from slimline.conversion.features.table import Features, Piece
from slimline.conversion.refusals import StepError
from slimline.conversion.transformers.registry import transformed
from slimline.inputs import CategoriesBlock, MissingBlock
from slimline.preprocessing import TablePreprocessor
from slimline.preprocessing.encoding import blocks_of, refusal_of, text_cells_of


@transformed.register
def _(preprocessor: TablePreprocessor, features: Features) -> Features:
    refusal = refusal_of(preprocessor)
    if refusal is not None:
        raise StepError(*refusal)
    if not _are_all_columns(features):
        what = "cannot convert a TablePreprocessor behind other steps"
        raise StepError(what, "put it first, for all columns")
    made = features.with_pieces(_piece(block) for block in blocks_of(preprocessor))
    return replace(made, is_table=True, text_cells=text_cells_of(preprocessor))


def _are_all_columns(features: Features) -> bool:
    """Whether features are the cells of the rows as they are, all of them in their order."""
    columns: list[int] = []
    for piece in features.pieces:
        if not isinstance(piece, Numbers) or piece.steps:
            return False
        columns += piece.columns.tolist()
    return columns == list(range(features.source.count))


def _piece(block: Any) -> Piece:
    if isinstance(block, CategoriesBlock):
        keys = zip(block.keys.to_list(), block.outcomes.tolist(), strict=True)
        outcomes = Outcomes(
            keys=dict(keys), unknown=block.unknown, missing=block.missing, count=block.n_outcomes
        )
        return OneHot(column=block.column, outcomes=outcomes, after=Pending(block.n_outcomes))
    columns = block.columns.astype(np.intp)
    if isinstance(block, MissingBlock):
        return Missing(columns=columns, values=block.values)
    return Numbers(columns=columns, steps=block.steps)
