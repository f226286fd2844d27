"""Functions of one number each: scalers, powers, quantiles, functions of NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import preprocessing

from slimline._text import shown
from slimline.conversion.features.steps import affine_step, clip_step
from slimline.conversion.features.table import Features
from slimline.conversion.refusals import StepError
from slimline.conversion.scalers import bounds, scaling
from slimline.conversion.transformers.registry import transformed
from slimline.inputs import Step


@transformed.register(preprocessing.StandardScaler)
@transformed.register(preprocessing.MinMaxScaler)
@transformed.register(preprocessing.MaxAbsScaler)
@transformed.register(preprocessing.RobustScaler)
def _(scaler: Any, features: Features) -> Features:
    affine = scaling(scaler)
    features = features.mapped(affine_step(affine.offset, affine.scale))
    limits = bounds(scaler)
    if limits is None:
        return features
    low, high = (np.full(len(features), limit) for limit in limits)
    return features.mapped(clip_step(low, high))


@transformed.register
def _(power: preprocessing.PowerTransformer, features: Features) -> Features:
    op = {"yeo-johnson": "yeo_johnson", "box-cox": "box_cox"}[power.method]
    powers = power.lambdas_.astype(np.float64)
    features = features.mapped(Step(op=op, arrays={"lambda": powers}))
    if not power.standardize:
        return features
    affine = scaling(power._scaler)  # noqa: SLF001 - what it standardizes by is nowhere else
    return features.mapped(affine_step(affine.offset, affine.scale))


@transformed.register
def _(quantile: preprocessing.QuantileTransformer, features: Features) -> Features:
    arrays = {
        "references": quantile.references_.astype(np.float64),
        "quantiles": quantile.quantiles_.T.astype(np.float64),
    }
    texts = {"output": quantile.output_distribution}
    return features.mapped(Step(op="quantile", arrays=arrays, texts=texts))


# What NumPy's functions are in steps: a step without parameters, then a factor.
_FUNCTIONS: tuple[tuple[Any, str | None, float], ...] = (
    (None, None, 1.0),
    (np.log, "log", 1.0),
    (np.log1p, "log1p", 1.0),
    (np.log2, "log", 1 / np.log(2)),
    (np.log10, "log", 1 / np.log(10)),
    (np.sqrt, "sqrt", 1.0),
    (np.square, "square", 1.0),
    (np.abs, "abs", 1.0),
    (np.fabs, "abs", 1.0),
    (np.exp, "exp", 1.0),
    (np.expm1, "expm1", 1.0),
    (np.negative, None, -1.0),
)


@transformed.register
def _(function: preprocessing.FunctionTransformer, features: Features) -> Features:
    if function.func is np.clip:
        return _clipped(function.kw_args or {}, features)
    known = next((row for row in _FUNCTIONS if row[0] is function.func), None)
    if known is None or function.kw_args:
        what = f"cannot convert FunctionTransformer({_called(function)}): a file holds no code"
        instead = (
            "use np.log, log1p, log2, log10, sqrt, square, abs, exp, expm1, negative or clip,"
            " or apply the function to the rows before the pipeline"
        )
        raise StepError(what, instead)
    _, name, factor = known
    if name is not None:
        features = features.mapped(Step(op=name))
    if factor == 1.0:
        return features
    zeros = np.zeros(len(features))
    return features.mapped(affine_step(zeros, zeros + factor))


def _clipped(given: dict[str, Any], features: Features) -> Features:
    given = dict(given)
    low = given.pop("a_min", given.pop("min", None))
    high = given.pop("a_max", given.pop("max", None))
    if given:
        what = f"cannot convert FunctionTransformer(np.clip) with {shown(sorted(given))}"
        raise StepError(what, "give a_min and a_max alone")
    shape = len(features)
    limits = [
        np.full(shape, default) if limit is None else np.broadcast_to(limit, shape)
        for limit, default in ((low, -np.inf), (high, np.inf))
    ]
    return features.mapped(clip_step(*limits))


def _called(function: preprocessing.FunctionTransformer) -> str:
    name = getattr(function.func, "__name__", type(function.func).__name__)
    more = ", kw_args={...}" if function.kw_args else ""
    return f"{shown(name, 80)}{more}"
