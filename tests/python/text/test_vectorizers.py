"""What the vectorizers have beyond scikit-learn's: streams, containers, threads, refusals."""

from __future__ import annotations

import copy
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import slimline as sl
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from text.corpora import random_corpus

TEXTS = ["good film", "not a good film", "Ein Café", "", "the film of films"]
VECTORIZERS = [
    sl.CountVectorizer(),
    sl.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
    sl.HashingVectorizer(n_features=64),
]


def same(a: Any, b: Any) -> bool:
    return a.shape == b.shape and all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in ("indptr", "indices", "data")
    )


def unpickled(vectorizer: Any) -> Any:
    return pickle.loads(pickle.dumps(vectorizer))  # noqa: S301 - our own


def containers(texts: list[str]) -> dict[str, Any]:
    return {
        "tuple": tuple(texts),
        "iterator": iter(texts),
        "bytes": [text.encode() for text in texts],
        "mixed": [text if i % 2 else text.encode() for i, text in enumerate(texts)],
        "numpy objects": np.array(texts, dtype=object),
        "numpy strings": np.array(texts),
        "numpy column": np.array(texts, dtype=object)[:, None],
        "StringDType": np.array(texts, dtype=np.dtypes.StringDType()),
        "pandas objects": pd.Series(texts, dtype=object),
        "pandas string": pd.Series(texts, dtype="string"),
        "pandas arrow": pd.Series(texts, dtype=pd.ArrowDtype(pa.string())),
        "pandas category": pd.Series(texts, dtype="category"),
        "pandas reversed twice": pd.Series(texts[::-1])[::-1],
        "pandas frame": pd.DataFrame({"message": texts}),
        "polars": pl.Series(texts),
        "polars categorical": pl.Series(texts, dtype=pl.Categorical),
        "polars frame": pl.DataFrame({"message": texts}),
        "arrow": pa.array(texts),
        "arrow large": pa.array(texts, pa.large_string()),
        "arrow view": pa.array(texts, pa.string_view()),
        "arrow binary": pa.array([text.encode() for text in texts]),
        "arrow dictionary": pa.array(texts).dictionary_encode(),
        "arrow slice": pa.array(["before", *texts, "after"])[1:-1],
        "arrow chunks": pa.chunked_array([texts[:2], [], texts[2:]]),
        "arrow table": pa.table({"message": texts}),
    }


@pytest.mark.parametrize("kind", list(containers(TEXTS)))
@pytest.mark.parametrize("vectorizer", VECTORIZERS, ids=lambda v: type(v).__name__)
def test_every_container_gives_the_same(vectorizer: Any, kind: str) -> None:
    expected = vectorizer.fit_transform(TEXTS)
    assert same(vectorizer.fit_transform(containers(TEXTS)[kind]), expected)
    assert same(vectorizer.transform(containers(TEXTS)[kind]), expected)


def test_bytes_of_another_encoding() -> None:
    latin = [text.encode("latin-1") for text in TEXTS]
    expected = sl.CountVectorizer().fit_transform(TEXTS)
    assert same(sl.CountVectorizer(encoding="latin-1").fit_transform(latin), expected)
    with pytest.raises(UnicodeDecodeError) as caught:
        sl.CountVectorizer().fit(latin)
    assert "in row 2 of raw_documents" in caught.value.__notes__
    replaced = sl.CountVectorizer(decode_error="replace").fit(latin)
    assert "caf" in replaced.vocabulary_


@pytest.mark.parametrize("vectorizer", VECTORIZERS, ids=lambda v: type(v).__name__)
def test_texts_in_files(vectorizer: Any, tmp_path: Path) -> None:
    paths = [tmp_path / str(i) for i in range(len(TEXTS))]
    for path, text in zip(paths, TEXTS, strict=True):
        path.write_text(text, encoding="utf-8")
    expected = vectorizer.fit_transform(TEXTS)
    named = type(vectorizer)(**{**vectorizer.get_params(), "input": "filename"})
    assert same(named.fit_transform(map(str, paths)), expected)
    assert named.build_analyzer()(paths[1])[0] == "not"
    opened = type(vectorizer)(**{**vectorizer.get_params(), "input": "file"})
    assert same(opened.fit_transform([io.BytesIO(text.encode()) for text in TEXTS]), expected)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        named.transform([tmp_path / "nowhere"])


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_a_missing_text_is_named(missing: Any) -> None:
    with pytest.raises(ValueError, match=r"Row 1 of raw_documents is missing"):
        sl.CountVectorizer().fit(["a text", missing])


