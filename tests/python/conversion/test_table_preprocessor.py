"""Pipelines that begin with a TablePreprocessor become Models of raw rows."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl
from preprocessing.twins import CONTAINERS, UNNAMED, random_table, unseen
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

pytestmark = [
    pytest.mark.filterwarnings("ignore::slimline.DataWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
ROLES = {"categories": ["zone"], "drop": ["when"]}


def tables(seed=0):
    rng = np.random.default_rng(seed)
    train = random_table(rng, 400)
    return train, unseen(rng, random_table(rng, 60))


def target(frame):
    return frame["income"].fillna(2e4) / 1e4 + frame["city"].eq("Oslo") * 2


def assert_same(pipeline, model, X):
    for method in ("predict_proba", "predict"):
        if hasattr(pipeline, method):
            expected = getattr(pipeline, method)(X)
            got = getattr(model, method)(X)
            if expected.dtype.kind == "f":
                np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
            else:
                np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_model_predicts_what_the_pipeline_does(name, tmp_path):
    train, test = tables()
    container = CONTAINERS[name]
    y = np.where(target(train) > 3, "more", "less")
    preprocessor = sl.TablePreprocessor(**ROLES, indicator=True)
    estimator = sl.SGDClassifier(loss="log_loss", max_iter=20, random_state=0)
    pipeline = make_pipeline(preprocessor, estimator).fit(container(train), y)
    model = sl.convert(pipeline)
    sl.save(model, tmp_path / "m.slim")
    for each in (model, sl.load(tmp_path / "m.slim")):
        assert_same(pipeline, each, container(test))
    assert [column.name for column in model.input.columns] == list(train.columns[:7])


@pytest.mark.parametrize("name", UNNAMED)
def test_rows_may_have_no_names(name):
    train, test = tables(1)
    container = UNNAMED[name]
    preprocessor = sl.TablePreprocessor(categories=[6], drop=[7])
    pipeline = make_pipeline(preprocessor, sl.SGDRegressor(max_iter=20, random_state=0))
    pipeline.fit(container(train), target(train))
    assert_same(pipeline, sl.convert(pipeline), container(test))


@pytest.mark.parametrize(
    "steps",
    [
        (LogisticRegression(),),
        (MaxAbsScaler(), LogisticRegression()),
        (StandardScaler(with_mean=False), sl.LinearSVC()),
        (SelectKBest(k=6), Ridge()),
        (sl.MLPClassifier((5,), max_iter=5, random_state=0),),
    ],
    ids=lambda steps: " ".join(type(step).__name__ for step in steps),
)
def test_other_steps_may_follow(steps):
    train, test = tables(2)
    y = (target(train) > 3).astype(int)
    pipeline = make_pipeline(sl.TablePreprocessor(**ROLES), *steps).fit(train, y)
    assert_same(pipeline, sl.convert(pipeline), test)


def test_single_rows_are_dicts_sequences_and_lines():
    train, test = tables(4)
    test = test.drop(columns="when")
    preprocessor = sl.TablePreprocessor(**ROLES)
    pipeline = make_pipeline(preprocessor, Ridge()).fit(
        CONTAINERS["pandas of files"](train), target(train)
    )
    predictor = sl.convert(pipeline).bind()
    rows = CONTAINERS["dicts"](test)
    lines = test.to_csv(index=False, header=False, na_rep="NA").splitlines()
    for row, line, expected in zip(rows, lines, pipeline.predict(_whole(test)), strict=True):
        for each in (row, {**row, "more": 3}, list(row.values()), line):
            assert predictor.predict(each) == pytest.approx(expected, abs=1e-4)


def _whole(frame):
    return frame.assign(when=None)


def test_a_matrix_of_numbers():
    X = np.random.default_rng(0).normal(5, 3, (100, 4))
    X[::7, 1] = np.nan
    pipeline = make_pipeline(sl.TablePreprocessor(), Ridge()).fit(X, np.nan_to_num(X).sum(axis=1))
    assert_same(pipeline, sl.convert(pipeline), X)


def test_what_no_model_represents_is_refused_by_name():
    train, _ = tables(3)
    y = (target(train) > 3).astype(int)
    pipeline = make_pipeline(sl.TablePreprocessor(dates=["when"]), LogisticRegression())
    message = r"tablepreprocessor: cannot convert columns of dates \('when'\); make numbers"
    with pytest.raises(TypeError, match=message):
        sl.convert(pipeline.fit(train, y))
    numbers = train[["age", "income", "flat"]].fillna(0)
    pipeline = make_pipeline(StandardScaler(), sl.TablePreprocessor(), LogisticRegression())
    with pytest.raises(TypeError, match="cannot convert a TablePreprocessor behind other steps"):
        sl.convert(pipeline.fit(numbers, y))
    columns = ColumnTransformer(
        [("a", sl.TablePreprocessor(), ["age", "income", "flat"]), ("b", StandardScaler(), ["age"])]
    )
    with pytest.raises(TypeError, match="cannot convert a TablePreprocessor beside other steps"):
        sl.convert(make_pipeline(columns, LogisticRegression()).fit(numbers, y))
