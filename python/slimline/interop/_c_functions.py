"""The C functions of a header. @ stands for its prefix; braces of C are doubled where formatted."""

from __future__ import annotations

from collections.abc import Iterator

from slimline.interop._activations import ACTIVATIONS, EXP
from slimline.interop._c_probabilities import NEED_EXP
from slimline.interop._layer_kinds import FORMS
from slimline.model import Model

INPUT = """static inline void @_input(const {real} *x, float *y) {{
  for (int i = 0; i < {n}; ++i) y[i] = {value};
}}
"""


def needed(model: Model) -> Iterator[str]:
    """Yield the functions that the layers and the link of a model call, each once."""
    texts: dict[str, None] = {}
    for layer in model.layers:
        texts |= dict.fromkeys(FORMS[layer.kind].c_functions)
        texts |= dict.fromkeys(ACTIVATIONS[layer.activation].c)
    if model.link in NEED_EXP:
        texts[EXP] = None
    yield from texts


_CLASS = """static inline int @_class(const {real} *x) {{
  float out[{n_out}];
  @_outputs(x, out);
{body}}}
"""

_VALUES = """static inline void @_values(const {real} *x, float *y) {{
  @_outputs(x, y);
  for (int j = 0; j < {n_out}; ++j) y[j] = @_exp(y[j]);
}}
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


def exponentials(n_out: int, real: str) -> str:
    """Return the function from a row, of type ``real``, to the values of a model of logarithms."""
    return _VALUES.format(n_out=n_out, real=real)


def winner(link: str, n_classes: int, n_out: int, real: str) -> str:
    """Return the function from a row, of type ``real``, to the index of its class."""
    body = _SIGN if n_out == 1 else _VOTES if link == "ovo" else _ARGMAX
    return _CLASS.format(n_out=n_out, real=real, body=body.format(n_out=n_out, n_classes=n_classes))
