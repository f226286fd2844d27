"""The layer kinds in the forms of others: ONNX and C. The arithmetic is the core's.

In C, @ stands for the prefix of a header, and braces are doubled, since texts are formatted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline.interop._graph import Graph
from slimline.layers import ACTIVATION_MAX, Layer

Tables = dict[str, NDArray[Any]]


class Forms(NamedTuple):
    """One layer kind, up to its activation.

    ``onnx`` adds a layer to a graph behind a node. ``c`` is the body of a C function from ``x`` to
    ``y``, ``c_tables`` returns the constants that it reads, by name, and ``c_functions`` are those
    that it calls.
    """

    onnx: Callable[[Graph, Any, str], str]
    c: str
    c_tables: Callable[[Any], Tables]
    c_functions: tuple[str, ...] = ()


def _float_layer(graph: Graph, layer: Layer, x: str) -> str:
    weight = graph.constant(np.ascontiguousarray(layer.weight.T))
    return graph.node("Gemm", x, weight, graph.constant(layer.bias))


def _int8_weights(graph: Graph, layer: Any, x: str) -> str:
    """Weights as bytes, multiplied out before the product, as the layer does."""
    weight = graph.constant(np.ascontiguousarray(layer.weight_int8.T))
    scaled = graph.node(
        "Mul", graph.node("Cast", weight, to=graph.types.FLOAT), graph.constant(layer.scale[None])
    )
    dense = graph.node("Mul", scaled, graph.constant(layer.input_power[:, None]))
    return graph.node("Gemm", x, dense, graph.constant(layer.bias))


def _dynamic(graph: Graph, layer: Any, x: str) -> str:
    """Rows quantized as they come, as the core's quantize_row and dequantize_row do."""
    zero, most, one = (graph.constant(np.float32(value)) for value in (0, ACTIVATION_MAX, 1))
    tiniest = graph.constant(np.finfo(np.float32).tiny)
    low = graph.node("Min", graph.along_columns("ReduceMin", x), zero)
    high = graph.node("Max", graph.along_columns("ReduceMax", x), zero)
    spread = graph.node("Sub", graph.node("Div", high, most), graph.node("Div", low, most))
    tiny = graph.node("Where", graph.node("Greater", high, low), tiniest, one)
    small = graph.node("Less", spread, tiniest)
    scale = graph.node("Where", small, tiny, spread)
    inverse = graph.node("Div", one, scale)
    offset = graph.node("Round", graph.node("Mul", graph.node("Neg", low), inverse))
    shifted = graph.node("Add", graph.node("Round", graph.node("Mul", x, inverse)), offset)
    clipped = graph.node("Min", graph.node("Max", shifted, zero), most)
    rows = graph.node("Cast", clipped, to=graph.types.UINT8)
    weight = np.ascontiguousarray(layer.weight_int8.T)
    sums = graph.node("MatMulInteger", rows, graph.constant(weight))
    column_sums = weight.sum(axis=0, dtype=np.int32)[None]
    moved = graph.node(
        "Mul", graph.node("Cast", offset, to=graph.types.INT32), graph.constant(column_sums)
    )
    exact = graph.node("Cast", graph.node("Sub", sums, moved), to=graph.types.FLOAT)
    scales = graph.node("Mul", scale, graph.constant(layer.scale[None]))
    return graph.node("Add", graph.node("Mul", exact, scales), graph.constant(layer.bias))


def _static(graph: Graph, layer: Any, x: str) -> str:
    """Rows quantized by calibrated levels, as the core's quantize_levels and to_float do."""
    zero, most = graph.constant(np.float32(0)), graph.constant(np.float32(ACTIVATION_MAX))
    inverse = graph.constant(np.float32(1) / layer.input_step)
    levels = graph.node("Mul", graph.node("Sub", x, graph.constant(layer.input_low)), inverse)
    clipped = graph.node("Min", graph.node("Max", levels, zero), most)
    rows = graph.node("Cast", graph.node("Round", clipped), to=graph.types.UINT8)
    weight = graph.constant(np.ascontiguousarray(layer.weight_int8.T))
    sums = graph.node("Cast", graph.node("MatMulInteger", rows, weight), to=graph.types.FLOAT)
    scaled = graph.node("Mul", sums, graph.constant(layer.scale))
    return graph.node("Add", scaled, graph.constant(layer.offset))


_DENSE = """  for (int j = 0; j < {n_out}; ++j) {{
    const float *w = @_w{i} + (int32_t)j * {n_in};
    float sum = 0.0f;
    for (int i = 0; i < {n_in}; ++i) sum += w[i] * x[i];
    y[j] = sum + @_b{i}[j];
  }}
"""

_SPARSE = """  int32_t k = 0;
  for (int j = 0; j < {n_out}; ++j) {{
    float sum = 0.0f;
    for (; k < @_end{i}[j]; ++k) sum += @_w{i}[k] * x[@_at{i}[k]];
    y[j] = sum + @_b{i}[j];
  }}
"""

