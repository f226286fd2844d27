"""A model of a table bound for single rows predicts what the model does."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
import slimline as sl
from inputs.tables import CONTAINERS, NAMES, ROWS, encoder, many, model, network
from slimline.inputs import CategoriesBlock, Column, Encoder

SOME, _ = many(60)


def line(row):
    """Write a row as the csv module does, a missing cell as nothing."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_MINIMAL).writerow([row[name] for name in NAMES])
    return out.getvalue()


FORMS = {
    "dict": lambda row: row,
    "dict with more": lambda row: {**row, "more": object()},
    "list": lambda row: [row[name] for name in NAMES],
    "tuple": lambda row: tuple(row[name] for name in NAMES),
    "array": lambda row: CONTAINERS["objects"]([row])[0],
    "line of CSV": line,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("make", [model, network])
def test_every_form_of_a_row_predicts_as_the_model(form, make):
    made = make()
    bound = made.bind()
    for row in SOME:
        expected = made.outputs([row])[0]
        np.testing.assert_allclose(bound.outputs(FORMS[form](row)), expected, rtol=1e-6)
        assert bound.predict(FORMS[form](row)) == made.predict([row])[0]
    if made.classes is not None:
        assert type(bound.predict(SOME[0])) is str


def test_sparse_features():
    keys = {f"place {i}": i for i in range(500)}
    city = CategoriesBlock.of(column=1, outcomes=keys, n_outcomes=500, unknown=-1, missing=-1)
    columns = (Column("a", "number"), Column("city", "category"))
    made = model(Encoder(columns=columns, blocks=(city,)))
    bound = made.bind()
    for text in ("place 7", "place 499", "elsewhere"):
        assert bound.predict({"city": text}) == made.predict([{"city": text}])[0]
        np.testing.assert_array_equal(bound.outputs(f"1,{text}"), made.outputs([[1, text]])[0])
    assert type(bound.predict("1,place 7")) is str


@pytest.mark.parametrize(
    "text",
    ["", " ", "NA", "a,b", 'a "b"', '"', ",", "two\nlines", "größer", "'", "a\rb", '""', "Paris "],
)
def test_fields_of_csv_are_read_as_written(text):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([1, text, 0.5, 3, True])
    keys = CategoriesBlock.of(column=1, outcomes={text: 1}, n_outcomes=3, unknown=0, missing=2)
    made = network(encoder(blocks=(keys,)))
    expected = made.outputs([[1, text, 0.5, 3, True]])[0]
    got = made.bind().outputs(out.getvalue().replace('"1"', "1").replace('"3"', "3"))
    np.testing.assert_array_equal(got, expected)
    missing = made.bind().outputs("1,,0.5,3,True").copy()
    np.testing.assert_array_equal(missing, made.outputs([[1, None, 0.5, 3, True]])[0])


@pytest.mark.parametrize(
    ("row", "error", "match"),
    [
        ("39,Paris,1.5,3", ValueError, "line has 4 fields, but the model reads rows of 5"),
        ("x,Paris,1.5,3,true", ValueError, "column 'age' must hold a number, got 'x'"),
        ("1_0,Paris,1.5,3,true", ValueError, "column 'age' must hold a number, got '1_0'"),
        ("39,Paris,1.5,3,maybe", ValueError, "column 'member' must hold true or false"),
        ("inf,Paris,1.5,3,true", ValueError, "column 'age' must hold finite numbers, got inf"),
        ('39,"Paris,1.5,3,true', ValueError, "line must end its quotes"),
        ('39,"Paris"x,1.5,3,true', ValueError, "line must have a comma after a field in quotes"),
        ('39,Pa"ris,1.5,3,true', ValueError, "line must have quotes around"),
        ("39,Pa\nris,1.5,3,true", ValueError, "line must have quotes around"),
        ({"age": 1}, ValueError, "row 0 of X must have 'city'|missing|must have"),
        ([1, 2], ValueError, "has 2 columns, but the model reads rows of 5"),
        (5, TypeError, "row must be a mapping, a sequence or a line of CSV, got int"),
        (ROWS, TypeError, "sequence of cells|must hold|has 5 columns"),
        (np.zeros((2, 5)), TypeError, "row must be a mapping"),
    ],
    ids=str,
)
def test_what_is_no_row_is_an_error(row, error, match):
    bound = model().bind()
    for method in (bound.predict, bound.outputs):
        with pytest.raises(error, match=match):
            method(row)


def test_a_single_column_takes_a_text_as_the_cell():
    city = CategoriesBlock.of(
        column=0, outcomes={"a,b": 0, "c": 1}, n_outcomes=2, unknown=None, missing=None
    )
    made = network(Encoder(columns=(Column("city", "category"),), blocks=(city,)))
    np.testing.assert_array_equal(made.bind().outputs("a,b"), made.outputs([["a,b"]])[0])


def test_outputs_of_a_batch_are_those_of_its_rows():
    made = sl.quantize(sl.finetune(model(), *many(100), max_iter=2), many(100)[0])
    bound = made.bind()
    got = np.array([bound.outputs(row).copy() for row in SOME])
    np.testing.assert_allclose(got, made.outputs(SOME), rtol=1e-5, atol=1e-5)
