"""Models of tables predict rows as their layers predict the features that the blocks give."""

from __future__ import annotations

import csv
import io
import math
from collections import OrderedDict, UserDict
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
import slimline as sl
from inputs.tables import CONTAINERS, NAMES, ROWS, bare, dense, encoder, many, model, network, u32
from slimline import _core
from slimline.inputs import CategoriesBlock, Column, Encoder, InputStage, NumbersBlock, Step
from slimline.layers import DenseLayer


def standardised(dtype):
    of = encoder()
    random = np.random.default_rng(3)
    return model(
        of,
        offset=random.normal(size=of.n_features).astype(dtype),
        scale=random.uniform(0.1, 2, of.n_features).astype(np.float32),
    )


def selecting():
    of = encoder()
    chosen = np.arange(1, of.n_features, 3).astype(np.uint32)
    stage = InputStage(n_features=of.n_features, encoder=of, selected=chosen)
    return sl.Model(input=stage, layers=(dense(len(chosen), 1),), link="identity", classes=None)


def binary():
    return replace(model(), layers=(dense(encoder().n_features, 1),), classes=np.array(["a", "b"]))


MODELS = {
    "classes": model,
    "two classes": lambda: sl.Model(
        input=model().input,
        layers=(dense(encoder().n_features, 1),),
        link="logistic",
        classes=np.array(["a", "b"]),
    ),
    "network": network,
    "standardised": lambda: standardised(np.float32),
    "standardised exactly": lambda: standardised(np.float64),
    "selected": selecting,
    "pruned": lambda: sl.prune(model(), sparsity=0.5),
    "int8": lambda: sl.quantize(model()),
    "pruned network in int8": lambda: sl.quantize(sl.prune(network(), sparsity=0.6)),
}


def lines_of(rows):
    """Return rows as lines of CSV, None as an empty cell."""
    lines = []
    for row in rows:
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerow([row[name] for name in NAMES])
        lines.append(out.getvalue())
    return lines


@pytest.mark.parametrize("name", MODELS)
def test_outputs_are_those_of_the_features(name):
    made = MODELS[name]()
    rows, _ = many(700)
    features = made.input.encoder.encode(rows)
    expected = bare(made).outputs(features)
    got = made.outputs(rows)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(made.outputs(rows, n_threads=3), got)
    np.testing.assert_array_equal(made.outputs(rows[100:200]), got[100:200])


@pytest.mark.parametrize("name", MODELS)
def test_a_row_alone_gives_the_bits_of_the_batch(name):
    made = MODELS[name]()
    rows, _ = many(60)
    outputs, predicted = made.outputs(rows), made.predict(rows)
    predictor = made.bind()
    lines = lines_of(rows)
    for i, row in enumerate(rows):
        cells = [row[each] for each in NAMES]
        for form in (
            row,
            cells,
            tuple(cells),
            np.array(cells, dtype=object),
            lines[i],
            UserDict(row),
        ):
            np.testing.assert_array_equal(predictor.outputs(form), outputs[i])
            assert predictor.predict(form) == predicted[i]
        assert type(predictor.predict(row)) is type(predicted[i].item()) or made.classes is None


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container(container):
    rows, _ = many(500)
    made = network()
    np.testing.assert_array_equal(made.outputs(CONTAINERS[container](rows)), made.outputs(rows))


def numbers_model(*steps, kind="number", columns=2):
    of = Encoder(
        columns=tuple(Column(None, kind) for _ in range(columns)),
        blocks=(NumbersBlock(columns=u32(*range(columns)), steps=steps),),
    )
    return sl.Model(
        input=InputStage(n_features=columns, encoder=of),
        layers=(dense(columns, 2),),
        link="identity",
        classes=None,
    )


def test_arrays_of_numbers():
    made = numbers_model()
    X = np.random.default_rng(0).normal(size=(50, 2))
    out = made.outputs(X)
    np.testing.assert_allclose(out, bare(made).outputs(X), rtol=1e-5, atol=1e-6)
    predictor = made.bind()
    for i in range(50):
        np.testing.assert_array_equal(predictor.outputs(X[i]), out[i])
        np.testing.assert_array_equal(predictor.outputs(X[::-1].T[:, 49 - i]), out[i])
    np.testing.assert_array_equal(made.outputs(X.astype(np.float32)), made.outputs(X.astype("f4")))
    np.testing.assert_array_equal(predictor.outputs(np.array([1, 2])), predictor.outputs([1, 2]))


def test_the_array_of_outputs_is_reused():
    predictor = numbers_model().bind()
    first = predictor.outputs([1, 2])
    assert predictor.outputs([3, 4]) is first


