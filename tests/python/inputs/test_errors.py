"""What is no row of a model's table is an error that names column, row and value."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from inputs.tables import COLUMNS, CONTAINERS, ROWS, encoder, model, u32
from scipy import sparse
from slimline.inputs import BinsBlock, CategoriesBlock, Column, Encoder, NumbersBlock, Step

LONG = "x" * 10_000


def of_category(**changes):
    settings = {"column": 0, "n_outcomes": 2, "unknown": None, "missing": None}
    block = CategoriesBlock.of(**{**settings, "outcomes": {"a": 0, "b": 1}, **changes})
    return Encoder(columns=(Column("city", "category"),), blocks=(block,))


def of_numbers(*steps):
    block = NumbersBlock(columns=u32(0), steps=steps)
    return Encoder(columns=(Column("age", "number"),), blocks=(block,))


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, pd.NA, pd.NaT, np.float32("nan")])
def test_missing_cells_where_nothing_imputes(missing):
    with pytest.raises(ValueError, match="column 'age' must have a number in every row, but row 1"):
        of_numbers().encode([[1], [missing]])
    with pytest.raises(ValueError, match="column 'city' must hold a known category, but row 1"):
        of_category().encode([["a"], [missing]])


@pytest.mark.parametrize("text", ["", "NA", "nan", "None"])
def test_texts_are_never_missing(text):
    made = of_category(unknown=0, missing=1)
    assert made.encode([[text], [None]]).tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("cell", "error", "match"),
    [
        ("39", TypeError, "column 'age' must hold numbers or booleans, got str '39' in row 1"),
        (b"39", TypeError, "got bytes"),
        (dt.date(2020, 1, 1), TypeError, "got date"),
        (1j, TypeError, "got complex"),
        ([1], TypeError, "got list"),
        (float("inf"), ValueError, "column 'age' must hold finite numbers, got inf in row 1"),
        (-np.inf, ValueError, "got -inf in row 1"),
        (10**400, ValueError, "column 'age' must hold finite numbers, got 1000.* in row 1"),
        (LONG, TypeError, r"\(10,000 characters\)"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_numbers(cell, error, match):
    with pytest.raises(error, match=match) as raised:
        of_numbers().encode([[1.0], [cell]])
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("cell", [3, 3.0, np.int8(3), np.float32(3), Decimal(3), np.array(3)])
def test_kinds_of_numbers(cell):
    assert of_numbers().encode([[cell]]).tolist() == [[3.0]]
    assert of_category(outcomes={1: 0, 3: 1}).encode([[cell]]).tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("cell", "error", "match"),
    [
        ("c", ValueError, "column 'city' must hold a known category, but row 1, 'c', is unknown"),
        (3, TypeError, "column 'city' must hold texts as its keys are, got int 3 in row 1"),
        (True, TypeError, "got bool True in row 1"),
        (b"a", TypeError, "must hold texts or numbers, got bytes"),
        (dt.date(2020, 1, 1), TypeError, "got date"),
        (LONG, ValueError, r"\(10,000 characters\)"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_categories(cell, error, match):
    with pytest.raises(error, match=match) as raised:
        of_category().encode([["a"], [cell]])
    assert len(str(raised.value)) < 300


def test_numbers_against_keys_of_other_kinds():
    ints = of_category(outcomes={2**62: 0, 2**62 + 1: 1}, unknown=-1)
    cells = [[2**62 + 1], [2**62], [float(2**62)], [2**62 + 2], [2**80]]
    assert ints.encode(cells).tolist() == [[0, 1], [1, 0], [1, 0], [0, 0], [0, 0]]
    flags = of_category(outcomes={False: 0, True: 1}, unknown=-1)
    assert flags.encode([[1], [0.0], [True], [2]]).tolist() == [[0, 1], [1, 0], [0, 1], [0, 0]]
    with pytest.raises(TypeError, match="must hold integers as its keys are, got str '1'"):
        ints.encode([["1"]])


def test_results_that_are_not_finite():
    with pytest.raises(ValueError, match=r"'age' has no finite value after the steps log in row 1"):
        of_numbers(Step(op="log")).encode([[1], [-2.5]])
    with pytest.raises(ValueError, match=r"got -2\.5"):
        of_numbers(Step(op="sqrt")).encode([[1], [-2.5]])


def test_absent_columns_are_named():
    for rows in (
        pd.DataFrame({"age": [1], "city": ["a"]}),
        pl.DataFrame({"age": [1], "city": ["a"]}),
    ):
        with pytest.raises(ValueError, match="missing: income, floor, member"):
            model().predict(rows)
    without = {name: value for name, value in ROWS[1].items() if name != "floor"}
    with pytest.raises(ValueError, match="row 1 of X must have 'floor', but has not"):
        model().predict([ROWS[0], without])


@pytest.mark.parametrize(
    ("rows", "error", "match"),
    [
        ([[1, 2]], ValueError, "row 0 of X has 2 columns, but the model reads rows of 5"),
        (np.zeros((3, 4)), ValueError, "X has 4 columns, but the model reads rows of 5"),
        (np.zeros(5), ValueError, "X must have 2 dimensions"),
        (ROWS[0], TypeError, "got a single dict"),
        ("39,Paris", TypeError, "got a single str"),
        ([ROWS[0], [1, 2, 3, 4, 5]], TypeError, "row 1 of X must be a mapping"),
        (["Paris"], TypeError, "row 0 of X must be a sequence of cells, got str"),
        (5, TypeError, "X must hold rows, got int"),
        (None, TypeError, "X must hold rows, got NoneType"),
        (iter(ROWS), TypeError, "X must hold rows, got list_iterator"),
        (sparse.csr_matrix((2, 5)), ValueError, "X has 5 features, but the model expects 22"),
    ],
)
def test_what_holds_no_rows(rows, error, match):
    with pytest.raises(error, match=match):
        model().predict(rows)


def test_columns_without_names():
    made = model(encoder().without_names())
    frame = CONTAINERS["pandas"](ROWS)
    assert made.predict(frame).tolist() == model().predict(ROWS).tolist()
    with pytest.raises(ValueError, match="X has 6 columns, but the model reads rows of 5"):
        made.predict(frame.assign(more=1))
    with pytest.raises(TypeError, match="columns have no names"):
        made.predict(ROWS)
    with pytest.raises(TypeError, match="column 0 must hold numbers or booleans"):
        made.predict([["x", "Paris", 1, 3, True]])


@pytest.mark.parametrize("container", CONTAINERS)
def test_no_rows_give_no_predictions(container):
    made = model()
    empty = CONTAINERS["pandas"](ROWS).iloc[:0]
    assert made.outputs(empty).shape == (0, 3)
    try:
        rows = CONTAINERS[container](ROWS)[:0]
    except TypeError:
        return
    if not hasattr(rows, "columns"):
        assert made.outputs(rows).shape == (0, 3)


def test_two_columns_of_one_name():
    frame = pd.DataFrame([[1, 2]], columns=["age", "age"])
    with pytest.raises(ValueError, match="different names, got age more than once"):
        of_numbers().encode(frame)


def test_bins_of_nothing():
    block = BinsBlock(columns=u32(0), edges=np.array([1.0]), starts=u32(0, 1))
    made = Encoder(columns=COLUMNS, blocks=(block,))
    with pytest.raises(ValueError, match="column 'age' must have a number in every row, but row 2"):
        made.encode(ROWS)
