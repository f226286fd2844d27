"""What convert refuses: by the way to the step, or by the row whose answer differs."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from conversion import tables
from conversion.fronts import FRAME, ONE_HOT, WHOLE, Y, check
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)


class Odd(BaseEstimator, TransformerMixin):
    """Something of the caller's own."""

    def fit(self, X: Any, y: Any = None) -> Odd:  # noqa: ARG002 - scikit-learn's
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        return X


class Twice(StandardScaler):
    """A known class with another transform."""

    def transform(self, X: Any, copy: Any = None) -> Any:
        return 2 * super().transform(X, copy)


@pytest.mark.parametrize(
    ("step", "columns", "message"),
    [
        (Odd(), ["age"], "columntransformer > it: cannot convert a Odd in front of the estimator"),
        (
            make_pipeline(Normalizer()),
            ["age", "pay"],
            "it > normalizer: cannot convert a Normalizer",
        ),
        (FunctionTransformer(np.cbrt), ["age"], "it: cannot convert FunctionTransformer(cbrt)"),
        (SimpleImputer(strategy="most_frequent"), ["city"], "put a OneHotEncoder, OrdinalEncoder"),
        (make_pipeline(StandardScaler(), OneHotEncoder()), ["age"], "it > onehotencoder: cannot"),
        (Twice(), ["age"], "it: cannot convert a Twice: its transform is not that of"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_refused_says_where_it_is(step: Any, columns: Any, message: str) -> None:
    front = ColumnTransformer([("it", step, columns)])
    pipeline = Pipeline([("columntransformer", front), ("last", Ridge())])
    if isinstance(step, SimpleImputer):  # its texts would reach the estimator
        front.fit(FRAME, Y)
        pipeline.steps[-1] = ("last", Ridge().fit(np.ones((4, 1)), np.ones(4)))
    else:
        tables.fitted(pipeline, FRAME, Y)
    with pytest.raises(TypeError, match=re.escape(message)):
        sl.convert(pipeline)


def test_steps_must_be_fitted() -> None:
    pipeline = Pipeline([("scale", StandardScaler()), ("last", Ridge().fit([[1.0]], [1.0]))])
    with pytest.raises(NotFittedError):
        sl.convert(pipeline)


def test_None_and_NaN_as_two_categories_are_refused() -> None:
    cells = pd.Series(["x", None, np.nan, "y"] * 5, dtype=object)
    frame = pd.DataFrame({"a": cells})
    front = make_column_transformer((OneHotEncoder(), ["a"]))
    pipeline = tables.fitted(make_pipeline(front, Ridge()), frame, np.arange(20))
    with pytest.raises(TypeError, match="None and NaN as categories of their own"):
        sl.convert(pipeline)


@pytest.mark.parametrize("cells", [pd.date_range("2024-01-01", periods=3), [b"a", b"b", b"c"]])
def test_categories_that_are_neither_texts_nor_numbers_are_refused(cells: Any) -> None:
    frame = pd.DataFrame({"a": pd.Series([*cells] * 5, dtype=object)})
    front = make_column_transformer((OneHotEncoder(), ["a"]))
    pipeline = tables.fitted(make_pipeline(front, Ridge()), frame, np.arange(15))
    with pytest.raises(TypeError, match="cannot convert categories such as"):
        sl.convert(pipeline)


def test_encoders_that_contradict_each_other_are_refused() -> None:
    ordinal = OrdinalEncoder(
        categories=[["", "NA", "Oslo"]], handle_unknown="use_encoded_value", unknown_value=-1
    )
    steps = make_pipeline(ordinal, OneHotEncoder(categories=[[-1.0, 0, 1]]))
    front = make_column_transformer((steps, ["city"]))
    rows = FRAME[FRAME["city"].isin(["", "NA"])]
    pipeline = make_pipeline(front, Ridge()).fit(rows, np.arange(len(rows)))
    with pytest.raises(TypeError, match="encoders that refuse 'Oslo' but take unknown keys"):
        sl.convert(pipeline)


def test_answers_that_differ_are_refused_with_their_row() -> None:
    pipeline = tables.fitted(make_pipeline(WHOLE, LogisticRegression()), FRAME, Y)
    rows = FRAME.copy()
    rows["state"] = rows["state"].astype(object)
    rows.loc[7, "state"] = None  # to scikit-learn no NaN: not imputed, so unknown
    with pytest.raises(
        sl.ConversionError, match=r"decision_function differs .* in row 7"
    ) as caught:
        sl.convert(pipeline, X=rows)
    assert isinstance(caught.value, ValueError)
    assert caught.value.row == 7
    assert caught.value.difference > 1e-3
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - as between processes
    assert (str(copy), copy.row) == (str(caught.value), 7)


def test_columns_far_from_zero_that_nothing_centres_are_centred_on_rows() -> None:
    frame = FRAME[["city", "age"]].assign(time=1.7e9 + 1e4 * FRAME["pay"])
    front = make_column_transformer((ONE_HOT, ["city"]), remainder="passthrough")
    y = frame["time"] / 1e4 - 1.7e5 + frame["age"]
    pipeline = make_pipeline(front, LinearRegression()).fit(frame, y)
    model = sl.convert(pipeline, X=frame)
    assert model.input.is_exact
    np.testing.assert_allclose(model.predict(frame), pipeline.predict(frame), atol=1e-3)


def test_the_history_names_the_steps() -> None:
    model = check(WHOLE)
    assert model.history[-1].parameters["steps"] == "ColumnTransformer"
    assert model.history[-1].measured["output_error"] < 1e-5