WRONG = [
    ("age", "x", TypeError),
    ("age", math.inf, ValueError),
    ("age", object, TypeError),
    ("city", 3, TypeError),
    ("city", True, TypeError),
    ("city", b"Paris", TypeError),
    ("income", None, ValueError),
    ("floor", "3", TypeError),
    ("floor", None, ValueError),
    ("member", 7, ValueError),
    ("member", "True", TypeError),
]


@pytest.mark.parametrize(("name", "cell", "kind"), WRONG)
def test_errors_name_column_row_and_value(name, cell, kind):
    made = model()
    rows = [*ROWS, {**ROWS[0], name: cell}]
    with pytest.raises(kind, match=f"column '{name}'.*row 5"):
        made.outputs(rows)
    with pytest.raises(kind, match=f"column '{name}'.*row 5"):
        made.predict(rows)
    predictor = made.bind()
    for call in (predictor.outputs, predictor.predict):
        with pytest.raises(kind, match=f"column '{name}'.*row 0"):
            call(rows[-1])
    np.testing.assert_array_equal(predictor.outputs(ROWS[0]), made.outputs(ROWS[:1])[0])


def test_an_absent_column_and_a_wrong_count():
    made = model()
    predictor = made.bind()
    row = {name: ROWS[0][name] for name in NAMES if name != "floor"}
    with pytest.raises(ValueError, match="floor"):
        predictor.predict(row)
    with pytest.raises(ValueError, match="4 columns, but the model reads rows of 5"):
        predictor.predict([1, "Paris", 2, 3])
    with pytest.raises(ValueError, match="4 fields, but the model reads rows of 5"):
        predictor.predict("1,Paris,2,3")
    for wrong in (None, 3, object(), b"1,2,3,4,5", {1, 2}):
        with pytest.raises(TypeError, match="row must be a mapping, a sequence or a line of CSV"):
            predictor.predict(wrong)


def test_columns_without_names_take_no_dicts():
    with pytest.raises(TypeError, match="columns have no names"):
        numbers_model().bind().predict({"a": 1, "b": 2})


def test_cells_of_rare_types():
    predictor = numbers_model(Step(op="impute", arrays={"value": np.array([5.0, 7.0])})).bind()
    for cell, same in (
        (Decimal("2.5"), 2.5),
        (np.float32(2.5), 2.5),
        (np.int8(3), 3),
        (np.True_, 1),
        (2**70, float(2**70)),
        (pd.NA, 5.0),
        (pd.NaT, 5.0),
        (math.nan, 5.0),
        (None, 5.0),
        (np.array(2.5), 2.5),
    ):
        expected = predictor.outputs([same, 1.0]).copy()
        np.testing.assert_array_equal(predictor.outputs([cell, 1.0]), expected)


LINES = {
    "39,Paris,1.5,3,True": 0,
    '39,"Paris",1.5,3,true\n': 0,
    " 39 ,Paris,+1.5,3.0,1\r\n": 0,
    '3.9e1,Paris,15e-1,"3",True': 0,
    ",größer,0.5,12,True": 2,
    "nan,größer,.5,12,True": 2,
    '17,"Rome",-2.25,0,False': 1,
}


@pytest.mark.parametrize("line", LINES)
def test_lines_of_csv(line):
    made = model()
    np.testing.assert_array_equal(made.bind().outputs(line), made.outputs(ROWS)[LINES[line]])


NO_LINES = {
    '39,Pa"ris,1.5,3,True': "quotes around a field",
    '39,"Paris,1.5,3,True': "end its quotes",
    "x,Paris,1.5,3,True": "must hold a number",
    "1e999,a,1,3,1": "must hold finite numbers",
    "39,Paris,1.5,3,yes": "true or false",
    "39,Paris,1.5,3,2": "true or false",
    "0x10,Paris,1.5,3,1": "must hold a number",
    "1_0,a,1,3,1": "must hold a number",
    "a\nb": "quotes around a field",
    "": "line has 1 fields",
}


@pytest.mark.parametrize("line", NO_LINES)
def test_lines_that_are_none(line):
    made = model()
    with pytest.raises(ValueError, match=NO_LINES[line]):
        made.bind().predict(line)


def test_numbers_that_overflow_are_named():
    scale = {"offset": np.zeros(2), "scale": np.array([1.0, 1e300])}
    made = numbers_model(Step(op="affine", arrays=scale))
    with pytest.raises(ValueError, match=r"column 1 has no finite value after .* in row 1"):
        made.outputs([[1, 0], [1, 1e300]])
    with pytest.raises(ValueError, match="must be finite and within float32"):
        made.outputs([[1, 0], [1, 1]])
    with pytest.raises(ValueError, match="must be finite and within float32"):
        made.bind().outputs([1, 1])


