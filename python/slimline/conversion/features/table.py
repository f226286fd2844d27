"""Features of a table as a pipeline makes them: pieces in order, before they become blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from slimline.conversion.features.categories import OneHot, Table
from slimline.conversion.features.derived import Bins, Polynomial, Projection
from slimline.conversion.features.numbers import Cells, Missing, Numbers
from slimline.conversion.features.texts import Text
from slimline.conversion.features.values import Indices, Map
from slimline.conversion.refusals import StepError
from slimline.inputs.text_cells import TEXTS_ARE_TEXTS, TextCells

Piece = Numbers | Cells | Missing | OneHot | Table | Bins | Polynomial | Projection | Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The columns of the rows: how many, and their names where there are names."""

    count: int
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What comes out of some steps.

    ``is_table`` says that steps chose among the columns, so that rows need not be all numbers;
    ``text_cells`` what texts among the cells stand for.
    """

    source: Source
    pieces: tuple[Piece, ...]
    is_table: bool = False
    text_cells: TextCells = TEXTS_ARE_TEXTS

    @classmethod
    def of(cls, source: Source) -> Features:
        """Return the cells of all columns."""
        return cls(source=source, pieces=(Numbers(columns=np.arange(source.count)),))

    def __len__(self) -> int:
        """Return the number of features."""
        return sum(map(len, self.pieces))

    def with_pieces(self, pieces: Iterable[Piece]) -> Features:
        """Return others of the same source."""
        return replace(self, pieces=tuple(piece for piece in pieces if len(piece)))

    def take(self, places: Iterable[int]) -> Features:
        """Return the features at these places, in this order."""
        starts = np.cumsum([0, *map(len, self.pieces)])
        chosen = np.fromiter(places, dtype=np.intp)
        owners = np.searchsorted(starts, chosen, side="right") - 1
        runs = np.split(np.arange(len(chosen)), np.flatnonzero(np.diff(owners)) + 1)
        taken: list[Piece] = []
        for run in runs if len(chosen) else []:
            owner = owners[run[0]]
            taken += self.pieces[owner].take(chosen[run] - starts[owner])
        return self.with_pieces(taken)

    def singles(self) -> list[Piece]:
        """Return each feature as a piece of its own."""
        return [
            one for piece in self.pieces for j in range(len(piece)) for one in piece.take(_one(j))
        ]

    def each(self, change: Callable[[Piece, Indices], Iterable[Piece]]) -> Features:
        """Return what a function makes of each piece and the places of its features."""
        ends = np.cumsum([0, *map(len, self.pieces)])
        made: list[Piece] = []
        for piece, start, end in zip(self.pieces, ends, ends[1:], strict=False):
            made += change(piece, np.arange(start, end))
        return self.with_pieces(made)

    def mapped(self, change: Map) -> Features:
        """Return the features behind a function of each value, which has parameters for each."""
        return self.each(lambda piece, places: [piece.mapped(change.select(places))])

    def joined(self, others: Iterable[Features]) -> Features:
        """Return the features of others, one after the other."""
        parts = list(others)
        source = parts[0].source if parts else self.source
        if any(part.source != source for part in parts):
            what = "cannot convert steps side by side that read rows of different kinds"
            raise StepError(what, "put one DictVectorizer first, and the steps behind it")
        if any(part.text_cells != self.text_cells for part in parts):
            what = "cannot convert a TablePreprocessor beside other steps"
            raise StepError(what, "put it first, for all columns, and the steps behind it")
        pieces = [piece for part in parts for piece in part.pieces]
        is_table = self.is_table or any(part.is_table for part in parts)
        return replace(self.with_pieces(pieces), source=source, is_table=is_table)


def _one(j: int) -> Indices:
    return np.array([j], dtype=np.intp)


def numbers_of(piece: Any, name: str) -> Numbers:
    """Return a piece that is columns of numbers behind steps; StepError for others."""
    if isinstance(piece, Numbers):
        return piece
    found = type(piece).__name__
    kinds = {
        "OneHot": "one-hot columns",
        "Table": "encoded categories",
        "Missing": "indicators of missing cells",
        "Cells": "categories",
        "Bins": "bins",
        "Polynomial": "polynomial features",
        "Projection": "components",
    }
    what = f"cannot convert {name} of {kinds[found]}"
    raise StepError(what, f"give {name} columns of numbers alone, in a ColumnTransformer")
