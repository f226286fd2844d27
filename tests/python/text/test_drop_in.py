"""The vectorizers beside scikit-learn's: the same terms, columns and bits, whatever is asked."""

from __future__ import annotations

import random
import re
import unicodedata
import warnings
from typing import Any

import numpy as np
import pytest
import slimline as sl
from sklearn.base import clone
from sklearn.feature_extraction import text as theirs
from slimline import _core
from text.corpora import random_corpus

# Letters of newer versions of Unicode are letters to this Python, or the other way round.
pytestmark = pytest.mark.skipif(
    unicodedata.unidata_version != _core.unicode_version(),
    reason="Python's Unicode is of another version than that of the tables",
)

PATTERNS = [
    r"(?u)\b\w\w+\b",
    r"(?u)\b\w+\b",
    r"\w+",
    r"\w{3,}",
    r"[a-zA-Z]+",
    r"\b[a-z][a-z]+\b",
    r"(?u)\b[^\d\W]+\b",
    r"[^\W\d_]+",
    r"[a-zA-Z0-9]+",
    r"\S+",
]
READING: dict[str, list[Any]] = {
    "analyzer": ["word", "char", "char_wb"],
    "lowercase": [True, False],
    "strip_accents": [None, "ascii", "unicode"],
    "token_pattern": PATTERNS,
    "stop_words": [None, "english", ["the", "of", "fox"]],
    "ngram_range": [(1, 1), (1, 2), (2, 3), (1, 5), (4, 4)],
    "binary": [False, True],
    "dtype": [np.float64, np.float32],
}
CHOOSING: dict[str, list[Any]] = {
    "max_df": [1.0, 0.4, 5],
    "min_df": [1, 2, 0.05],
    "vocabulary": [None, None, None, ["the", "fox", "é", "a"], {"zz": 1, "it": 0}],
}
COUNTING = {**READING, **CHOOSING, "dtype": [np.int64, np.int32, np.float32]}
WEIGHING = {
    **READING,
    **CHOOSING,
    "norm": ["l2", "l1", None],
    "use_idf": [True, False],
    "smooth_idf": [True, False],
    "sublinear_tf": [False, True],
}
HASHING = {
    **READING,
    "n_features": [1, 7, 1000, 2**20],
    "norm": ["l2", "l1", None],
    "alternate_sign": [True, False],
}
N_CASES = 60


def chosen(options: dict[str, list[Any]], seed: int) -> dict[str, Any]:
    rng = random.Random(seed)  # noqa: S311 - no secret
    return {name: rng.choice(values) for name, values in options.items()}


def outcome(vectorizer: Any, texts: list[str], more: list[str]) -> Any:
    """What comes out of fitting and reading further texts, or the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            first = vectorizer.fit_transform(texts)
        except ValueError as error:
            return str(error)
        return first, vectorizer.transform(more)


def assert_same(ours: Any, reference: Any, seed: int) -> None:
    texts, more = random_corpus(seed), random_corpus(seed + 1000)
    with np.errstate(divide="ignore", invalid="ignore"):
        got, expected = outcome(ours, texts, more), outcome(reference, texts, more)
    if isinstance(expected, str):
        assert got == expected
        return
    for mine, right in zip(got, expected, strict=True):
        assert mine.shape == right.shape
        assert mine.dtype == right.dtype
        right.sort_indices()  # fit_transform of scikit-learn leaves them as they come
        assert mine.has_sorted_indices
        np.testing.assert_array_equal(mine.indptr, right.indptr)
        np.testing.assert_array_equal(mine.indices, right.indices)
        np.testing.assert_array_equal(mine.data, right.data)


def assert_same_names(ours: Any, reference: Any) -> None:
    if hasattr(reference, "vocabulary_"):
        assert ours.vocabulary_ == reference.vocabulary_
        assert list(ours.get_feature_names_out()) == list(reference.get_feature_names_out())


@pytest.mark.parametrize("seed", range(N_CASES))
def test_counts(seed: int) -> None:
    parameters = chosen(COUNTING, seed)
    ours, reference = sl.CountVectorizer(**parameters), theirs.CountVectorizer(**parameters)
    assert_same(ours, reference, seed)
    assert_same_names(ours, reference)


@pytest.mark.parametrize("seed", range(2 * N_CASES))
def test_tfidf(seed: int) -> None:
    parameters = chosen(WEIGHING, seed)
    ours = sl.TfidfVectorizer(**parameters, n_jobs=1 + seed % 3)
    reference = theirs.TfidfVectorizer(**parameters)
    assert_same(ours, reference, seed)
    assert_same_names(ours, reference)
    if parameters["use_idf"] and hasattr(reference, "idf_"):
        np.testing.assert_array_equal(ours.idf_, reference.idf_)


@pytest.mark.parametrize("seed", range(N_CASES))
def test_hashing(seed: int) -> None:
    parameters = chosen(HASHING, seed)
    assert_same(
        sl.HashingVectorizer(**parameters, n_jobs=1 + seed % 3),
        theirs.HashingVectorizer(**parameters),
        seed,
    )


@pytest.mark.parametrize("seed", range(N_CASES))
def test_functions(seed: int) -> None:
    parameters = chosen(READING, seed)
    ours, reference = sl.CountVectorizer(**parameters), theirs.CountVectorizer(**parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = [
            (build(ours), build(reference))
            for build in (
                lambda v: v.build_analyzer(),
                lambda v: v.build_preprocessor(),
                lambda v: v.build_tokenizer(),
            )
        ]
    for text in random_corpus(seed):
        for mine, right in pairs:
            assert mine(text) == right(text)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_tokens_of_every_code_point(pattern: str) -> None:
    """Each code point between two letters, in a text of a thousand of them."""
    tokenize = sl.CountVectorizer(token_pattern=pattern).build_tokenizer()
    expression = re.compile(pattern)
    codes = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    for begin in range(0, len(codes), 1000):
        text = " ".join(f"aa{chr(c)}bb {chr(c)}" for c in codes[begin : begin + 1000])
        assert tokenize(text) == expression.findall(text)


@pytest.mark.parametrize("strip_accents", [None, "ascii", "unicode"])
def test_lower_case_and_accents_of_every_code_point(strip_accents: str | None) -> None:
    ours = sl.CountVectorizer(strip_accents=strip_accents).build_preprocessor()
    reference = theirs.CountVectorizer(strip_accents=strip_accents).build_preprocessor()
    codes = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    for begin in range(0, len(codes), 1000):
        text = " ".join(f"A{chr(c)} {chr(c)}B" for c in codes[begin : begin + 1000])
        assert ours(text) == reference(text)


def test_max_features_keeps_the_most_frequent() -> None:
    texts = random_corpus(1)
    all_terms = sl.CountVectorizer(dtype=np.int64).fit(texts)
    sums = np.asarray(all_terms.transform(texts).sum(axis=0)).ravel()
    names = all_terms.get_feature_names_out()
    ranked = sorted(zip(-sums, names, strict=True))
    for n in (1, 7, 50):
        kept = sl.CountVectorizer(max_features=n).fit(texts).get_feature_names_out()
        assert list(kept) == sorted(name for _, name in ranked[:n])


def test_clone_and_repr_hold_the_parameters() -> None:
    vectorizer = sl.TfidfVectorizer(ngram_range=(1, 2), n_jobs=2)
    assert clone(vectorizer).get_params() == vectorizer.get_params()
    assert "ngram_range=(1, 2)" in repr(vectorizer)
