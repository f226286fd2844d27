"""TablePreprocessor as one of scikit-learn's transformers; cells that do not fit are named."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import slimline as sl
from preprocessing.twins import random_table
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

ROLES = {"categories": ["zone"], "dates": ["when"]}


@pytest.fixture(scope="module")
def frame():
    return random_table(np.random.default_rng(1), 400)


@pytest.fixture
def fitted(frame):
    return sl.TablePreprocessor(**ROLES).fit(frame)


@parametrize_with_checks([sl.TablePreprocessor()])
def test_scikit_learn_has_no_objections(estimator, check):
    check(estimator)


def test_a_copy_gives_the_same(frame, fitted):
    expected = fitted.transform(frame)
    for other in (
        pickle.loads(pickle.dumps(fitted)),  # noqa: S301 - its own
        copy.deepcopy(fitted),
        clone(fitted).fit(frame),
        sl.TablePreprocessor().set_params(**fitted.get_params()).fit(frame),
    ):
        np.testing.assert_array_equal(_dense(other.transform(frame)), _dense(expected))
        assert other.summary() == fitted.summary()


def _dense(features):
    return features.toarray() if sparse.issparse(features) else features


def test_a_fit_begins_anew(frame):
    preprocessor = sl.TablePreprocessor(drop=[0], categories=[1]).fit(frame[["age", "plan"]])
    preprocessor.fit(frame.to_numpy(dtype=object)[:, :5])
    assert not hasattr(preprocessor, "feature_names_in_")
    assert preprocessor.n_features_in_ == 5
    assert preprocessor.dropped_ == {0: "drop"}


@pytest.mark.parametrize(("container", "library"), [("pandas", pd), ("polars", pl)])
def test_set_output(frame, container, library):
    preprocessor = sl.TablePreprocessor(**ROLES).set_output(transform=container)
    for features in (preprocessor.fit_transform(frame), preprocessor.transform(frame)):
        assert isinstance(features, library.DataFrame)
        assert list(features.columns) == preprocessor.get_feature_names_out().tolist()


def test_sparse_output_is_as_told(frame):
    few = frame[["age", "plan"]]
    many = few.assign(city=[f"c{i % 150}" for i in range(len(frame))])
    for choice, of_few, of_many in (
        (True, True, True),
        (False, False, False),
        ("auto", False, True),
    ):
        for X, expected in ((few, of_few), (many, of_many)):
            preprocessor = sl.TablePreprocessor(sparse_output=choice, min_frequency=1).fit(X)
            features = preprocessor.transform(X)
            assert sparse.issparse(features) == preprocessor.sparse_output_ == expected
            if expected:
                assert features.format == "csr"
                assert features.has_canonical_format
                assert (features.data != 0).all()


def test_feature_names(frame):
    names = sl.TablePreprocessor(indicator=True, **ROLES).fit(frame).get_feature_names_out()
    assert {"age", "member", "when_year", "when_weekday", "city_Oslo", "zone_3"} <= set(names)
    assert len(set(names)) == len(names)
    unnamed = sl.TablePreprocessor().fit(frame[["age", "plan"]].to_numpy(dtype=object))
    assert unnamed.get_feature_names_out().tolist()[:2] == ["x0", "x1_basic"]
    assert unnamed.get_feature_names_out(["a", "b"]).tolist()[:2] == ["a", "b_basic"]
    with pytest.raises(ValueError, match="input_features"):
        unnamed.get_feature_names_out(["a"])


def test_no_two_features_have_one_name():
    rows = [{"a": "b_c", "a_b": "c", "a_b_c": i, "s": "infrequent"} for i in range(10)]
    rows += [{"a": "d", "a_b": "e", "a_b_c": 3, "s": "t"} for _ in range(9)]
    rows.append({"a": "d", "a_b": "e", "a_b_c": 3, "s": "rare"})
    names = sl.TablePreprocessor(min_frequency=2).fit(rows).get_feature_names_out().tolist()
    assert names == [
        *("a_b_c", "a_b_c_2", "a_d", "a_b_c_3", "a_b_e"),
        *("s_infrequent", "s_t", "s_infrequent_2"),
    ]


def test_texts_are_counted_by_the_vectorizer():
    titles = [f"a {word} film of {word}s" for word in ("good", "bad", "long", "short")] * 5
    rows = pd.DataFrame({"title": titles, "year": [1990 + i % 7 for i in range(20)]})
    rows.loc[3, "title"] = None
    theirs = sl.TfidfVectorizer().fit_transform(rows["title"].fillna("")).toarray()
    preprocessor = sl.TablePreprocessor(texts=["title"]).fit(rows)
    features = preprocessor.transform(rows)
    assert sparse.issparse(features)
    np.testing.assert_array_equal(features.toarray()[:, 1:], theirs)
    assert preprocessor.get_feature_names_out().tolist()[:3] == ["year", "title_bad", "title_bads"]
    assert "TfidfVectorizer" in preprocessor.summary()
    np.testing.assert_array_equal(
        sl.TablePreprocessor(texts=["title"], sparse_output=False).fit_transform(rows),
        features.toarray(),
    )
    own = sl.CountVectorizer(ngram_range=(2, 2))
    preprocessor = sl.TablePreprocessor(texts={"title": own}).fit(rows)
    assert "title_film of" in preprocessor.get_feature_names_out()
    assert not hasattr(own, "vocabulary_")
    alone = sl.TablePreprocessor(texts=["title"]).fit(rows[["title"]])
    np.testing.assert_array_equal(alone.transform(rows[["title"]]).toarray(), theirs)


def test_parts_of_dates_are_those_that_vary():
    days = pd.DataFrame({"when": pd.date_range("2024-02-26", periods=30)})
    preprocessor = sl.TablePreprocessor(dates="when", scale=None).fit(days)
    names = preprocessor.get_feature_names_out().tolist()
    assert names == ["when_month", "when_day", "when_weekday"]
    texts = days["when"].dt.strftime("%Y-%m-%d").to_frame()
    leap = preprocessor.transform(texts)[3]
    assert leap.tolist() == [2, 29, 3]
    zoned = days["when"].dt.tz_localize("Asia/Tokyo").to_frame()
    np.testing.assert_array_equal(preprocessor.transform(zoned), preprocessor.transform(days))
    with pytest.raises(ValueError, match="'2024-02-30' in row 0"):
        preprocessor.transform(pd.DataFrame({"when": ["2024-02-30"]}))


@pytest.mark.parametrize(
    ("column", "cell", "kind", "message"),
    [
        ("age", "old", TypeError, "column 'age' must hold numbers, got 'old' in row 2"),
        ("age", "30", TypeError, "column 'age' must hold numbers, got '30' in row 2"),
        ("age", np.inf, ValueError, "column 'age' must hold finite numbers, got inf in row 2"),
        ("age", [3], TypeError, "column 'age' must hold numbers, got list"),
        ("city", 3, TypeError, "column 'city' must hold texts as categories, got 3 in row 2"),
        ("zone", "3", TypeError, "column 'zone' must hold numbers as categories, got '3' in row 2"),
        ("city", [3], TypeError, "column 'city' must hold texts as categories, got list"),
        ("when", 3, TypeError, "column 'when' must hold dates, got"),
        ("when", "soon", ValueError, "column 'when' must hold dates as .*, got 'soon' in row 2"),
        ("city", "x" * 999 + "\x1b", None, None),
    ],
)
def test_cells_that_do_not_fit_are_named(fitted, frame, column, cell, kind, message):
    rows = frame[:4].astype(object).to_dict("records")
    if column == "when":
        for row in rows:
            row["when"] = None
    rows[2][column] = cell
    if kind is None:
        assert fitted.transform(rows).shape[0] == 4
        return
    with pytest.raises(kind, match=message):
        fitted.transform(rows)


def test_texts_that_were_numbers_in_the_fit_are_numbers_ever_after():
    rows = [{"n": str(i % 9), "c": "ab"[i % 2]} for i in range(40)]
    preprocessor = sl.TablePreprocessor(scale=None, unknown="error").fit(rows)
    got = preprocessor.transform([{"n": " 2e1", "c": "a"}, {"n": 3, "c": "b"}, {"n": "", "c": "a"}])
    assert got[:, 0].tolist() == [20, 3, 3.5]
    with pytest.raises(ValueError, match="column 'n' must hold numbers, got 'x' in row 1"):
        preprocessor.transform([{"n": "1", "c": "a"}, {"n": "x", "c": "a"}])
    with pytest.raises(ValueError, match="column 'n' must hold finite numbers, got inf in row 0"):
        preprocessor.transform([{"n": "1e999", "c": "a"}])


def test_marks_are_missing_in_every_column(fitted, frame):
    rows = frame[:3].astype(object).to_dict("records")
    gone = copy.deepcopy(rows)
    for column in ("age", "city", "plan", "member"):
        rows[1][column] = "N/A"
        gone[1][column] = None
    np.testing.assert_array_equal(_dense(fitted.transform(rows)), _dense(fitted.transform(gone)))


def test_what_is_no_table_is_refused(fitted, frame):
    rows = frame.to_dict("records")
    cases = [
        (3, "Expected 2D array, got 0D array"),
        ([1, 2], "Expected 2D array, got 1D array"),
        (frame.drop(columns=["city"]), "X must have the columns .* has no city"),
        (frame.to_numpy(dtype=object)[:, :3], "X has 3 features, but TablePreprocessor"),
        (frame[:0], "Found array with 0 sample"),
        ([{**rows[0]}, {"age": 3}], "row 1 of X has no city, flat, income, "),
        ([[1, 2], [3]], "X must have rows of one length, got lengths from 1 to 2"),
        (frame.assign(x=1).rename(columns={"x": "age"}), "got age more than once"),
        (np.ones((2, 8), complex), "Complex data not supported"),
    ]
    for X, message in cases:
        with pytest.raises(ValueError, match=message):
            fitted.transform(X)
    cases = [
        (sparse.eye(3, format="csr"), "X must be a table, got a sparse matrix"),
        (rows[0], "X must hold rows, as a data frame, .*, got dict"),
        ("a,b", "X must hold rows, .*, got str"),
        ([rows[0], 3], "row 1 of X must be a dict as the first is, got int"),
        ([{1: 2}], "keys of the rows of X must be str, got 1"),
        (
            frame.rename(columns={"age": 3}),
            "names of the columns of X must all be str, got int, str",
        ),
    ]
    for X, message in cases:
        with pytest.raises(TypeError, match=message):
            fitted.transform(X)


def test_frames_whose_columns_are_counted_have_no_names():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)))
    preprocessor = sl.TablePreprocessor().fit(frame)
    assert preprocessor.column_types_ == dict.fromkeys(range(3), "number")
    np.testing.assert_array_equal(
        preprocessor.transform(frame), preprocessor.transform(frame.to_numpy())
    )


@pytest.mark.parametrize("method", ["transform", "get_feature_names_out", "summary"])
def test_what_needs_a_fit_says_so(method, frame):
    with pytest.raises(NotFittedError):
        getattr(sl.TablePreprocessor(), method)(*[frame] * (method == "transform"))


def test_the_table_is_not_changed(frame):
    before = frame.copy(deep=True)
    sl.TablePreprocessor(**ROLES).fit(frame).transform(frame)
    pd.testing.assert_frame_equal(frame, before)
    X = np.random.default_rng(0).normal(size=(30, 3))
    X[0, 0] = np.nan
    kept = X.copy()
    sl.TablePreprocessor().fit_transform(X)
    np.testing.assert_array_equal(X, kept)


def test_pipelines_are_searched_and_validated(frame):
    y = np.where(frame["income"].fillna(0) > 30_000, "more", "less")
    pipeline = make_pipeline(sl.TablePreprocessor(**ROLES), sl.LinearSVC())
    assert cross_val_score(pipeline, frame, y, cv=3).mean() > 0.8
    grid = {"tablepreprocessor__min_frequency": [5, 0.1], "linearsvc__C": [0.1, 1]}
    assert GridSearchCV(pipeline, grid, cv=2).fit(frame, y).best_score_ > 0.8


def test_the_summary_says_what_becomes_of_columns(frame):
    preprocessor = sl.TablePreprocessor(drop=["plan"], indicator=True, **ROLES).fit(frame)
    summary = preprocessor.summary().splitlines()
    assert len(summary) == 2 + frame.shape[1]
    n_features = [int(line[summary[0].index("features") :].split()[0]) for line in summary[2:]]
    assert sum(n_features) == len(preprocessor.get_feature_names_out())
    assert summary[-1].endswith("year, month, day, weekday, hour; standard")
    assert summary[2].startswith("age     number")
    assert [line.split()[1:4] for line in summary if line.startswith("plan")] == [
        ["left", "out", "0"]
    ]
