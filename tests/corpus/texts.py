"""The model of texts of the corpus: every analyzer and kind of terms, and its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from slimline._text_settings import TOKEN_PATTERN, TextSettings
from slimline.inputs import Column, Encoder, HashedTerms, Terms, TextBlock

SOLID = r"\S+"  # a token_pattern
ROWS: list[list[Any]] = [
    ["Größe: no, no, NO größe", "a"],
    ["", "the The café"],
    ["x", "\U0001f642 smile no end"],
    ["no end of the words, the words", "İstanbul  ΟΔΟΣ"],
    ["The END", "end end end"],
    ["café Cafe", "\t tabs\nand lines "],
]


def _settings(
    analyzer: str, ngram_range: tuple[int, int] = (1, 1), **other: object
) -> TextSettings:
    own: dict[str, Any] = {"lowercase": True, "strip_accents": None, "token_pattern": TOKEN_PATTERN}
    own |= {"stop_words": (), "decode_error": "strict", **other}
    return TextSettings(analyzer=analyzer, ngram_range=ngram_range, **own)


def encoder() -> Encoder:
    """Return an encoder of two columns of texts."""
    words = Terms.of({"no": 2, "größe": 0, "the words": 1, "end": 3, "no end": 4, "words": 5})
    idf = np.array([1.5, 1.25, 2, 1.5, 1.5, 1.25])
    block = TextBlock(
        column=0, settings=_settings("word", (1, 2)), terms=words, idf=idf, sublinear_tf=True
    )
    silent: Any = block.select(np.array([0, 1, 3, 4])).block
    chars = Terms.of({char: i for i, char in enumerate(" acdefno")})
    some = HashedTerms(n_columns=7, alternate_sign=False, buckets=np.array([1, 4, 5], np.uint32))
    whole = _settings(
        "word", lowercase=False, strip_accents="unicode", token_pattern=SOLID, stop_words=("no",)
    )
    blocks = (
        silent,
        TextBlock(column=1, settings=_settings("char", (1, 1)), terms=chars, norm="l1"),
        TextBlock(
            column=1,
            settings=_settings("char_wb", (2, 3), strip_accents="ascii"),
            terms=some,
            idf=np.arange(1.0, 8),
        ),
        TextBlock(
            column=1,
            settings=whole,
            terms=HashedTerms(n_columns=5, alternate_sign=True),
            norm=None,
        ),
        TextBlock(column=0, settings=_settings("word"), terms=words, binary=True, norm=None),
    )
    return Encoder(columns=(Column("title", "text"), Column("body", "text")), blocks=blocks)
