"""Columns as numbers: texts that are numbers, missing cells, centre and scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import preprocessing

from slimline._number_texts import parsed
from slimline._text import quoted
from slimline.preprocessing._cells import Cells

SCALES = ("standard", "minmax")
IMPUTES = ("median", "mean", "most_frequent")


def floats(cells: Cells, name: str, *, texts: bool) -> NDArray[np.float64]:
    """Return cells as numbers, NaN of missing ones.

    Parameters
    ----------
    cells : Cells
    name : str
        What messages call the column.
    texts : bool
        Whether texts that are numbers are taken.

    Raises
    ------
    TypeError
        If there are dates, or texts that are not taken.
    ValueError
        If a text is no number, or a number is infinite.
    """
    numbers = np.full(len(cells.missing), np.nan)
    if cells.dates is not None or cells.other is not None:
        msg = f"{name} must hold numbers, got {cells.other or 'dates'}"
        raise TypeError(msg)
    if cells.values is not None:
        numbers = cells.values.astype(np.float64)
        numbers[cells.missing] = np.nan
    if cells.codes is not None:
        _fill_in_texts(numbers, cells.codes, cells.texts, name, texts=texts)
    infinite = np.isinf(numbers)
    if infinite.any():
        row = int(np.flatnonzero(infinite)[0])
        msg = f"{name} must hold finite numbers, got {numbers[row]} in row {row}"
        raise ValueError(msg)
    return numbers


def _fill_in_texts(
    numbers: NDArray[np.float64],
    codes: NDArray[np.intp],
    words: Sequence[str],
    name: str,
    *,
    texts: bool,
) -> None:
    rows = np.flatnonzero(codes >= 0)
    values = parsed(words)[codes[rows]]
    wrong = np.flatnonzero(np.isnan(values)) if texts else np.arange(len(rows))
    if len(wrong):
        row = int(rows[wrong[0]])
        msg = f"{name} must hold numbers, got {quoted(words[codes[row]])} in row {row}"
        raise (ValueError if texts else TypeError)(msg)
    numbers[rows] = values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scaling:
    """What is put for missing cells, and ``x -> (x - offset) / divisor``: one entry a column."""

    impute: NDArray[np.float64]
    offset: NDArray[np.float64]
    divisor: NDArray[np.float64]

    def apply(self, numbers: NDArray[np.float64]) -> None:
        """Change columns of numbers in place."""
        missing = np.isnan(numbers)
        if missing.any():
            rows, columns = np.nonzero(missing)
            numbers[rows, columns] = self.impute[columns]
        numbers -= self.offset
        numbers /= self.divisor


def fit_scaling(
    numbers: NDArray[np.float64], are_booleans: NDArray[np.bool_], impute: Any, scale: str | None
) -> Scaling:
    """Return what is put for missing cells of each column, and how it is scaled.

    Booleans get what is most frequent, and stay 0 and 1.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # see check_scaling
        return _fit_scaling(numbers, are_booleans, impute, scale)


def _fit_scaling(
    numbers: NDArray[np.float64], are_booleans: NDArray[np.bool_], impute: Any, scale: str | None
) -> Scaling:
    values = np.array(
        [
            _imputed(column[~np.isnan(column)], "most_frequent" if boolean else impute)
            for column, boolean in zip(numbers.T, are_booleans, strict=True)
        ],
        dtype=np.float64,
    )
    offset, divisor = np.zeros(len(values)), np.ones(len(values))
    scaled = ~are_booleans
    if scale is not None and scaled.any():
        filled = np.where(np.isnan(numbers), values, numbers)[:, scaled]
        offset[scaled], divisor[scaled] = _scale(filled, scale)
    return Scaling(impute=values, offset=offset, divisor=divisor)


def _imputed(present: NDArray[np.float64], impute: Any) -> float:
    if impute == "median":
        return float(np.median(present))
    if impute == "mean":
        return float(np.mean(present))
    if impute == "most_frequent":
        values, counts = np.unique(present, return_counts=True)
        return float(values[counts.argmax()])  # of equals the smallest
    return float(impute)


def check_scaling(scaling: Scaling, names: Sequence[str]) -> None:
    """Raise ValueError where numbers are so large that float64 cannot hold their scale."""
    parts = (scaling.impute, scaling.offset, scaling.divisor)
    wrong = np.flatnonzero(~np.isfinite(np.stack(parts)).all(axis=0))
    if len(wrong):
        msg = (
            f"{names[wrong[0]]} must hold numbers whose mean and variance float64 can hold, got"
            " larger ones: take their logarithm before, or leave the column out with drop="
        )
        raise ValueError(msg)


def _scale(
    numbers: NDArray[np.float64], scale: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if scale == "standard":
        standard = preprocessing.StandardScaler().fit(numbers)
        # An infinite variance would count as that of a constant.
        return standard.mean_, np.where(np.isfinite(standard.var_), standard.scale_, np.inf)
    span = preprocessing.MinMaxScaler().fit(numbers)
    return span.data_min_, 1 / span.scale_
