"""Data frames: columns by name and order, dtypes by the spec, the same numbers as arrays."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import slimline as sl

COLUMNS = {"distance": [1.5, 2, 9, 8], "hour": [9, 8, 17, 18], "rain": [True, False, True, False]}
FEATURES = {"distance": "float32", "hour": "int64", "rain": "bool"}
y = [0, 0, 1, 1]
FRAMES = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}


@pytest.fixture(params=FRAMES)
def frame(request):
    return FRAMES[request.param]


@pytest.fixture
def model():
    X = np.column_stack(list(COLUMNS.values()))
    spec = sl.ModelSpec(task="classification", features=FEATURES)
    return sl.convert(sl.SGDClassifier(loss="log_loss", random_state=0).fit(X, y)).with_spec(spec)


def test_same_numbers_as_the_array(model, frame):
    X, table = np.column_stack(list(COLUMNS.values())), frame(COLUMNS)
    np.testing.assert_array_equal(model.outputs(table), model.outputs(X))
    np.testing.assert_array_equal(model.predict(table), model.predict(X))
    np.testing.assert_array_equal(model.predict_proba(table), model.predict_proba(X))
    assert sl.evaluate(model, table, y).metrics == sl.evaluate(model, X, y).metrics


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: {"hour": c["hour"], **c}, "column 0 must be 'distance', got 'hour'; use X.list"),
        (lambda c: {k: c[k] for k in ("distance", "rain")}, "missing: hour"),
        (lambda c: c | {"snow": c["rain"]}, "unknown: snow"),
        (lambda c: c | {f"more{i}": c["rain"] for i in range(6)}, r"more4, \.\.\."),
    ],
)
def test_columns_must_be_the_models(model, frame, change, message):
    with pytest.raises(ValueError, match=f"model's columns in the model's order.*{message}"):
        model.predict(frame(change(COLUMNS)))


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("hour", [9.5, 8.0, 17.0, 18.0], "'hour' must convert to int64, got Float64"),
        ("rain", [1, 0, 1, 0], "'rain' must convert to bool, got Int64"),
        ("distance", ["1", "2", "9", "8"], "'distance' must hold numbers or bools, got String"),
    ],
)
def test_dtypes_must_convert(model, frame, column, values, message):
    with pytest.raises(TypeError, match=message):
        model.predict(frame(COLUMNS | {column: values}))


def test_missing_values_are_named_as_such(model, frame):
    with pytest.raises(ValueError, match="X must be finite"):
        model.predict(frame(COLUMNS | {"distance": [1.5, None, 9, 8]}))


def test_without_names_only_the_number_of_columns_counts(frame):
    X = np.column_stack(list(COLUMNS.values()))
    model = sl.convert(sl.LinearSVC().fit(X, y))
    reordered = {"z": COLUMNS["distance"], "a": COLUMNS["hour"], "k": COLUMNS["rain"]}
    np.testing.assert_array_equal(model.predict(frame(reordered)), model.predict(X))
    with pytest.raises(ValueError, match="X has 2 features, but the model expects 3"):
        model.predict(frame({"z": [1.0], "a": [2.0]}))


def test_without_narwhals_the_extra_is_named(model, tmp_path):
    sl.save(model, tmp_path / "x.slimline")
    code = f"""
import sys
sys.modules["narwhals"] = None
import slimline as sl
class Frame:
    columns = ["distance"]
try:
    sl.load({str(tmp_path / "x.slimline")!r}).predict(Frame())
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "pip install narwhals" in run.stdout


@pytest.mark.parametrize("make", [pd.DataFrame, lambda X, columns: pa.table(list(X.T), columns)])
def test_repeated_column_names(make):
    X = np.random.default_rng(0).standard_normal((20, 3))
    y = np.arange(20) % 2
    frame = make(X, columns=["a", "b", "a"])
    model = sl.convert(sl.LinearSVC().fit(pd.DataFrame(X, columns=list("abc")), y))
    for call in (lambda: sl.LinearSVC().fit(frame, y), lambda: model.predict(frame)):
        with pytest.raises(ValueError, match="different names, got a more than once"):
            call()
