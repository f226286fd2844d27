"""Fitted scalers as affine maps; a new one: one more registered function."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn import preprocessing


class Affine(NamedTuple):
    """``x -> (x - offset) * scale``, in float64 until the Model is made."""

    offset: NDArray[np.float64]
    scale: NDArray[np.float64]


def compose(first: Affine | None, second: Affine) -> Affine:
    """Return the second map after the first."""
    if first is None:
        return second
    return Affine(first.offset + second.offset / first.scale, first.scale * second.scale)


@singledispatch
def scaling(scaler: Any) -> Affine:
    """Return the map of a fitted scaler, before it clips."""
    msg = f"scaler must be a scaler of scikit-learn, got {type(scaler).__name__}"
    raise TypeError(msg)


def bounds(scaler: Any) -> tuple[float, float] | None:
    """Return what a fitted scaler clips its output to, or None."""
    if not getattr(scaler, "clip", False):
        return None
    low, high = getattr(scaler, "feature_range", (-1.0, 1.0))  # MaxAbsScaler has no other
    return float(low), float(high)


def _affine(n_features: int, offset: Any, scale: Any) -> Affine:
    zeros = np.zeros(n_features)
    return Affine(
        zeros if offset is None else np.asarray(offset, dtype=np.float64),
        zeros + 1 if scale is None else np.asarray(scale, dtype=np.float64),
    )


@scaling.register
def _(scaler: preprocessing.StandardScaler) -> Affine:
    scale = None if scaler.scale_ is None else 1 / scaler.scale_
    return _affine(scaler.n_features_in_, scaler.mean_ if scaler.with_mean else None, scale)


@scaling.register
def _(scaler: preprocessing.MaxAbsScaler) -> Affine:
    return _affine(scaler.n_features_in_, None, 1 / scaler.scale_)


@scaling.register
def _(scaler: preprocessing.MinMaxScaler) -> Affine:
    return _affine(scaler.n_features_in_, -scaler.min_ / scaler.scale_, scaler.scale_)


@scaling.register
def _(scaler: preprocessing.RobustScaler) -> Affine:
    scale = None if scaler.scale_ is None else 1 / scaler.scale_
    return _affine(scaler.n_features_in_, scaler.center_, scale)


def check_inherits(value: Any, registry: Iterable[type], *methods: str) -> None:
    """Raise TypeError for a subclass of a known estimator that overrides its predictions."""
    msg = overrides(value, registry, *methods)
    if msg is not None:
        raise TypeError(msg)


def overrides(value: Any, registry: Iterable[type], *methods: str) -> str | None:
    """Return which method a subclass of a known estimator overrides, as a message; None if none."""
    kind = type(value)
    known = next((base for base in kind.__mro__ if base in registry), object)
    if known is object or kind.__module__.startswith("slimline."):
        return None
    for name in methods:
        own, its = (inspect.getattr_static(base, name, None) for base in (kind, known))
        if own is not its:
            return (
                f"cannot convert a {kind.__name__}: its {name} is not that of"
                f" {known.__name__}, which is all that a Model would have"
            )
    return None


def check_kept(estimator: Any, name: str, changed: Any, lost: str, instead: str) -> None:
    """Raise ValueError if an option of the estimator changes predictions beyond a Model's means."""
    if getattr(estimator, name, None) == changed:
        kind = type(estimator).__name__
        msg = f"cannot convert {kind}({name}={changed!r}): a Model {lost}; {instead}"
        raise ValueError(msg)
