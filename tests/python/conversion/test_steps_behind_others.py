"""Steps behind encoders, imputers, bins and components, and cells that are marked in odd ways."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from conversion import tables
from conversion.fronts import FRAME, NEW, check
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction import DictVectorizer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

DENSE = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
ORDINAL = OrdinalEncoder(
    handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
)


def names_of(steps: Any) -> str:
    return " ".join(type(step).__name__ for step in steps)


BEHIND = [
    (ORDINAL, KBinsDiscretizer(2, encode="ordinal")),
    (ORDINAL, KBinsDiscretizer(2)),
    (ORDINAL, SimpleImputer(missing_values=-1, strategy="most_frequent", add_indicator=True)),
    (ORDINAL, Binarizer(threshold=0.5)),
    (ORDINAL, FunctionTransformer(np.square)),
    (DENSE, Binarizer(threshold=0.5)),
    (DENSE, FunctionTransformer(np.exp)),
    (DENSE, StandardScaler(), FunctionTransformer(np.abs), MinMaxScaler(clip=True)),
    (DENSE, SimpleImputer(add_indicator=True), RobustScaler()),
    (DENSE, PCA(3), SimpleImputer(), MaxAbsScaler()),
]


@pytest.mark.parametrize("steps", BEHIND, ids=names_of)
@pytest.mark.parametrize("columns", [["city", "vip"], ["state", "grade"]], ids=["full", "holes"])
def test_steps_behind_encoders(steps: Any, columns: list[str]) -> None:
    front = make_column_transformer((make_pipeline(*steps), columns), (StandardScaler(), ["age"]))
    check(front)


@pytest.mark.parametrize(
    "steps",
    [
        (KBinsDiscretizer(3, encode="ordinal"), StandardScaler()),
        (KBinsDiscretizer(3, encode="onehot-dense"), StandardScaler(), SimpleImputer()),
        (FunctionTransformer(np.log1p), SimpleImputer(add_indicator=True)),
        (PolynomialFeatures(2), SimpleImputer(), StandardScaler(), RobustScaler()),
        (FunctionTransformer(np.clip, kw_args={"a_min": None, "a_max": 50}),),
        (FunctionTransformer(np.clip, kw_args={"a_min": [20, 30, 40], "a_max": None}),),
    ],
    ids=names_of,
)
def test_steps_behind_steps_of_numbers(steps: Any) -> None:
    check(make_column_transformer((make_pipeline(*steps), tables.NUMBERS)))


def test_columns_taken_twice_and_in_another_order() -> None:
    first = make_column_transformer(
        (DENSE, ["vip", "size"]),
        (KBinsDiscretizer(3, encode="onehot-dense"), ["age", "pay"]),
        (PolynomialFeatures(2), ["hours"]),
        (SimpleImputer(add_indicator=True), ["debt"]),
        (ORDINAL, ["state"]),
    )
    again = make_column_transformer(
        (StandardScaler(), [9, 1, 1, 3]), ("passthrough", [*range(14, 5, -1), 7, 0, 0])
    )
    check(make_pipeline(first, again))


def test_products_of_columns_some_of_which_are_scaled() -> None:
    first = make_column_transformer((StandardScaler(), ["age"]), ("passthrough", ["pay", "hours"]))
    check(make_pipeline(first, PolynomialFeatures(2, include_bias=False), StandardScaler()))


@pytest.mark.parametrize("keep", [False, True])
def test_columns_without_a_value(keep: bool) -> None:  # noqa: FBT001 - a parameter of the test
    rows = FRAME.assign(debt=np.nan)
    front = make_column_transformer(
        (SimpleImputer(keep_empty_features=keep, add_indicator=True), ["debt", "score"])
    )
    check(front, rows=rows, new=NEW)


@pytest.mark.parametrize("mark", ["?", "new"])
def test_cells_that_equal_a_mark(mark: str) -> None:
    rows, new = (frame.assign(state=frame["state"].fillna("old")) for frame in (FRAME, NEW))
    filled = SimpleImputer(missing_values=mark, strategy="most_frequent")
    twice = SimpleImputer(strategy="constant", fill_value="lost")
    front = make_column_transformer(
        (make_pipeline(filled, twice, DENSE), ["state"]),
        (MissingIndicator(missing_values=mark, features="all"), ["state"]),
        (MissingIndicator(missing_values=3.0, features="all"), ["age"]),
    )
    check(front, rows=rows, new=new)


def test_indicators_behind_imputers_are_never_set() -> None:
    filled = make_pipeline(SimpleImputer(), MissingIndicator(features="all"))
    text = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="x"), MissingIndicator(features="all")
    )
    bare = MissingIndicator(features="all")
    check(make_column_transformer((filled, ["debt"]), (text, ["state"]), (bare, ["state", "debt"])))


def test_rows_of_dicts_may_lack_what_a_frame_leaves_missing() -> None:
    rows = [{"a": 1.5, "b": "x"}, {"a": 2.0}, {"b": "y", "c": True}, {"b": "x"}] * 20
    y = np.arange(80) % 4 > 1
    pipeline = make_pipeline(DictVectorizer(), MaxAbsScaler(), LogisticRegression()).fit(rows, y)
    frame = pd.DataFrame(rows).astype({"b": object, "c": object})
    model = sl.convert(pipeline)
    expected = pipeline.decision_function(rows)
    np.testing.assert_allclose(model.decision_function(frame), expected, atol=1e-5)
    with pytest.raises(ValueError, match="must have 'b', but has not"):
        model.predict([{"a": 1.0, "c": False}])


DICTS = [{"a": 1.5, "b": "x"}, {"a": "one", "b": "y"}] * 5


@pytest.mark.parametrize(
    ("front", "rows", "message"),
    [
        (DictVectorizer(), DICTS, "'a' is a number and a text"),
        (DictVectorizer(), [{1: 2.0}, {1: 3.0}], "a DictVectorizer of keys such as 1"),
        (
            make_column_transformer(
                (
                    FunctionTransformer(np.clip, kw_args={"a_min": 0, "a_max": 9, "dtype": float}),
                    ["age"],
                )
            ),
            FRAME,
            "FunctionTransformer(np.clip) with ['dtype']",
        ),
        (
            make_column_transformer((make_pipeline(DENSE, Binarizer(threshold=-1)), ["city"])),
            FRAME,
            "makes features of categories infinite or constant",
        ),
        (
            make_column_transformer(
                (make_pipeline(StandardScaler(), SimpleImputer(missing_values=-1)), ["age"])
            ),
            FRAME,
            "SimpleImputer(missing_values=-1) behind other steps",
        ),
        (
            make_pipeline(
                FeatureUnion([("p", PolynomialFeatures(2))], transformer_weights={"p": 0}),
                StandardScaler(),
            ),
            FRAME[["age", "pay"]],
            "with a weight of 0",
        ),
        (
            make_pipeline(
                make_column_transformer((SimpleImputer(), ["debt"]), ("passthrough", ["age"])),
                PolynomialFeatures(2),
            ),
            FRAME,
            "behind different steps",
        ),
    ],
    ids=lambda value: None if isinstance(value, list | pd.DataFrame) else str(value)[:40],
)
def test_what_is_refused_and_why(front: Any, rows: Any, message: str) -> None:
    pipeline = tables.fitted(make_pipeline(front, Ridge()), rows, np.arange(len(rows)))
    with pytest.raises(TypeError, match=re.escape(message)):
        sl.convert(pipeline)
