"""The core reads texts that stand for missing cells and for numbers as the blocks do."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import slimline as sl
from inputs.tables import bare, model, network, u32
from slimline._checks import Csr
from slimline.inputs import (
    CategoriesBlock,
    Column,
    Encoder,
    MissingBlock,
    NumbersBlock,
    Step,
    TextCells,
    compiled,
)
from slimline.preprocessing.encoding import encoder_of

NAMES = ("age", "pay", "city", "plan", "floor")
N_ROWS = 150  # more than a pandas frame that is read as Python's values


def table(seed, n=N_ROWS):
    """Return columns with marks, and pay as texts."""
    random = np.random.default_rng(seed)
    marks = ["?", "NA", "", None]

    def marked(value):
        return marks[random.integers(4)] if random.random() < 0.2 else value

    return {
        "age": [float(random.integers(18, 80)) for _ in range(n)],
        "pay": [marked(f"{random.normal():.3f}") for _ in range(n)],
        "city": [marked(str(random.choice(["Oslo", "Rome", "größer"]))) for _ in range(n)],
        "plan": [marked(str(random.choice(["a, b", 'say "c"', "d"]))) for _ in range(n)],
        "floor": [int(random.integers(0, 4)) for _ in range(n)],
    }


def rows_of(columns):
    return [dict(zip(NAMES, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _objects(columns):
    out = np.empty((len(columns["age"]), len(NAMES)), dtype=object)
    out[:] = [list(row.values()) for row in rows_of(columns)]
    return out


CONTAINERS: Mapping[str, Callable[[dict[str, list[Any]]], Any]] = {
    "dicts": rows_of,
    "lists": lambda columns: [list(row.values()) for row in rows_of(columns)],
    "tuples": lambda columns: [tuple(row.values()) for row in rows_of(columns)],
    "objects": _objects,
    "texts": lambda columns: _objects(columns).astype(str),
    "pandas": pd.DataFrame,
    "few rows of pandas": lambda columns: pd.DataFrame(columns).iloc[:20],
    "pandas objects": lambda columns: pd.DataFrame(columns, dtype=object),
    "pandas texts": lambda columns: pd.DataFrame(columns).astype(
        {"pay": "string", "city": "string"}
    ),
    "pandas categories": lambda columns: pd.DataFrame(columns).astype(
        {"pay": "category", "city": "category"}
    ),
    "pandas arrow": lambda columns: pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype),
    "pandas numbers of other types": lambda columns: pd.DataFrame(columns).astype(
        {"age": "Int64", "floor": "category"}
    ),
    "polars": pl.DataFrame,
    "polars categories": lambda columns: pl.DataFrame(columns).with_columns(
        pl.col("pay", "city").cast(pl.Categorical)
    ),
    "polars decimals": lambda columns: pl.DataFrame(columns).with_columns(
        pl.col("age").cast(pl.Decimal(10, 2))
    ),
    "pyarrow": pa.table,
    "pyarrow dictionaries": lambda columns: pa.table(
        {**columns, "pay": pa.array(columns["pay"]).dictionary_encode()}
    ),
}


def preprocessor_encoder(seed=0, **settings):
    """Return the encoder of a TablePreprocessor."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sl.DataWarning)
        fitted = sl.TablePreprocessor(categories=["floor"], **settings).fit(rows_of(table(seed)))
    made = encoder_of(fitted)
    assert made.text_cells.missing_marks
    assert made.text_cells.number_columns
    return made


def outcome(call: Callable[[], Any]) -> Any:
    """Return the features of rows, or the error."""
    try:
        got = call()
    except (TypeError, ValueError) as error:
        return type(error), str(error)
    return [part.tolist() for part in got[:3]] if isinstance(got, Csr) else got.tolist()


def check_both(of, X):
    """Compare what the core makes of rows with what the blocks make of them."""
    assert of.compiled() is not None
    expected = outcome(lambda: of.encode(X))
    assert outcome(lambda: compiled.encode(of, X, np.float64)) == expected
    if not isinstance(expected, tuple):
        assert compiled.unseen(of, X) == of.unseen(X)
    return expected


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(
    "settings", [{}, {"indicator": True}, {"unknown": "error"}, {"max_categories": 2}], ids=str
)
def test_tables_of_a_preprocessor(container, settings):
    of = preprocessor_encoder(**settings)
    for seed in range(1, 4):
        X = CONTAINERS[container](table(seed))
        is_error = container == "texts"  # of numbers, in columns where these are errors
        assert isinstance(check_both(of, X), tuple) == is_error


def small(*, missing, unknown, marks=("?", "", "-1", "NA"), extra=()):
    """Return an encoder with numbers and cities, of which some block reads "?" as a key too."""
    impute = Step(op="impute", arrays={"value": np.array([-5.0])})
    cities = CategoriesBlock.of(
        column=2,
        outcomes={"Oslo": 0, "?": 1, "zebra": 1},
        n_outcomes=4,
        missing=missing,
        unknown=unknown,
    )
    floors = CategoriesBlock.of(
        column=4, outcomes={0: 0, 1: 1, -1: 0}, n_outcomes=2, missing=-1, unknown=-1
    )
    return Encoder(
        columns=tuple(Column(n, "number" if n in NAMES[:2] else "category") for n in NAMES),
        blocks=(NumbersBlock(columns=u32(0), steps=(impute,)), cities, floors, *extra),
        text_cells=TextCells(missing_marks=marks, number_columns=(0,)),
    )


