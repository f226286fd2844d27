"""Models as one C99 header: no allocation, no library, weights as constants.

Float32 layers sum in float; layers of integer arithmetic follow the core step by step, so that a
compiler that keeps to IEEE arithmetic (no -ffast-math, -ffp-contract=off or -std=c99) gives the
core's bits. tanh, logistic and gelu come with the header, accurate to 3e-7.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._version import version
from slimline.inputs import InputStage
from slimline.interop import _c_functions as functions
from slimline.interop._c_probabilities import probabilities
from slimline.interop._layer_kinds import FORMS, index_type
from slimline.layers import Layer
from slimline.model import Model, check_model, check_takes_features

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")
_PER_LINE = 8
_TYPES = {
    "float32": "float",
    "float64": "double",
    "int8": "int8_t",
    "int32": "int32_t",
    "uint16": "uint16_t",
}


def to_c(model: Model, name: str = "model") -> str:
    """Return a model as the text of a C99 header.

    The header defines, all of it ``static``:

    - the macros ``NAME_N_FEATURES``, ``NAME_N_OUTPUTS`` and ``NAME_N_CLASSES``;
    - ``name_outputs(x, out)``: the outputs of the last layer (the values of a regression);
    - for a classification ``name_class(x)``: an index into ``name_labels``;
    - if the model defines probabilities, ``name_probabilities(x, p)``: one per class, to 1e-6.

    One program can include the headers of several models, each with a name of its own. A model
    pruned by feature takes the same rows as in Python, full ones or those of the kept columns. Rows
    are ``float``, or ``double`` if the model standardises in float64 (``model.input.is_exact``).
    Scratch memory is on the stack, as much as the two widest layers need.

    Parameters
    ----------
    model : Model
    name : str, default="model"
        Prefix of all names that the header defines: a C identifier of at most 41 characters. The
        names of several models in one program must differ in more than case.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If name is not a C identifier.
    TypeError
        If model is not a Model.

    Examples
    --------
    >>> import slimline as sl
    >>> model = sl.convert(sl.LinearSVC().fit([[0.0, 1], [1, 0], [2, 0]], ["a", "b", "b"]))
    >>> header = sl.to_c(model, "ab")
    >>> "static inline int ab_class(const float *x)" in header
    True
    """
    check_model("model", model)
    check_takes_features(model, "C")
    if not _IDENTIFIER.fullmatch(name):
        msg = f"name must be a C identifier of at most 41 characters, got {name!r:.80}"
        raise ValueError(msg)
    return "\n".join(_lines(model, name)).replace("@", name)


def _lines(model: Model, name: str) -> Iterator[str]:
    """Yield the header; @ stands for the prefix."""
    guard = f"SLIMLINE_{name.upper()}_H"
    yield f"/* Written by slimline {version}. C99; nothing to link with."
    yield f" * Model {model.sha256} */"
    this = f"{guard}_{name}_{model.sha256[:16]}"
    yield f"#if defined({guard}) && !defined({this})"
    yield f'#error "the header of another model is called {name} too: to_c takes a name for each"'
    yield "#endif"
    yield f"#ifndef {guard}\n#define {guard}\n#define {this}\n\n#include <stdint.h>\n"
    upper = name.upper()
    yield f"#define {upper}_N_FEATURES {model.input.n_features}"
    yield f"#define {upper}_N_OUTPUTS {model.layers[-1].n_out}"
    yield f"#define {upper}_N_CLASSES {0 if model.classes is None else len(model.classes)}\n"
    if model.classes is not None:
        yield _labels(model.classes)
    yield from functions.needed(model)
    calls = [_input_stage(model.input)] if _has_stage(model.input) else []
    yield from (text for text, _ in calls)
    layers = [_layer(layer, i) for i, layer in enumerate(model.layers)]
    yield from (text for text, _ in layers)
    yield _outputs(model, [call for _, call in [*calls, *layers]])
    if model.classes is not None:
        n_out, real = model.layers[-1].n_out, _real(model.input)
        yield functions.winner(model.link, len(model.classes), n_out, real)
        if model.defines_probabilities:
            yield probabilities(model.link, n_out, real)
    yield f"#endif /* {guard} */\n"


def array(name: str, values: NDArray[Any]) -> str:
    """Return the definition of a constant array, in row-major order."""
    flat = values.ravel()
    kind = _TYPES[values.dtype.name]
    text = {"float": _number, "double": repr}.get(kind, str)
    cells = [text(value) for value in flat.tolist()] or ["0"]  # C99 has no arrays without entries
    rows = (", ".join(cells[i : i + _PER_LINE]) for i in range(0, len(cells), _PER_LINE))
    body = ",\n    ".join(rows)
    return f"static const {kind} @_{name}[{len(cells)}] = {{\n    {body}}};"


def _number(value: float) -> str:
    text = f"{value:.9g}"
    return f"{text}f" if any(mark in text for mark in ".e") else f"{text}.0f"


def _labels(classes: NDArray[Any]) -> str:
    if classes.dtype.kind in "UO":
        texts = [f'"{_escaped(str(label))}"' for label in classes]
        kind = "char *const"
    elif classes.dtype.kind == "f":
        texts, kind = [repr(float(label)) for label in classes], "double"
    else:
        texts, kind = [str(int(label)) for label in classes], "int64_t"
        if classes.dtype == np.uint64:
            texts, kind = [f"{text}u" for text in texts], "uint64_t"
        # The least int64 cannot be written as one constant.
        texts = [text if text != str(-(2**63)) else f"(-{2**63 - 1} - 1)" for text in texts]
    return f"static const {kind} @_labels[{len(texts)}] = {{{', '.join(texts)}}};\n"


def _escaped(text: str) -> str:
    plain = set(map(chr, range(32, 127))) - set('"\\?@')
    return "".join(
        c if c in plain else "".join(f"\\{byte:03o}" for byte in c.encode()) for c in text
    )


def _has_stage(stage: InputStage) -> bool:
    return stage.standardizes or stage.selected is not None


def _real(stage: InputStage) -> str:
    """Return the type of the rows."""
    return "double" if stage.is_exact else "float"


def _input_stage(stage: InputStage) -> tuple[str, str]:
    """Return what takes the columns that the model reads and standardises them, and its name."""
    tables, value = [], "x[i]"
    if stage.selected is not None:
        tables.append(array("column", stage.selected.astype(index_type(stage.n_features))))
        value = "x[@_column[i]]"
    if stage.offset is not None and stage.scale is not None:
        tables += [array("offset", stage.offset), array("scale", stage.scale)]
        value = f"({value} - @_offset[i]) * @_scale[i]"
    if stage.is_exact:
        value = f"(float)({value})"
    text = functions.INPUT.format(n=stage.n_inputs, value=value, real=_real(stage))
    return "\n".join([*tables, text]), "@_input"


def _layer(layer: Layer, i: int) -> tuple[str, str]:
    """Return the constants and the function of a layer, and the function's name."""
    forms = FORMS[layer.kind]
    text = "\n".join(array(f"{name}{i}", values) for name, values in forms.c_tables(layer).items())
    activation = (
        "" if layer.activation == "identity" else f"  @_{layer.activation}(y, {layer.n_out});\n"
    )
    body = forms.c.format(i=i, n_in=layer.n_in, n_out=layer.n_out)
    head = f"static inline void @_layer{i}(const float *x, float *y) {{\n"
    return f"{text}\n\n{head}{body}{activation}}}\n", f"@_layer{i}"


def _outputs(model: Model, calls: list[str]) -> str:
    """Return the function that sends a row through all steps, over two buffers in turn."""
    first = [model.input.n_inputs] if _has_stage(model.input) else []
    widths = [*first, *(layer.n_out for layer in model.layers)]
    most = max(1, *widths[:-1]) if len(widths) > 1 else 1
    n_buffers = min(2, len(calls) - 1)
    lines = [f"  float {', '.join(f'b{k}[{most}]' for k in range(n_buffers))};"] * bool(n_buffers)
    source = "x"
    for step, call in enumerate(calls):
        target = "out" if step == len(calls) - 1 else f"b{step % 2}"
        lines.append(f"  {call}({source}, {target});")
        source = target
    body = "\n".join(lines)
    real = _real(model.input)
    return f"static inline void @_outputs(const {real} *x, float *out) {{\n{body}\n}}\n"
