"""ONNX graphs: the same classes on every row, the same scores, the same integers for int8."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import slimline as sl
from interop.models import (
    KIND_MAKERS,
    LABELS,
    LINEAR,
    MODELS,
    X,
    far_from_zero,
    labelled,
    network,
)
from onnx.reference import ReferenceEvaluator
from slimline.inputs import InputStage
from slimline.interop._graph import OLDEST_OPSET
from slimline.interop._layer_kinds import FORMS
from slimline.layers import KINDS

ACTIVATIONS = ("relu", "logistic", "identity", "tanh", "relu")
EVERY_MODEL = pytest.mark.parametrize("name", MODELS)


QUIET = onnxruntime.SessionOptions()
QUIET.log_severity_level = 3
NEWEST_OF_RUNTIME = 22


def run(model, rows, names=None):
    session = onnxruntime.InferenceSession(
        sl.to_onnx(model).SerializeToString(), QUIET, providers=["CPUExecutionProvider"]
    )
    return session.run(names, {"X": rows})


def test_every_kind_of_layer_is_among_the_models():
    assert set(KIND_MAKERS) == set(KINDS)
    assert set(FORMS) == set(KINDS)


@EVERY_MODEL
def test_the_same_predictions_on_every_row(name):
    model = MODELS[name]
    first, *rest = run(model, X)
    if model.task == "regression":
        np.testing.assert_allclose(first[:, 0], model.predict(X), rtol=1e-5, atol=1e-5)
        assert rest == []
        return
    predicted = model.predict(X)
    np.testing.assert_array_equal(first, predicted.astype(first.dtype))
    if model.defines_probabilities:
        expected = model.predict_proba(X)
    else:
        expected = model.decision_function(X)
        if expected.ndim == 1:
            expected = np.column_stack([-expected, expected])
    # A last bit of another tanh may change an integer of the next layer.
    flips = "int8" in name and "network" in name
    np.testing.assert_allclose(rest[0], expected, rtol=2e-4, atol=2e-3 if flips else 2e-5)


def test_rows_of_float64_where_the_model_standardises_in_it():
    model, rows = far_from_zero()
    for each in (model, sl.quantize(model), sl.prune(model, n_features=4, granularity="feature")):
        labels, scores = run(each, rows)
        np.testing.assert_array_equal(labels, each.predict(rows))
        np.testing.assert_allclose(scores, each.predict_proba(rows), atol=2e-6)


def test_int8_gives_the_same_integers_on_extreme_rows():
    model = sl.quantize(network("identity"))
    layer = model.layers[0]
    alone = sl.Model(
        input=InputStage(n_features=64), layers=(layer,), link="identity", classes=None
    )
    rng = np.random.default_rng(1)
    rows = np.vstack(
        [
            np.zeros(64),
            np.full(64, 1e-40),
            np.full(64, 3e37),
            -np.full(64, 5.0),
            rng.normal(size=(200, 64)) * 10.0 ** rng.integers(-6, 7, size=(200, 1)),
            rng.integers(-3, 4, size=(50, 64)) + 0.5,
        ]
    ).astype(np.float32)
    (values,) = run(alone, rows)
    expected = alone.outputs(rows)
    np.testing.assert_allclose(values, expected, rtol=3e-7, atol=1e-30)
    assert np.mean(values == expected) > 0.99  # a runtime may fuse the last multiply and add


def test_one_row_and_none(digits_model):
    assert run(digits_model, X[:1])[0].shape == (1,)
    assert run(digits_model, X[:0])[0].shape == (0,)


def test_graph_is_plain(digits_model):
    graph = sl.to_onnx(sl.quantize(digits_model))
    onnx.checker.check_model(graph, full_check=True)
    assert [opset.domain for opset in graph.opset_import] == [""]
    assert graph.metadata_props[0].value == sl.quantize(digits_model).sha256
    assert [value.name for value in graph.graph.input] == ["X"]


def test_refusals(digits_model):
    with pytest.raises(TypeError, match="model must be a slimline Model, got int"):
        sl.to_onnx(3)
    for option in ("target_opset", "ir_version"):
        for wrong in (3, 1000):
            with pytest.raises(
                ValueError, match=rf"{option} must be from \d+ to \d+.*, got {wrong}"
            ):
                sl.to_onnx(digits_model, **{option: wrong})
        with pytest.raises(TypeError, match=f"{option} must be a whole number, got float"):
            sl.to_onnx(digits_model, **{option: 14.0})


OPSETS = range(OLDEST_OPSET, onnx.defs.onnx_opset_version() + 1)
EVERY_OPERATOR = [
    *(f"{link}, dense" for link in LINEAR),
    "network of gelu, dense",
    *(f"network of {name}, {kind}" for name, kind in zip(ACTIVATIONS, KIND_MAKERS, strict=False)),
]


def outputs_of(graph, rows):
    """Run a graph in ONNX Runtime, or where that is older than the opset by onnx's reference."""
    try:
        session = onnxruntime.InferenceSession(
            graph.SerializeToString(), QUIET, providers=["CPUExecutionProvider"]
        )
    except onnxruntime.capi.onnxruntime_pybind11_state.Fail:
        assert graph.opset_import[0].version > NEWEST_OF_RUNTIME
        return ReferenceEvaluator(graph).run(None, {"X": rows})
    return session.run(None, {"X": rows})


