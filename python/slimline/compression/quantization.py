"""Quantization: weights as int8 with a scale, products in integers, the same on every CPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from slimline._checks import check_choice
from slimline.compression._calibration import Seen, forward, observe, relative_error
from slimline.compression._ranges import LEVELS, OBSERVERS, low_and_step
from slimline.compression._storage import FLOAT_KINDS, smallest_int8_layer
from slimline.compression._weights import quantize_weight
from slimline.history import Value, fingerprint
from slimline.inputs import InputStage
from slimline.layers import Int8StaticLayer, Layer
from slimline.model import Model, check_model

Per = Literal["channel", "tensor"]
Clip = Literal["none", "mse"]
Activations = Literal["dynamic", "static"]

ToInt8 = Callable[[NDArray[np.float32]], tuple[NDArray[np.int8], NDArray[np.float32]]]


def quantize(  # noqa: PLR0913 - few are needed at a time
    model: Model,
    X: Any = None,
    *,
    dtype: Literal["int8"] = "int8",
    per: Per = "channel",
    activations: Activations = "dynamic",
    observer: Literal["minmax", "percentile", "mse"] = "minmax",
    clip: Clip = "none",
    correct_bias: bool = True,
) -> Model:
    """Return a Model whose layers hold int8 weights and multiply in integers.

    Weights are symmetric, ``round(w / scale)`` in [-127, 127]; activations take 0..127. Integer
    sums are exact: predictions are the same on every instruction set.

    With ``activations="dynamic"`` each row gets its own scale and zero point at run time, which
    needs no calibration data. With ``"static"`` the range of every input is taken from ``X``
    beforehand: weights absorb these ranges and the standardisation of the input, and each layer
    hands integers to the next. Static is faster; values beyond the ranges are clipped to them.

    Parameters
    ----------
    model : Model
        Layers that are int8 already stay as they are, unless ``activations="static"``, which takes
        float32 models alone.
    X : array-like, sparse matrix, or iterator over such, default=None
        Calibration rows as the model takes them, needed for "static". Any number of them takes the
        same memory. They also correct the biases, and the error of each layer is measured on the
        first 1,024 and recorded in the history.
    dtype : {"int8"}, default="int8"
    per : {"channel", "tensor"}, default="channel"
        One weight scale an output, or one a layer.
    activations : {"dynamic", "static"}, default="dynamic"
    observer : {"minmax", "percentile", "mse"}, default="minmax"
        How ranges follow from X: all that was seen, with a margin for inputs that were seldom other
        than zero; all but 0.01 % at each end; least squared error. For "static" alone.
    clip : {"none", "mse"}, default="none"
        Whether weights fit the largest, or are cut where that makes their squared error least.
    correct_bias : bool, default=True
        Where X is given: shift the biases so that rounded weights keep the mean output.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If an argument is not as above, X is missing or empty, or a layer has more than 131,072
        inputs.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_digits(return_X_y=True)
    >>> model = sl.convert(LogisticRegression(tol=0.01).fit(X / 16, y))
    >>> small = sl.quantize(model)
    >>> model.nbytes, small.nbytes
    (2600, 720)
    >>> static = sl.quantize(model, X / 16, activations="static")
    >>> bool(static.history[-1].measured["error_layer_0"] < 0.02)
    True
    """
    check_model("model", model)
    check_choice("dtype", dtype, ("int8",))
    check_choice("per", per, get_args(Per))
    check_choice("activations", activations, get_args(Activations))
    check_choice("observer", observer, OBSERVERS)
    check_choice("clip", clip, get_args(Clip))
    static = activations == "static"
    _check_model(model, X, static=static)
    seen = None if X is None else observe(model, X, OBSERVERS[observer], raw=static)
    to_int8 = partial(quantize_weight, per=per, clip=clip)
    layers: list[Layer] = []
    for i, layer in enumerate(model.layers):
        about = None if seen is None else seen[i]
        if static and about is not None:
            stage = model.input if i == 0 else None
            layers.append(_static(layer, stage, about, to_int8, correct_bias=correct_bias))
        else:
            layers.append(_dynamic(layer, about if correct_bias else None, to_int8))
    parameters: dict[str, Value] = {"dtype": dtype, "per": per, "activations": activations}
    if static:
        parameters["observer"] = observer
    parameters |= {"clip": clip, "correct_bias": correct_bias and seen is not None}
    if X is not None and not hasattr(X, "__next__"):  # rows, not blocks of them
        parameters["data"] = fingerprint(X)
    stage = replace(model.input, offset=None, scale=None) if static else model.input
    measured = {} if seen is None else _errors(model, layers, seen)
    return model.derive(layers, "quantized", parameters, stage=stage, measured=measured)


def _check_model(model: Model, X: Any, *, static: bool) -> None:
    if not static:
        return
    if X is None:
        msg = "X must be given with activations='static': the ranges of the inputs come from it"
        raise ValueError(msg)
    for i, layer in enumerate(model.layers):
        if layer.kind not in FLOAT_KINDS:
            msg = f"activations='static' takes float32 models, but layer {i} is {layer.kind}"
            raise ValueError(msg)


def _dynamic(layer: Layer, seen: Seen | None, to_int8: ToInt8) -> Layer:
    if layer.kind not in FLOAT_KINDS:
        return layer
    weight, scale = to_int8(layer.weight)
    bias = layer.bias
    if seen is not None:
        lost = (layer.weight - weight * scale[:, None]) @ seen.mean()
        bias = (bias + lost).astype(np.float32)
    return smallest_int8_layer(weight, scale, bias, layer.activation)


def _static(
    layer: Layer, stage: InputStage | None, seen: Seen, to_int8: ToInt8, *, correct_bias: bool
) -> Layer:
    """Quantize a layer on raw inputs: standardisation and ranges go into the weights first."""
    weight, bias = layer.weight.astype(np.float64), layer.bias.astype(np.float64)
    zero = np.zeros(layer.n_in)
    if stage is not None and stage.offset is not None and stage.scale is not None:
        weight *= stage.scale
        zero = stage.offset.astype(np.float64)
    low, step = low_and_step(seen.observer)
    steps, scale = to_int8((weight * step).astype(np.float32))
    # The integer layer gives what the float one gives where x = centre.
    centre = seen.mean() if correct_bias else zero
    levels = np.clip((centre - low) / step, 0, LEVELS)
    offset = bias + weight @ (centre - zero) - scale * (steps.astype(np.float64) @ levels)
    return Int8StaticLayer(
        weight_int8=steps,
        scale=scale,
        offset=offset.astype(np.float32),
        input_low=low,
        input_step=step,
        activation=layer.activation,
    )


def _errors(model: Model, layers: list[Layer], seen: list[Seen]) -> dict[str, Value]:
    """Measure what each layer makes of the inputs that the float layer gets."""
    errors: dict[str, Value] = {"calibration_rows": seen[0].n}
    for i, (before, after, about) in enumerate(zip(model.layers, layers, seen, strict=True)):
        inputs = about.kept()
        raw = about.kept_raw() if isinstance(after, Int8StaticLayer) else inputs
        errors[f"error_layer_{i}"] = relative_error(forward(before, inputs), forward(after, raw))
    return errors
