"""Models of texts answer as the pipelines that they come from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder, StandardScaler
from text.corpora import random_corpus

TEXTS = random_corpus(3, 120)
UNSEEN = random_corpus(4, 60)
Y = np.array([("vowel" if sum(map(text.count, "aeiou")) % 2 else "other") for text in TEXTS])

VECTORIZERS = {
    "slimline tf-idf": sl.TfidfVectorizer(),
    "tf-idf": TfidfVectorizer(),
    "words, all settings": TfidfVectorizer(
        ngram_range=(1, 3),
        stop_words="english",
        sublinear_tf=True,
        strip_accents="unicode",
        norm="l1",
        token_pattern=r"\w+",  # noqa: S106 - none
        max_features=300,
    ),
    "own stop words": sl.TfidfVectorizer(stop_words=["the", "word"], lowercase=False, binary=True),
    "no idf": TfidfVectorizer(use_idf=False, norm=None, min_df=2),
    "char": sl.TfidfVectorizer(analyzer="char", ngram_range=(1, 2)),
    "char_wb": TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3), strip_accents="ascii"),
    "counts": CountVectorizer(),
    "slimline counts": sl.CountVectorizer(binary=True),
    "an order of their own": CountVectorizer(vocabulary={"word": 1, "the": 0, "aa": 2}),
    "counts, tf-idf": make_pipeline(CountVectorizer(), TfidfTransformer(sublinear_tf=True)),
    "hashed": HashingVectorizer(n_features=512),
    "slimline hashed": sl.HashingVectorizer(n_features=64, norm="l1"),
    "hashed counts, tf-idf": make_pipeline(
        HashingVectorizer(n_features=128, norm=None, alternate_sign=False),
        TfidfTransformer(sublinear_tf=True),
    ),
    "scaled": make_pipeline(sl.TfidfVectorizer(), MaxAbsScaler()),
    "deviations": make_pipeline(sl.CountVectorizer(), StandardScaler(with_mean=False)),
    "chosen": make_pipeline(sl.TfidfVectorizer(), SelectKBest(k=9)),
    "chosen counts": make_pipeline(CountVectorizer(), SelectKBest(k=9), TfidfTransformer()),
    "chosen hashes": make_pipeline(HashingVectorizer(n_features=99), SelectKBest(k=9)),
    "union": make_union(
        sl.TfidfVectorizer(), make_pipeline(CountVectorizer(analyzer="char"), MaxAbsScaler())
    ),
    "weighted union": FeatureUnion(
        [("a", sl.TfidfVectorizer()), ("b", sl.HashingVectorizer(n_features=32))],
        transformer_weights={"a": 2.0},
    ),
}


def assert_same(model, pipeline, X):
    np.testing.assert_array_equal(model.predict(X), pipeline.predict(X))
    scores = pipeline.decision_function(X)
    size = np.abs(scores).max()
    np.testing.assert_allclose(model.decision_function(X), scores, atol=2e-5 * size)


@pytest.mark.parametrize("name", VECTORIZERS)
def test_a_model_answers_as_the_pipeline_of_a_vectorizer(name, tmp_path):
    pipeline = make_pipeline(VECTORIZERS[name], LogisticRegression()).fit(TEXTS, Y)
    model = sl.convert(pipeline)
    sl.save(model, tmp_path / "model")
    loaded = sl.load(tmp_path / "model")
    assert loaded.sha256 == model.sha256
    for X in (TEXTS, UNSEEN):
        assert_same(loaded, pipeline, X)
    assert [column.kind for column in model.input.columns] == ["text"]
    assert model.input.names is not None
    expected = pipeline.decision_function(UNSEEN)
    features = loaded.columns(UNSEEN)  # the way through features gives what the fused one does
    np.testing.assert_allclose(loaded.decision_function(features), expected, rtol=1e-3, atol=1e-4)
    bound = loaded.bind()
    assert [bound.predict(text) for text in UNSEEN] == pipeline.predict(UNSEEN).tolist()


def test_a_network_reads_texts():
    pipeline = make_pipeline(
        sl.TfidfVectorizer(), MLPClassifier(hidden_layer_sizes=(9, 4), max_iter=20, random_state=0)
    )
    with pytest.warns(match="iterations"):
        pipeline.fit(TEXTS, Y)
    model = sl.convert(pipeline)
    np.testing.assert_allclose(
        model.predict_proba(UNSEEN), pipeline.predict_proba(UNSEEN), atol=1e-5
    )
    one = model.bind()
    for text in UNSEEN:
        np.testing.assert_array_equal(one.outputs(text), model.outputs([text])[0])


def test_several_classes_and_values():
    labels = [len(text) % 3 for text in TEXTS]
    many = make_pipeline(sl.TfidfVectorizer(), sl.LinearSVC()).fit(TEXTS, labels)
    assert_same(sl.convert(many), many, UNSEEN)
    values = make_pipeline(sl.TfidfVectorizer(), Ridge()).fit(TEXTS, labels)
    model = sl.convert(values)
    np.testing.assert_allclose(model.predict(UNSEEN), values.predict(UNSEEN), atol=1e-4)
    assert model.bind().predict(UNSEEN[0]) == model.predict(UNSEEN[:1])[0]


@pytest.mark.parametrize("names", [True, False])
def test_texts_beside_other_columns(names):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=len(TEXTS)),
            "message": TEXTS,
            "city": rng.choice(["a", "b"], len(TEXTS)),
        }
    )
    X = frame if names else frame.to_numpy(dtype=object)
    size, message, city = ("size", "message", "city") if names else (0, 1, 2)
    table = ColumnTransformer(
        [
            ("n", StandardScaler(), [size]),
            ("t", sl.TfidfVectorizer(), message),
            ("c", OneHotEncoder(), [city]),
            ("h", HashingVectorizer(n_features=32), message),
        ]
    )
    pipeline = make_pipeline(table, LogisticRegression()).fit(X, Y)
    model = sl.convert(pipeline, X=X, y=Y)
    assert [column.kind for column in model.input.columns] == ["number", "text", "category"]
    assert_same(model, pipeline, X)
    row = frame.iloc[0].to_dict() if names else list(X[0])
    assert model.bind().predict(row) == pipeline.predict(X[:1])[0]


def test_a_table_of_one_column_of_texts_by_name():
    frame = pd.DataFrame({"id": range(len(TEXTS)), "message": TEXTS})
    table = make_column_transformer((sl.TfidfVectorizer(), "message"))
    pipeline = make_pipeline(table, LogisticRegression()).fit(frame, Y)
    model = sl.convert(pipeline)
    assert_same(model, pipeline, frame)
    np.testing.assert_array_equal(model.predict(TEXTS), pipeline.predict(frame))
    assert model.bind().predict({"message": TEXTS[0]}) == model.predict(TEXTS[:1])[0]


def test_the_outputs_are_compared_with_the_estimators_on_texts():
    pipeline = make_pipeline(sl.TfidfVectorizer(), sl.LinearSVC()).fit(TEXTS, Y)
    step = sl.convert(pipeline, X=TEXTS, y=Y).history[-1]
    assert step.measured["output_error"] < 1e-4


class Stemmed(CountVectorizer):
    def build_tokenizer(self):
        return str.split


REFUSED = [
    (TfidfVectorizer(tokenizer=str.split, token_pattern=None), "tokenizer"),
    (TfidfVectorizer(preprocessor=str.upper), "preprocessor"),
    (TfidfVectorizer(analyzer=str.split), "analyzer"),
    (TfidfVectorizer(token_pattern=r"[a-z]\d+|\w+"), "token_pattern"),  # noqa: S106 - none
    (TfidfVectorizer(strip_accents=str.lower), "strip_accents"),
    (CountVectorizer(encoding="latin-1"), "encoding"),
    (Stemmed(), "build_tokenizer"),
    (make_pipeline(TfidfVectorizer(), TfidfTransformer()), "weights already"),
    (make_pipeline(HashingVectorizer(), TfidfTransformer()), "weights already"),
    (
        make_pipeline(make_union(CountVectorizer(), CountVectorizer()), TfidfTransformer()),
        "one vec",
    ),
]


@pytest.mark.parametrize(("vectorizer", "named"), REFUSED)
def test_what_no_model_can_do_is_refused_by_name(vectorizer, named):
    pipeline = make_pipeline(vectorizer, LogisticRegression()).fit(TEXTS, Y)
    with pytest.raises(TypeError, match=named):
        sl.convert(pipeline)
