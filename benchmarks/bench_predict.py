"""Serving 784 inputs, 10 classes: a linear model and a network 784-256-128-10, one thread.

One row and batches; slimline's predict and bound predictor in float32 and int8, beside
scikit-learn's way, plain numpy, and onnxruntime in float32 and int8 (static, QDQ).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import onnxruntime as ort
import pytest
import slimline as sl
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
from slimline.inputs import InputStage
from slimline.layers import DenseLayer
from threadpoolctl import threadpool_limits


def network():
    """Return a network of random weights: its time does not depend on them."""
    rng = np.random.default_rng(0)
    sizes = [784, 256, 128, 10]
    layers = tuple(
        DenseLayer(
            weight=(rng.standard_normal((n_out, n_in)) / np.sqrt(n_in)).astype(np.float32),
            bias=rng.standard_normal(n_out).astype(np.float32) / 10,
            activation="identity" if n_out == 10 else "relu",
        )
        for n_in, n_out in pairwise(sizes)
    )
    stage = InputStage(n_features=784)
    return sl.Model(input=stage, layers=layers, link="softmax", classes=np.arange(10))


def numpy_predict(model, _X):
    """Predict by products of matrices in float32."""
    parts = [(np.ascontiguousarray(layer.weight.T), layer.bias) for layer in model.layers]

    def predict(X):
        for W, b in parts[:-1]:
            X = np.maximum(X @ W + b, 0)
        return (X @ parts[-1][0] + parts[-1][1]).argmax(axis=1)

    return predict


def onnx_graph(model):
    """Return the model as Gemm and Relu."""
    nodes, constants, value = [], [], "X"
    for i, layer in enumerate(model.layers):
        constants += [numpy_helper.from_array(layer.weight.copy(), f"W{i}")]
        constants += [numpy_helper.from_array(layer.bias.copy(), f"b{i}")]
        nodes.append(helper.make_node("Gemm", [value, f"W{i}", f"b{i}"], [f"y{i}"], transB=1))
        value = f"y{i}"
        if i + 1 < len(model.layers):
            nodes.append(helper.make_node("Relu", [value], [f"a{i}"]))
            value = f"a{i}"
    x = helper.make_tensor_value_info("X", TensorProto.FLOAT, ["n", 784])
    y = helper.make_tensor_value_info(value, TensorProto.FLOAT, ["n", 10])
    graph = helper.make_graph(nodes, "model", [x], [y], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def onnxruntime_predict(graph):
    """Return a call of onnxruntime on one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return lambda X: session.run(None, {"X": X})[0].argmax(axis=1)


class Rows(CalibrationDataReader):
    """Calibration rows, a batch at a time."""

    def __init__(self, X):
        """Cut X into batches of 64."""
        self.batches = iter([{"X": X[i : i + 64]} for i in range(0, 512, 64)])

    def get_next(self):
        """Return the next batch."""
        return next(self.batches, None)


def onnxruntime_int8(model, X, folder):
    """Return a call of onnxruntime on its own static int8 form of the model."""
    paths = str(folder / "float.onnx"), str(folder / "int8.onnx")
    (folder / "float.onnx").write_bytes(onnx_graph(model).SerializeToString())
    quantize_static(*paths, Rows(X), quant_format=QuantFormat.QDQ, per_channel=True)
    return onnxruntime_predict(paths[1])


def static(model, X):
    """Quantize with ranges from X."""
    return sl.quantize(model, X, activations="static")


def dynamic(model, X):
    """Quantize with a range for each row, on columns made alike where X shows that they are not."""
    return sl.quantize(model, X, activations="dynamic")


PREDICTORS = {
    "slimline float32": lambda model, _X: model.predict,
    "slimline int8 dynamic": lambda model, X: dynamic(model, X).predict,
    "slimline int8 static": lambda model, X: static(model, X).predict,
    "bound float32": lambda model, _X: model.bind().predict,
    "bound int8 dynamic": lambda model, X: dynamic(model, X).bind().predict,
    "bound int8 static": lambda model, X: static(model, X).bind().predict,
    "numpy float32": numpy_predict,
    "onnxruntime float32": lambda model, _X: onnxruntime_predict(
        onnx_graph(model).SerializeToString()
    ),
    "onnxruntime int8": None,  # needs a folder
    "scikit-learn API": None,  # the estimator's own predict: validation and a product of matrices
}


@pytest.mark.parametrize("rows", [1, 16, 256, 1024])
@pytest.mark.parametrize("name", PREDICTORS)
@pytest.mark.parametrize("kind", ["linear", "network"])
def test_predict(benchmark, fashion, kind, name, rows, tmp_path):
    """Time predict; all must agree on 90 rows of 100."""
    benchmark.group = f"{kind}, {rows} rows"
    estimator, X, _ = fashion
    X = np.ascontiguousarray(X, dtype=np.float32)
    model = sl.convert(estimator) if kind == "linear" else network()
    if name == "scikit-learn API":
        if kind == "network":
            pytest.skip("random weights have no estimator")
        predict = estimator.predict
    elif name == "onnxruntime int8":
        predict = onnxruntime_int8(model, X, tmp_path)
    else:
        predict = PREDICTORS[name](model, X)
    assert np.mean(predict(X[:512]) == model.predict(X[:512])) > 0.9
    rows_of_X = X[:rows]
    if rows == 1 and name.startswith("bound"):
        rows_of_X = X[0]
    with threadpool_limits(1):
        benchmark(predict, rows_of_X)
