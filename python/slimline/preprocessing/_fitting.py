"""From a table and the arguments of a preprocessor to what becomes of each column."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from slimline._text import quoted
from slimline.preprocessing._categories import Categories, Merging, fit_categories
from slimline.preprocessing._cells import Cells
from slimline.preprocessing._dates import PARTS, as_dates, part_of
from slimline.preprocessing._kinds import Kind, advice, kind_of
from slimline.preprocessing._numbers import check_scaling, fit_scaling
from slimline.preprocessing._plan import DENSE, Plan, Source, read_numbers
from slimline.preprocessing._selecting import check_apart, chosen_places
from slimline.preprocessing._tables import Table
from slimline.preprocessing.data_warning import DataWarning
from slimline.text import TfidfVectorizer

_KINDS = {"numbers": "number", "categories": "category", "texts": "text", "dates": "date"}


class Choices(NamedTuple):
    """Columns that the arguments name, and what they are to be."""

    named: dict[int, str]  # the argument that names a column
    vectorizers: Mapping[int, Any]  # those that were given for columns of texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The parameters that fits are made by, as they come from outside but for ``merging``."""

    merging: Merging
    impute: Any
    indicator: bool
    scale: str | None
    sparse_output: Any


def choices_of(preprocessor: Any, X: Any, table: Table) -> Choices:
    """Return which columns the arguments of a preprocessor name."""
    n_columns = table.shape[1]
    labels = table.names or range(n_columns)
    choices = {}
    for argument in (*_KINDS, "drop"):
        choice = getattr(preprocessor, argument)
        if argument == "texts" and isinstance(choice, Mapping):
            choice = list(choice)
        choices[argument] = chosen_places(argument, choice, X, table.names, n_columns)
    given = preprocessor.texts if isinstance(preprocessor.texts, Mapping) else {}
    vectorizers = dict(zip(choices["texts"], given.values(), strict=False))
    return Choices(check_apart(choices, labels), vectorizers)


def kinds_of(
    table: Table, cells: Mapping[int, Cells], choices: Choices, settings: Settings
) -> dict[int, Kind]:
    """Return what each column is: as it was named, or decided; and say what was left out."""
    labels = table.names or range(table.shape[1])
    kinds = {}
    for place, its in cells.items():
        argument = choices.named.get(place)
        if argument is None:
            kinds[place] = kind_of(
                its,
                labels[place],
                indicator=settings.indicator,
                least=settings.merging.min_frequency,
            )
        elif argument == "drop":
            kinds[place] = Kind(None, "drop", "drop")
        else:
            _check_has_values(its, argument, labels[place])
            are_booleans = its.values is not None and its.values.dtype.kind == "b"
            boolean = argument == "numbers" and are_booleans and its.codes is None
            kinds[place] = Kind("boolean" if boolean else _KINDS[argument])
    for message in advice({labels[place]: kind for place, kind in kinds.items()}):
        warnings.warn(f"columns {message}", DataWarning, stacklevel=5)
    return kinds


def _check_has_values(cells: Cells, argument: str, label: Any) -> None:
    if cells.n_present == 0 and argument in {"numbers", "dates"}:
        msg = (
            f"column {quoted(label)}, one of {argument}, must have a value, got missing cells only"
        )
        raise ValueError(msg)


def fit_plan(
    kinds: Mapping[int, Kind],
    cells: Mapping[int, Cells],
    names: Sequence[str],
    choices: Choices,
    settings: Settings,
) -> Plan:
    """Return what is learned of the columns, each being of its kind."""
    by_kind = {
        kind: [place for place, its in kinds.items() if its.kind == kind]
        for kind in ("number", "boolean", "date", "category", "text")
    }
    sources = [
        *(Source(place=p, texts=cells[p].codes is not None) for p in by_kind["number"]),
        *(Source(place=p, boolean=True) for p in by_kind["boolean"]),
        *_date_sources(by_kind["date"], cells, names),
    ]
    used = {source.place: cells[source.place] for source in sources}
    are_booleans = np.array([source.boolean for source in sources], bool)
    numbers = read_numbers(sources, used, names)
    places = [p for kind in ("number", "boolean", "date") for p in by_kind[kind]]
    categories = {
        p: fit_categories(cells[p], names[p], settings.merging) for p in by_kind["category"]
    }
    indicators = [p for p in places if settings.indicator and cells[p].missing.any()]
    vectorizers = {p: _fit_vectorizer(p, cells, names, choices) for p in by_kind["text"]}
    _check_something(sources, indicators, categories, vectorizers)
    scaling = fit_scaling(numbers, are_booleans, settings.impute, settings.scale)
    check_scaling(scaling, [names[source.place] for source in sources])
    return Plan(
        sources=tuple(sources),
        scaling=scaling,
        indicators=tuple(indicators),
        categories=categories,
        vectorizers=vectorizers,
        sparse_output=_is_sparse(
            settings.sparse_output, len(sources) + len(indicators), categories, vectorizers
        ),
    )


def _check_something(*parts: Any) -> None:
    if not any(parts):
        msg = (
            "X must have a column that is more than a constant, an identifier, a date or a free"
            " text, got none; with n_samples=1 all are constant; numbers=, categories=, dates= and"
            " texts= name columns that are to be taken all the same"
        )
        raise ValueError(msg)


def _date_sources(
    places: Sequence[int], cells: Mapping[int, Cells], names: Sequence[str]
) -> list[Source]:
    """Return the parts of dates that differ from row to row."""
    sources = []
    for place in places:
        dates = as_dates(cells[place], names[place])
        dates = dates[~np.isnat(dates)]
        for part in PARTS:
            values = part_of(dates, part)
            if values.min() < values.max():
                sources.append(Source(place=place, part=part))
    return sources


def _fit_vectorizer(
    place: int, cells: Mapping[int, Cells], names: Sequence[str], choices: Choices
) -> Any:
    its = cells[place]
    if its.values is not None or its.dates is not None or its.other is not None:
        got = its.other or ("dates" if its.dates is not None else "numbers")
        msg = f"{names[place]}, one of texts, must hold texts, got {got}"
        raise TypeError(msg)
    given = choices.vectorizers.get(place)
    vectorizer = TfidfVectorizer() if given is None else clone(given)
    try:
        return vectorizer.fit(its.text_list())
    except ValueError as error:
        error.add_note(f"in {names[place]}")
        raise


def _is_sparse(
    choice: Any,
    n_numbers: int,
    categories: Mapping[int, Categories],
    vectorizers: Mapping[int, Any],
) -> bool:
    if choice != "auto":
        return bool(choice)
    n_features = n_numbers + sum(len(each.names) for each in categories.values())
    return bool(vectorizers) or n_numbers + len(categories) < DENSE * n_features
