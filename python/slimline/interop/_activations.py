"""The activations in the forms of others: ONNX, torch and C. Value and derivative are the core's.

To add one, see ``cpp/src/layers/activation.cpp``; here it has one row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from slimline.interop._graph import Graph


class Forms(NamedTuple):
    """One activation.

    ``onnx`` adds it to a graph behind a node, ``torch`` is its class in ``torch.nn``, ``c`` the
    functions that it needs: each applies it in place, @ stands for the prefix.
    """

    onnx: Callable[[Graph, str], str]
    torch: str
    c: tuple[str, ...]


EXP = """/* e^x: 2^k times a polynomial on [-ln 2 / 2, ln 2 / 2] (Cephes, expf). */
static inline float @_exp(float x) {
  x = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
  const float scaled = x * 1.44269504f;
  const int32_t k = (int32_t)(scaled + (scaled < 0.0f ? -0.5f : 0.5f));
  const float r = (x - (float)k * 0.693359375f) + (float)k * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const union { uint32_t bits; float value; } power = {(uint32_t)(k + 127) << 23};
  return p * power.value;
}
"""

_RELU = """static inline void @_relu(float *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = y[j] < 0.0f ? 0.0f : y[j];
}
"""

# For small x the series, where 1 - e would cancel.
_TANH = """static inline void @_tanh(float *y, int n) {
  for (int j = 0; j < n; ++j) {
    const float x = y[j] < 0.0f ? -y[j] : y[j];
    const float s = x * x;
    float t;
    if (x < 0.625f) {
      t = -5.70498872745e-3f;
      t = t * s + 2.06390887954e-2f;
      t = t * s - 5.37397155531e-2f;
      t = t * s + 1.33314422036e-1f;
      t = (t * s - 3.33332819422e-1f) * s * x + x;
    } else {
      t = 1.0f - 2.0f / (@_exp(2.0f * x) + 1.0f);
    }
    y[j] = y[j] < 0.0f ? -t : t;
  }
}
"""

_LOGISTIC = """static inline void @_logistic(float *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = 1.0f / (1.0f + @_exp(-y[j]));
}
"""

# erf: Abramowitz and Stegun 7.1.26, 1.5e-7.
_GELU = """static inline void @_gelu(float *y, int n) {
  for (int j = 0; j < n; ++j) {
    const float z = y[j] * 0.70710678f;
    const float x = z < 0.0f ? -z : z;
    const float t = 1.0f / (1.0f + 0.3275911f * x);
    float p = 1.061405429f;
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = (p * t + 0.254829592f) * t * @_exp(-x * x);
    y[j] *= 0.5f * (z < 0.0f ? p : 2.0f - p);
  }
}
"""


def _operator(name: str) -> Callable[[Graph, str], str]:
    return lambda graph, source: graph.node(name, source)


ACTIVATIONS: Mapping[str, Forms] = {
    "identity": Forms(lambda _graph, source: source, "Identity", ()),
    "relu": Forms(_operator("Relu"), "ReLU", (_RELU,)),
    "tanh": Forms(_operator("Tanh"), "Tanh", (EXP, _TANH)),
    "logistic": Forms(_operator("Sigmoid"), "Sigmoid", (EXP, _LOGISTIC)),
    "gelu": Forms(Graph.gelu, "GELU", (EXP, _GELU)),
}
