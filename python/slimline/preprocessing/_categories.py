"""Columns of categories as features: one each, but for those that are merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from slimline._text import quoted
from slimline.preprocessing._cells import Cells

MISSING = "missing"  # the category of missing cells
INFREQUENT = "infrequent"
UNKNOWNS = ("ignore", "infrequent_if_exist", "error")
NO_FEATURE = -1
_EXACT = 2**53  # whole numbers below are floats too, no two the same
_ERROR = -2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Merging:
    """Which categories become one: scikit-learn's parameters of that name, and ``unknown``."""

    min_frequency: int | float | None
    max_categories: int | None
    unknown: str

    def is_infrequent(self, counts: NDArray[np.intp], n_rows: int) -> NDArray[np.bool_]:
        """Return whether each of the categories is merged, as scikit-learn decides it."""
        least = self.min_frequency
        if isinstance(least, float):
            least = least * n_rows
        merged = np.zeros(len(counts), bool) if least is None else counts < least
        left = len(counts) - np.count_nonzero(merged) + 1
        if self.max_categories is not None and self.max_categories < left:
            smallest = np.argsort(counts, kind="stable")
            merged[smallest[: len(counts) - (self.max_categories - 1)]] = True
        return merged


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Categories:
    """What becomes of each category of a column: the number of its feature.

    Parameters
    ----------
    keys : ndarray of str objects, int64, float64 or bool, ascending
    outcomes : ndarray of int
        The feature of each key.
    unknown, missing : int or None
        The feature of other keys and of missing cells: -1 for none, None for an error.
    names : tuple of str
        What the features are called, behind the name of the column.
    by_text : dict of str to int
        Keys and outcomes, where keys are texts.
    n_merged : int
        How many categories became one feature.
    """

    keys: NDArray[Any]
    outcomes: NDArray[np.intp]
    unknown: int | None
    missing: int | None
    names: tuple[str, ...]
    by_text: dict[str, int]
    n_merged: int

    @property
    def n_categories(self) -> int:
        """Number of categories, that of missing cells among them."""
        return len(self.names) - (self.n_merged > 0) + self.n_merged

    def encode(self, cells: Cells, name: str) -> NDArray[np.intp]:
        """Return the feature of each cell, -1 for none.

        Raises
        ------
        TypeError
            If cells are texts and keys are numbers, or the other way round.
        ValueError
            If a category is unknown, and that is an error.
        """
        texts = self.keys.dtype == object
        self._check_kind(cells, name, texts=texts)
        found = self._of_texts(cells) if texts else self._of_numbers(cells)
        found[cells.missing] = _or_error(self.missing)
        wrong = found == _ERROR
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            msg = f"{name} holds {_cell(cells, row)} in row {row}, which it was not fitted on"
            raise ValueError(msg)
        return found

    def _check_kind(self, cells: Cells, name: str, *, texts: bool) -> None:
        wrong = cells.values if texts else cells.codes
        if wrong is None and cells.dates is None and cells.other is None:
            return
        if cells.dates is not None or cells.other is not None:
            got = cells.other or "dates"
        else:
            is_wrong = ~cells.missing & ((_codes(cells) < 0) == texts)
            row = int(np.flatnonzero(is_wrong)[0])
            got = f"{_cell(cells, row)} in row {row}"
        msg = f"{name} must hold {'texts' if texts else 'numbers'} as categories, got {got}"
        raise TypeError(msg)

    def _of_texts(self, cells: Cells) -> NDArray[np.intp]:
        unknown = _or_error(self.unknown)
        of = [self.by_text.get(text, unknown) for text in cells.texts]
        return np.array([*of, NO_FEATURE], dtype=np.intp)[_codes(cells)]

    def _of_numbers(self, cells: Cells) -> NDArray[np.intp]:
        unknown = _or_error(self.unknown)
        if cells.values is None or not len(self.keys):
            return np.full(len(cells.missing), unknown, np.intp)
        values = key_values(cells.values)
        places = np.minimum(np.searchsorted(self.keys, values), len(self.keys) - 1)
        return np.where(self.keys[places] == values, self.outcomes[places], unknown)


def _or_error(outcome: int | None) -> int:
    return _ERROR if outcome is None else outcome


