"""TablePreprocessor beside scikit-learn's transformers: the same values, whatever is asked."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import slimline as sl
from preprocessing.twins import CONTAINERS, UNNAMED, random_table, twin, unseen
from sklearn.base import clone

pytestmark = [
    pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning"),
    pytest.mark.filterwarnings("ignore::slimline.DataWarning"),
]

OPTIONS: dict[str, list[Any]] = {
    "impute": ["median", "mean", "most_frequent", -1.5],
    "indicator": [False, True],
    "min_frequency": ["auto", 1, 12, 0.05, 0.2, None],
    "max_categories": [None, None, 1, 2, 4],
    "unknown": ["ignore", "infrequent_if_exist"],
    "scale": ["standard", "minmax", None],
    "sparse_output": ["auto", True, False],
}
N_CASES = 40
ROLES = {"categories": ["zone"], "dates": ["when"]}
PLACES = {"categories": [6], "dates": [7]}


def dense(features: Any) -> Any:
    return features.toarray() if hasattr(features, "toarray") else features


def assert_equal(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(dense(got), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(N_CASES))
def test_values_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    chooser = random.Random(seed)  # noqa: S311 - no secret
    options = {name: chooser.choice(values) for name, values in OPTIONS.items()}
    train = random_table(rng, int(rng.integers(30, 1200)))
    test = unseen(rng, random_table(rng, 50))
    container = CONTAINERS[chooser.choice(list(CONTAINERS))]
    preprocessor = sl.TablePreprocessor(**ROLES, **options)
    features = preprocessor.fit_transform(container(train))
    theirs = twin(preprocessor, train).fit(train)
    assert_equal(features, theirs.transform(train))
    assert_equal(preprocessor.transform(container(train)), dense(features))
    assert_equal(preprocessor.transform(container(test)), theirs.transform(test))
    assert len(preprocessor.get_feature_names_out()) == features.shape[1]


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_container_gives_the_same(name, seed):
    rng = np.random.default_rng(seed)
    train, test = random_table(rng, 200), random_table(rng, 40)
    preprocessor = sl.TablePreprocessor(**ROLES, indicator=True)
    expected = clone(preprocessor).fit(train).transform(test)
    container = CONTAINERS[name]
    assert_equal(preprocessor.fit(container(train)).transform(container(test)), dense(expected))
    assert set(preprocessor.column_types_.values()) == {"number", "boolean", "category", "date"}
    # Columns are found by name: in any order, among others.
    other = test[test.columns[::-1]].assign(more="?")
    assert_equal(preprocessor.transform(container(other)), dense(expected))


@pytest.mark.parametrize("name", UNNAMED)
def test_tables_without_names_give_the_same(name):
    rng = np.random.default_rng(5)
    train, test = random_table(rng, 200), random_table(rng, 40)
    expected = sl.TablePreprocessor(**ROLES).fit(train).transform(test)
    container = UNNAMED[name]
    preprocessor = sl.TablePreprocessor(**PLACES).fit(container(train))
    assert_equal(preprocessor.transform(container(test)), dense(expected))
    assert preprocessor.column_types_[4] == "category"
    assert "x4_Oslo" in preprocessor.get_feature_names_out()


def test_a_matrix_of_numbers_is_standardised():
    X = np.random.default_rng(0).normal(5, 3, (60, 4)).astype(np.float32)
    X[3, 1] = np.nan
    preprocessor = sl.TablePreprocessor().fit(X)
    assert preprocessor.column_types_ == dict.fromkeys(range(4), "number")
    filled = np.where(np.isnan(X), np.nanmedian(X, axis=0), X).astype(np.float64)
    expected = (filled - filled.mean(axis=0)) / filled.std(axis=0)
    np.testing.assert_allclose(preprocessor.transform(X), expected, atol=1e-6)


@pytest.mark.parametrize("unknown", ["ignore", "error"])
def test_unknown_categories(unknown):
    rng = np.random.default_rng(3)
    train = random_table(rng, 300, missing=0)
    preprocessor = sl.TablePreprocessor(**ROLES, unknown=unknown).fit(train)
    for column, cell, shown in (("city", "Atlantis", "'Atlantis'"), ("zone", 17.0, "17.0")):
        test = train[:5].copy()
        test.loc[3, column] = cell
        if unknown == "error":
            with pytest.raises(ValueError, match=rf"'{column}' holds {shown} in row 3"):
                preprocessor.transform(test)
        else:
            names = preprocessor.get_feature_names_out()
            its = [j for j, name in enumerate(names) if name.startswith(column)]
            assert dense(preprocessor.transform(test))[:, its].sum(axis=1).tolist() == [
                1,
                1,
                1,
                0,
                1,
            ]


def test_a_missing_category_may_be_unknown():
    train = random_table(np.random.default_rng(3), 300, missing=0)
    test = train[:2].copy()
    test.loc[1, "plan"] = None
    with pytest.raises(ValueError, match="'plan' holds a missing cell in row 1"):
        sl.TablePreprocessor(unknown="error").fit(train).transform(test)