def _indicator(*columns):
    n = len(columns)
    return MissingBlock(columns=u32(*columns), values=np.array([[0.0] * n, [1.0] * n]))


ENCODERS = {
    "as one of its own": small(missing=2, unknown=3),
    "as no feature": small(missing=-1, unknown=3),
    "an error": small(missing=None, unknown=3),
    "an error as unknown ones are": small(missing=None, unknown=None),
    "unknown ones are errors": small(missing=2, unknown=None),
    "indicated": small(missing=2, unknown=3, extra=(_indicator(0, 1, 2),)),
    "a mark that is no character": small(missing=2, unknown=3, marks=("?", "\ud800")),
    "no marks": small(missing=2, unknown=3, marks=()),
}
CELLS = [
    *("?", "", "-1", "\ud800", "Oslo", "zebra", "elsewhere", "3", " 3.5e1", "1_0", "inf", "true"),
    *(None, np.nan, pd.NA, 3, -1, 0, True, 2.5, np.str_("?"), np.str_("3"), b"?", "1e999"),
]


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("column", [0, 1, 2, 4])
@pytest.mark.parametrize("place", range(len(CELLS)))
def test_every_kind_of_cell(name, column, place):
    of = ENCODERS[name]
    for other in (1.0, "Oslo", "nowhere"):
        rows = [[1.0, 2.0, "Oslo", None, 0], [1.0, 2.0, "zebra", None, 1]]
        rows[1][column] = CELLS[place]
        if column != 2:
            rows[0][2] = other if isinstance(other, str) else "Oslo"
        expected = check_both(of, rows)
        check_both(of, [dict(zip(NAMES, row, strict=True)) for row in rows])
        frame = pd.DataFrame(rows, columns=list(NAMES), dtype=object)
        for n in (1, 40):  # more rows are read by column
            more = pd.concat([frame] * n)
            assert isinstance(check_both(of, more), tuple) == isinstance(expected, tuple)


def test_categories_that_no_cell_has_may_be_anything():
    of = small(missing=2, unknown=3)
    frame = pd.DataFrame(
        {**table(0), "age": pd.Categorical(["3", "?"] * (N_ROWS // 2), ["3", "?", "no number"])}
    ).astype({"city": "category"})
    assert not isinstance(check_both(of, frame), tuple)
    frame["age"] = pd.Categorical(["3", "no number"] * (N_ROWS // 2))
    assert check_both(of, frame)[0] is ValueError


def test_the_first_wrong_cell_is_named_whoever_reads_it():
    of = small(missing=2, unknown=None)
    rows = [[np.inf, 1, "elsewhere", None, 0], ["no number", 1, "Oslo", None, 0]]
    assert check_both(of, rows)[1] == "column 'age' must hold numbers, got 'no number' in row 1"


FORMS = {
    "dict": dict,
    "dict with more": lambda row: {**row, "more": "?"},
    "list": lambda row: list(row.values()),
    "tuple": lambda row: tuple(row.values()),
    "array": lambda row: _objects({name: [cell] for name, cell in row.items()})[0],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("make", [model, network])
def test_single_rows_of_a_preprocessor(form, make):
    made = make(preprocessor_encoder())
    assert made.input.encoder.compiled() is not None
    bound, layers = made.bind(), bare(made)
    for row in rows_of(table(5)):
        features = np.asarray(made.input.encoder.encode([row]))
        np.testing.assert_allclose(
            bound.outputs(FORMS[form](row)), layers.outputs(features)[0], rtol=1e-5, atol=1e-6
        )
        assert bound.predict(FORMS[form](row)) == made.predict([row])[0]


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_lines_of_csv(quoting):
    made = network(preprocessor_encoder())
    bound = made.bind()
    for row in rows_of(table(6)):
        out = io.StringIO()
        csv.writer(out, quoting=quoting).writerow(row.values())
        np.testing.assert_array_equal(bound.outputs(out.getvalue()), made.outputs([row])[0])


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("column", [0, 1, 2, 4])
def test_single_rows_with_every_kind_of_cell(name, column):
    made = network(ENCODERS[name])
    bound = made.bind()
    for cell in CELLS:
        row = dict(zip(NAMES, [1.0, 2.0, "Oslo", None, 0], strict=True))
        row[NAMES[column]] = cell
        expected = outcome(lambda row=row: made.outputs([row])[0])
        for form in FORMS.values():
            assert outcome(lambda form=form, row=row: bound.outputs(form(row))) == expected


@pytest.mark.parametrize("name", ["as one of its own", "an error", "indicated"])
@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("-1,1,Oslo,,0", [None, 1, "Oslo", None, 0]),
        ('"-1",1,"?",,"-1"', [None, 1, None, None, None]),
        ('true,"1",?,,?', [True, 1, None, None, None]),
        ('"?","","-1",, 1', [None, None, None, None, 1]),
        ('"NA","",Rome,,"NA"', [None, None, "Rome", None, None]),
        ('-1.0,-1,"zebra",x,-1.0', [-1.0, None, "zebra", None, -1.0]),
        ("no number,1,Oslo,,0", ["no number", 1, "Oslo", None, 0]),
    ],
)
def test_marks_in_lines(name, line, row):
    made = network(ENCODERS[name])
    got = outcome(lambda: made.bind().outputs(line))
    if "no number" in line:
        assert got == (ValueError, "column 'age' must hold a number, got 'no number'")
    else:
        assert got == outcome(lambda: made.outputs([row])[0])
