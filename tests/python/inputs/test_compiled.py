"""The core encodes what the blocks do, to the bit, and says of wrong cells what they say."""

from __future__ import annotations

import copy
import datetime as dt
import math
import pickle
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inputs.tables import CONTAINERS, ROWS, encoder, many, u32
from slimline import _core
from slimline._checks import Csr
from slimline.inputs import (
    CategoriesBlock,
    Column,
    Encoder,
    MissingBlock,
    NumbersBlock,
    Step,
    compiled,
)
from slimline.inputs.steps import OPS


def both(of, X):
    """Return what the core and what the blocks make of rows, or raise what both raise."""
    try:
        expected = of.encode(X)
    except (TypeError, ValueError) as error:
        with pytest.raises(type(error), match=f"^{re.escape(str(error))}$"):
            compiled.encode(of, X, np.float64)
        raise
    got = compiled.encode(of, X, np.float64)
    if isinstance(expected, Csr):
        for mine, reference in zip(got, expected, strict=True):
            np.testing.assert_array_equal(mine, reference)
    else:
        np.testing.assert_array_equal(got, expected)
    return got, expected


def one(kind, block):
    """Return an encoder of a single column."""
    return Encoder(columns=(Column("x", kind),), blocks=(block,))


def keys(outcomes, *, unknown=-1, missing=-1):
    return one(
        "category",
        CategoriesBlock.of(
            column=0,
            outcomes=outcomes,
            n_outcomes=max(outcomes.values()) + 1,
            unknown=unknown,
            missing=missing,
        ),
    )


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("n", [5, 300])
def test_every_container_is_read_to_the_bit(container, n):
    rows = ROWS if n == 5 else many(n)[0]
    got, _ = both(encoder(), CONTAINERS[container](rows))
    single = compiled.encode(encoder(), CONTAINERS[container](rows), np.float32)
    np.testing.assert_array_equal(single, got.astype(np.float32))


def test_arrow_in_several_chunks_and_slices():
    rows, _ = many(500)
    table = CONTAINERS["pyarrow dictionaries"](rows)
    chunks = pa.concat_tables([table.slice(0, 7), table.slice(7, 300), table.slice(307)])
    both(encoder(), chunks)
    both(encoder(), chunks.slice(5, 400))
    both(encoder(), pl.from_arrow(chunks).slice(3, 450))
    batch = chunks.combine_chunks().to_batches()[0].slice(9, 100)
    np.testing.assert_array_equal(
        compiled.encode(encoder(), batch, np.float64), encoder().encode(rows[9:109])
    )
    np.testing.assert_array_equal(
        compiled.encode(encoder(), chunks, np.float64), encoder().encode(rows)
    )


STEPS = {
    "impute": {"value": [0.25]},
    "affine": {"offset": [1e9], "scale": [1e-7]},
    "clip": {"low": [-1.5], "high": [2.0]},
    "yeo_johnson": {"lambda": [0.7]},
    "box_cox": {"lambda": [-0.3]},
}
EXACT = {"impute", "affine", "clip", "sqrt", "square", "abs"}


def step(op, **arrays):
    given_arrays = arrays or STEPS.get(op, {})
    return Step(op=op, arrays={name: np.array(a, dtype=float) for name, a in given_arrays.items()})


def step_encoder(*steps):
    return one("number", NumbersBlock(columns=u32(0), steps=steps))


@pytest.mark.parametrize("op", [op for op in OPS if op != "quantile"])
def test_steps(op):
    random = np.random.default_rng(1)
    x = np.exp(random.normal(size=(2000, 1)) * 3)
    if op in {*EXACT, "exp", "expm1", "yeo_johnson"} - {"sqrt"}:
        x = np.clip(x * random.choice([-1, 1], x.shape), -300, 300)
    of = step_encoder(step(op))
    got, expected = compiled.encode(of, x, np.float64), of.encode(x)
    if op in EXACT:
        np.testing.assert_array_equal(got, expected)
    else:
        np.testing.assert_allclose(got, expected, rtol=2e-15, atol=2e-15)


@pytest.mark.parametrize("power", [0.0, 2.0, 1.0, -1.5])
def test_powers_at_their_edges(power):
    x = np.linspace(-5, 5, 101).reshape(-1, 1)
    of = step_encoder(step("yeo_johnson", **{"lambda": [power]}))
    np.testing.assert_allclose(
        compiled.encode(of, x, np.float64), of.encode(x), rtol=1e-13, atol=1e-15
    )
    of = step_encoder(step("box_cox", **{"lambda": [power]}))
    x = np.exp(x)
    np.testing.assert_allclose(
        compiled.encode(of, x, np.float64), of.encode(x), rtol=1e-13, atol=1e-15
    )


