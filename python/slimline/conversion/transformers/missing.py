"""Missing cells: imputed, or indicated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.impute import MissingIndicator, SimpleImputer

from slimline._checks import is_missing
from slimline._text import quoted
from slimline.conversion.features.categories import Outcomes, Table
from slimline.conversion.features.numbers import Cells, Missing, Numbers
from slimline.conversion.features.steps import impute_step
from slimline.conversion.features.table import Features, Piece
from slimline.conversion.features.values import Indices, Pointwise, Values
from slimline.conversion.refusals import StepError
from slimline.conversion.transformers.registry import transformed


@transformed.register
def _(imputer: SimpleImputer, features: Features) -> Features:
    statistics = imputer.statistics_
    empty = np.array([is_missing(value) for value in statistics.tolist()], dtype=bool)
    kept = np.arange(len(statistics)) if imputer.keep_empty_features else np.flatnonzero(~empty)
    filled = _imputed(features.take(kept), imputer.missing_values, statistics[kept].tolist())
    if imputer.indicator_ is None:
        return filled
    return filled.joined([filled, transformed(imputer.indicator_, features)])


@transformed.register
def _(indicator: MissingIndicator, features: Features) -> Features:
    indicated = features.take(indicator.features_)
    return indicated.each(lambda piece, _: _indicators(piece, indicator.missing_values))


def _imputed(features: Features, mark: Any, fills: list[Any]) -> Features:
    """Return features whose cells that equal ``mark`` are taken for the fill of their column."""
    texts = np.array([isinstance(fill, str) for fill in fills], dtype=bool)
    if not is_missing(mark):
        return features.each(lambda piece, at: _replaced(piece, mark, [fills[j] for j in at]))
    if not texts.any():
        return features.mapped(impute_step(_numbers(fills)))

    def change(piece: Piece, places: Indices) -> list[Piece]:
        made: list[Piece] = []
        for j, place in enumerate(places):
            made += [_filled(one, fills[place]) for one in piece.take(np.array([j]))]
        return made

    return features.each(change)


def _numbers(fills: list[Any]) -> Values:
    if any(map(is_missing, fills)):
        what = "cannot convert a SimpleImputer whose fill is itself missing"
        raise StepError(what, "give it a fill_value")
    return np.array([float(fill) for fill in fills])


def _filled(piece: Piece, fill: Any) -> Piece:
    """Return one feature with its missing cells filled by a number or a text."""
    if not isinstance(fill, str):
        return piece.mapped(impute_step(_numbers([fill])))
    if isinstance(piece, Numbers) and not piece.steps:
        return Cells(column=int(piece.columns[0]), fill=fill)
    if isinstance(piece, Cells):
        return piece if piece.fill is not None else replace(piece, fill=fill)
    what = f"cannot convert SimpleImputer with the fill {quoted(fill)} behind steps of numbers"
    raise StepError(what, "put this SimpleImputer first")


def _replaced(piece: Piece, mark: Any, fills: list[Any]) -> list[Piece]:
    """Return a piece whose cells that equal a mark, itself no missing cell, are filled."""
    if isinstance(piece, Numbers):
        if piece.steps:
            what = f"cannot convert SimpleImputer(missing_values={quoted(mark)}) behind other steps"
            raise StepError(what, "put it first")
        columns = piece.columns.tolist()
        return [
            Cells(column=column, replaced={mark: fill})
            for column, fill in zip(columns, fills, strict=True)
        ]
    if isinstance(piece, Cells):
        return [replace(piece, replaced={**piece.replaced, mark: fills[0]})]
    numbers = _numbers(fills)
    function = Pointwise(
        function=lambda values: np.where(values == mark, numbers, values),
        what=f"cannot convert SimpleImputer(missing_values={quoted(mark)}) here",
        instead="put it first",
    )
    return [piece.mapped(function)]


def _indicators(piece: Piece, mark: Any) -> list[Piece]:
    """Return whether the cells of each feature are missing, or equal a mark."""
    if not is_missing(mark):
        return [_equals(one, mark) for j in range(len(piece)) for one in piece.take(np.array([j]))]
    if isinstance(piece, Numbers):
        return [Missing(columns=piece.columns, values=_zero_one(len(piece), piece.imputes))]
    if isinstance(piece, Cells):
        values = _zero_one(1, piece.fill is not None)
        return [Missing(columns=np.array([piece.column]), values=values)]
    function = Pointwise(
        function=lambda values: np.isnan(values).astype(np.float64),
        what="cannot convert MissingIndicator here",
        instead="put it first",
    )
    return [piece.mapped(function)]


def _zero_one(count: int, never: bool) -> NDArray[np.float64]:  # noqa: FBT001 - of this file
    return np.stack([np.zeros(count), np.zeros(count) if never else np.ones(count)])


def _equals(piece: Piece, mark: Any) -> Piece:
    if isinstance(piece, Numbers) and not piece.steps:
        outcomes = Outcomes(keys={mark: 0}, unknown=1, missing=None, count=2)
        return Table(column=int(piece.columns[0]), outcomes=outcomes, values=np.eye(2)[:, :1])
    what = f"cannot convert MissingIndicator(missing_values={quoted(mark)}) behind other steps"
    raise StepError(what, "put it first")
