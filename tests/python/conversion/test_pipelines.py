"""Pipelines around the steps: column transformers of every kind, unions, nesting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from conversion import tables
from conversion.fronts import FRAME, IMPUTED, NEW, ONE_HOT, WHOLE, check
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)


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


FIRST = [
    FeatureUnion([("out", "drop"), ("it", StandardScaler()), ("bins", KBinsDiscretizer(3))]),
    FeatureUnion([("none", make_pipeline("passthrough", None)), ("it", "passthrough")]),
    FeatureUnion([("log", make_pipeline(None, FunctionTransformer(np.log1p)))]),
    FunctionTransformer(np.log1p),
]


@pytest.mark.parametrize("front", FIRST, ids=lambda front: str(front)[:60])
def test_the_columns_are_known_from_steps_within_the_first(front: Any) -> None:
    frame, new = FRAME[tables.NUMBERS], NEW[tables.NUMBERS]
    for rows, others in ((frame, new), (frame.to_numpy(), new.to_numpy())):
        columns = check(make_pipeline("passthrough", front), rows=rows, new=others).input.columns
        names = tables.NUMBERS if isinstance(rows, pd.DataFrame) else [None] * 3
        assert [column.name for column in columns] == names


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