# Powers of two: to multiply by them rounds nothing.
_WEIGHTS = """  float z[{n_in}];
  for (int i = 0; i < {n_in}; ++i) z[i] = x[i] * @_p{i}[i];
  for (int j = 0; j < {n_out}; ++j) {{
    const int8_t *w = @_w{i} + (int32_t)j * {n_in};
    float sum = 0.0f;
    for (int i = 0; i < {n_in}; ++i) sum += (float)w[i] * z[i];
    y[j] = sum * @_s{i}[j] + @_b{i}[j];
  }}
"""

_DYNAMIC = """  uint8_t q[{n_in}];
  int32_t zero_point;
  const float row_scale = @_quantize_row(x, {n_in}, q, &zero_point);
  for (int j = 0; j < {n_out}; ++j) {{
    const int8_t *w = @_w{i} + (int32_t)j * {n_in};
    int32_t sum = -zero_point * @_sum{i}[j];
    for (int i = 0; i < {n_in}; ++i) sum += (int32_t)w[i] * q[i];
    y[j] = (float)sum * (row_scale * @_s{i}[j]) + @_b{i}[j];
  }}
"""

_STATIC = """  uint8_t q[{n_in}];
  for (int i = 0; i < {n_in}; ++i) {{
    float level = (x[i] - @_low{i}[i]) * @_inv{i}[i];
    level = level > 0.0f ? level : 0.0f;
    q[i] = (uint8_t)(int32_t)@_round_even(level < 127.0f ? level : 127.0f);
  }}
  for (int j = 0; j < {n_out}; ++j) {{
    const int8_t *w = @_w{i} + (int32_t)j * {n_in};
    int32_t sum = 0;
    for (int i = 0; i < {n_in}; ++i) sum += (int32_t)w[i] * q[i];
    y[j] = (float)sum * @_s{i}[j] + @_b{i}[j];
  }}
"""

_ROUND_EVEN = """/* Half to even, for |x| < 2^22. */
static inline float @_round_even(float x) {
  const volatile float shifted = x + 12582912.0f;
  return shifted - 12582912.0f;
}
"""

_QUANTIZE_ROW = """/* To 0..127, with the scale and the zero point of the row. */
static inline float @_quantize_row(const float *x, int n, uint8_t *q, int32_t *zero_point) {
  float low = 0.0f, high = 0.0f;
  for (int i = 0; i < n; ++i) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
  float scale = high / 127.0f - low / 127.0f;
  if (scale < 1.17549435e-38f) scale = high > low ? 1.17549435e-38f : 1.0f;
  const float inverse = 1.0f / scale;
  const float zero = @_round_even(-low * inverse);
  for (int i = 0; i < n; ++i) {
    float value = @_round_even(x[i] * inverse) + zero;
    value = value < 0.0f ? 0.0f : value;
    q[i] = (uint8_t)(int32_t)(value > 127.0f ? 127.0f : value);
  }
  *zero_point = (int32_t)zero;
  return scale;
}
"""


def index_type(n: int) -> type:
    """Return a type that holds numbers below ``n``."""
    return np.uint16 if n <= np.iinfo(np.uint16).max else np.int32


def _dense_tables(layer: Layer) -> Tables:
    return {"w": layer.weight, "b": layer.bias}


def _sparse_tables(layer: Layer) -> Tables:
    weight = layer.weight
    rows, columns = np.nonzero(weight)
    ends = np.searchsorted(rows, np.arange(1, layer.n_out + 1)).astype(np.int32)
    return {
        "w": weight[rows, columns],
        "at": columns.astype(index_type(layer.n_in)),
        "end": ends,
        "b": layer.bias,
    }


def _dynamic_tables(layer: Any) -> Tables:
    weight = layer.weight_int8
    return {
        "w": weight,
        "sum": weight.sum(axis=1, dtype=np.int32),
        "s": layer.scale,
        "b": layer.bias,
    }


def _weights_tables(layer: Any) -> Tables:
    return {"w": layer.weight_int8, "p": layer.input_power, "s": layer.scale, "b": layer.bias}


def _static_tables(layer: Any) -> Tables:
    return {
        "w": layer.weight_int8,
        "low": layer.input_low,
        "inv": np.float32(1) / layer.input_step,
        "s": layer.scale,
        "b": layer.offset,
    }


_BY_ROWS = Forms(_dynamic, _DYNAMIC, _dynamic_tables, (_ROUND_EVEN, _QUANTIZE_ROW))

FORMS: Mapping[str, Forms] = {
    "dense": Forms(_float_layer, _DENSE, _dense_tables),
    "sparse": Forms(_float_layer, _SPARSE, _sparse_tables),
    "int8": _BY_ROWS,
    "int8_static": Forms(_static, _STATIC, _static_tables, (_ROUND_EVEN,)),
    "int8_weights": Forms(_int8_weights, _WEIGHTS, _weights_tables),
    "sparse_int8": _BY_ROWS,
}
