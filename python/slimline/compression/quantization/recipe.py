"""Quantization: weights as int8 with a scale, products in integers, the same on every CPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from slimline._checks import check_choice
from slimline.compression._knowledge import Known, typical_rows
from slimline.compression.quantization.calibration import Calibration, n_distinct, observe
from slimline.compression.quantization.causes import (
    FEW_ROWS,
    UNKNOWN,
    far_from_zero,
    few_rows,
    much,
)
from slimline.compression.quantization.forms import Made, Maker, is_coarse, merged_stage
from slimline.compression.quantization.ranges import OBSERVERS
from slimline.compression.quantization.weights import Clip, Per
from slimline.history import Value, fingerprint
from slimline.inputs import InputStage
from slimline.layers import MOST_INT8_INPUTS
from slimline.model import Model, check_model
from slimline.model.effects import Effect, compare, warn

Activations = Literal["auto", "dynamic", "static", "float32"]
ObserverName = Literal["auto", "minmax", "percentile", "mse"]


def quantize(  # noqa: PLR0913 - few are needed at a time
    model: Model,
    X: Any = None,
    *,
    dtype: Literal["int8"] = "int8",
    per: Per = "channel",
    activations: Activations = "auto",
    observer: ObserverName = "auto",
    clip: Clip = "none",
    correct_bias: bool = True,
) -> Model:
    """Return a Model whose layers hold int8 weights and multiply in integers.

    Weights are symmetric, ``round(w / scale)`` in [-127, 127]; activations are 0..127. Integer
    sums are exact, so that predictions are the same on every instruction set.

    With ``activations="dynamic"`` each row gets its own scale and zero point at run time. With
    ``"static"`` the range of every input is taken from ``X`` beforehand. The weights absorb these
    ranges and the standardisation of the input, and each layer passes integers to the next. Static
    is faster; values outside the ranges are clipped. With ``"float32"`` the weights alone are int8,
    with a power of two for each input in addition to the scale of each output. Products are in
    float32, and nothing needs to be known of the inputs.

    Dynamic activations have one scale per row for all columns. A column of much larger values, or
    far from zero, therefore makes the quantization of all other columns coarse. ``"auto"`` is
    dynamic where that is known to be nearly as accurate as float32, from X, from the model's
    reference or because its input is standardised; otherwise it quantizes the weights alone. Where
    rows or the reference show that the columns differ, each column gets an offset and a scale in
    the model's input stage, unless this would take more bytes than int8 saves. The history records
    how far the outputs move, and a :class:`slimline.DegradationWarning` reports large changes.

    Parameters
    ----------
    model : Model
        Layers that are int8 already are not changed. ``activations="static"`` takes float32 models
        only.
    X : array-like, sparse matrix, or iterator over such, default=None
        Calibration rows as the model takes them, required for "static". The memory needed does not
        depend on their number. They also correct the biases. The error of each layer and of the
        outputs is measured on 1,024 of them, evenly spaced (of an iterator, the first 1,024).
    dtype : {"int8"}, default="int8"
    per : {"channel", "tensor"}, default="channel"
        One weight scale per output, or one per layer.
    activations : {"auto", "dynamic", "static", "float32"}, default="auto"
    observer : {"auto", "minmax", "percentile", "mse"}, default="auto"
        How the ranges follow from X, for "static". "minmax": all values seen, with a margin for
        inputs that are rarely other than zero. "percentile": all but 0.01 % at each end. "mse": the
        range of least squared error. "auto": minmax, or percentile where that moves the outputs
        less and X can be read twice.
    clip : {"none", "mse"}, default="none"
        "none" chooses the scale by the largest weight; "mse" clips the largest weights so that the
        squared error of all is least.
    correct_bias : bool, default=True
        With X: shift the biases so that the rounded weights keep the mean output.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If an argument is not as above, X is missing or empty, or, with "dynamic" or "static", a
        layer has more than 131,072 inputs, whose products int32 cannot sum.

    Warns
    -----
    DegradationWarning
        For regressions, if outputs move by more than a tenth of their deviation. For
        classifications, if more than 3 % of the predictions change, or outputs move by more than a
        quarter of their deviation. With "static" and ranges from fewer than 20 distinct rows, this
        is measured on substitute rows (from the reference, or of a standardised input); where there
        are none, the warning is given without measurement. Where nothing is known of the columns,
        "dynamic" always warns, and so does a classification whose intercept shows that some columns
        are far from zero.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_digits(return_X_y=True)
    >>> model = sl.convert(LogisticRegression(tol=0.01).fit(X / 16, y))
    >>> small = sl.quantize(model, X / 16)
    >>> model.nbytes, small.nbytes, small.layers[0].kind
    (2600, 720, 'int8')
    >>> bool(small.history[-1].measured["output_error"] < 0.02)
    True
    >>> static = sl.quantize(model, X / 16, activations="static")
    >>> bool(static.history[-1].measured["error_layer_0"] < 0.02)
    True
    """
    check_model("model", model)
    check_choice("dtype", dtype, ("int8",))
    check_choice("per", per, get_args(Per))
    check_choice("activations", activations, get_args(Activations))
    check_choice("observer", observer, get_args(ObserverName))
    check_choice("clip", clip, get_args(Clip))
    _check_model(model, X, activations)
    if model.input.encoder is not None and _again(X):
        X = model.columns(X)  # once
    maker = Maker(
        per=per,
        clip=clip,
        correct_bias=correct_bias and X is not None,
        activations=activations,
        may_standardize=X is not None or model.reference is not None,
    )
    known = typical_rows(model) if X is None else Known(X, "X")
    chosen = "minmax" if observer == "auto" else observer
    trial = _try(model, maker, known, chosen)
    if activations == "static" and observer == "auto" and is_coarse(trial.made) and _again(X):
        without_tails = _try(model, maker, known, "percentile")
        if without_tails.error < trial.error:
            chosen, trial = "percentile", without_tails
    parameters: dict[str, Value] = {"dtype": dtype, "per": per, "activations": activations}
    if activations == "static":
        parameters["observer"] = chosen
    parameters |= {"clip": clip, "correct_bias": maker.correct_bias}
    if X is not None and _again(X):
        parameters["data"] = fingerprint(X)
    if trial.effect is None:
        unknown = UNKNOWN if activations == "dynamic" else far_from_zero(model)
        if unknown:
            warn(unknown)
    elif trial.effect.is_much and trial.calibration is not None:
        warn(much(model, trial.made, trial.calibration.seen, trial.effect, activations))
    if activations == "static" and trial.calibration is not None:
        trial = _on_other_rows(model, trial, n_distinct(trial.calibration.rows, FEW_ROWS))
    layers = [each.layer for each in trial.made]
    measured = trial.measured(counted=X is not None)
    return model.derive(layers, "quantized", parameters, stage=trial.stage, measured=measured)


def _again(X: Any) -> bool:
    """Whether X is rows, which can be read more than once, not an iterator over blocks of them."""
    return not hasattr(X, "__next__")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A model quantized in one way, and how its outputs differ where rows are known."""

    stage: InputStage
    made: Sequence[Made]
    calibration: Calibration | None
    effect: Effect | None

    def model(self, before: Model) -> Model:
        """Return the model before with the layers made of its own."""
        return replace(before, input=self.stage, layers=tuple(each.layer for each in self.made))

    @property
    def error(self) -> float:
        """How far outputs move."""
        return np.inf if self.effect is None else self.effect.error

    def measured(self, *, counted: bool) -> dict[str, Value]:
        """Return what the history records; ``counted``: and from how many rows."""
        if self.effect is None or self.calibration is None:
            return {"measured_on": "nothing"}
        rows = {"calibration_rows": self.calibration.seen[0].n} if counted else {}
        errors = {f"error_layer_{i}": each.error for i, each in enumerate(self.made)}
        known = {name: error for name, error in errors.items() if np.isfinite(error)}
        return {**self.effect.measured(), **rows, **known}


