"""The encoder of a Model gives the features of the preprocessor, of all that both take."""

from __future__ import annotations

import random

import numpy as np
import pytest
import slimline as sl
from preprocessing.twins import CONTAINERS, UNNAMED, random_table, unseen
from slimline.inputs import Encoder
from slimline.preprocessing.encoding import encoder_of

pytestmark = pytest.mark.filterwarnings("ignore::slimline.DataWarning")

OPTIONS = {
    "impute": ["median", "mean", -1.5],
    "indicator": [False, True],
    "min_frequency": ["auto", 1, 0.1],
    "max_categories": [None, 3],
    "unknown": ["ignore", "infrequent_if_exist"],
    "scale": ["standard", "minmax", None],
}


def dense(features):
    if hasattr(features, "indptr"):
        from scipy import sparse  # noqa: PLC0415 - few need it

        features = sparse.csr_matrix(
            (features.data, features.indices, features.indptr), features.shape
        )
        return features.toarray()
    return features


@pytest.mark.parametrize("seed", range(12))
def test_features_are_those_of_the_preprocessor(seed):
    rng = np.random.default_rng(seed)
    chooser = random.Random(seed)  # noqa: S311 - no secret
    options = {name: chooser.choice(values) for name, values in OPTIONS.items()}
    train = random_table(rng, 300)
    test = unseen(rng, random_table(rng, 40))
    container = CONTAINERS[chooser.choice(list(CONTAINERS))]
    preprocessor = sl.TablePreprocessor(categories=["zone"], drop=["when"], **options)
    preprocessor.fit(container(train))
    encoder = encoder_of(preprocessor)
    for rows in (container(train), container(test), CONTAINERS["dicts"](test)):
        expected = dense(preprocessor.transform(rows))
        np.testing.assert_allclose(dense(encoder.encode(rows)), expected, rtol=1e-12, atol=1e-12)
    assert encoder.n_features == expected.shape[1]
    assert [column.name for column in encoder.columns] == list(train.columns[:7])
    state = {name: array.copy() for name, array in encoder.tensors().items()}
    again = Encoder.from_state(state, encoder.params())
    np.testing.assert_array_equal(dense(again.encode(test)), dense(encoder.encode(test)))


@pytest.mark.parametrize("name", UNNAMED)
def test_rows_without_names_come_by_position(name):
    rng = np.random.default_rng(4)
    train, test = random_table(rng, 300), random_table(rng, 40)
    container = UNNAMED[name]
    preprocessor = sl.TablePreprocessor(categories=[6], drop=[7]).fit(container(train))
    encoder = encoder_of(preprocessor)
    assert len(encoder.columns) == 8
    got = dense(encoder.encode(container(test)))
    np.testing.assert_allclose(got, dense(preprocessor.transform(container(test))), atol=1e-12)


@pytest.mark.parametrize("unknown", ["ignore", "infrequent_if_exist", "error"])
@pytest.mark.parametrize("missing", [0, 0.2])
def test_marks_are_missing_categories(unknown, missing):
    rng = np.random.default_rng(9)
    train = random_table(rng, 300)[["city", "age"]]
    gone = rng.random(300) < missing
    train["city"] = train["city"].fillna("Oslo").replace("missing", "Oslo").mask(gone, None)
    preprocessor = sl.TablePreprocessor(unknown=unknown, missing_marks=["-", "n. a."]).fit(train)
    encoder = encoder_of(preprocessor)
    rows = [{"city": cell, "age": 30} for cell in ("-", "n. a.", None, "missing", "Oslo")]
    if unknown == "error" and not missing:
        for row in rows[:3]:
            for encode in (encoder.encode, preprocessor.transform):
                with pytest.raises(ValueError, match="column 'city'"):
                    encode([row])
        return
    got = dense(encoder.encode(rows))
    np.testing.assert_allclose(got, dense(preprocessor.transform(rows)), atol=1e-12)
    np.testing.assert_array_equal(got[0], got[2])


@pytest.mark.parametrize("kind", ["bool", "beyond floats"])
def test_keys_of_other_kinds(kind):
    cells = [i % 3 == 0 for i in range(60)]
    if kind == "beyond floats":
        cells = [2**53 + i % 3 for i in range(60)]
    rows = [{"it": cell, "age": i % 7} for i, cell in enumerate(cells)]
    preprocessor = sl.TablePreprocessor(categories=["it"]).fit(rows)
    got = dense(encoder_of(preprocessor).encode(rows))
    np.testing.assert_allclose(got, preprocessor.transform(rows), atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dates": ["when"]}, r"columns of dates \('when'\); make numbers of their parts before"),
        ({"texts": ["plan"], "drop": ["when"]}, r"columns of texts \('plan'\)"),
    ],
)
def test_what_a_model_does_not_read_is_refused(arguments, message):
    train = random_table(np.random.default_rng(2), 100, missing=0)
    preprocessor = sl.TablePreprocessor(**arguments).fit(train)
    with pytest.raises(TypeError, match=message):
        encoder_of(preprocessor)


def test_texts_are_read_as_the_preprocessor_reads_them():
    rows = [{"n": str(i % 9), "m": i % 7, "c": "ab"[i % 2]} for i in range(60)]
    preprocessor = sl.TablePreprocessor().fit(rows)
    encoder = encoder_of(preprocessor)
    test = [{"n": " 2.5 ", "m": "?", "c": "N/A"}, {"n": "null", "m": 3, "c": ""}]
    np.testing.assert_allclose(
        dense(encoder.encode(test)), dense(preprocessor.transform(test)), atol=1e-12
    )
    for column, cell, kind in (("n", "x", ValueError), ("m", "3", TypeError), ("c", 3, TypeError)):
        wrong = [{**test[0], column: cell}]
        for encode in (preprocessor.transform, encoder.encode):
            with pytest.raises(kind, match=rf"column '{column}' must hold .*row 0"):
                encode(wrong)
