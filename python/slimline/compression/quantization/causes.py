"""Why int8 changed the outputs: the column or the layer that caused it, and what to do instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from slimline.compression.quantization.calibration import Seen
from slimline.compression.quantization.forms import Made
from slimline.layers import ACTIVATION_MAX
from slimline.model import Model
from slimline.model.effects import Effect, percent

UNKNOWN = (
    "quantize: nothing is known of the columns, neither rows nor a reference nor a standardised"
    " input. With activations='dynamic' a column of another size than the others, or far from zero,"
    " takes all the steps, and predictions are guesses: give X, some hundred rows, or take"
    " activations='auto'"
)
# Ranges of fewer distinct rows than these say little of the next row.
FEW_ROWS = 20
# What rounding a weight moves it by, as a share: see input_exponents.
_ROUNDING = 2.0**-8


def few_rows(n_rows: int, effect: Effect | None) -> str:
    """Say that ranges come from so few distinct rows, and what that does to others if known."""
    found = f": {effect}" if effect is not None else ", and clip what lies beyond them"
    return (
        f"quantize: the ranges come from {n_rows} distinct row{'s' * (n_rows != 1)}{found}."
        " Give X of some hundred rows, or take activations='auto', whose ranges are those of each"
        " row"
    )


def far_from_zero(model: Model) -> str:
    """Report an intercept that shows that columns without statistics are far from zero.

    Scores of classes are in units of their margin or log-odds. An intercept of b compensates
    weights times means that sum to -b, and rounding the weights changes that sum by up to 2^-8.
    """
    if model.classes is None or len(model.layers) > 1:
        return ""
    largest = float(np.abs(model.layers[0].bias).max(initial=0))
    if largest * _ROUNDING <= 1:
        return ""
    return (
        f"quantize: nothing is known of the columns, and an intercept of {largest:,.0f} shows that"
        f" some lie far from zero: rounding weights may move scores by {largest * _ROUNDING:.2g}."
        " Give X, some hundred rows"
    )


_WAYS = {
    "dynamic": "Take activations='auto', which keeps integers where they are good enough",
    "static": "Take observer='percentile' or 'mse', whose ranges leave out what is rare, or"
    " activations='auto', whose ranges are those of each row",
    "auto": "Give X, some hundred rows, if there are any; else keep float32",
    "float32": "Take per='channel' and clip='none', or keep float32",
}


def much(
    model: Model, made: Sequence[Made], seen: Sequence[Seen], effect: Effect, activations: str
) -> str:
    """Return the warning for a quantized model whose outputs changed much."""
    errors = [0.0 if np.isnan(each.error) else each.error for each in made]
    i = int(np.argmax(errors))
    why = _cause(model, i, made[i], seen[i])
    return f"quantize: {effect}. {why}. {_WAYS[activations]}"


def column_name(model: Model, i: int, j: int) -> str:
    """Return the name of input ``j`` of layer ``i``."""
    return f"input {j} of layer {i}" if i else model.input.column_name(j)


def _cause(model: Model, i: int, made: Made, seen: Seen) -> str:
    layer: Any = made.layer
    if layer.activations == "dynamic":
        rows = np.abs(seen.kept())
        ranges = seen.kept().max(axis=1, initial=0) - seen.kept().min(axis=1, initial=0)
        shares = (rows / np.where(ranges > 0, ranges, 1)[:, None]).mean(axis=0)
        j = int(shares.argmax())
        name = column_name(model, i, j)
        return f"{name} takes {percent(float(shares[j]))} of the range that a row has for all"
    if layer.activations == "static":
        reach = np.abs(layer.weight_int8.astype(np.int16)).mean(axis=0)
        j = int(reach.argmax())
        width = ACTIVATION_MAX * float(layer.input_step[j])
        name = column_name(model, i, j)
        return (
            f"{name} has a range of {width:.3g}, and its weights, times that, those of all others"
        )
    return f"the weights of layer {i} lie too far apart for a byte each"
