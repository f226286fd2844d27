"""Vectorizers of texts, slimline's and scikit-learn's, and TfidfTransformer behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.feature_extraction import text as sklearn_text

from slimline import text
from slimline._text_settings import TextSettings
from slimline.conversion.features.numbers import Numbers
from slimline.conversion.features.pending import Pending
from slimline.conversion.features.table import Features, Source
from slimline.conversion.features.texts import Text
from slimline.conversion.refusals import StepError
from slimline.conversion.scalers import check_inherits
from slimline.conversion.transformers.registry import transformed
from slimline.inputs import HashedTerms, Terms, TextBlock
from slimline.text._settings import settings_of

# What a subclass might change besides transform.
_READING = ("build_analyzer", "build_preprocessor", "build_tokenizer", "decode", "get_stop_words")


@transformed.register(text.TfidfVectorizer)
@transformed.register(sklearn_text.TfidfVectorizer)
def _(vectorizer: Any, features: Features) -> Features:
    with _refusing(vectorizer):
        block = _block(
            vectorizer,
            Terms.of(vectorizer.vocabulary_),
            idf=np.array(vectorizer.idf_, np.float64) if vectorizer.use_idf else None,
            sublinear_tf=bool(vectorizer.sublinear_tf),
            norm=vectorizer.norm,
        )
    return _read_first(vectorizer, features, block)


@transformed.register(text.CountVectorizer)
@transformed.register(sklearn_text.CountVectorizer)
def _(vectorizer: Any, features: Features) -> Features:
    with _refusing(vectorizer):
        block = _block(vectorizer, Terms.of(vectorizer.vocabulary_), norm=None)
    return _read_first(vectorizer, features, block)


@transformed.register(text.HashingVectorizer)
@transformed.register(sklearn_text.HashingVectorizer)
def _(vectorizer: Any, features: Features) -> Features:
    with _refusing(vectorizer):
        terms = HashedTerms(
            n_columns=int(vectorizer.n_features), alternate_sign=bool(vectorizer.alternate_sign)
        )
        block = _block(vectorizer, terms, norm=vectorizer.norm)
    return _read_first(vectorizer, features, block)


@transformed.register
def _(weights: sklearn_text.TfidfTransformer, features: Features) -> Features:
    piece = features.pieces[0] if len(features.pieces) == 1 else None
    if not isinstance(piece, Text) or piece.after.affine is not None:
        what = "cannot convert a TfidfTransformer that is not behind one vectorizer of texts"
        raise StepError(what, "put it behind a CountVectorizer, in one Pipeline")
    block = piece.block
    if block.norm is not None or block.idf is not None or block.sublinear_tf:
        what = "cannot convert a TfidfTransformer behind terms that have weights already"
        raise StepError(what, "use CountVectorizer, or HashingVectorizer(norm=None)")
    with _refusing(weights):
        block = replace(
            block,
            idf=np.array(weights.idf_, np.float64) if weights.use_idf else None,
            sublinear_tf=bool(weights.sublinear_tf),
            norm=weights.norm,
        )
    return features.with_pieces([replace(piece, block=block)])


@contextmanager
def _refusing(step: Any) -> Iterator[None]:
    """Refuse a step whose reading, settings or terms a block of texts cannot have."""
    check_inherits(step, transformed.registry, *_READING)
    try:
        yield
    except ValueError as error:
        what = f"cannot convert a {type(step).__name__}: {error}"
        raise StepError(what, "change it and fit again") from error


def _block(vectorizer: Any, terms: Terms | HashedTerms, **weights: Any) -> TextBlock:
    return TextBlock(
        column=0,
        settings=_settings(vectorizer),
        terms=terms,
        binary=bool(vectorizer.binary),
        **weights,
    )


def _read_first(vectorizer: Any, features: Features, block: TextBlock) -> Features:
    """Return the features of a vectorizer that is the first step, or reads a column of a table."""
    if not len(features) and features.source.count == 0:
        features = Features(source=Source(count=1), pieces=(), is_table=True)
        column = 0
    else:
        column = _column(type(vectorizer).__name__, features)
    piece = Text(column=column, block=block, after=Pending(block.n_features))
    return Features(source=features.source, pieces=(piece,), is_table=True)


def _settings(vectorizer: Any) -> TextSettings:
    settings = settings_of(vectorizer)
    if settings.encoding.lower().replace("_", "-") not in {"utf-8", "utf8"}:
        msg = f"encoding must be 'utf-8', got {settings.encoding!r}: decode the texts before"
        raise ValueError(msg)
    if settings.input != "content":
        msg = f"input must be 'content', got {settings.input!r}: read the files before"
        raise ValueError(msg)
    return replace(settings, encoding="utf-8")


def _column(name: str, features: Features) -> int:
    piece = features.pieces[0] if len(features) == 1 else None
    if not isinstance(piece, Numbers) or piece.steps:
        what = f"cannot convert a {name} behind other steps"
        raise StepError(what, "put it first, or on one column of a ColumnTransformer")
    return int(piece.columns[0])
