"""The C functions of a header. @ stands for its prefix; braces of C are doubled where formatted."""

from __future__ import annotations

from collections.abc import Iterator

from slimline.interop._activations import ACTIVATIONS, EXP
from slimline.interop._c_probabilities import NEED_EXP
from slimline.model import Model

INPUT = """static inline void @_input(const {real} *x, float *y) {{
  for (int i = 0; i < {n}; ++i) y[i] = {value};
}}
"""

DENSE = """  for (int j = 0; j < {n_out}; ++j) {{
    const float *w = @_w{i} + (int32_t)j * {n_in};
    float sum = 0.0f;
    for (int i = 0; i < {n_in}; ++i) sum += w[i] * x[i];
    y[j] = sum + @_b{i}[j];
  }}
"""

SPARSE = """  int32_t k = 0;
  for (int j = 0; j < {n_out}; ++j) {{
    float sum = 0.0f;
    for (; k < @_end{i}[j]; ++k) sum += @_w{i}[k] * x[@_at{i}[k]];
    y[j] = sum + @_b{i}[j];
  }}
"""

# Powers of two: to multiply by them rounds nothing.
WEIGHTS = """  float z[{n_in}];
  for (int i = 0; i < {n_in}; ++i) z[i] = x[i] * @_p{i}[i];
  for (int j = 0; j < {n_out}; ++j) {{
    const int8_t *w = @_w{i} + (int32_t)j * {n_in};
    float sum = 0.0f;
    for (int i = 0; i < {n_in}; ++i) sum += (float)w[i] * z[i];
    y[j] = sum * @_s{i}[j] + @_b{i}[j];
  }}
"""

DYNAMIC = """  uint8_t q[{n_in}];
  int32_t zero_point;
  const float row_scale = @_quantize_row(x, {n_in}, q, &zero_point);
  for (int j = 0; j < {n_out}; ++j) {{
    const int8_t *w = @_w{i} + (int32_t)j * {n_in};
    int32_t sum = -zero_point * @_sum{i}[j];
    for (int i = 0; i < {n_in}; ++i) sum += (int32_t)w[i] * q[i];
    y[j] = (float)sum * (row_scale * @_s{i}[j]) + @_b{i}[j];
  }}
"""

STATIC = """  uint8_t q[{n_in}];
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

ROUNDING_KINDS = {
    "int8": (_ROUND_EVEN, _QUANTIZE_ROW),
    "int8_static": (_ROUND_EVEN,),
    "sparse_int8": (_ROUND_EVEN, _QUANTIZE_ROW),
}


def needed(model: Model) -> Iterator[str]:
    """Yield the functions that the layers and the link of a model call, each once."""
    texts: dict[str, None] = {}
    for layer in model.layers:
        texts |= dict.fromkeys(ROUNDING_KINDS.get(layer.kind, ()))
        texts |= dict.fromkeys(ACTIVATIONS[layer.activation].c)
    if model.link in NEED_EXP:
        texts[EXP] = None
    yield from texts


_CLASS = """static inline int @_class(const {real} *x) {{
  float out[{n_out}];
  @_outputs(x, out);
{body}}}
"""

_SIGN = "  return out[0] > 0.0f;\n"

_ARGMAX = """  int best = 0;
  for (int j = 1; j < {n_out}; ++j) best = out[j] > out[best] ? j : best;
  return best;
"""

_VOTES = """  int votes[{n_classes}];
  for (int i = 0; i < {n_classes}; ++i) votes[i] = 0;
  int pair = 0;
  for (int i = 0; i < {n_classes}; ++i) {{
    for (int j = i + 1; j < {n_classes}; ++j) ++votes[out[pair++] > 0.0f ? i : j];
  }}
  int best = 0;
  for (int j = 1; j < {n_classes}; ++j) best = votes[j] > votes[best] ? j : best;
  return best;
"""


def winner(link: str, n_classes: int, n_out: int, real: str) -> str:
    """Return the function from a row, of type ``real``, to the index of its class."""
    body = _SIGN if n_out == 1 else _VOTES if link == "ovo" else _ARGMAX
    return _CLASS.format(n_out=n_out, real=real, body=body.format(n_out=n_out, n_classes=n_classes))