@pytest.mark.parametrize("column", [pa.array(["x", None]), pl.Series(["x", None])])
def test_a_missing_cell_is_named(column: Any) -> None:
    with pytest.raises(ValueError, match=r"Row 1 of X is missing"):
        sl.HashingVectorizer().transform(column)


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        ("one text", ValueError, "Iterable over raw text documents expected, string"),
        (b"one text", ValueError, "Iterable over raw text documents expected, bytes"),
        (5, TypeError, "must be an iterable of str or bytes, got int"),
        (["x", 5], TypeError, "row 1 of raw_documents must be str or bytes, got int"),
        (np.array([1.0, 2.0]), TypeError, "must hold texts, got dtype float64"),
        (np.array([["a", "b"]]), ValueError, r"must have one dimension, got shape \(1, 2\)"),
        (["x", "lone \ud800"], ValueError, "row 1 of raw_documents holds a lone surrogate"),
        (pa.array([1, 2]), ValueError, "must hold strings or binary values"),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), ValueError, "one column of texts, got 2"),
        ([], ValueError, "empty vocabulary"),
        (["?", "!"], ValueError, "empty vocabulary"),
    ],
)
def test_refused_texts(texts: Any, error: type[Exception], message: str) -> None:
    names = ["fit", "fit_transform", "partial_fit"]
    for name in names[:2] if "empty" in message else names:  # more texts may come
        with pytest.raises(error, match=message):
            getattr(sl.CountVectorizer(), name)(texts)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"token_pattern": r"(?u)\b\w\w*\b"}, "token_pattern must be one class"),
        ({"token_pattern": None}, "token_pattern must be a str"),
        ({"tokenizer": str.split}, "tokenizer must be None"),
        ({"preprocessor": str.lower}, "preprocessor must be None"),
        ({"analyzer": str.split}, "analyzer must be one of"),
        ({"strip_accents": "latin"}, "strip_accents must be None"),
        ({"input": "url"}, "input must be one of 'content'"),
        ({"ngram_range": (2, 1)}, "ngram_range"),
        ({"ngram_range": (0, 1)}, "ngram_range must begin with 1"),
        ({"ngram_range": (1, 1.5)}, "ngram_range must be two integers"),
        ({"stop_words": "german"}, "stop_words"),
        ({"decode_error": "skip"}, "decode_error"),
    ],
)
@pytest.mark.parametrize("vectorizer", VECTORIZERS, ids=lambda v: type(v).__name__)
def test_refused_parameters(vectorizer: Any, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        type(vectorizer)(**parameters).fit(TEXTS)


@pytest.mark.parametrize("make", [sl.CountVectorizer, sl.TfidfVectorizer])
def test_unfitted(make: Any) -> None:
    with pytest.raises(NotFittedError):
        make().transform(TEXTS)
    with pytest.raises(NotFittedError):
        make().get_feature_names_out()
    with pytest.raises(AttributeError):
        make().vocabulary_  # noqa: B018 - raises


@pytest.mark.parametrize("make", [sl.CountVectorizer, sl.TfidfVectorizer])
@pytest.mark.parametrize("parameters", [{}, {"min_df": 2, "max_features": 30, "n_jobs": 2}])
def test_parts_give_what_all_texts_give(make: Any, parameters: dict[str, Any]) -> None:
    texts = random_corpus(3)
    whole = make(**parameters).fit(texts)
    parts = make(**parameters)
    for begin in range(0, len(texts), 17):
        parts.partial_fit(texts[begin : begin + 17])
    left = make(**parameters).partial_fit(texts[:20])
    right = make(**parameters).partial_fit(iter(texts[20:]))
    merged = left.merge(right)
    for vectorizer in (parts, merged, unpickled(merged), copy.deepcopy(parts)):
        assert vectorizer.vocabulary_ == whole.vocabulary_
        assert same(vectorizer.transform(texts), whole.transform(texts))
    parts.partial_fit(["entirely new"] * 3)  # a copy shares nothing
    assert "entirely" not in merged.vocabulary_
    assert left.vocabulary_ != whole.vocabulary_


def test_partial_fit_goes_on_after_pickle() -> None:
    texts = random_corpus(5)
    half = unpickled(sl.TfidfVectorizer().partial_fit(texts[:30]))
    half.partial_fit(texts[30:])
    np.testing.assert_array_equal(half.idf_, sl.TfidfVectorizer().fit(texts).idf_)


def test_a_failed_fit_leaves_what_was_learned() -> None:
    vectorizer = sl.TfidfVectorizer().fit(TEXTS)
    before = vectorizer.transform(TEXTS)
    for texts in (["?"], ["new words", None], []):
        with pytest.raises(ValueError, match=r"empty vocabulary|missing"):
            vectorizer.fit(texts)
        assert same(vectorizer.transform(TEXTS), before)


def test_what_was_counted_with_other_parameters_is_not_continued() -> None:
    vectorizer = sl.CountVectorizer().partial_fit(TEXTS)
    vectorizer.set_params(ngram_range=(1, 2))
    with pytest.raises(ValueError, match="ngram_range must stay as in the calls before"):
        vectorizer.partial_fit(TEXTS)
    with pytest.raises(ValueError, match="lowercase must be the same in both"):
        sl.CountVectorizer().fit(TEXTS).merge(sl.CountVectorizer(lowercase=False).fit(TEXTS))
    with pytest.raises(TypeError, match="other must be a CountVectorizer"):
        sl.CountVectorizer().fit(TEXTS).merge(sl.TfidfVectorizer().fit(TEXTS))


def test_a_given_vocabulary_and_idf_are_used() -> None:
    fitted = sl.TfidfVectorizer().fit(TEXTS)
    restored = sl.TfidfVectorizer(vocabulary=fitted.vocabulary_)
    with pytest.raises(NotFittedError):
        restored.transform(TEXTS)
    restored.idf_ = fitted.idf_
    assert same(restored.transform(TEXTS), fitted.transform(TEXTS))
    with pytest.raises(ValueError, match="idf length = 2 must be equal to vocabulary size"):
        restored.idf_ = [1.0, 2.0]


def test_parameters_that_change_wait_for_the_next_fit() -> None:
    changes = {"norm": "l1", "use_idf": False, "smooth_idf": False, "sublinear_tf": True}
    vectorizer = sl.TfidfVectorizer().fit(TEXTS)
    before = vectorizer.transform(TEXTS)
    assert same(vectorizer.set_params(**changes).transform(TEXTS), before)
    expected = sl.TfidfVectorizer(**changes).fit_transform(TEXTS)
    assert same(vectorizer.fit(TEXTS).transform(TEXTS), expected)


@pytest.mark.parametrize("vectorizer", VECTORIZERS, ids=lambda v: type(v).__name__)
def test_threads_change_nothing(vectorizer: Any) -> None:
    texts = random_corpus(7, 600)
    make = type(vectorizer)
    one = make(**{**vectorizer.get_params(), "n_jobs": 1}).fit(texts)
    for n_jobs in (2, 7, -1):
        other = make(**{**vectorizer.get_params(), "n_jobs": n_jobs})
        assert same(other.fit_transform(texts), one.fit_transform(texts))
        assert same(other.transform(texts), one.transform(texts))


@pytest.mark.parametrize(
    "text",
    ["x" * 1_000_000, "xy " * 300_000, " ".join(map(str, range(200_000))), "é" * 500_000],
    ids=["one word", "the same word", "all words distinct", "beyond ASCII"],
)
@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
def test_very_long_texts(text: str, analyzer: str) -> None:
    X = sl.HashingVectorizer(analyzer=analyzer, ngram_range=(1, 3), n_features=100).transform(
        [text]
    )
    assert X.shape == (1, 100)
    counts = sl.CountVectorizer(analyzer=analyzer).fit_transform([text])
    assert counts.sum() > 0 or (analyzer == "word" and " " in text and len(text) < 3)


def test_a_pipeline_learns_from_texts() -> None:
    texts = ["good film", "great and good", "bad film", "so bad, poor"] * 5
    labels = ["+", "+", "-", "-"] * 5
    pipeline = make_pipeline(sl.TfidfVectorizer(), sl.LinearSVC()).fit(texts, labels)
    assert pipeline.score(texts, labels) == 1
    assert list(pipeline[:-1].get_feature_names_out()[:2]) == ["and", "bad"]


def test_sparse_of_scipy_in_rows() -> None:
    vectorizer = sl.CountVectorizer().fit(TEXTS)
    names = vectorizer.inverse_transform(vectorizer.transform(["film film good"]))
    assert [sorted(row) for row in names] == [["film", "good"]]
    with pytest.raises(ValueError, match="features, but the vectorizer has"):
        vectorizer.inverse_transform(np.ones((1, 2)))


def test_unicode_version_is_told() -> None:
    assert sl.CountVectorizer().unicode_version_.count(".") == 2
