"""Losses of a linear model's outputs, all outputs at once, with their gradients.

A loss takes outputs F and targets Y, both (n, k), and returns the losses (n, k) and their
derivatives by F. Targets of classes are -1 and 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import as_targets
from slimline._text import listed
from slimline.model import Model

Floats = NDArray[np.float64]
Loss = Callable[[Floats, Floats], tuple[Floats, Floats]]

# Hinge is smoothed over this width below the margin.
_HINGE_WIDTH = 0.1
_LARGEST_EXPONENT = 700.0  # exp of more overflows


def _squared_error(F: Floats, Y: Floats) -> tuple[Floats, Floats]:
    return (F - Y) ** 2 / 2, F - Y


def _log_loss(F: Floats, Y: Floats) -> tuple[Floats, Floats]:
    margin = F * Y
    return np.logaddexp(0, -margin), -Y * np.exp(-np.logaddexp(0, margin))


def _squared_hinge(F: Floats, Y: Floats) -> tuple[Floats, Floats]:
    missing = np.maximum(1 - F * Y, 0)
    return missing**2, -2 * Y * missing


def _modified_huber(F: Floats, Y: Floats) -> tuple[Floats, Floats]:
    margin = F * Y
    squared, gradient = _squared_hinge(F, Y)
    far = margin < -1
    return np.where(far, -4 * margin, squared), np.where(far, -4 * Y, gradient)


def _hinge(F: Floats, Y: Floats) -> tuple[Floats, Floats]:
    missing = np.maximum(1 - F * Y, 0)
    near = np.minimum(missing, _HINGE_WIDTH)
    return near**2 / (2 * _HINGE_WIDTH) + missing - near, -Y * near / _HINGE_WIDTH


def _cross_entropy(F: Floats, Y: Floats) -> tuple[Floats, Floats]:
    """Softmax over each row; the loss of a row is in the column of its class."""
    shifted = F - F.max(axis=1, keepdims=True)
    logarithms = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    is_class = Y > 0
    return np.where(is_class, -logarithms, 0), np.exp(logarithms) - is_class


def _poisson(F: Floats, Y: Floats) -> tuple[Floats, Floats]:
    """Half the deviance of counts whose mean is exp(F), without what F does not change."""
    mean = np.exp(np.minimum(F, _LARGEST_EXPONENT))
    return mean - Y * F, mean - Y


LOSSES: Mapping[str, Loss] = {
    "squared_error": _squared_error,
    "log_loss": _log_loss,
    "squared_hinge": _squared_hinge,
    "modified_huber": _modified_huber,
    "hinge": _hinge,
    "cross_entropy": _cross_entropy,
    "poisson": _poisson,
}

# The core's names of losses that have another one here.
_OWN_NAMES: Mapping[str, str] = {"multinomial": "cross_entropy"}


def core_loss(link: str) -> str:
    """Return the core's name of what a link is trained with, unless it is said otherwise.

    It is the first smooth loss with this link. Pairs of classes have margins; logarithms of means
    have a loss of networks alone.
    """
    if link == "log":
        return "poisson"
    wanted = "margin" if link == "ovo" else link
    return next(
        traits.name
        for traits in _core.loss_traits()
        if traits.smooth and wanted == ("identity" if traits.regression else traits.link)
    )


def default_loss(link: str) -> str:
    """Return the name of that loss in ``LOSSES``."""
    name = core_loss(link)
    return _OWN_NAMES.get(name, name)


class Targets(NamedTuple):
    """Y (n, k), and the share of each entry in the mean over its column's rows."""

    Y: Floats
    share: Floats


def check_labels(y: NDArray[Any], classes: NDArray[Any]) -> None:
    """Raise ValueError unless y is one label per row, each among the classes."""
    unknown = ~np.isin(y, classes)
    if y.ndim != 1 or unknown.any():
        known = listed([repr(label) for label in classes.tolist()])
        msg = f"y must hold labels of the model's classes {known}, got {y[unknown][:1].tolist()}"
        raise ValueError(msg)


def values_of(model: Model, y: NDArray[Any]) -> Floats:
    """Return the values of a regression (n, n_out); ValueError where there are others in number."""
    n_out = model.layers[-1].n_out
    if y.size != len(y) * n_out:
        msg = f"y must have {n_out} values in each row, got shape {y.shape}"
        raise ValueError(msg)
    values: Floats = y.reshape(len(y), n_out).astype(np.float64)
    if model.link == "log" and (values < 0).any():
        msg = f"y must hold no negative values for a model with link 'log', got {values.min()}"
        raise ValueError(msg)
    return values


def check_classes(model: Model, y: NDArray[Any]) -> None:
    """Raise ValueError if all rows of a classification are of one class: it would predict no other.

    ``y`` are targets as :func:`slimline._checks.as_targets` returns them.
    """
    if model.classes is not None and is_one_label(y):
        check_labels(y, model.classes)
        msg = f"y must hold at least two classes, got one class: {y[:1].tolist()}"
        raise ValueError(msg)


def is_one_label(y: NDArray[Any]) -> bool:
    """Whether there are rows, all of one label."""
    return y.ndim == 1 and len(y) > 0 and bool(np.all(y == y[0]))


def targets(model: Model, y: Any, n_samples: int) -> Targets:
    """Return what the outputs should be; ValueError where y does not fit the model or X."""
    y = as_targets(y, task=model.task)
    if len(y) != n_samples or n_samples == 0:
        msg = f"X and y must have the same number of rows, at least one, got {n_samples}, {len(y)}"
        raise ValueError(msg)
    if model.classes is None:
        Y = values_of(model, y)
        return Targets(Y, np.full((1, Y.shape[1]), 1 / n_samples))
    check_labels(y, model.classes)
    is_class = y[:, None] == model.classes
    if model.link == "ovo":
        first, second = np.triu_indices(len(model.classes), 1)
        taken = is_class[:, first] | is_class[:, second]
        share = taken / np.maximum(taken.sum(axis=0), 1)
        return Targets(np.where(is_class[:, first], 1.0, -1.0), share)
    if model.layers[-1].n_out == 1:
        is_class = is_class[:, 1:]
    Y = np.where(is_class, 1.0, -1.0)
    return Targets(Y, np.full((1, Y.shape[1]), 1 / n_samples))
