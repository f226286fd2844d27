"""Int8 products: slimline beside onnxruntime's MatMulInteger and numpy's float32, one thread.

All take the same A (0..127) and B; slimline's result must equal the exact product before it is
timed, and each group says which peers' did. Numbers of products a second follow from the shape.
"""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
import slimline as sl
from onnx import TensorProto, helper, numpy_helper
from threadpoolctl import threadpool_limits

SHAPES = [
    (256, 1024, 1024),
    (1024, 1024, 1024),
    (128, 768, 3072),
    (4096, 4096, 64),
    (16, 1024, 1024),
    (64, 512, 512),
    (32, 4096, 4096),
    (1, 784, 256),
    (1, 1024, 1024),
    (1, 20000, 20),
    (1000, 47000, 20),
    (256, 20000, 20),
]


def operands(shape, weights):
    """Return A uniform in 0..127 and B uniform, or a Gaussian scaled to its largest in a column."""
    m, k, n = shape
    rng = np.random.default_rng(0)
    A = rng.integers(0, 128, (m, k), dtype=np.uint8)
    if weights == "uniform":
        return A, rng.integers(-127, 128, (k, n), dtype=np.int8)
    q, _ = sl.ops.quantize_weight(rng.standard_normal((n, k), dtype=np.float32))
    return A, np.ascontiguousarray(q.T)


def slimline_product(A, B):
    """Return a call of slimline's product, packed beforehand."""
    packed = sl.ops.pack_int8(B)
    out = np.empty((len(A), B.shape[1]), np.int32)
    return lambda: sl.ops.gemm_int8(A, packed, out=out)


def onnxruntime_product(A, B, *, exact):
    """Return a call of MatMulInteger with constant B; exact=True asks for its slower kernels."""
    a = helper.make_tensor_value_info("A", TensorProto.UINT8, A.shape)
    y = helper.make_tensor_value_info("Y", TensorProto.INT32, [len(A), B.shape[1]])
    node = helper.make_node("MatMulInteger", ["A", "B"], ["Y"])
    graph = helper.make_graph([node], "product", [a], [y], [numpy_helper.from_array(B, "B")])
    opset = [helper.make_opsetid("", 13)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.x64quantprecision", "1" if exact else "0")
    session = ort.InferenceSession(model.SerializeToString(), options)
    return lambda: session.run(None, {"A": A})[0]


def float_product(A, B):
    """Return a call of numpy's float32 product, on values that it represents exactly."""
    A, B = A.astype(np.float32), B.astype(np.float32)
    return lambda: A @ B


PRODUCTS = {
    "slimline": slimline_product,
    "onnxruntime": lambda A, B: onnxruntime_product(A, B, exact=False),
    "onnxruntime-exact": lambda A, B: onnxruntime_product(A, B, exact=True),
    "numpy-float32": float_product,
}


@pytest.mark.parametrize("weights", ["gaussian", "uniform"])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
@pytest.mark.parametrize("name", PRODUCTS)
def test_product(benchmark, name, shape, weights):
    """Time one product; slimline's is exact."""
    benchmark.group = f"{'x'.join(map(str, shape))} {weights}"
    A, B = operands(shape, weights)
    with threadpool_limits(1):
        product = PRODUCTS[name](A, B)
        rows = np.linspace(0, len(A) - 1, min(len(A), 16)).astype(int)
        expected = A[rows].astype(np.float64) @ B.astype(np.float64)  # integers below 2**53: exact
        exact = bool((product()[rows] == expected).all())
        benchmark.extra_info["exact"] = exact
        assert exact or name != "slimline"
        benchmark(product)
    operations = 2 * np.prod(shape, dtype=np.int64)
    if benchmark.stats is not None:
        benchmark.extra_info["GOP/s"] = float(operations / benchmark.stats["median"] / 1e9)