def _try(model: Model, maker: Maker, known: Known | None, observer: str) -> _Trial:
    static = maker.activations == "static"
    calibration = None
    if known is not None:
        raw = static and not model.input.is_exact
        calibration = observe(model, known.rows, OBSERVERS[observer], raw=raw)
    made = [maker.make(i, layer, model.input, calibration) for i, layer in enumerate(model.layers)]
    stage = merged_stage(model.input) if static else made[0].stage
    trial = _Trial(stage=stage, made=made, calibration=calibration, effect=None)
    if known is None or calibration is None:
        return trial
    effect = compare(model, trial.model(model), calibration.rows, known.source)
    return replace(trial, effect=effect)


def _on_other_rows(model: Model, trial: _Trial, n_rows: int) -> _Trial:
    """Measure a static model of few distinct rows on others, where there are; warn if it is bad.

    It fits the rows that its ranges come from, and they say nothing of all others.
    """
    if n_rows >= FEW_ROWS:
        return trial
    known = typical_rows(model)
    if known is None:
        warn(few_rows(n_rows, None))
        return trial
    effect = compare(model, trial.model(model), known.rows, known.source)
    if effect.is_much:
        warn(few_rows(n_rows, effect))
    return replace(trial, effect=effect)


def _check_model(model: Model, X: Any, activations: str) -> None:
    if activations == "static" and X is None:
        msg = "X must be given with activations='static': the ranges of the inputs come from it"
        raise ValueError(msg)
    for i, layer in enumerate(model.layers):
        if activations == "static" and layer.weight_type != "float32":
            msg = f"activations='static' takes float32 models, but layer {i} is {layer.kind}"
            raise ValueError(msg)
        if activations in ("dynamic", "static") and layer.n_in > MOST_INT8_INPUTS:
            msg = (
                f"layer {i} must have at most {MOST_INT8_INPUTS:,} inputs, whose products int32 can"
                f" sum, got {layer.n_in:,}: take activations='float32', int8 weights alone"
            )
            raise ValueError(msg)