@pytest.mark.parametrize("output", ["uniform", "normal"])
@pytest.mark.parametrize("n", [1, 2, 50])
def test_quantiles(output, n):
    random = np.random.default_rng(n)
    own = np.sort(random.normal(size=n).round(1))
    arrays = {"references": np.linspace(0, 1, n), "quantiles": own[np.newaxis]}
    of = step_encoder(Step(op="quantile", arrays=arrays, texts={"output": output}))
    x = np.concatenate([random.normal(size=500), own, own - 1e-8, own + 1e-8, [9, -9]])[:, None]
    got, expected = compiled.encode(of, x, np.float64), of.encode(x)
    if output == "uniform":
        np.testing.assert_array_equal(got, expected)
    else:
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-14)


CELLS = [
    *(3, 3.0, -1, 0, True, False, 2.5, 2**53 + 1, float(2**53), 2**70, -(2**63), 1e300),
    *(None, math.nan, pd.NA, pd.NaT, Decimal(3), Decimal("2.5"), Decimal("0.1"), Decimal("NaN")),
    *(Fraction(5, 2), Fraction(3), Fraction(1, 3), Fraction(10**400)),
    *(np.float32(2.5), np.int8(3), np.uint64(2**63 + 5), np.True_, np.float64("nan")),
    *("3", "", "a", "größer", "\ud800", "x" * 400, np.str_("a"), b"a"),
    *(dt.date(2020, 1, 1), pd.Timestamp("2020-01-01"), np.datetime64("2020-01-01")),
    *(1j, object, [1], math.inf, -math.inf, np.array(3)),
]
KEYS = {
    "texts": {"a": 0, "größer": 1, "": 2, "x" * 400: 3},
    "integers": {3: 0, 2**53 + 1: 1, 0: 2, -(2**63): 3},
    "floats": {2.5: 0, 3.0: 1, 2.0**53: 2, 0.1: 3, 0.0: 4},
    "booleans": {True: 0, False: 1},
}


@pytest.mark.parametrize("kind", [*KEYS, "numbers"])
@pytest.mark.parametrize("place", range(len(CELLS)))
def test_every_kind_of_cell_against_every_kind_of_key(kind, place):
    cell = CELLS[place]
    block = NumbersBlock(columns=u32(0), steps=(step("impute"),))
    of = one("number", block) if kind == "numbers" else keys(KEYS[kind])
    try:
        both(of, [[cell]])
    except (TypeError, ValueError):
        return


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("cell", [99, "unheard of", None, 2.5, True])
def test_unknown_and_missing_cells_where_they_are_errors(kind, cell):
    of = keys(KEYS[kind], unknown=None, missing=None)
    try:
        both(of, [[cell]])
    except (TypeError, ValueError):
        return
    assert cell in KEYS[kind]


