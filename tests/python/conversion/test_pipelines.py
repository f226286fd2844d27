"""Pipelines around the steps: column transformers of every kind, unions, nesting, containers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import slimline as sl
from conversion import tables
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)

FRAME = tables.table(300, 1)
NEW = tables.table(200, 2, unseen=True)
Y = tables.labels(FRAME)
ONE_HOT = OneHotEncoder(handle_unknown="ignore")
IMPUTED = make_pipeline(SimpleImputer(), StandardScaler())
FILLED = make_pipeline(SimpleImputer(strategy="most_frequent"), ONE_HOT)
WHOLE = make_column_transformer(
    (StandardScaler(), tables.NUMBERS),
    (SimpleImputer(strategy="median", add_indicator=True), tables.GAPS),
    (ONE_HOT, tables.CATEGORIES),
    (FILLED, tables.HOLES),
)


def check(front: Any, last: Any = None, *, rows: Any = FRAME, new: Any = NEW, y: Any = Y) -> Any:
    pipeline = tables.fitted(make_pipeline(front, last or LogisticRegression()), rows, y)
    model = sl.convert(pipeline, X=rows)
    tables.check_same(pipeline, model, new)
    return model


@pytest.mark.parametrize("unseen", [False, True])
def test_every_container_gives_the_same_answers(*, unseen: bool, tmp_path: Any) -> None:
    pipeline = tables.fitted(make_pipeline(WHOLE, LogisticRegression()), FRAME, Y)
    model = sl.convert(pipeline)
    rows = tables.table(150, 3, unseen=unseen)
    bare = rows.astype(object).where(rows.notna(), None)
    used = [column.name for column in model.input.columns]
    shuffled = rows[[*reversed(tables.COLUMNS)]].assign(more="not read")
    others = [
        shuffled,
        rows.convert_dtypes(),
        pl.from_pandas(rows),
        pa.Table.from_pandas(rows),
        bare.to_dict("records"),
        bare[used].to_numpy(dtype=object),
        bare[used].to_numpy(dtype=object).tolist(),
    ]
    tables.check_same(pipeline, model, rows, others)
    sl.save(model, tmp_path / "m")
    np.testing.assert_array_equal(sl.load(tmp_path / "m").outputs(rows), model.outputs(rows))


def test_columns_are_those_that_are_read_with_their_kinds() -> None:
    front = make_column_transformer((StandardScaler(), ["pay"]), (ONE_HOT, ["city", "size"]))
    columns = check(front).input.columns
    assert [(c.name, c.kind) for c in columns] == [
        ("pay", "number"),
        ("city", "category"),
        ("size", "category"),
    ]


@pytest.mark.parametrize(
    "columns",
    [
        ["age", "pay"],
        [0, 2],
        slice(0, 3),
        slice("age", "pay"),
        [True, False, True, *[False] * 7],
        np.array([-8, 0]),
        make_column_selector(pattern="^(age|pay)$"),
        lambda frame: [name for name in frame.columns if name in ("hours", "age")],
    ],
    ids=["names", "places", "slice", "names from to", "mask", "from the end", "selector", "call"],
)
@pytest.mark.parametrize("remainder", ["drop", "onehot"])
def test_columns_however_they_are_chosen(columns: Any, remainder: Any) -> None:
    rest = ONE_HOT if remainder == "onehot" else remainder
    check(make_column_transformer((StandardScaler(), columns), remainder=rest))


def test_selectors_of_types() -> None:
    front = make_column_transformer(
        (make_pipeline(SimpleImputer(), MinMaxScaler()), make_column_selector(dtype_include=float)),
        (ONE_HOT, make_column_selector(dtype_include=[object, bool])),
        remainder="passthrough",
    )
    check(front)


@pytest.mark.parametrize("remainder", ["passthrough", "drop", StandardScaler()], ids=str)
def test_weights_names_and_what_remains(remainder: Any) -> None:
    front = ColumnTransformer(
        [
            ("n", "passthrough", ["hours"]),
            ("out", "drop", ["score", "debt", *tables.HOLES]),
            ("c", ONE_HOT, tables.CATEGORIES),
            ("none", StandardScaler(), []),
        ],
        remainder=remainder,
        transformer_weights={"n": 0.5, "c": 3.0},
        verbose_feature_names_out=False,
        sparse_threshold=0,
    )
    check(front)


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_nested_transformers_that_read_what_others_made(output: str) -> None:
    first = make_column_transformer(
        (SimpleImputer(), tables.GAPS),
        (SimpleImputer(strategy="most_frequent"), ["state", "grade"]),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform=output)
    second = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["state", "city"]),
        (KBinsDiscretizer(3, encode="onehot-dense"), ["debt"]),
        (make_pipeline(StandardScaler(), PolynomialFeatures(2)), ["age", "hours"]),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["grade", "size"]),
        verbose_feature_names_out=False,
    ).set_output(transform=output)
    check(make_pipeline(first, second, SelectKBest(k=9), StandardScaler()))


def test_unions_and_pipelines_in_one_another() -> None:
    numbers = FeatureUnion(
        [
            ("as", "passthrough"),
            ("out", "drop"),
            ("bins", KBinsDiscretizer(4, encode="ordinal")),
            ("log", make_pipeline(FunctionTransformer(np.log1p), StandardScaler())),
        ],
        transformer_weights={"as": 0.1},
    )
    front = make_column_transformer((numbers, tables.NUMBERS), (IMPUTED, tables.GAPS))
    check(make_pipeline("passthrough", make_pipeline(front, None), StandardScaler()))


@pytest.mark.parametrize("last", [LogisticRegression(), MLPClassifier((4,), max_iter=20)], ids=str)
def test_components_of_numbers_and_categories(last: Any) -> None:
    front = make_column_transformer(
        (make_pipeline(StandardScaler(), PCA(2, whiten=True)), tables.NUMBERS),
        (make_pipeline(ONE_HOT, TruncatedSVD(4, random_state=0)), tables.CATEGORIES),
        (IMPUTED, tables.GAPS),
    )
    model = check(front, last)
    in_front = len(model.layers) - (2 if isinstance(last, MLPClassifier) else 1)
    assert in_front == 0  # merged: fewer weights than a layer of its own
    check(make_pipeline(front, StandardScaler(), PCA(3)), last)


def test_components_are_a_layer_where_that_is_smaller() -> None:
    random = np.random.default_rng(0)
    X = random.normal(3, 1, (200, 40)) @ random.normal(size=(40, 40))
    y = X[:, 0] > X[:, 1]
    network = MLPClassifier((30,), max_iter=20, random_state=0)
    model = check(make_pipeline(StandardScaler(), PCA(5)), network, rows=X, new=X[::-1] + 1, y=y)
    assert [layer.n_out for layer in model.layers] == [5, 30, 1]
    assert model.input.encoder is None
    raw = check(PCA(5), rows=X + 1e6, new=X[:50] + 1e6, y=y)
    assert raw.input.is_exact  # far from zero: centred in float64


def test_a_matrix_without_steps_of_a_table_has_no_encoder() -> None:
    X = FRAME[tables.NUMBERS].to_numpy()
    front = make_pipeline(StandardScaler(), SelectKBest(k=2), MinMaxScaler())
    stage = check(front, rows=X, new=X[::-1] * 1.1).input
    assert stage.encoder is None
    assert (stage.n_features, len(stage.selected)) == (3, 2)
    table = check(make_pipeline(PolynomialFeatures(), StandardScaler()), rows=X, new=X[::-1])
    assert [column.name for column in table.input.columns] == [None] * 3


def test_arrays_of_objects_have_columns_without_names() -> None:
    rows, new = (frame.to_numpy(dtype=object) for frame in (FRAME, NEW))
    front = make_column_transformer((StandardScaler(), [0, 1]), (FILLED, [-2, 5]))
    model = check(front, rows=rows, new=new)
    assert len(model.input.columns) == len(tables.COLUMNS)


def test_searches_and_regressions() -> None:
    y = tables.target(FRAME)
    search = GridSearchCV(make_pipeline(WHOLE, Ridge()), {"ridge__alpha": [0.1, 1.0]}, cv=2)
    tables.fitted(search, FRAME, y)
    tables.check_same(search, sl.convert(search, X=FRAME), NEW)
    inner = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2)
    check(WHOLE, inner, y=np.c_[y, -y])
    with pytest.raises(ValueError, match="has no best estimator; fit with refit=True"):
        sl.convert(
            GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=2, refit=False).fit([[1]] * 4, [1] * 4)
        )


@pytest.mark.parametrize("k", [2, 3])
def test_target_encodings_by_class(k: int) -> None:
    front = make_column_transformer((TargetEncoder(random_state=0), tables.CATEGORIES))
    check(front, y=tables.labels(FRAME, k))


def test_whole_numbers_beyond_float64_stay_apart() -> None:
    big = 2**60 + np.arange(300) % 3
    frame = pd.DataFrame({"id": big, "age": FRAME["age"]})
    check(make_column_transformer((OneHotEncoder(), ["id"])), rows=frame, new=frame, y=big % 2)
    both = make_column_transformer((OneHotEncoder(), ["id"]), (StandardScaler(), ["id"]))
    pipeline = tables.fitted(make_pipeline(both, Ridge()), frame, big % 2)
    with pytest.raises(TypeError, match="beyond what float64 tells apart"):
        sl.convert(pipeline)


def test_a_column_read_as_numbers_and_as_categories() -> None:
    front = make_union(StandardScaler(), OneHotEncoder(handle_unknown="ignore"))
    model = check(make_column_transformer((front, ["age", "size"])))
    assert [column.kind for column in model.input.columns] == ["number", "number"]


@st.composite
def _fronts(draw: Any) -> Any:
    numbers = draw(st.sampled_from([StandardScaler(), PolynomialFeatures(2), KBinsDiscretizer(3)]))
    gaps = draw(
        st.builds(
            SimpleImputer,
            strategy=st.sampled_from(["mean", "median", "most_frequent"]),
            add_indicator=st.booleans(),
        )
    )
    encoder = st.one_of(
        st.builds(
            OneHotEncoder,
            handle_unknown=st.sampled_from(["ignore", "infrequent_if_exist", "error"]),
            drop=st.sampled_from([None, "first", "if_binary"]),
            min_frequency=st.sampled_from([None, 2, 30, 0.2]),
            max_categories=st.sampled_from([None, 2, 4]),
        ),
        st.builds(
            OrdinalEncoder,
            handle_unknown=st.just("use_encoded_value"),
            unknown_value=st.sampled_from([-1, 1000]),
            encoded_missing_value=st.just(-2),
            min_frequency=st.sampled_from([None, 30]),
        ),
    )
    parts = [
        (
            make_pipeline(numbers, draw(st.sampled_from([None, StandardScaler(with_mean=False)]))),
            tables.NUMBERS,
        ),
        (make_pipeline(gaps, draw(st.sampled_from([None, MinMaxScaler(clip=True)]))), tables.GAPS),
        (draw(encoder), draw(st.permutations(tables.CATEGORIES))),
        (draw(encoder), tables.HOLES),
    ]
    return make_column_transformer(*draw(st.permutations(parts)))


@settings(max_examples=40)
@given(_fronts(), st.integers(10, 40))
def test_random_pipelines_on_random_tables(front: Any, seed: int) -> None:
    rows, new = tables.table(80, seed), tables.table(40, seed + 100, unseen=True)
    check(front, Ridge(), rows=rows, new=new, y=tables.target(rows))


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
