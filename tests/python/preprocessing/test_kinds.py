"""What TablePreprocessor takes columns for, what it leaves out, and what it says of it."""

from __future__ import annotations

import datetime as dt
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import slimline as sl
from sklearn.compose import make_column_selector

N = 200
RNG = np.random.default_rng(0)
DAY = dt.datetime(2024, 1, 31, 18, 30)  # noqa: DTZ001 - as tables have them
SENTENCES = [" ".join(RNG.choice(["to", "be", "or", "not"], 7)) + f" {i}" for i in range(N)]
AGES = RNG.integers(18, 60, N).tolist()

# What cells are -> what the column is.
KINDS = {
    "ints": (AGES, "number"),
    "floats": (RNG.normal(size=N).tolist(), "number"),
    "ints and floats": ([i % 3 + 0.5 * (i % 2) for i in range(N)], "number"),
    "numbers as texts": ([f" {age}" if age % 2 else f"{age}.5e1" for age in AGES], "number"),
    "numbers and numbers as texts": ([str(age) if age % 2 else age for age in AGES], "number"),
    "numbers with marks": (["n/a", "", *AGES[2:]], "number"),
    "numbers with gaps": ([None, float("nan"), pd.NA, pd.NaT, *AGES[4:]], "number"),
    "decimals": ([Decimal(age) for age in AGES], "number"),
    "numbers of NumPy": ([np.int8(age) for age in AGES], "number"),
    "huge ints": ([2**70 * (age % 3) for age in AGES], "number"),
    "bools": ([age % 2 == 0 for age in AGES], "boolean"),
    "bools of NumPy, with gaps": ([None, *(np.bool_(age % 2) for age in AGES[1:])], "boolean"),
    "bools and ints": ([True, *(age % 3 for age in AGES[1:])], "number"),
    "few texts": ([f"t{age % 7}" for age in AGES], "category"),
    "texts of NumPy": ([np.str_(f"t{age % 7}") for age in AGES], "category"),
    "one text and gaps": (["yes" if age % 2 else None for age in AGES], "category"),
    "texts with marks": (["?", "NA", *(f"t{age % 7}" for age in AGES[2:])], "category"),
    "some numbers": ([str(age) if age % 3 else "unlimited" for age in AGES], "category"),
    "long texts that repeat": ([SENTENCES[age % 5] for age in AGES], "category"),
}
LEFT_OUT = {
    "consecutive": (list(range(N)), "identifier"),
    "consecutive in another order": ([1000 + i * 7 % N for i in range(N)], "identifier"),
    "consecutive as floats": ([float(i) for i in range(N)], "identifier"),
    "consecutive as texts": ([f"{i:05}" for i in range(N)], "identifier"),
    "what a split leaves": (sorted(RNG.permutation(int(N * 1.4))[:N].tolist()), "identifier"),
    "distinct texts": ([f"u{i:x}" for i in range(N)], "identifier"),
    "hardly a text twice": (["u0", "u0", *(f"u{i:x}" for i in range(2, N))], "identifier"),
    "texts that are all rare": ([f"t{i // 2 % 70}" for i in range(N)], "min_frequency"),
    "one number": ([3] * N, "constant"),
    "one number and gaps": ([3, None] * (N // 2), "constant"),
    "one text": (["x"] * N, "constant"),
    "one bool": ([True] * N, "constant"),
    "nothing": ([None] * N, "no values"),
    "marks alone": (["NA", ""] * (N // 2), "no values"),
    "free texts": (SENTENCES, "free texts"),
    "dates": ([DAY + dt.timedelta(hours=age) for age in AGES], "dates"),
    "days": ([DAY.date() + dt.timedelta(age) for age in AGES], "dates"),
    "dates of NumPy": ([np.datetime64("2024-01-31") + age for age in AGES], "dates"),
    "ISO dates as texts": ([f"2024-01-{age % 28 + 1:02} 08:00" for age in AGES], "dates"),
    "other dates as texts": ([f"{age % 28 + 1}.1.2024" for age in AGES], "dates"),
    "lists": ([[age] for age in AGES], "list"),
    "bytes": ([b"x"] * N, "bytes"),
    "durations": ([dt.timedelta(age) for age in AGES], "timedelta"),
    "dates beside texts": ([DAY, "x"] * (N // 2), "dates beside texts"),
}


def rows_of(cells, name="it"):
    return [{name: cell, "age": age} for cell, age in zip(cells, AGES, strict=True)]


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.filterwarnings("ignore:columns taken as categories:slimline.DataWarning")
def test_columns_are_used(what):
    cells, kind = KINDS[what]
    preprocessor = sl.TablePreprocessor(min_frequency=2).fit(rows_of(cells))
    assert preprocessor.column_types_ == {"it": kind, "age": "number"}
    assert preprocessor.dropped_ == {}
    assert np.isfinite(preprocessor.transform(rows_of(cells)).sum())


@pytest.mark.parametrize("what", LEFT_OUT)
def test_columns_are_left_out_with_a_warning_that_names_them(what):
    cells, reason = LEFT_OUT[what]
    with pytest.warns(sl.DataWarning, match=r"left out.*'it'.*drop=\['it'\]"):
        preprocessor = sl.TablePreprocessor(min_frequency=10).fit(rows_of(cells))
    assert preprocessor.column_types_ == {"age": "number"}
    assert reason in preprocessor.dropped_["it"]
    assert "left out" in preprocessor.summary()
    assert sl.TablePreprocessor(drop=["it"]).fit(rows_of(cells)).dropped_ == {"it": "drop"}


@pytest.mark.parametrize(
    ("what", "argument"),
    [
        ("consecutive", "numbers"),
        ("consecutive as texts", "numbers"),
        ("consecutive as texts", "categories"),
        ("distinct texts", "categories"),
        ("one number", "numbers"),
        ("one bool", "numbers"),
        ("nothing", "categories"),
        ("free texts", "texts"),
        ("marks alone", "texts"),
        ("dates", "dates"),
        ("days", "dates"),
        ("dates of NumPy", "dates"),
        ("ISO dates as texts", "dates"),
    ],
)
def test_what_is_left_out_can_be_kept(what, argument):
    rows = rows_of(LEFT_OUT[what][0])
    if (what, argument) == ("marks alone", "texts"):
        with pytest.raises(ValueError, match="empty vocabulary"):
            sl.TablePreprocessor(texts=["it"]).fit(rows)
        return
    preprocessor = sl.TablePreprocessor(**{argument: ["it"]}).fit(rows)
    assert "it" in preprocessor.column_types_
    assert any(name.startswith("it") for name in preprocessor.get_feature_names_out())


@pytest.mark.parametrize("name", ["id", "CustomerId", "customer_id", "user ID"])
def test_names_tell_identifiers_that_are_far_apart(name):
    far = RNG.permutation(10**7)[:N].tolist()
    with pytest.warns(sl.DataWarning, match="identifiers"):
        preprocessor = sl.TablePreprocessor().fit(rows_of(far, name))
    assert name in preprocessor.dropped_
    for other in ("paid", "bid", "price"):
        assert sl.TablePreprocessor().fit(rows_of(far, other)).dropped_ == {}


def test_few_rows_may_all_differ():
    rows = [{"id": i, "name": f"n{i}"} for i in range(6)]
    preprocessor = sl.TablePreprocessor().fit(rows)
    assert preprocessor.column_types_ == {"id": "number", "name": "category"}


def test_a_stray_word_among_numbers_is_no_category():
    cells = [*AGES[2:], "unknown", "0x1F"]
    with pytest.raises(ValueError, match=r"'it' holds numbers in 99 % of its cells.*'unknown'"):
        sl.TablePreprocessor().fit(rows_of(cells))
    marks = (*sl.TablePreprocessor().missing_marks, "unknown", "0x1F")
    preprocessor = sl.TablePreprocessor(missing_marks=marks).fit(rows_of(cells))
    assert preprocessor.column_types_["it"] == "number"
    as_texts = rows_of(list(map(str, cells)))
    preprocessor = sl.TablePreprocessor(categories=["it"]).fit(as_texts)
    assert preprocessor.column_types_["it"] == "category"
    assert sl.TablePreprocessor(drop=["it"]).fit(rows_of(cells)).column_types_ == {"age": "number"}


@pytest.mark.parametrize("word", ["1_000", "inf", "nan", "٣", "1,5", "0x10", "1e", "- 1", "--"])
def test_what_is_no_ordinary_number_is_a_word(word):
    cells = [*map(str, AGES[1:]), word]
    with pytest.raises(ValueError, match=r"holds numbers in 99\.5 %"):
        sl.TablePreprocessor(missing_marks=()).fit(rows_of(cells))


def test_numbers_beside_other_words_are_refused():
    with pytest.raises(TypeError, match="column 'it' must hold numbers or texts, got both"):
        sl.TablePreprocessor().fit(rows_of([*AGES[N // 2 :], *["x"] * (N // 2)]))


def test_categories_half_of_which_are_numbers_are_told_of():
    with pytest.warns(sl.DataWarning, match=r"taken as categories.*'it'.*categories=\['it'\]"):
        sl.TablePreprocessor().fit(rows_of(KINDS["some numbers"][0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sl.TablePreprocessor(categories=["it"]).fit(rows_of(KINDS["some numbers"][0]))


def test_a_constant_with_gaps_stays_where_gaps_are_features():
    rows = rows_of([3, None] * (N // 2))
    preprocessor = sl.TablePreprocessor(indicator=True).fit(rows)
    assert preprocessor.get_feature_names_out().tolist() == ["it", "age", "missingindicator_it"]


FRAME = pd.DataFrame({"a": AGES, "b": [f"t{a % 3}" for a in AGES], "c": AGES[::-1]})


@pytest.mark.parametrize(
    "choice",
    [
        ["a", "c"],
        [0, 2],
        [0, -1],
        np.array([0, 2]),
        [True, False, True],
        slice(0, 3, 2),
        lambda X: X.columns[[0, 2]],
        make_column_selector(dtype_include="number"),
    ],
    ids=lambda choice: type(choice).__name__,
)
def test_columns_are_named_in_many_ways(choice):
    preprocessor = sl.TablePreprocessor(categories=choice).fit(FRAME)
    assert preprocessor.column_types_ == dict.fromkeys("abc", "category")


@pytest.mark.parametrize("choice", ["b", 1, ("b",), {"b"}])
def test_a_column_may_be_named_alone(choice):
    assert sl.TablePreprocessor(drop=choice).fit(FRAME).dropped_ == {"b": "drop"}


def test_arrays_have_positions_alone():
    X = FRAME.to_numpy()
    preprocessor = sl.TablePreprocessor(categories=[0], drop=[2]).fit(X)
    assert preprocessor.column_types_ == {0: "category", 1: "category"}
    assert preprocessor.dropped_ == {2: "drop"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"numbers": ["z"]}, "numbers must be columns of X, got 'z'; there are a, b, c"),
        ({"drop": [3]}, "drop must be positions below 3, got 3"),
        ({"texts": [True]}, "texts must have a bool for each of 3 columns, got 1"),
        ({"numbers": ["a"], "drop": ["a"]}, "column 'a' is in both numbers and drop"),
        ({"drop": ["a", "b", "c"]}, "X must have a column that is more than a constant"),
        ({"numbers": ["b"]}, "column 'b' must hold numbers, got 't"),
        ({"dates": ["b"]}, "column 'b' must hold dates as 2024-01-31"),
        ({"impute": "best"}, "The 'impute' parameter"),
        ({"min_frequency": 0}, "The 'min_frequency' parameter"),
        ({"missing_marks": "NA"}, "The 'missing_marks' parameter"),
    ],
)
def test_wrong_values_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        sl.TablePreprocessor(**arguments).fit(FRAME)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"numbers": 1.5}, "numbers must be names or positions of columns, got 1.5"),
        ({"drop": [None]}, "drop must be names or positions of columns, got None"),
        ({"texts": ["a"]}, "column 'a', one of texts, must hold texts, got numbers"),
        ({"dates": ["a"]}, "column 'a' must hold dates, got numbers"),
        ({"missing_marks": [1]}, "missing_marks must be texts, got 1"),
    ],
)
def test_wrong_types_are_named(arguments, message):
    with pytest.raises(TypeError, match=message):
        sl.TablePreprocessor(**arguments).fit(FRAME)


@pytest.mark.parametrize("kind", ["numbers", "dates"])
def test_columns_without_values_cannot_be_numbers(kind):
    rows = rows_of([None] * N)
    with pytest.raises(ValueError, match=f"column 'it', one of {kind}, must have a value"):
        sl.TablePreprocessor(**{kind: ["it"]}).fit(rows)


def test_categories_of_mixed_cells_are_refused():
    rows = rows_of([1, "x"] * (N // 2))
    with pytest.raises(TypeError, match="texts or numbers alone as categories, got numbers beside"):
        sl.TablePreprocessor(categories=["it"]).fit(rows)
    rows = rows_of(LEFT_OUT["days"][0])
    with pytest.raises(TypeError, match="as categories, got dates"):
        sl.TablePreprocessor(categories=["it"]).fit(rows)
    with pytest.raises(TypeError, match="column 'it' must hold numbers, got dates"):
        sl.TablePreprocessor(numbers=["it"]).fit(rows)


def test_whole_numbers_beyond_floats_stay_apart_as_categories():
    ids = [2**53 + age % 3 for age in AGES]
    for X in (rows_of(ids), pl.DataFrame(rows_of(ids)), pd.DataFrame(rows_of(ids))):
        preprocessor = sl.TablePreprocessor(categories=["it"]).fit(X)
        names = preprocessor.get_feature_names_out().tolist()
        assert names[1:] == [f"it_{2**53 + i}" for i in range(3)]
        found = preprocessor.transform(X)[:, 1:].argmax(axis=1)
        assert found.tolist() == [age % 3 for age in AGES]


@pytest.mark.parametrize("cells", [[3, 4, None], ["1", "2", None], ["x", "y", "z"]], ids=str)
def test_columns_whose_type_says_so_are_categories(cells):
    frame = pd.DataFrame({"it": pd.Categorical(cells * 20), "age": AGES[:60]})
    tables = [frame, pa.Table.from_pandas(frame)]
    if isinstance(cells[0], str):
        tables.append(pl.from_pandas(frame))
    for table in tables:
        preprocessor = sl.TablePreprocessor().fit(table)
        assert preprocessor.column_types_ == {"it": "category", "age": "number"}
        assert preprocessor.transform(table).shape == (60, 4)
    constant = frame.assign(it=pd.Categorical(cells[:1] * 60))
    with pytest.warns(sl.DataWarning, match="one value"):
        assert sl.TablePreprocessor().fit(constant).dropped_ == {"it": "constant"}


def odd_frames():
    n, whole = 30, [*range(15)] * 2
    texts = ["x", None] * 15
    polars = pl.DataFrame(
        {
            "age": whole,
            "wide": pl.Series(whole, dtype=pl.Int128),
            "decimal": pl.Series(whole).cast(pl.Decimal(20, 3)),
            "unsigned": pl.Series([2**64 - 1, 5] * 15, dtype=pl.UInt64),
            "narrow": pl.Series(whole, dtype=pl.Float32),
            "text": texts,
        }
    )
    arrow = polars.drop("wide").to_arrow()
    arrow = arrow.append_column("view", pa.array(texts).cast(pa.string_view()))
    arrow = arrow.append_column("large", pa.array(texts).cast(pa.large_string()))
    pieces = [pa.array(["x", "y"]).dictionary_encode()] * 15
    arrow = arrow.append_column("pieces", pa.chunked_array(pieces))
    pandas = pd.DataFrame(
        {
            "age": whole,
            "half": np.array(whole, dtype=np.float16),
            "bool": pd.array([True, None, False] * 10, dtype="boolean"),
            "text": pd.array(texts, dtype="string[python]"),
            "sparse": pd.arrays.SparseArray([0, 1] * 15),
        },
        index=[7] * n,
    )
    return {"polars": polars, "pyarrow": arrow, "pandas": pandas, "objects": pandas.astype(object)}


def frames_of_nothing():
    n = 30
    polars = pl.DataFrame(
        {
            "list": [[1, 2]] * n,
            "struct": [{"x": 1}] * n,
            "null": [None] * n,
            "time": [dt.time(1, 2)] * n,
            "binary": [b"x"] * n,
            "object": pl.Series([object()] * n, dtype=pl.Object),
            "category": pl.Series([None] * n, dtype=pl.Categorical),
        }
    )
    pandas = pd.DataFrame(
        {
            "category": pd.Categorical([None] * n, categories=["q"]),
            "days": pd.Categorical(pd.to_datetime(["2024-01-01", "2024-01-02"] * 15)),
            "period": pd.period_range("2024-01", periods=n, freq="M"),
            "interval": pd.interval_range(0, n),
            "complex": [1j] * n,
        }
    )
    return {"polars": polars, "pyarrow": polars.drop("object").to_arrow(), "pandas": pandas}


@pytest.mark.parametrize("name", odd_frames())
def test_odd_types_of_columns_are_used(name):
    frame = odd_frames()[name]
    preprocessor = sl.TablePreprocessor().fit(frame)
    assert preprocessor.dropped_ == {}
    assert np.isfinite(preprocessor.transform(frame).sum())


@pytest.mark.parametrize("name", frames_of_nothing())
def test_types_that_nothing_is_learned_from_are_left_out(name):
    frame = frames_of_nothing()[name]
    age = [*range(15)] * 2
    frame = (
        frame.append_column("age", pa.array(age))
        if name == "pyarrow"
        else frame.assign(age=age)
        if name == "pandas"
        else frame.with_columns(age=pl.Series(age))
    )
    with pytest.warns(sl.DataWarning):
        preprocessor = sl.TablePreprocessor().fit(frame)
    assert preprocessor.column_types_ == {"age": "number"}
