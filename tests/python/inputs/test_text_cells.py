"""Texts that stand for missing cells and for numbers, and what files may say of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from slimline.inputs import CategoriesBlock, Column, Encoder, NumbersBlock, Step, TextCells

COLUMNS = (Column("age", "number"), Column("pay", "number"), Column("city", "category"))


def u32(*numbers):
    return np.array(numbers, dtype=np.uint32)


def encoder(**texts):
    impute = Step(op="impute", arrays={"value": np.array([-1.0, -2.0])})
    cities = CategoriesBlock.of(
        column=2, outcomes={"Oslo": 0, "?": 1}, n_outcomes=3, unknown=-1, missing=2
    )
    blocks = (NumbersBlock(columns=u32(0, 1), steps=(impute,)), cities)
    return Encoder(columns=COLUMNS, blocks=blocks, text_cells=TextCells(**texts))


ROWS = [
    {"age": " 3.5e1", "pay": 7, "city": "Oslo"},
    {"age": "?", "pay": "?", "city": "?"},
    {"age": 4, "pay": None, "city": "n/a"},
    {"age": None, "pay": 9.5, "city": None},
]
EXPECTED = [[35, 7, 1, 0, 0], [-1, -2, 0, 0, 1], [4, -2, 0, 0, 1], [-1, 9.5, 0, 0, 1]]


@pytest.mark.parametrize("container", ["dicts", "lists", "array", "pandas", "polars"])
def test_texts_are_what_they_stand_for(container):
    rows = {
        "dicts": lambda: ROWS,
        "lists": lambda: [list(row.values()) for row in ROWS],
        "array": lambda: np.array([list(row.values()) for row in ROWS], dtype=object),
        "pandas": lambda: pd.DataFrame(ROWS),
        "polars": lambda: pl.DataFrame(
            {name: [row[name] for row in ROWS] for name in ROWS[0]}, strict=False
        ),
    }[container]()
    both = (0, 1) if container == "polars" else (0,)  # a column of polars has one type
    made = encoder(missing_marks=("?", "n/a"), number_columns=both)
    np.testing.assert_array_equal(made.encode(rows), EXPECTED)


def test_texts_are_texts_where_nothing_is_said():
    assert encoder().encode([{"age": 1, "pay": 2, "city": "?"}]).tolist() == [[1, 2, 0, 1, 0]]
    with pytest.raises(TypeError, match="column 'age' must hold numbers or booleans, got str '3'"):
        encoder().encode([{"age": "3", "pay": 2, "city": "?"}])
    with pytest.raises(TypeError, match="column 'pay' must hold numbers or booleans, got str '3'"):
        encoder(number_columns=(0,)).encode([{"age": "3", "pay": "3", "city": "?"}])


@pytest.mark.parametrize("word", ["x", "", "1_0", "inf", "0x1"])
def test_a_text_that_is_no_number_is_named(word):
    made = encoder(number_columns=(0,))
    with pytest.raises(ValueError, match=rf"column 'age' must hold numbers, got '{word}' in row 1"):
        made.encode([ROWS[0], {"age": word, "pay": 1, "city": "Oslo"}])
    with pytest.raises(ValueError, match="column 'age' must hold finite numbers, got inf in row 0"):
        made.encode([{"age": "1e999", "pay": 1, "city": "Oslo"}])


def test_files_keep_it_and_smaller_encoders_too():
    made = encoder(missing_marks=("?", "n/a"), number_columns=(0,))
    again = Encoder.from_state(made.tensors(), made.params())
    assert again.text_cells == made.text_cells
    np.testing.assert_array_equal(again.encode(ROWS), EXPECTED)
    assert "text_cells" not in encoder().params()
    smaller, _ = made.select(np.array([1, 2]))
    assert smaller.text_cells == TextCells(missing_marks=("?", "n/a"))
    np.testing.assert_array_equal(smaller.encode(ROWS), np.array(EXPECTED)[:, [1, 2]])
    smaller, _ = made.select(np.array([0]))
    assert smaller.text_cells.number_columns == (0,)
    assert made.without_names().text_cells == made.text_cells


@pytest.mark.parametrize(
    ("params", "kind", "message"),
    [
        ({"missing_marks": [1], "number_columns": []}, TypeError, "missing_marks .* be str, got 1"),
        ({"missing_marks": [], "number_columns": [True]}, TypeError, "number_columns .* be int"),
        ({"missing_marks": [], "number_columns": [2]}, ValueError, "be columns of numbers, got 2"),
        ({"missing_marks": [], "number_columns": [-1]}, ValueError, "of numbers, got -1"),
        ({"missing_marks": [], "number_columns": [2**70]}, ValueError, "columns of numbers, got"),
        ({"missing_marks": [], "number_columns": [1, 0]}, ValueError, "must ascend"),
        ({"missing_marks": [], "number_columns": [0, 0]}, ValueError, "must ascend"),
        ({"missing_marks": []}, ValueError, "must be lists missing_marks, number_columns"),
        ({"missing_marks": "?", "number_columns": []}, ValueError, "must be lists"),
        ([], ValueError, "must be lists"),
        (3, ValueError, "must be lists"),
    ],
)
def test_files_that_say_something_else_are_refused(params, kind, message):
    made = encoder()
    with pytest.raises(kind, match=message):
        Encoder.from_state(made.tensors(), {**made.params(), "text_cells": params})
