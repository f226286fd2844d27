"""The registries of estimators that become Models, and Models of their layers.

A linear model is registered with ``linear_of``, which gives its weights in float64; what has more
than one layer with ``model_of``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from slimline._checks import check_finite
from slimline.conversion.scalers import Affine, check_inherits
from slimline.conversion.unsupported import check_supported
from slimline.inputs import InputStage, held_offset
from slimline.layers import DenseLayer
from slimline.model import Model
from slimline.model.links import LINKS


class Linear(NamedTuple):
    """``W x + b`` in float64, and how that becomes predictions; of regressions classes are None."""

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    link: str
    classes: Any = None


@singledispatch
def linear_of(estimator: Any) -> Linear:
    """Return the linear map of a fitted estimator; TypeError for other objects."""
    check_supported(estimator)
    msg = f"cannot convert a {type(estimator).__name__}; see slimline.convert for what it takes"
    raise TypeError(msg)


@singledispatch
def model_of(estimator: Any, affine: Affine | None, names: Sequence[str] | None) -> Model:
    """Return the Model of a fitted estimator behind scalers; TypeError for other objects."""
    linear = linear_of(estimator)
    weight, bias = linear.weight.astype(np.float32), linear.bias.astype(np.float32)
    check_finite("coef_ and intercept_", np.append(weight, bias))
    layers = (DenseLayer(weight=weight, bias=bias),)
    return of_layers(layers, affine, names, linear.link, linear.classes)


def of_layers(
    layers: tuple[DenseLayer, ...],
    affine: Affine | None,
    names: Sequence[str] | None,
    link: str,
    classes: Any,
) -> Model:
    """Make a Model of layers behind the map of scalers."""
    stage = InputStage(
        n_features=layers[0].n_in,
        feature_names=None if names is None else tuple(names),
        offset=None if affine is None else held_offset(affine.offset, affine.scale),
        scale=None if affine is None else affine.scale.astype(np.float32),
    )
    labels = None if LINKS[link].winners is None else np.array(classes)
    return Model(input=stage, layers=layers, link=link, classes=labels)


def coefficients(estimator: Any, link: str) -> Linear:
    """Return the map of coef_ and intercept_."""
    coef = estimator.coef_.toarray() if sparse.issparse(estimator.coef_) else estimator.coef_
    weight = np.atleast_2d(coef).astype(np.float64)
    bias = np.broadcast_to(estimator.intercept_, len(weight)).astype(np.float64)
    return Linear(weight, bias, link, getattr(estimator, "classes_", None))


def check_predicts_as_known(estimator: Any) -> None:
    """Raise TypeError for a subclass of a known estimator that predicts in a way of its own."""
    known = [*linear_of.registry, *model_of.registry]
    check_inherits(estimator, known, "predict", "decision_function", "predict_proba")
