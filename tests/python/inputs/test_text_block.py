"""Blocks of texts: files, selections, and hostile contents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer
from slimline._checks import Csr
from slimline._stop_words import ENGLISH
from slimline._text_settings import TOKEN_PATTERN, TextSettings
from slimline.inputs import Column, Encoder, HashedTerms, Keys, Terms, TextBlock
from text.corpora import random_corpus

TEXTS = random_corpus(6, 80)
SETTINGS = TextSettings(
    analyzer="word",
    lowercase=True,
    strip_accents=None,
    token_pattern=TOKEN_PATTERN,
    stop_words=(),
    ngram_range=(1, 1),
)


def words():
    return sorted(CountVectorizer().fit(TEXTS).vocabulary_)


def block(**changes):
    terms = Terms.of({term: (i * 7) % 31 if i < 31 else i for i, term in enumerate(words())})
    idf = 1 + np.arange(terms.n_columns) % 5 / 3
    own = {"column": 0, "settings": SETTINGS, "terms": terms, "idf": idf, **changes}
    return TextBlock(**own)


def hashed(**changes):
    terms = HashedTerms(n_columns=53, alternate_sign=True)
    return TextBlock(**{"column": 0, "settings": SETTINGS, "terms": terms, **changes})


BLOCKS = {
    "terms": block(),
    "in order": block(terms=Terms.of({term: i for i, term in enumerate(words())}), norm=None),
    "no norm": block(norm=None),
    "many idf": block(idf=np.linspace(1, 9, len(words()))),
    "settings": block(
        settings=replace(
            SETTINGS,
            analyzer="char_wb",
            ngram_range=(2, 3),
            strip_accents="ascii",
            decode_error="replace",
        ),
        binary=True,
        sublinear_tf=True,
        norm="l1",
    ),
    "english": block(settings=replace(SETTINGS, stop_words=ENGLISH)),
    "hashed": hashed(),
    "some hashed": hashed(
        terms=HashedTerms(
            n_columns=53, alternate_sign=False, buckets=np.array([3, 9, 20, 21, 52], np.uint32)
        ),
        idf=np.linspace(1, 2, 53),
    ),
}


def encoder(one):
    return Encoder(columns=(Column("message", "text"),), blocks=(one,))


def dense(one, texts=TEXTS):
    features = encoder(one).encode(list(texts))
    if not isinstance(features, Csr):
        return features
    out = np.zeros(features.shape)
    for i, (begin, end) in enumerate(zip(features.indptr, features.indptr[1:], strict=False)):
        out[i, features.indices[begin:end]] = features.data[begin:end]
    return out


def test_the_stop_words_are_scikit_learns():
    assert frozenset(ENGLISH) == ENGLISH_STOP_WORDS
    assert list(ENGLISH) == sorted(ENGLISH_STOP_WORDS)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_comes_back_from_its_state(name):
    one = BLOCKS[name]
    again = TextBlock.from_state(one.tensors(), one.params())
    assert again.params() == one.params()
    assert {k: v.tobytes() for k, v in again.tensors().items()} == {
        k: v.tobytes() for k, v in one.tensors().items()
    }
    np.testing.assert_array_equal(dense(again), dense(one))
    assert again.feature_names(["message"]) == one.feature_names(["message"])
    assert one.params()["stop_words"] == ("english" if name == "english" else [])


@pytest.mark.parametrize("name", BLOCKS)
def test_selected_features_are_those_of_all(name):
    one = BLOCKS[name]
    kept = np.arange(one.n_features)[::3]
    selection = one.select(kept)
    np.testing.assert_allclose(
        dense(selection.block), dense(one)[:, selection.features], rtol=1e-12
    )
    np.testing.assert_array_equal(selection.features, kept)
    names = np.array(one.feature_names(["message"]), dtype=object)
    assert selection.block.feature_names(["message"]) == names[kept].tolist()
    # Again, of what is left.
    twice = selection.block.select(np.arange(len(kept))[1:]).block
    np.testing.assert_allclose(dense(twice), dense(one)[:, kept[1:]], rtol=1e-12)
    if "hashed" in name:
        return
    terms = selection.block.terms
    assert terms.n_terms == len(kept)
    assert terms.n_silent == (0 if one.norm is None else one.n_columns - len(kept))
    sizes = [sum(t.nbytes for t in block.tensors().values()) for block in (one, selection.block)]
    assert sizes[1] < sizes[0]
    again = TextBlock.from_state(selection.block.tensors(), selection.block.params())
    np.testing.assert_array_equal(dense(again), dense(selection.block))


def test_features_are_counts_times_idf_over_their_norm():
    one = block()
    analyze = CountVectorizer().build_analyzer()
    names = one.feature_names(["message"])
    idf = dict(zip(one.terms.keys.to_list(), one.idf, strict=True))
    for row, text in zip(dense(one), TEXTS, strict=True):
        terms = [term for term in analyze(text) if term in idf]
        counts = {term: terms.count(term) * idf[term] for term in terms}
        norm = np.sqrt(sum(value**2 for value in counts.values())) or 1
        expected = [counts.get(name, 0) / norm for name in names]
        np.testing.assert_allclose(row, expected, rtol=1e-12)


def changed(params=None, tensors=None, name="terms"):
    """Return a state with changes; None takes something away."""
    one = BLOCKS[name]
    state = []
    for own, changes in ((one.tensors(), tensors), (one.params(), params)):
        merged = {**own, **(changes or {})}
        state.append({key: merged[key] for key in merged if merged[key] is not Ellipsis})
    return state


def u8(text):
    return np.frombuffer(text, np.uint8)


HOSTILE = {
    "no terms": changed(tensors={"terms.values": ...}),
    "no bytes": changed(tensors={"terms.values": u8(b"")}),
    "a term twice": changed(
        tensors={"terms.values": u8(b"aa"), "terms.offsets": np.array([0, 1, 2], np.uint32)}
    ),
    "descending": changed(
        tensors={"terms.values": u8(b"ba"), "terms.offsets": np.array([0, 1, 2], np.uint32)}
    ),
    "offsets beyond": changed(
        tensors={"terms.values": u8(b"ab"), "terms.offsets": np.array([0, 9, 2], np.uint32)}
    ),
    "no UTF-8": changed(
        tensors={"terms.values": u8(b"\xff"), "terms.offsets": np.array([0, 1], np.uint32)}
    ),
    "numbers": changed(tensors={"terms.values": np.arange(3), "terms.offsets": ...}),
    "features beyond": changed(tensors={"features": np.full(len(words()), 9, np.int32)}),
    "no feature": changed(tensors={"features": np.full(len(words()), -1, np.int32)}),
    "few features": changed(tensors={"features": np.zeros(1, np.int32)}),
    "a descending hash": changed(tensors={"silent": np.array([3, 1], np.uint32)}),
    "more columns than idf": changed(tensors={"silent": np.array([1, 3], np.uint32)}),
    "silent hashes": changed(tensors={"silent": np.array([1, 3], np.uint32)}, name="hashed"),
    "features of int64": changed(tensors={"features": np.arange(len(words()))}),
    "few codes": changed(tensors={"idf_codes": np.zeros(2, np.uint8)}),
    "codes beyond": changed(tensors={"idf_codes": np.full(len(words()), 9, np.uint8)}),
    "codes alone": changed(tensors={"idf": ...}),
    "few idf": changed(tensors={"idf_codes": ...}),
    "idf of NaN": changed(tensors={"idf": np.full(5, np.nan)}),
    "idf in float32": changed(tensors={"idf": np.zeros(5, np.float32)}),
    "an unknown tensor": changed(tensors={"more": np.zeros(5, np.float32)}),
    "buckets of terms": changed(tensors={"buckets": np.zeros(1, np.uint32)}),
    "buckets beyond": changed(tensors={"buckets": np.array([9, 53], np.uint32)}, name="hashed"),
    "buckets twice": changed(tensors={"buckets": np.array([9, 9], np.uint32)}, name="hashed"),
    "no buckets": changed(tensors={"buckets": np.array([], np.uint32)}, name="hashed"),
    "terms of hashes": changed(tensors=BLOCKS["in order"].tensors(), name="hashed"),
    "no columns": changed({"hashing": {"n_columns": 0, "alternate_sign": True}}, name="hashed"),
    "huge columns": changed(
        {"hashing": {"n_columns": 2**31, "alternate_sign": True}}, name="hashed"
    ),
    "columns of text": changed(
        {"hashing": {"n_columns": "9", "alternate_sign": True}}, name="hashed"
    ),
    "a sign of 1": changed({"hashing": {"n_columns": 9, "alternate_sign": 1}}, name="hashed"),
    "half a hashing": changed({"hashing": {"n_columns": 9}}, name="hashed"),
    "signs and logarithms": changed({"sublinear_tf": True}, name="hashed"),
    "an unknown parameter": changed({"more": 1}),
    **{f"no {key}": changed({key: ...}) for key in BLOCKS["terms"].params()},
    **{
        f"{key}={value!r}": changed({key: value})
        for key, value in [
            ("column", -1),
            ("column", True),
            ("column", "0"),
            ("analyzer", "words"),
            ("analyzer", 3),
            ("lowercase", 1),
            ("strip_accents", "none"),
            ("strip_accents", ""),
            ("strip_accents", ["ascii"]),
            ("token_pattern", r"(a+)+$"),
            ("token_pattern", None),
            ("stop_words", "german"),
            ("stop_words", ["b", "a"]),
            ("stop_words", ["a", 3]),
            ("stop_words", None),
            ("ngram_range", [1]),
            ("ngram_range", [0, 1]),
            ("ngram_range", [2, 1]),
            ("ngram_range", [1, 10**9]),
            ("ngram_range", [1, 2.0]),
            ("ngram_range", "12"),
            ("decode_error", "xmlcharrefreplace"),
            ("binary", 0),
            ("sublinear_tf", None),
            ("norm", "l3"),
            ("norm", ["l2"]),
        ]
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_states_are_refused(name):
    with pytest.raises((ValueError, TypeError)):
        TextBlock.from_state(*HOSTILE[name])


def test_wrong_parts_are_refused():
    with pytest.raises(TypeError, match="settings must be TextSettings"):
        block(settings={})
    with pytest.raises(TypeError, match="terms must be Terms or HashedTerms"):
        block(terms=Keys.of(["a"]))
    with pytest.raises(ValueError, match="utf-8"):
        block(settings=replace(SETTINGS, encoding="latin-1"))
    with pytest.raises(ValueError, match="reads a text"):
        Encoder(columns=(Column(None, "category"),), blocks=(block(),))
