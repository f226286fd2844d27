"""Encoders of categories: what each category of each column becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn import preprocessing

from slimline._checks import is_missing
from slimline._text import quoted
from slimline.conversion.features.categories import NOTHING, OneHot, Outcomes, Table
from slimline.conversion.features.numbers import Cells, Numbers
from slimline.conversion.features.pending import Pending
from slimline.conversion.features.steps import is_op
from slimline.conversion.features.table import Features, Piece
from slimline.conversion.features.values import Key, Values
from slimline.conversion.refusals import StepError
from slimline.conversion.transformers.registry import transformed


@transformed.register
def _(encoder: preprocessing.OneHotEncoder, features: Features) -> Features:
    made = []
    for i, piece in enumerate(features.singles()):
        outcomes = _one_hot_outcomes(encoder, i)
        made.append(_encoded(piece, outcomes, None, "OneHotEncoder"))
    return features.with_pieces(made)


@transformed.register
def _(encoder: preprocessing.OrdinalEncoder, features: Features) -> Features:
    made = []
    for i, piece in enumerate(features.singles()):
        categories = encoder.categories_[i].tolist()
        present = [j for j, value in enumerate(categories) if not is_missing(value)]
        groups = _groups(encoder, i, len(present))
        codes = groups[: len(present)]
        has_missing = len(present) < len(categories)
        unknown = float(encoder.unknown_value if encoder.unknown_value is not None else np.nan)
        values = [*range(max(codes, default=-1) + 1), unknown, encoder.encoded_missing_value]
        n = len(values)
        fails = encoder.handle_unknown == "error"
        outcomes = _outcomes_of(
            categories,
            [*codes, *([n - 1] * has_missing)],
            unknown=None if fails else n - 2,
            count=n,
        )
        table = np.array(values, dtype=np.float64)[:, None]
        made.append(_encoded(piece, outcomes, table, "OrdinalEncoder"))
    return features.with_pieces(made)


@transformed.register
def _(encoder: preprocessing.TargetEncoder, features: Features) -> Features:
    means = np.atleast_1d(encoder.target_mean_).astype(np.float64)
    width = len(means)
    made = []
    for i, piece in enumerate(features.singles()):
        categories = encoder.categories_[i].tolist()
        own = np.column_stack(encoder.encodings_[i * width : (i + 1) * width])
        n = len(categories)
        outcomes = _outcomes_of(categories, list(range(n)), unknown=n, count=n + 1)
        made.append(_encoded(piece, outcomes, np.vstack([own, means]), "TargetEncoder"))
    return features.with_pieces(made)


def _one_hot_outcomes(encoder: preprocessing.OneHotEncoder, i: int) -> Outcomes:
    categories = encoder.categories_[i].tolist()
    groups = _groups(encoder, i, len(categories))
    unknown: int | None = None if encoder.handle_unknown == "error" else NOTHING
    infrequent = _infrequent(encoder, i)
    if encoder.handle_unknown in {"infrequent_if_exist", "warn"} and infrequent is not None:
        unknown = groups[int(infrequent[0])]
    count = max(groups, default=-1) + 1
    dropped = None if encoder.drop_idx_ is None else encoder.drop_idx_[i]
    outcomes = _outcomes_of(categories, groups, unknown=unknown, count=count)
    if dropped is None:
        return outcomes
    out = groups[int(dropped)]
    new = {j: NOTHING if j == out else j - (j > out) for j in range(count)}
    return outcomes.then(new, count - 1)


def _infrequent(encoder: Any, i: int) -> Any:
    """Return the places of the infrequent categories of a column, or None."""
    if not getattr(encoder, "_infrequent_enabled", False):
        return None
    return encoder._infrequent_indices[i]  # noqa: SLF001 - the public ones are values, not places


def _groups(encoder: Any, i: int, count: int) -> list[int]:
    """Return what each category counts as: those that are infrequent share the last place."""
    infrequent = _infrequent(encoder, i)
    if infrequent is None:
        return list(range(count))
    rare = set(infrequent.tolist())
    frequent = iter(range(count))
    return [count - len(rare) if j in rare else next(frequent) for j in range(count)]


def _outcomes_of(
    categories: Sequence[Any], outcomes: Sequence[int], *, unknown: int | None, count: int
) -> Outcomes:
    """Return the outcomes of categories; a missing cell that is none of them is unknown."""
    keys: dict[Key, int] = {}
    missing: list[int] = []
    for value, outcome in zip(categories, outcomes, strict=True):
        if is_missing(value):
            missing.append(outcome)
        else:
            keys[value] = outcome
    if len(missing) > 1:
        what = "cannot convert an encoder with None and NaN as categories of their own"
        raise StepError(what, "make them one before fit: a Model has one notion of missing")
    _check_kind(list(keys))
    return Outcomes(
        keys=keys, unknown=unknown, missing=missing[0] if missing else unknown, count=count
    )


def _check_kind(keys: list[Any]) -> None:
    texts = [isinstance(key, str) for key in keys]
    other = [key for key in keys if not isinstance(key, str | int | float)]
    if other:
        what = f"cannot convert categories such as {quoted(other[0])}"
        raise StepError(what, "make them texts or numbers before fit")
    if any(texts) and not all(texts):
        what = "cannot convert texts and numbers as categories of one column"
        raise StepError(what, "make them all texts before fit")


def _encoded(piece: Piece, outcomes: Outcomes, values: Values | None, name: str) -> Piece:
    """Return what becomes of one feature: a raw column, or one with a value for each outcome."""
    if isinstance(piece, Table):
        new = {j: outcomes.of(value) for j, value in enumerate(piece.values[:, 0].tolist())}
        return _made(piece.column, piece.outcomes.then(new, outcomes.count), values)
    if isinstance(piece, Cells):
        return _made(piece.column, _behind_imputer(piece, outcomes), values)
    if isinstance(piece, Numbers) and all(is_op(step, "impute") for step in piece.steps):
        column = int(piece.columns[0])
        fills = [float(step.arrays["value"][0]) for step in piece.steps]
        fill = next((value for value in fills if not is_missing(value)), None)
        return _made(column, _behind_imputer(Cells(column=column, fill=fill), outcomes), values)
    what = f"cannot convert a {name} behind steps that change numbers"
    raise StepError(what, f"put {name} on the columns themselves, in a ColumnTransformer")


def _behind_imputer(cells: Cells, outcomes: Outcomes) -> Outcomes:
    """Return the outcomes of cells as they were before an imputer.

    Where missing cells have a category all the same, the imputer did not see them: None is no NaN.
    """
    keys = {**outcomes.keys}
    for mark, fill in cells.replaced.items():
        keys.pop(mark, None)
        outcome = outcomes.of(fill)
        if outcome is not None:
            keys[mark] = outcome
    is_filled = cells.fill is not None and outcomes.missing == outcomes.unknown
    missing = outcomes.of(cells.fill) if is_filled else outcomes.missing
    return replace(outcomes, keys=keys, missing=missing)


def _made(column: int, outcomes: Outcomes, values: Values | None) -> Piece:
    if values is None:
        return OneHot(column=column, outcomes=outcomes, after=Pending(outcomes.count))
    return Table(column=column, outcomes=outcomes, values=values)
