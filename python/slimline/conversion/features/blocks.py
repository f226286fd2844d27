"""From the pieces of a table to an encoder: its columns, and the blocks that read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline.conversion.features.categories import OneHot, Table
from slimline.conversion.features.derived import Bins, Polynomial
from slimline.conversion.features.numbers import Cells, Missing, Numbers
from slimline.conversion.features.steps import are_alike, joined_steps
from slimline.conversion.features.table import Piece, Source
from slimline.conversion.features.texts import Text
from slimline.conversion.features.values import Key
from slimline.conversion.refusals import StepError
from slimline.conversion.scalers import Affine
from slimline.inputs import (
    BinsBlock,
    CategoriesBlock,
    Column,
    Encoder,
    MissingBlock,
    NumbersBlock,
    PolynomialBlock,
    Step,
    TextBlock,
    TextCells,
)

Pieces = Sequence[Any]
Selected = NDArray[np.uint32]


def encoder_of(
    source: Source, pieces: Iterable[Piece], texts: TextCells
) -> tuple[Encoder, Selected | None]:
    """Return an encoder, and which of its features are those of the pieces; None for all.

    Columns with names are those that are read; without, all of them, since rows have all.
    """
    pieces = tuple(pieces)
    _check_encoded(pieces)
    kinds = _kinds(pieces)
    pieces = tuple(_with_float_keys(piece, kinds) for piece in pieces)
    read = sorted({column for piece in pieces for column in columns_of(piece)})
    kept = list(range(source.count)) if source.names is None else read
    places = np.zeros(source.count, dtype=np.uint32)
    places[kept] = np.arange(len(kept))
    columns = tuple(
        Column(None if source.names is None else source.names[j], kinds.get(j, "category"))
        for j in kept
    )
    groups = _grouped(pieces)
    blocks = tuple(_BLOCKS[type(group[0])](group, places) for group in groups)
    renumbered = texts.renumbered({old: new for new, old in enumerate(kept)})
    encoder = Encoder(columns=columns, blocks=blocks, text_cells=renumbered)
    selected = _selected(groups, [block.n_features for block in blocks])
    return encoder, selected if len(selected) < encoder.n_features else None


def pending_of(pieces: Iterable[Piece]) -> Affine | None:
    """Return what is left to be done behind the blocks, or None."""
    maps: list[Affine | None] = []
    counts = [len(piece) for piece in pieces]
    for piece in pieces:
        after = getattr(piece, "after", None)
        maps.append(None if after is None else after.affine)
    if all(each is None for each in maps):
        return None
    known = [
        Affine(np.zeros(n), np.ones(n)) if each is None else each
        for each, n in zip(maps, counts, strict=True)
    ]
    return Affine(*map(np.concatenate, zip(*known, strict=True)))


def columns_of(piece: Any) -> list[int]:
    """Return the columns that a piece reads."""
    return piece.columns.tolist() if hasattr(piece, "columns") else [piece.column]


def _check_encoded(pieces: Pieces) -> None:
    for piece in pieces:
        if isinstance(piece, Cells):
            what = "cannot convert a SimpleImputer of texts, or of a mark, that no encoder follows"
            raise StepError(what, "put a OneHotEncoder, OrdinalEncoder or TargetEncoder behind it")


def _kinds(pieces: Pieces) -> dict[int, Any]:
    """Return the kind of each column: of numbers where something reads numbers."""
    kinds: dict[int, Any] = {}
    texts: set[int] = set()
    for piece in pieces:
        is_numeric = isinstance(piece, Numbers | Bins | Polynomial)
        if isinstance(piece, OneHot | Table) and any(
            isinstance(key, str) for key in piece.outcomes.keys
        ):
            texts.add(piece.column)
        for column in columns_of(piece):
            if is_numeric or column not in kinds:
                kinds[column] = "number" if is_numeric else "category"
    for column in texts:
        if kinds[column] == "number":
            what = f"cannot convert steps that read column {column} as numbers and as texts"
            raise StepError(what, "let each column be read as one of them")
    return kinds | _text_kinds(pieces)


def _text_kinds(pieces: Pieces) -> dict[int, Any]:
    """Return the kind of the columns that vectorizers read, which nothing else can read."""
    own = {piece.column for piece in pieces if isinstance(piece, Text)}
    others = {j for piece in pieces if not isinstance(piece, Text) for j in columns_of(piece)}
    for column in own & others:
        what = f"cannot convert steps that read column {column} as texts and otherwise"
        raise StepError(what, "let each column be read as one of them")
    return dict.fromkeys(own, "text")


def _with_float_keys(piece: Piece, kinds: dict[int, Any]) -> Piece:
    """Return a piece whose keys are floats if its column is one of numbers."""
    if not isinstance(piece, OneHot | Table) or kinds[piece.column] != "number":
        return piece
    keys: dict[Key, int] = {float(key): outcome for key, outcome in piece.outcomes.keys.items()}
    if list(keys) != list(piece.outcomes.keys):
        what = f"cannot convert steps that read column {piece.column} as numbers and as categories"
        raise StepError(what, "its whole numbers are beyond what float64 tells apart")
    return replace(piece, outcomes=replace(piece.outcomes, keys=keys))


def _grouped(pieces: Pieces) -> list[list[Any]]:
    """Return runs of neighbours that one block can hold."""
    groups: list[list[Any]] = []
    for piece in pieces:
        if groups and _fit_together(groups[-1][-1], piece):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _fit_together(one: Any, other: Any) -> bool:
    if type(one) is not type(other) or not isinstance(one, Numbers | Missing | Bins):
        return False
    if isinstance(one, Missing):
        return True
    if isinstance(one, Bins) and (one.kept is None) != (other.kept is None):
        return False
    same = len(one.steps) == len(other.steps)
    return same and all(map(are_alike, one.steps, other.steps))


def _steps(group: Pieces) -> tuple[Step, ...]:
    return tuple(joined_steps(steps) for steps in zip(*(p.steps for p in group), strict=True))


def _columns(group: Pieces, places: Selected) -> Selected:
    return places[[column for piece in group for column in columns_of(piece)]]


def _numbers(group: Pieces, places: Selected) -> NumbersBlock:
    return NumbersBlock(columns=_columns(group, places), steps=_steps(group))


def _missing(group: Pieces, places: Selected) -> MissingBlock:
    values = np.concatenate([piece.values for piece in group], axis=1)
    return MissingBlock(columns=_columns(group, places), values=values)


def _categories(group: Pieces, places: Selected) -> CategoriesBlock:
    piece = group[0].defined() if isinstance(group[0], Table) else group[0]
    outcomes = piece.outcomes
    return CategoriesBlock.of(
        column=int(places[piece.column]),
        outcomes=outcomes.keys,
        unknown=outcomes.unknown,
        missing=outcomes.missing,
        n_outcomes=outcomes.count,
        values=piece.values if isinstance(piece, Table) else None,
    )


def _bins(group: Pieces, places: Selected) -> BinsBlock:
    starts = np.cumsum([0, *(len(piece.edges) for piece in group)])
    return BinsBlock(
        columns=_columns(group, places),
        steps=_steps(group),
        edges=np.concatenate([piece.edges for piece in group]),
        starts=starts.astype(np.uint32),
        one_hot=group[0].kept is not None,
    )


def _polynomial(group: Pieces, places: Selected) -> PolynomialBlock:
    piece = group[0]
    return PolynomialBlock(
        columns=_columns(group, places), steps=piece.steps, powers=piece.powers.astype(np.uint8)
    )


def _text(group: Pieces, places: Selected) -> TextBlock:
    block: TextBlock = group[0].block
    return replace(block, column=int(places[group[0].column]))


_BLOCKS: dict[type, Callable[[Pieces, Selected], Any]] = {
    Numbers: _numbers,
    Missing: _missing,
    OneHot: _categories,
    Table: _categories,
    Bins: _bins,
    Polynomial: _polynomial,
    Text: _text,
}


def _selected(groups: Sequence[Pieces], widths: Sequence[int]) -> Selected:
    """Return the places of the pieces' features among those of the blocks."""
    starts = np.cumsum([0, *widths])
    parts = []
    for group, start, width in zip(groups, starts, widths, strict=False):
        kept = np.arange(width)
        if isinstance(group[0], Bins) and group[0].kept is not None:
            begins = np.cumsum([0, *(len(piece.edges) + 1 for piece in group)])
            kept = np.concatenate(
                [begin + piece.kept for begin, piece in zip(begins, group, strict=False)]
            )
        parts.append(start + kept)
    return np.concatenate(parts).astype(np.uint32)
