"""The products of int8 matrices that other libraries offer, each on operands of its liking.

A peer is ``make(operands) -> (call, result)``: ``call()`` does the product, ``result()`` gives its
output. Operands: A (M, K) uint8 in 0..127, B (K, N) int8, float32 copies of both, and the step of
outputs that are quantized.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper


@dataclass
class Operands:
    """The same numbers for everybody."""

    A: np.ndarray
    B: np.ndarray
    n_threads: int

    def __post_init__(self):
        """Make what some peers need instead."""
        self.A_float, self.B_float = self.A.astype(np.float32), self.B.astype(np.float32)
        self.shape = (*self.A.shape, self.B.shape[1])
        self.step = float(127 * 128 * np.sqrt(self.A.shape[1]) / 40)


def _session(node, A, names, constants, out_type, operands, precise):
    m, _, n = operands.shape
    kinds = {"uint8": TensorProto.UINT8, "float32": TensorProto.FLOAT}
    a = helper.make_tensor_value_info("A", kinds[A.dtype.name], A.shape)
    y = helper.make_tensor_value_info("Y", out_type, [m, n])
    domain = "" if node in {"MatMulInteger", "QLinearMatMul"} else "com.microsoft"
    graph = helper.make_graph(
        [helper.make_node(node, names, ["Y"], domain=domain)],
        "product",
        [a],
        [y],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    options = ort.SessionOptions()
    options.intra_op_num_threads = operands.n_threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.add_session_config_entry("session.x64quantprecision", "1" if precise else "0")
    session = ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    binding = session.io_binding()  # no copies: as fast as onnxruntime goes from Python
    binding.bind_ortvalue_input("A", ort.OrtValue.ortvalue_from_numpy(A))
    binding.bind_output("Y")
    run_options = ort.RunOptions()
    return (
        lambda: session.run_with_iobinding(binding, run_options),
        lambda: binding.copy_outputs_to_cpu()[0],
    )


def _matmul_integer(operands, *, precise=False):
    constants = {"B": operands.B}
    return _session(
        "MatMulInteger", operands.A, ["A", "B"], constants, TensorProto.INT32, operands, precise
    )


def _dynamic_quantize(operands):
    constants = {"B": operands.B, "scale": np.float32(1)}
    names = ["A", "B", "scale"]
    return _session(
        "DynamicQuantizeMatMul",
        operands.A_float,
        names,
        constants,
        TensorProto.FLOAT,
        operands,
        precise=False,
    )


def _quantized(node, operands, extra, out_type):
    one, zero = np.float32(1), np.uint8(0)
    constants = {"as": one, "az": zero, "B": operands.B, "bs": one, "bz": np.int8(0), **extra}
    names = ["A", *constants]
    return _session(node, operands.A, names, constants, out_type, operands, precise=False)


def _qlinear(operands):
    extra = {"ys": np.float32(operands.step), "yz": np.uint8(128)}
    return _quantized("QLinearMatMul", operands, extra, TensorProto.UINT8)


def _qgemm(operands):
    return _quantized("QGemm", operands, {}, TensorProto.FLOAT)


def _torch_linear(operands, engine):
    torch.backends.quantized.engine = engine
    W = torch.from_numpy(np.ascontiguousarray(operands.B_float.T))
    packed = torch.ops.quantized.linear_prepack(
        torch.quantize_per_tensor(W, 1.0, 0, torch.qint8), None
    )
    x = torch.quantize_per_tensor(torch.from_numpy(operands.A_float), 1.0, 0, torch.quint8)
    linear, outputs = torch.ops.quantized.linear, []

    def call():
        outputs[:] = [linear(x, packed, operands.step, 128)]

    return call, lambda: outputs[0].int_repr().numpy()


def _float32(operands):
    out = np.empty((operands.shape[0], operands.shape[2]), np.float32)
    return lambda: np.matmul(operands.A_float, operands.B_float, out=out), lambda: out


PEERS = {
    "ort MatMulInteger": _matmul_integer,
    "ort MatMulInteger, precise": lambda operands: _matmul_integer(operands, precise=True),
    "ort DynamicQuantizeMatMul": _dynamic_quantize,
    "ort QLinearMatMul": _qlinear,
    "ort QGemm": _qgemm,
    "torch fbgemm": lambda operands: _torch_linear(operands, "fbgemm"),
    "torch x86": lambda operands: _torch_linear(operands, "x86"),
    "torch onednn": lambda operands: _torch_linear(operands, "onednn"),
    "numpy float32": _float32,
}
FLOAT = {"numpy float32"}  # not int8: for orientation


def exact(result, operands):
    """Whether a peer's output is the product, or that product rounded to its quantized step."""
    expected = operands.A.astype(np.float64) @ operands.B.astype(np.float64)  # below 2^53: exact
    if result.dtype != np.uint8:
        return bool((result == expected).all())
    levels = np.clip(np.rint(expected / np.float32(operands.step)) + 128, 0, 255)
    return bool(np.abs(result - levels).max() <= 1)