@pytest.mark.parametrize("opset", OPSETS)
def test_every_opset_gives_the_same_answers(opset):
    for name in EVERY_OPERATOR:
        model = MODELS[name]
        graph = sl.to_onnx(model, target_opset=opset)
        assert graph.opset_import[0].version == opset
        onnx.checker.check_model(graph, full_check=True)
        for got, expected in zip(outputs_of(graph, X[:200]), run(model, X[:200]), strict=True):
            if name.endswith("int8_static"):  # tanh of another version may flip a level
                assert np.mean(np.isclose(got, expected, atol=1e-3)) > 0.95
            elif got.dtype.kind == "f":
                np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5, err_msg=name)
            else:
                np.testing.assert_array_equal(got, expected, err_msg=name)


@pytest.mark.parametrize("opset", [OPSETS[0], 13, 18, OPSETS[-1]])
def test_the_reference_evaluator_agrees(opset):
    for name in EVERY_OPERATOR:
        graph = sl.to_onnx(MODELS[name], target_opset=opset)
        first, *rest = ReferenceEvaluator(graph).run(None, {"X": X[:20]})
        expected = run(MODELS[name], X[:20])
        if first.dtype.kind == "f":
            np.testing.assert_allclose(first, expected[0], rtol=1e-4, atol=1e-3, err_msg=name)
        else:
            assert np.mean(first == expected[0]) >= 0.95, name
        for got, score in zip(rest, expected[1:], strict=True):
            np.testing.assert_allclose(got, score, rtol=1e-3, atol=2e-2, err_msg=name)


def test_a_runtime_of_three_years_ago_takes_it():
    # ONNX Runtime 1.15 of May 2023: opset 19, IR 9.
    for name in EVERY_OPERATOR:
        graph = sl.to_onnx(MODELS[name], target_opset=19)
        assert (graph.ir_version, graph.opset_import[0].version) == (9, 19)
        assert sl.to_onnx(MODELS[name], target_opset=19, ir_version=8).ir_version == 8
    oldest = sl.to_onnx(MODELS[name], target_opset=OPSETS[0])
    assert oldest.ir_version == 6


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("opset", [OPSETS[0], 20])
def test_labels_of_every_type_come_out_as_they_are(labels, opset):
    classes = LABELS[labels]
    model, rows = labelled(classes)
    predicted, _ = outputs_of(sl.to_onnx(model, target_opset=opset), rows)
    assert predicted.tolist() == model.predict(rows).tolist() == classes.tolist()
    assert list(map(type, predicted.tolist())) == list(map(type, classes.tolist()))


def test_without_onnx_the_extra_is_named():
    code = """
import sys
sys.modules["onnx"] = None
import slimline as sl
try:
    sl.to_onnx(sl.convert(sl.LinearSVR().fit([[0.0], [1.0]], [0, 1])))
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "to_onnx needs onnx: pip install onnx"
