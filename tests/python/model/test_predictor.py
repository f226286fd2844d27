"""The bound predictor: what the model predicts, in memory of its own."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import slimline as sl
from sklearn.datasets import load_diabetes
from sklearn.svm import SVC
from slimline.inputs import InputStage
from slimline.layers import DenseLayer


def variants(model, X):
    return {
        "float32": model,
        "pruned": sl.prune(model, sparsity=0.9),
        "dynamic": sl.quantize(model),
        "static": sl.quantize(model, X, activations="static"),
    }


def test_rows_and_batches_as_the_model_predicts_them(digits_model, digits):
    X = np.ascontiguousarray(digits.X_test[:70], dtype=np.float32)
    for name, model in variants(digits_model, digits.X_train).items():
        predictor = model.bind()
        assert predictor.predict(X).tolist() == model.predict(X).tolist(), name
        assert [predictor.predict(x) for x in X] == model.predict(X).tolist(), name
        np.testing.assert_array_equal(predictor.outputs(X), model.outputs(X))
        for x, expected in zip(X, model.outputs(X), strict=True):
            np.testing.assert_array_equal(predictor.outputs(x), expected)
        assert predictor.predict(X[:3]).tolist() == model.predict(X[:3]).tolist()


def test_regression_and_votes_of_pairs(digits):
    X, y = load_diabetes(return_X_y=True)
    X = np.ascontiguousarray(X, dtype=np.float32)
    model = sl.convert(sl.LinearSVR().fit(X, y))
    assert model.bind().predict(X[3]) == model.predict(X[3:4])[0]
    np.testing.assert_array_equal(model.bind().predict(X), model.predict(X))
    X = np.ascontiguousarray(digits.X_test[:40], dtype=np.float32)
    votes = sl.convert(SVC(kernel="linear").fit(digits.X_train, digits.y_train))
    assert votes.link == "ovo"
    assert votes.bind().predict(X).tolist() == votes.predict(X).tolist()
    assert [votes.bind().predict(x) for x in X] == votes.predict(X).tolist()


def test_it_returns_its_own_memory(digits_model, digits):
    predictor = digits_model.bind()
    X = np.ascontiguousarray(digits.X_test[:5], dtype=np.float32)
    assert predictor.outputs(X) is predictor.outputs(X)
    assert predictor.predict(X) is predictor.predict(X)
    assert predictor.outputs(X[0]) is predictor.outputs(X[1])


def traced_peak(call):
    """Return how many bytes of Python's memory the process held at most in 100 calls."""
    tracemalloc.start()
    for _ in range(100):
        call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("kind", ["float32", "pruned", "dynamic", "static"])
def test_no_memory_is_taken_after_the_first_call(digits_model, digits, kind):
    predictor = variants(digits_model, digits.X_train)[kind].bind()
    batch = np.ascontiguousarray(digits.X_test[:50], dtype=np.float32)
    for X in (batch, batch[0]):

        def call(X=X):
            predictor.predict(X)
            predictor.outputs(X)

        call()
        # Other threads of the process are traced too, but not in every series.
        # A label and a Python frame take less than 1,000; an array of the batch's outputs 2,000.
        assert any(traced_peak(call) < 1000 for _ in range(200))


def test_what_does_not_fit_is_refused(digits_model):
    predictor = digits_model.bind()
    with pytest.raises(ValueError, match="64 columns, got 3"):
        predictor.predict(np.zeros(3, dtype=np.float32))
    with pytest.raises(ValueError, match="X must be finite"):
        predictor.predict(np.full(64, np.nan, dtype=np.float32))
    with pytest.raises(ValueError, match="X must be finite"):
        predictor.outputs(np.full((2, 64), np.inf, dtype=np.float32))


@pytest.mark.parametrize("call", ["predict", "outputs"])
@pytest.mark.parametrize(
    ("rows", "got"),
    [
        (np.zeros(64), r"float64 of shape \(64,\); use"),
        (np.zeros((64, 2), np.float32).T[0], r"float32 of shape \(64,\), not contiguous"),
        (np.zeros((64, 2), np.float32).T, r"float32 of shape \(2, 64\), not contiguous"),
        ([0.0] * 64, "list"),
    ],
)
def test_other_arrays_are_told_what_to_do(digits_model, call, rows, got):
    with pytest.raises(TypeError, match=f"C-contiguous float32 array .*, got {got}.*ascontiguous"):
        getattr(digits_model.bind(), call)(rows)


def test_exponentials_beyond_float64_are_said() -> None:
    layer = DenseLayer(weight=np.ones((1, 1), np.float32), bias=np.zeros(1, np.float32))
    stage = InputStage(n_features=1)
    model = sl.Model(input=stage, layers=(layer,), link="log", classes=None)
    np.testing.assert_allclose(model.predict([[1.0], [-2e4]]), [np.e, 0])
    for predict in (model.predict, model.decision_function):
        with pytest.raises(ValueError, match="beyond float64: outputs reach 1000"):
            predict([[1.0], [1e3]])
    with pytest.raises(ValueError, match="beyond float64"):
        model.bind().predict(np.array([1e3], np.float32))
