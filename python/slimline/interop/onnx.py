"""Models as ONNX graphs of standard operators, by ``onnx.helper``.

Float32 layers become Gemm; layers of integers follow the core's arithmetic: scale and zero point of
a row from its extremes (or calibrated levels), a product with the reciprocal, rounding half to
even, clipping to 0..127, MatMulInteger, then ``sum * scale + bias`` unfused. Activations have seven
bits, so no runtime saturates, and the integers are those of slimline.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._version import version
from slimline.interop._activations import ACTIVATIONS
from slimline.interop._graph import Graph
from slimline.interop._layer_kinds import FORMS
from slimline.model import Model, check_model, check_takes_features

OPSET = 20


def to_onnx(model: Model, *, target_opset: int = OPSET, ir_version: int | None = None) -> Any:
    """Return a model as ``onnx.ModelProto``.

    The input ``X`` is float32 (n, n_features), or float64 if the model standardises in float64
    (``model.input.is_exact``). The first output is ``label``, the predicted classes (int64, uint64
    above its range, bool, float, double or strings), or for a regression ``value``, the predicted
    values. The second output is ``scores``: probabilities if the model defines them, else decision
    values.

    Parameters
    ----------
    model : Model
    target_opset : int, default=20
        Version of the operators, >= 11. ONNX Runtime supports 20 from 1.17 on, 19 from 1.15 on.
    ir_version : int or None, default=None
        Version of the format. None: the oldest that supports the opset.

    Returns
    -------
    onnx.ModelProto

    Raises
    ------
    ValueError, TypeError
        If the installed onnx does not support a version.
    ImportError
        If onnx is missing: the extra "onnx" installs it.

    Examples
    --------
    >>> import slimline as sl
    >>> model = sl.convert(sl.LinearSVC().fit([[0.0, 1], [1, 0], [2, 0]], ["a", "b", "b"]))
    >>> [output.name for output in sl.to_onnx(model).graph.output]
    ['label', 'scores']
    """
    check_model("model", model)
    check_takes_features(model, "ONNX")
    graph = Graph(target_opset, ir_version)
    outputs = _layers(graph, model, _input_stage(graph, model))
    _link(graph, model, outputs)
    return graph.model(
        n_features=model.input.n_features,
        row_type=graph.types.DOUBLE if model.input.is_exact else graph.types.FLOAT,
        producer=("slimline", version),
        properties={"slimline.sha256": model.sha256},
    )


def _input_stage(graph: Graph, model: Model) -> str:
    x = "X"
    if model.input.selected is not None:
        x = graph.node("Gather", x, graph.constant(model.input.selected.astype(np.int64)), axis=1)
    if model.input.offset is None or model.input.scale is None:
        return x
    centred = graph.node("Sub", x, graph.constant(model.input.offset))
    if not model.input.is_exact:
        return graph.node("Mul", centred, graph.constant(model.input.scale))
    scale = graph.constant(model.input.scale.astype(np.float64))
    return _single(graph, graph.node("Mul", centred, scale))


def _layers(graph: Graph, model: Model, x: str) -> str:
    for layer in model.layers:
        x = FORMS[layer.kind].onnx(graph, layer, x)
        x = ACTIVATIONS[layer.activation].onnx(graph, x)
    return x


def _link(graph: Graph, model: Model, outputs: str) -> None:
    if model.classes is None:
        graph.output(outputs, "value", graph.types.FLOAT, model.layers[-1].n_out)
        return
    scores, winners = _classes(graph, model, outputs)
    labels, kind = _labels(model.classes, graph)
    graph.output(graph.node("Gather", graph.constant(labels), winners), "label", kind, None)
    graph.output(scores, "scores", graph.types.FLOAT, len(model.classes))


def _classes(graph: Graph, model: Model, outputs: str) -> tuple[str, str]:
    """Scores, one per class, and the index of the winner."""
    n_classes = len(model.classes) if model.classes is not None else 0
    zero = graph.constant(np.float32(0))
    if model.link == "ovo" and n_classes > 2:  # noqa: PLR2004 - else one output
        return _votes(graph, outputs, n_classes)
    if model.layers[-1].n_out == 1:
        flat = graph.along_columns("Squeeze", outputs)
        winners = graph.node("Cast", graph.node("Greater", flat, zero), to=graph.types.INT64)
        return _two_scores(graph, model.link, outputs), winners
    winners = graph.node("ArgMax", outputs, axis=1, keepdims=0)
    if model.link == "softmax":
        return graph.node("Softmax", outputs, axis=1), winners
    if model.link in _PROBABILITIES:
        positive = _PROBABILITIES[model.link](graph, outputs)
        one, zero = graph.constant(np.float64(1)), graph.constant(np.float64(0))
        total = graph.along_columns("ReduceSum", positive)
        none = graph.node("Equal", total, zero)
        shares = graph.node("Div", positive, graph.node("Where", none, one, total))
        even = graph.constant(np.float64(1 / n_classes))
        return _single(graph, graph.node("Where", none, even, shares)), winners
    return outputs, winners


def _two_scores(graph: Graph, link: str, outputs: str) -> str:
    if link in _PROBABILITIES:
        positive = _PROBABILITIES[link](graph, outputs)
        one = graph.constant(np.float64(1))
        both = graph.node("Concat", graph.node("Sub", one, positive), positive, axis=1)
        return _single(graph, both)
    return graph.node("Concat", graph.node("Neg", outputs), outputs, axis=1)


def _double(graph: Graph, outputs: str) -> str:
    """Cast as slimline does: in float32 the probabilities of certain rows would all be zero."""
    return graph.node("Cast", outputs, to=graph.types.DOUBLE)


def _single(graph: Graph, values: str) -> str:
    return graph.node("Cast", values, to=graph.types.FLOAT)


def _modified_huber(graph: Graph, outputs: str) -> str:
    one, half = graph.constant(np.float64(1)), graph.constant(np.float64(0.5))
    least = graph.constant(np.float64(-1))
    clipped = graph.node("Min", graph.node("Max", _double(graph, outputs), least), one)
    return graph.node("Mul", graph.node("Add", clipped, one), half)


def _logistic(graph: Graph, outputs: str) -> str:
    """Sigmoid without its operator, which runtimes approximate."""
    values = _double(graph, outputs)
    one, zero = graph.constant(np.float64(1)), graph.constant(np.float64(0))
    exponential = graph.node("Exp", graph.node("Neg", graph.node("Abs", values)))
    above = graph.node("Where", graph.at_least(values, zero), one, exponential)
    return graph.node("Div", above, graph.node("Add", one, exponential))


_PROBABILITIES = {
    "logistic": _logistic,
    "modified_huber": _modified_huber,
}


def _votes(graph: Graph, outputs: str, n_classes: int) -> tuple[str, str]:
    """Votes of the pairs; class j is second in j pairs, and loses those that the first wins."""
    first, second = np.triu_indices(n_classes, 1)
    signs = np.zeros((len(first), n_classes), dtype=np.float32)
    signs[np.arange(len(first)), first] = 1
    signs[np.arange(len(first)), second] = -1
    zero = graph.constant(np.float32(0))
    second_in = graph.constant(np.arange(n_classes, dtype=np.float32))
    matrix = graph.constant(signs)

    def votes(wins: str) -> str:
        counted = graph.node("MatMul", graph.node("Cast", wins, to=graph.types.FLOAT), matrix)
        return graph.node("Add", counted, second_in)

    winners = graph.node("ArgMax", votes(graph.node("Greater", outputs, zero)), axis=1, keepdims=0)
    sums = graph.node("MatMul", outputs, matrix)
    one, three = graph.constant(np.float32(1)), graph.constant(np.float32(3))
    below = graph.node("Mul", graph.node("Add", graph.node("Abs", sums), one), three)
    ties = graph.node("Div", sums, below)
    return graph.node("Add", votes(graph.at_least(outputs, zero)), ties), winners


def _labels(classes: NDArray[Any], graph: Graph) -> tuple[NDArray[Any], int]:
    """Return labels as a type of ONNX, and which: integers are int64 unless they are too large."""
    types = graph.types
    if classes.dtype.kind in "UO":
        return classes.astype(object), types.STRING
    if classes.dtype.kind in "iu" and classes.max() <= np.iinfo(np.int64).max:
        return classes.astype(np.int64), types.INT64
    named = {"b": types.BOOL, "u": types.UINT64}
    floats = types.DOUBLE if classes.dtype == np.float64 else types.FLOAT
    return classes, named.get(classes.dtype.kind, floats)
