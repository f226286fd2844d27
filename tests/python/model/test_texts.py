"""Models of one column of texts: what they take, and what they refuse."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import slimline as sl
from sklearn.pipeline import make_pipeline
from slimline.compression import prune, quantize
from text.corpora import random_corpus

TEXTS = random_corpus(5, 80)
Y = [len(text) % 3 for text in TEXTS]


@pytest.fixture(scope="module", params=[False, True], ids=["unnamed", "named"])
def model(request):
    pipeline = make_pipeline(sl.TfidfVectorizer(), sl.LinearSVC()).fit(TEXTS, Y)
    converted = sl.convert(pipeline)
    if not request.param:
        return converted
    stage = converted.input.with_names(("message",))
    return sl.Model(
        input=stage, layers=converted.layers, link=converted.link, classes=converted.classes
    )


def utf8(texts):
    return [text.encode() for text in texts]


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "bytes": utf8,
    "mixed": lambda texts: [t.encode() if i % 2 else t for i, t in enumerate(texts)],
    "generator": iter,
    "objects": lambda texts: np.array(texts, dtype=object),
    "column of objects": lambda texts: np.array(texts, dtype=object)[:, None],
    "rows": lambda texts: [[text] for text in texts],
    "pandas": pd.Series,
    "pandas frame": lambda texts: pd.DataFrame({"message": texts}),
    "polars": pl.Series,
    "polars frame": lambda texts: pl.DataFrame({"message": texts}),
    "pyarrow": pa.array,
    "pyarrow chunks": lambda texts: pa.chunked_array([texts[:9], texts[9:]]),
    "pyarrow table": lambda texts: pa.table({"message": texts}),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_texts_of_every_container(model, name):
    expected = model.outputs(TEXTS)
    np.testing.assert_array_equal(model.outputs(CONTAINERS[name](TEXTS)), expected)
    np.testing.assert_array_equal(
        model.predict(CONTAINERS[name](TEXTS)), model.classes[expected.argmax(axis=1)]
    )


def test_numpys_texts(model):
    texts = [text.replace("\x00", " ").rstrip() for text in TEXTS]
    for array in (np.array(texts), np.array(texts)[:, None], np.array(utf8(texts))):
        np.testing.assert_array_equal(model.outputs(array), model.outputs(texts))


def test_no_texts(model):
    assert model.outputs([]).shape == (0, 3)
    assert len(model.predict([])) == 0


MISSING = [
    [*TEXTS[:3], None],
    np.array([*TEXTS[:3], np.nan], dtype=object),
    pd.Series([*TEXTS[:3], None]),
    pd.Series([*TEXTS[:3], pd.NA], dtype="string"),
    pl.Series([*TEXTS[:3], None]),
    pa.array([*TEXTS[:3], None]),
]


@pytest.mark.parametrize("texts", MISSING)
def test_a_missing_text_is_named(model, texts):
    name = model.input.columns[0].name
    column = "column 0" if name is None else "column 'message'"
    with pytest.raises(ValueError, match=rf"[Rr]ow 3 of {column} is missing"):
        model.predict(texts)
    with pytest.raises(ValueError, match=rf"[Rr]ow 0 of {column} is missing"):
        model.bind().predict(None)


@pytest.mark.parametrize("text", ["a\ud800b", b"\xff"])
def test_what_is_no_text_in_utf8(model, text):
    for call in (model.predict, lambda texts: model.bind().predict(texts[0])):
        with pytest.raises(ValueError, match=r"lone surrogate|utf-8"):
            call([text])


def test_what_is_no_text(model):
    with pytest.raises(TypeError, match=r"row 1 of column .* must be str or bytes, got int"):
        model.predict(["a", 3])
    with pytest.raises(TypeError, match="must be str or bytes, got int"):
        model.bind().predict(3)
    with pytest.raises(ValueError, match="Iterable over raw text documents"):
        model.predict("a single text")


def test_frames_of_more_columns(model):
    frame = pd.DataFrame({"id": range(len(TEXTS)), "message": TEXTS})
    if model.input.columns[0].name is None:
        with pytest.raises(ValueError, match="one column of texts, got 2"):
            model.predict(frame)
        return
    np.testing.assert_array_equal(model.predict(frame), model.predict(TEXTS))
    np.testing.assert_array_equal(model.predict(frame.to_dict("records")), model.predict(TEXTS))
    with pytest.raises(ValueError, match="missing: message"):
        model.predict(frame[["id"]])


def test_a_bound_model_takes_single_texts(model):
    bound = model.bind()
    for text in TEXTS:
        expected = model.outputs([text])[0]
        for row in (text, text.encode(), [text], (text,), np.array([text], dtype=object)):
            np.testing.assert_array_equal(bound.outputs(row), expected)
        assert bound.predict(text) == model.predict([text])[0]


def test_threads_and_concurrent_callers_give_the_same_bits(model):
    texts = TEXTS * 20
    expected = model.outputs(texts)
    for n_threads in (2, 5):
        np.testing.assert_array_equal(model.outputs(texts, n_threads=n_threads), expected)
    with ThreadPoolExecutor(4) as pool:
        for outputs in pool.map(lambda _: model.outputs(texts), range(8)):
            np.testing.assert_array_equal(outputs, expected)


def test_copies_in_other_processes(model):
    copy = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own
    np.testing.assert_array_equal(copy.outputs(TEXTS), model.outputs(TEXTS))


def test_pruned_and_quantized_models_answer_as_their_features_say(model):
    for smaller in (
        prune(model, TEXTS, sparsity=0.7),
        quantize(model, TEXTS),
    ):
        features = smaller.columns(TEXTS)
        np.testing.assert_allclose(
            smaller.outputs(TEXTS), smaller.outputs(features), rtol=1e-4, atol=1e-5
        )
        assert smaller.bind().predict(TEXTS[3]) == smaller.predict(TEXTS[3:4])[0]


def test_hostile_texts_take_time_and_memory_of_their_size(model):
    texts = ["a" * 3_000_000, " ".join(map(str, range(400_000))), "é" * 1_000_000]
    assert np.isfinite(model.outputs(texts)).all()
    bound = model.bind()
    assert [bound.predict(text) for text in texts] == model.predict(texts).tolist()
