"""The training of an estimator, as the first steps in the history of its Model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version as installed
from math import isfinite
from typing import Any

import numpy as np
from sklearn.utils.validation import _num_samples

from slimline._checks import as_targets
from slimline._collections import is_collection
from slimline._version import version
from slimline.conversion.scalers import scaling
from slimline.history import Value, fingerprint
from slimline.model import Model

_LARGEST = 2**63 - 1  # integer that a file holds as a number
_LONGEST = 200  # characters of a parameter that is no plain value
_MEASURED = ("n_iter_", "loss_", "objective_", "dual_gap_")


def with_origin(  # noqa: PLR0913 - what is known of it
    model: Model,
    estimator: Any,
    steps: Sequence[Any],
    X: Any = None,
    y: Any = None,
    *,
    error: float | None = None,
) -> Model:
    """Return ``model`` with the steps "trained" and "converted", those of ``estimator``.

    The fingerprint is that of X and y if they are given, else the one that the estimator kept from
    its fit: ``data``, or ``scaled_data`` for an estimator behind steps, which was fitted on their
    output. ``error`` is how far float32 moves outputs for X, if that was measured.
    """
    kept = dict(getattr(estimator, "_trained_on", {}))
    library = kept.pop("library", None) or _library(estimator)
    if steps and "data" in kept:
        kept["scaled_data"] = kept.pop("data")
    if y is not None and not is_collection(y):
        as_targets(y, task=model.task)  # which must be such as could have trained it
    if X is not None:
        kept = {"n_rows": _num_samples(X), "data": fingerprint(X, y)}
    name = type(estimator).__name__
    trained = model.with_step(
        "trained",
        {"estimator": name, **_parameters(estimator), **kept},
        parent=None,
        measured=_measured(estimator),
        library=library,
    )
    scales = all(type(step) in scaling.registry for step in steps)
    how = {
        "estimator": name,
        "scalers" if scales else "steps": ", ".join(type(step).__name__ for step in steps),
    }
    measured: dict[str, Value] = {}
    if error is not None:
        measured = {"output_error": error, "measured_on": "X"}
    return trained.with_step("converted", how, parent=trained, measured=measured)


def _library(estimator: Any) -> str:
    """Name and version of what trained it; of slimline the version alone, as in every step."""
    modules = {base.__module__.partition(".")[0] for base in type(estimator).__mro__}
    if "slimline" in modules:
        return version
    name = "torch" if "torch" in modules else "scikit-learn"
    return f"{name} {installed(name)}"


def _parameters(estimator: Any) -> dict[str, Value]:
    own: Mapping[str, Any] = estimator.get_params() if hasattr(estimator, "get_params") else {}
    return {name: _plain(value) for name, value in own.items()}


def _plain(value: Any) -> Value:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Value):
        beyond = isinstance(value, float) and not isfinite(value)
        beyond |= isinstance(value, int) and abs(value) > _LARGEST
        return str(value) if beyond else value
    if isinstance(value, Mapping | Sequence | np.ndarray):
        return " ".join(str(value).split())[:_LONGEST]
    return type(value).__name__  # its text may hold an address, which differs from run to run


def _measured(estimator: Any) -> dict[str, Value]:
    """Return the numbers that describe its training, such as n_iter_; of several, the largest."""
    numbers = {name: getattr(estimator, name, None) for name in _MEASURED}
    largest = {
        name.rstrip("_"): np.max(value).item()
        for name, value in numbers.items()
        if value is not None and np.size(value)
    }
    return {name: value for name, value in largest.items() if isfinite(value)}