def _codes(cells: Cells) -> NDArray[np.intp]:
    return np.full(len(cells.missing), -1) if cells.codes is None else cells.codes


def _cell(cells: Cells, row: int) -> str:
    """Return a cell as messages show it."""
    if cells.missing[row]:
        return "a missing cell"
    if cells.codes is not None and cells.codes[row] >= 0:
        return quoted(cells.texts[cells.codes[row]])
    return quoted(cells.values[row]) if cells.values is not None else "a cell"


def key_values(values: NDArray[Any]) -> NDArray[Any]:
    """Return numbers as keys: float64, or int64 where whole numbers are beyond it, or bool."""
    if values.dtype.kind == "b":
        return values
    if values.dtype.kind in "iu" and len(values):
        largest = max(-int(values.min()), int(values.max()))
        if _EXACT <= largest <= np.iinfo(np.int64).max:
            return values.astype(np.int64)
    return values.astype(np.float64)


def fit_categories(cells: Cells, name: str, merging: Merging) -> Categories:
    """Return the features of a column of categories.

    Raises
    ------
    TypeError
        If cells are neither texts nor numbers alone.
    """
    if cells.values is not None and cells.codes is not None:
        _refuse(name, "numbers beside texts")
    if cells.dates is not None or cells.other is not None:
        _refuse(name, cells.other or "dates")
    if cells.values is not None:
        return _of_numbers(cells, merging)
    counts = cells.text_counts()
    by_text = {text: int(n) for text, n in zip(cells.texts, counts, strict=True) if n}
    n_missing = int(np.count_nonzero(cells.missing))
    if n_missing:
        by_text[MISSING] = by_text.get(MISSING, 0) + n_missing
    keys = sorted(by_text)
    counts = np.array([by_text[key] for key in keys])
    outcomes, names, unknown, n_merged = _features(counts, keys, len(cells.missing), merging)
    known: dict[str, int] = dict(zip(keys, outcomes.tolist(), strict=True))
    return Categories(
        keys=np.array(keys, dtype=object),
        outcomes=outcomes,
        unknown=unknown,
        missing=known.get(MISSING, unknown),
        names=names,
        by_text=known,
        n_merged=n_merged,
    )


def _refuse(name: str, got: str) -> NoReturn:
    msg = f"{name} must hold texts or numbers alone as categories, got {got}"
    raise TypeError(msg)


def _of_numbers(cells: Cells, merging: Merging) -> Categories:
    assert cells.values is not None  # noqa: S101 - for mypy
    keys, counts = np.unique(key_values(cells.values[~cells.missing]), return_counts=True)
    n_missing = int(np.count_nonzero(cells.missing))
    names = [_key_name(key) for key in keys.tolist()]
    if n_missing:  # behind all others, as scikit-learn has NaN
        counts, names = np.append(counts, n_missing), [*names, MISSING]
    n_rows = len(cells.missing)
    outcomes, features, unknown, n_merged = _features(counts, names, n_rows, merging)
    return Categories(
        keys=keys,
        outcomes=outcomes[: len(keys)],
        unknown=unknown,
        missing=int(outcomes[-1]) if n_missing else unknown,
        names=features,
        by_text={},
        n_merged=n_merged,
    )


def _key_name(key: Any) -> str:
    whole = isinstance(key, float) and key.is_integer()
    return str(int(key) if whole else key)


def _features(
    counts: NDArray[np.intp], keys: list[str], n_rows: int, merging: Merging
) -> tuple[NDArray[np.intp], tuple[str, ...], int | None, int]:
    """Return the feature of each key, names of features, that of unknown keys, how many merge.

    The feature of merged categories comes last.
    """
    merged = merging.is_infrequent(counts, n_rows)
    outcomes = np.cumsum(~merged) - 1
    names = [key for key, gone in zip(keys, merged.tolist(), strict=True) if not gone]
    unknown = None if merging.unknown == "error" else NO_FEATURE
    if merged.any():
        outcomes[merged] = len(names)
        if merging.unknown == "infrequent_if_exist":
            unknown = len(names)
        names.append(INFREQUENT)
    return outcomes.astype(np.intp), tuple(names), unknown, int(np.count_nonzero(merged))
