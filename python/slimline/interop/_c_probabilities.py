"""The C function from a row to probabilities, as ``links`` defines them; @ stands for the prefix.

Python computes them in double, where the probability of a class rounds to zero hundreds of units
further out. Here the sum over the classes is taken relative to the largest, so that float does.
"""

from __future__ import annotations

_FUNCTION = """/* p has @_N_CLASSES entries, in the order of @_labels. */
static inline void @_probabilities(const {real} *x, float *p) {{
  float out[{n_out}];
  @_outputs(x, out);
{body}}}
"""

_SOFTMAX = """  float most = out[0], total = 0.0f;
  for (int j = 1; j < {n}; ++j) most = out[j] > most ? out[j] : most;
  for (int j = 0; j < {n}; ++j) total += p[j] = @_exp(out[j] - most);
  for (int j = 0; j < {n}; ++j) p[j] /= total;
"""

_LOGISTIC = """  const float odds = @_exp(out[0] > 0.0f ? -out[0] : out[0]);
  p[out[0] > 0.0f] = 1.0f / (1.0f + odds);
  p[!(out[0] > 0.0f)] = odds / (1.0f + odds);
"""

# One logistic function per class, divided by their sum. Below -745 double gives zero for all: then
# the shares are equal.
_LOGISTICS = """  float most = out[0], total = 0.0f;
  for (int j = 1; j < {n}; ++j) most = out[j] > most ? out[j] : most;
  const float shift = most < 0.0f ? most : 0.0f;
  for (int j = 0; j < {n}; ++j) {{
    const float below = @_exp(out[j] > 0.0f ? -out[j] : out[j]);
    p[j] = (out[j] > 0.0f ? 1.0f : @_exp(out[j] - shift)) / (1.0f + below);
    if (most < -745.0f) p[j] = 1.0f;
    total += p[j];
  }}
  for (int j = 0; j < {n}; ++j) p[j] /= total;
"""

_HUBER = """  const float y = out[0] < -1.0f ? -1.0f : (out[0] > 1.0f ? 1.0f : out[0]);
  p[1] = (y + 1.0f) / 2.0f;
  p[0] = 1.0f - p[1];
"""

_HUBERS = """  float total = 0.0f;
  for (int j = 0; j < {n}; ++j) {{
    const float y = out[j] < -1.0f ? -1.0f : (out[j] > 1.0f ? 1.0f : out[j]);
    total += p[j] = (y + 1.0f) / 2.0f;
  }}
  for (int j = 0; j < {n}; ++j) p[j] = total > 0.0f ? p[j] / total : 1.0f / {n}.0f;
"""

# By link: with one output, and with one per class.
_BODIES = {
    "softmax": (_SOFTMAX, _SOFTMAX),
    "logistic": (_LOGISTIC, _LOGISTICS),
    "modified_huber": (_HUBER, _HUBERS),
}
NEED_EXP = ("softmax", "logistic", "log")


def probabilities(link: str, n_out: int, real: str = "float") -> str:
    """Return the function from a row, of type ``real``, to the probabilities of the classes."""
    body = _BODIES[link][n_out > 1].format(n=n_out)
    return _FUNCTION.format(n_out=n_out, real=real, body=body)