@pytest.mark.parametrize(
    "array",
    [
        np.array([[1, 2], [3, 4]], dtype=dtype)
        for dtype in ("i1", "u2", ">i4", "<i8", "u8", "f2", "f4", ">f8", "f8", "?", "O")
    ],
    ids=lambda array: str(array.dtype),
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_every_type(array, order):
    of = Encoder(
        columns=(Column(None, "number"), Column(None, "category")),
        blocks=(
            NumbersBlock(columns=u32(0)),
            CategoriesBlock.of(
                column=1, outcomes={1: 0, 2: 1}, n_outcomes=2, unknown=-1, missing=-1
            ),
        ),
    )
    both(of, np.asarray(array, order=order))
    both(of, np.asarray(array, order=order)[::-1])


def test_columns_that_no_block_reads_may_hold_anything():
    columns = (Column("x", "number"), Column("y", "category"))
    of = Encoder(columns=columns, blocks=(NumbersBlock(columns=u32(0)),))
    both(of, [[1.0, object()], [2.0, None]])
    both(of, [{"x": 1}, {"x": 2}])
    both(of, pd.DataFrame({"x": [1.0]}))
    both(of, pl.DataFrame({"x": [1.0], "z": [dt.date(2020, 1, 1)]}))


def test_types_of_arrow_that_the_core_does_not_read():
    of = one("number", NumbersBlock(columns=u32(0), steps=(step("impute"),)))
    decimals = pa.array([Decimal("1.50"), None], pa.decimal128(5, 2))
    both(of, pa.table({"x": decimals}))
    both(of, pl.DataFrame({"x": [Decimal("1.50"), None]}))
    both(of, pa.table({"x": pa.array([1.5, None], pa.float16())}))
    both(of, pa.table({"x": pa.nulls(3)}))
    with pytest.raises(TypeError, match="column 'x' must hold numbers"):
        both(of, pl.DataFrame({"x": [dt.date(2020, 1, 1)]}))


def test_marks_of_missing_texts():
    of = one("category", MissingBlock(columns=u32(0), values=np.array([[0.0], [1.0]])))
    both(of, pd.DataFrame({"x": ["a", None, ""]}))
    both(of, pa.table({"x": ["a", None, ""]}))
    both(of, [["a"], [None], [3]])


def test_many_categories_come_compressed():
    of = keys({f"key {i}": i for i in range(2000)})
    assert of.is_sparse
    X = [[f"key {i}"] for i in range(0, 4000, 13)]
    both(of, X)
    single = compiled.encode(of, X, np.float32)
    assert (single.data.dtype, single.indices.dtype) == (np.float32, np.int32)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(allow_infinity=False, width=32), st.integers(-9, 9)),
            st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["a", "größer", ""])),
            st.one_of(st.none(), st.integers(-3, 3), st.booleans(), st.sampled_from([0.5, 3.0])),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_random_tables(rows):
    columns = (Column("a", "number"), Column("b", "category"), Column("c", "category"))
    of = Encoder(
        columns=columns,
        blocks=(
            NumbersBlock(columns=u32(0), steps=(step("impute"), step("affine"))),
            CategoriesBlock.of(
                column=1, outcomes=KEYS["texts"], n_outcomes=5, unknown=4, missing=-1
            ),
            CategoriesBlock.of(
                column=2, outcomes=KEYS["integers"], n_outcomes=4, unknown=-1, missing=2
            ),
            MissingBlock(columns=u32(0, 1, 2), values=np.array([[0.0] * 3, [1.0] * 3])),
        ),
    )
    both(of, [list(row) for row in rows])
    assert compiled.unseen(of, rows) == of.unseen(rows)


@pytest.mark.parametrize("container", CONTAINERS)
def test_unknown_categories_are_counted(container):
    rows, _ = many(300)
    of = encoder()
    X = CONTAINERS[container](rows)
    assert compiled.unseen(of, X) == of.unseen(X)


def test_copies_begin_anew():
    of = keys(KEYS["texts"])
    assert of.compiled() is of.compiled()
    for other in (copy.deepcopy(of), pickle.loads(pickle.dumps(of))):  # noqa: S301 - our own
        assert other.compiled() is not of.compiled()
        np.testing.assert_array_equal(other.encode([["a"]]), of.encode([["a"]]))


def test_texts_are_left_to_the_blocks():
    column = Column("x", "text")
    block = MissingBlock(columns=u32(0), values=np.array([[0.0], [1.0]]))
    of = Encoder(columns=(column,), blocks=(block,))
    assert of.compiled() is None
    assert compiled.encode(of, ["a"], np.float64) is None
    assert compiled.unseen(of, ["a"]) is None


@pytest.mark.parametrize("wrong", [np.zeros(2, "f2"), np.zeros(2, ">f8"), np.zeros(2, "U1")])
def test_arrays_that_the_core_cannot_read(wrong):
    table = _core.TableColumns(1)
    with pytest.raises(ValueError, match="values must be whole numbers, float32"):
        table.add_array(0, wrong, None)
    with pytest.raises(ValueError, match="values must be a 1-d array"):
        table.add_array(0, np.zeros((1, 1)), None)
    with pytest.raises(ValueError, match="column must be below 1, got 1"):
        table.add_array(1, np.zeros(2), None)
    with pytest.raises(ValueError, match="missing must have an entry for each value"):
        table.add_array(0, np.zeros(2), np.zeros(3, bool))
    with pytest.raises(ValueError, match="a code lies beyond its dictionary of 1"):
        table.add_codes(0, np.array([0, 1]), ("a",))
    with pytest.raises(ValueError, match="codes of a dictionary must be whole numbers"):
        table.add_codes(0, np.array([0.0]), ("a",))
