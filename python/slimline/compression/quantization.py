"""Quantization: weights as int8 with a scale, products in integers, the same on every CPU."""

from __future__ import annotations

from typing import Literal, get_args

from slimline import ops
from slimline._checks import check_choice
from slimline.layers import Int8Layer, Layer
from slimline.model import Model

Per = Literal["channel", "tensor"]


def quantize(model: Model, *, dtype: Literal["int8"] = "int8", per: Per = "channel") -> Model:
    """Return a Model whose layers hold int8 weights and multiply in integers.

    Weights are symmetric, ``round(w / scale)`` in [-127, 127] with ``scale = max|w| / 127``;
    activations are quantized to 0..127 at run time, each row with its own scale and zero point
    ("dynamic"), which needs no calibration data. Integer sums are exact: predictions are the same
    on every instruction set. Layers that are int8 already stay as they are.

    Parameters
    ----------
    model : Model
    dtype : {"int8"}, default="int8"
    per : {"channel", "tensor"}, default="channel"
        One scale an output, or one a layer.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If an argument is not as above, or a layer has more than 131,072 inputs.

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
    """
    check_choice("dtype", dtype, ("int8",))
    check_choice("per", per, get_args(Per))
    layers = [_quantized(layer, per) for layer in model.layers]
    return model.derive(layers, "quantized", {"dtype": dtype, "per": per})


def _quantized(layer: Layer, per: Per) -> Layer:
    if isinstance(layer, Int8Layer):
        return layer
    weight_int8, scale = ops.quantize_weight(layer.weight, per=per)
    return Int8Layer(
        weight_int8=weight_int8, scale=scale, bias=layer.bias, activation=layer.activation
    )
