"""From a table of a file to rows that an estimator is trained on, through TablePreprocessor."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline._number_texts import parsed
from slimline._text import SHOWN, listed, quoted, shown
from slimline.cli.tables import MAX_TEXT, Table, cells, numbers

OPTIONS = "--number and --category"
FEW = 20  # columns that a warning names with their reasons


class Choices(NamedTuple):
    """What a user says of columns, and of texts in them."""

    numbers: Sequence[str] = ()
    categories: Sequence[str] = ()
    marks: Sequence[str] = ()
    unknown: str = "ignore"

    def named(self) -> dict[str, Sequence[str]]:
        """Return the columns by the option that names them."""
        return {
            "--number": self.numbers,
            "--category": self.categories,
        }


class Prepared(NamedTuple):
    """Rows to train on: features with names, or cells that ``preprocessor`` makes features of."""

    X: NDArray[Any]
    names: list[str]
    preprocessor: Any


def prepared(table: Table, choices: Choices) -> Prepared:
    """Decide what the columns of a table are, and return its rows.

    Where all columns are numbers and no cell is missing, rows are numbers and need no preprocessor.
    """
    from slimline.preprocessing import TablePreprocessor  # noqa: PLC0415 - takes seconds
    from slimline.preprocessing.table_preprocessor import MARKS  # noqa: PLC0415 - the same

    marks = (*MARKS, *choices.marks)
    _check_words(table, choices, frozenset(marks))
    arguments: dict[str, Any] = {
        "numbers": list(choices.numbers) or None,
        "categories": list(choices.categories) or None,
    }
    settings: dict[str, Any] = {"missing_marks": marks, "unknown": choices.unknown}
    found = TablePreprocessor(**arguments, **settings)
    _fit_aloud(found, table)
    kinds: dict[Any, str] = found.column_types_
    names = [name for name in table if name in kinds]
    if set(kinds.values()) == {"number"} and not _any_missing(table, names, marks):
        X = np.column_stack([numbers(name, table[name]) for name in names])
        return Prepared(X, names, None)
    _check_lengths(table, [name for name in names if kinds[name] == "category"])
    for argument, kind in (("numbers", "number"), ("categories", "category")):
        arguments[argument] = [name for name in names if kinds[name] == kind] or None
    return Prepared(cells(table, names), names, TablePreprocessor(**arguments, **settings))


def _check_lengths(table: Table, names: Sequence[str]) -> None:
    """Raise ValueError where a category is too long to be one."""
    for name in names:
        longest = max(
            (len(cell) for cell in table[name].tolist() if isinstance(cell, str)), default=0
        )
        if longest > MAX_TEXT:
            msg = (
                f"column {quoted(name)} holds a text of {longest:,} characters, and a category may"
                f" have {MAX_TEXT:,}: leave it out with {drop_option([name])}"
            )
            raise ValueError(msg)


def records(X: NDArray[Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows as dicts."""
    return [dict(zip(names, row, strict=True)) for row in X.tolist()]


def _fit_aloud(preprocessor: Any, table: Table) -> None:
    """Fit, and warn of what is left out with the options that change it."""
    from slimline.preprocessing import DataWarning  # noqa: PLC0415 - takes seconds

    names = [*table]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            preprocessor.fit(records(cells(table, names), names))
        except ValueError as error:
            msg = str(error).replace("numbers=, categories=, dates= and texts=", OPTIONS)
            raise ValueError(msg) from error
    for each in caught:
        if not (issubclass(each.category, DataWarning) and "left out" in str(each.message)):
            warnings.warn(str(each.message), each.category, stacklevel=2)
    dropped: dict[Any, str] = preprocessor.dropped_
    if dropped:
        reasons = [f"{quoted(name)} ({why})" for name, why in dropped.items()]
        msg = (
            f"left out: {'; '.join(reasons[:FEW])}{'; ...' * (len(reasons) > FEW)}; keep a column"
            f" with --number or --category, or say {drop_option([*dropped])}"
        )
        warnings.warn(msg, DataWarning, stacklevel=2)


def drop_option(names: Sequence[str]) -> str:
    """Return what leaves columns out, as a shell takes it."""
    return f"--drop {shlex.quote(shown(','.join(names)))}"


def _any_missing(table: Table, names: Sequence[str], marks: Sequence[str]) -> bool:
    known = frozenset(marks)
    return any(
        any(cell is None or cell != cell or cell in known for cell in table[name].tolist())  # noqa: PLR0124 - NaN
        for name in names
    )


def _check_words(table: Table, choices: Choices, marks: frozenset[str]) -> None:
    """Raise ValueError for columns of numbers with a stray word, all in one message."""
    from slimline.preprocessing._kinds import NUMBERS  # noqa: PLC0415 - takes seconds

    said = {name for names in choices.named().values() for name in names}
    problems, words, columns = [], [], []
    for name, column in table.items():
        present = [cell for cell in column.tolist() if isinstance(cell, str) and cell not in marks]
        if name in said or not present:
            continue
        are_numbers = ~np.isnan(parsed(present))
        if not NUMBERS <= are_numbers.mean() < 1:
            continue
        stray = dict.fromkeys(np.array(present, dtype=object)[~are_numbers].tolist())
        some = listed([quoted(word) for word in stray])
        problems.append(
            f"column {quoted(name)} holds numbers in {100 * are_numbers.mean():.4g} % of its cells,"
            f" in others {some}"
        )
        words += list(stray)[:SHOWN]
        columns.append(name)
    if problems:
        na = shlex.quote(shown(",".join(dict.fromkeys(words))))
        category = shlex.quote(shown(",".join(columns)))
        msg = (
            f"{'; '.join(problems)}: if these are missing cells, add --na {na}; if all are"
            f" categories, --category {category}; to leave out, {drop_option(columns)}"
        )
        raise ValueError(msg)
