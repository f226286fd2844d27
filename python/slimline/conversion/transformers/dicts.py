"""DictVectorizer: rows that are dicts, each of their keys a column of numbers or of texts."""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction import DictVectorizer

from slimline._text import quoted
from slimline.conversion.features.categories import NOTHING, OneHot, Outcomes
from slimline.conversion.features.numbers import Numbers
from slimline.conversion.features.pending import Pending
from slimline.conversion.features.steps import impute_step
from slimline.conversion.features.table import Features, Piece, Source
from slimline.conversion.refusals import StepError
from slimline.conversion.transformers.registry import transformed


@transformed.register
def _(vectorizer: DictVectorizer, features: Features) -> Features:
    if len(features):
        what = "cannot convert a DictVectorizer behind other steps"
        raise StepError(what, "put it first in the pipeline")
    columns = _columns(vectorizer)
    pieces: list[Piece] = []
    order: list[int] = []
    for j, places in enumerate(columns.values()):
        order += places.values()
        pieces.append(_piece(j, [key for key in places if key is not None]))
    source = Source(count=len(columns), names=tuple(columns))
    made = Features(source=source, pieces=tuple(pieces), is_table=True)
    return made.take(np.argsort(order))


def _columns(vectorizer: DictVectorizer) -> dict[str, dict[str | None, int]]:
    """Return the features of each column: of a text by its value, of a number by None."""
    columns: dict[str, dict[str | None, int]] = {}
    for name, place in vectorizer.vocabulary_.items():
        if not isinstance(name, str):
            what = f"cannot convert a DictVectorizer of keys such as {quoted(name)}"
            raise StepError(what, "let the keys of the rows be texts")
        key, separator, value = name.partition(vectorizer.separator)
        columns.setdefault(key, {})[value if separator else None] = place
    for key, places in columns.items():
        if None in places and len(places) > 1:
            what = f"cannot convert a DictVectorizer whose {quoted(key)} is a number and a text"
            raise StepError(what, "let each key of the rows have values of one kind")
    return columns


def _piece(column: int, keys: list[str]) -> Piece:
    """Return a column of numbers, which are 0 where they are missing, or of texts, one-hot."""
    if not keys:
        return Numbers(columns=np.array([column]), steps=(impute_step(np.zeros(1)),))
    outcomes = Outcomes(
        keys={key: i for i, key in enumerate(keys)},
        unknown=NOTHING,
        missing=NOTHING,
        count=len(keys),
    )
    return OneHot(column=column, outcomes=outcomes, after=Pending(len(keys)))
