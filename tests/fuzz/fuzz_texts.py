"""Fuzz the vectorizers: tokens are those of Python's re, and no text takes them down.

Run from the project's folder::

    python tests/fuzz/fuzz_texts.py --cases 10000

Each case is a hundred texts over all of Unicode, so that 10,000 cases are a million texts.
"""

from __future__ import annotations

import random
import re
import sys
import unicodedata
from pathlib import Path

import slimline as sl
from engine import Case, main
from slimline import _core

N_TEXTS = 100
PATTERNS = (
    r"(?u)\b\w\w+\b",
    r"(?u)\b\w+\b",
    r"\w{4,}",
    r"(?u)\b[^\d\W]+\b",
    r"[^\W\d_]+",
    r"\b[a-zA-Z0-9]+\b",
    r"\S+",
)
SEPARATOR = "\uffff"  # no letter, no space
RANGES = ((0, 0x80), (0, 0x250), (0x250, 0x2000), (0x2000, 0x3000), (0, 0x10000), (0, 0x110000))


def text(rng: random.Random) -> str:
    """Return up to 300 characters of one range of code points, with ASCII words between."""
    low, high = rng.choice(RANGES)
    codes = [rng.randrange(low, high) for _ in range(rng.choice((0, 1, 3, 20, 64, 300)))]
    parts = ["" if 0xD800 <= code < 0xE000 else chr(code) for code in codes]
    if rng.random() < 0.5:
        parts = [part + rng.choice(("", " ", "a", "Bc ", "_1")) for part in parts]
    return "".join(parts).replace(SEPARATOR, "")


def make(rng: random.Random) -> Case:
    """Return a hundred texts, in UTF-8."""
    return Case(SEPARATOR.join(text(rng) for _ in range(N_TEXTS)).encode(), "texts.txt")


def check(case: Case, _: Path) -> str:
    """Compare tokens with those of re, and rows of one vectorizer with those of another."""
    texts = case.content.decode().split(SEPARATOR)
    rng = random.Random(len(case.content))  # noqa: S311 - no secret
    pattern = rng.choice(PATTERNS)
    expression = re.compile(pattern)
    tokenize = sl.CountVectorizer(token_pattern=pattern).build_tokenizer()
    if unicodedata.unidata_version == _core.unicode_version():
        for one in texts:
            assert tokenize(one) == expression.findall(one), one
    options = {
        "analyzer": rng.choice(("word", "char", "char_wb")),
        "strip_accents": rng.choice((None, "ascii", "unicode")),
        "ngram_range": rng.choice(((1, 1), (1, 3), (2, 2))),
    }
    vectorizer = sl.CountVectorizer(**options, n_jobs=2)
    terms = [vectorizer.build_analyzer()(one) for one in texts]
    if not any(terms):
        return "no terms"
    counts = vectorizer.fit_transform(texts)
    assert counts.sum(axis=1).ravel().tolist() == [[len(found) for found in terms]]
    again = sl.CountVectorizer(**options).fit([one.encode() for one in texts])
    assert (again.transform(texts) != counts).nnz == 0
    return "compared"


if __name__ == "__main__":
    sys.exit(main("texts", make, check))