def test_many_categories():
    keys = {f"key {i}": i for i in range(3000)}
    block = CategoriesBlock.of(column=0, outcomes=keys, n_outcomes=3000, unknown=-1, missing=-1)
    of = Encoder(columns=(Column("k", "category"),), blocks=(block,))
    stage = InputStage(n_features=3000, encoder=of)
    made = sl.Model(input=stage, layers=(dense(3000, 4),), link="identity", classes=None)
    rows = [[f"key {i}"] for i in range(0, 4000, 7)]
    out = made.outputs(rows)
    np.testing.assert_allclose(out, bare(made).outputs(made.columns(rows)), rtol=1e-6)
    small = sl.quantize(made)
    np.testing.assert_allclose(
        small.outputs(rows), bare(small).outputs(small.columns(rows)), rtol=1e-6, atol=1e-6
    )
    assert made.bind().outputs("key 7").tolist() == out[1].tolist()
    assert made.bind().outputs(["key 7"]).tolist() == out[1].tolist()


def test_features_are_taken_as_before():
    made = model()
    features = made.columns(ROWS)
    np.testing.assert_allclose(made.outputs(features), made.outputs(ROWS), rtol=1e-5, atol=1e-5)


def test_unknown_categories_are_counted():
    made = model()
    expected = {"city": 1, "floor": 1, "member": 0}
    assert made.unseen(ROWS) == expected
    assert made.unseen(pl.DataFrame(ROWS)) == expected


def test_hostile_parts_of_the_core():
    core = encoder().compiled()
    n = encoder().n_features
    layer = dense(n, 2)
    parts = {
        "weight": layer.weight,
        "bias": layer.bias,
        "activation": "identity",
        "selected": None,
        "offset": None,
        "scale": None,
        "rest": None,
    }
    for name, wrong, message in (
        ("weight", layer.weight[:, 1:].copy(), "must take"),
        ("bias", layer.bias[1:].copy(), "bias must have"),
        ("activation", "none such", "activation"),
        ("selected", np.full(n, n, np.int32), "selected features must lie"),
        ("selected", np.full(n, -1, np.int32), "selected features must lie"),
        ("offset", np.zeros(n), "offset and scale"),
        ("rest", _core.Stack(3), "second layer"),
    ):
        with pytest.raises(ValueError, match=message):
            _core.fused_table_stack(core, **{**parts, name: wrong})
    with pytest.raises(ValueError, match="layers must take"):
        _core.TableStack(core, _core.Stack(n + 1))
    stack = _core.fused_table_stack(core, **parts)
    with pytest.raises(ValueError, match="rows must have 5 columns, got 1"):
        stack.forward(_core.TableColumns(1), np.zeros((0, 2), np.float32), 1)
    with pytest.raises(ValueError, match="out must have a column for each output"):
        stack.forward(_core.TableColumns(5), np.zeros((0, 3), np.float32), 1)
    with pytest.raises(ValueError, match="room for 0 rows, got 1"):
        stack.forward(_core.TableColumns(5), np.zeros((1, 2), np.float32), 1)
    for names, separator in ((["a"], ","), ([], ""), ([], '"'), ([], ";;")):
        with pytest.raises(ValueError, match=r"names must be|separator must be"):
            _core.TableRow(stack, names, separator, [""])


def test_ordered_dicts_and_rows_of_frames():
    made = model()
    out = made.outputs(ROWS)[0]
    predictor = made.bind()
    np.testing.assert_array_equal(predictor.outputs(OrderedDict(ROWS[0])), out)
    frame = pl.DataFrame(ROWS)
    np.testing.assert_array_equal(predictor.outputs(frame.row(0)), out)
    np.testing.assert_array_equal(predictor.outputs(frame.row(0, named=True)), out)


def test_relu_in_front_of_other_layers():
    of = encoder()
    layers = (dense(of.n_features, 33, "relu"), dense(33, 17, "tanh"), dense(17, 3))
    stage = InputStage(n_features=of.n_features, encoder=of)
    made = sl.Model(input=stage, layers=layers, link="identity", classes=None)
    rows, _ = many(300)
    expected = bare(made).outputs(made.columns(rows))
    np.testing.assert_allclose(made.outputs(rows), expected, rtol=1e-4, atol=1e-5)
    assert isinstance(layers[0], DenseLayer)
