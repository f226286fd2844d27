"""The registry of estimators that become Models, and Models of their layers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np
from scipy import sparse

from slimline._checks import check_finite
from slimline.conversion.scalers import Affine
from slimline.inputs import InputStage, held_offset
from slimline.layers import DenseLayer
from slimline.model import Model


@singledispatch
def model_of(estimator: Any, _affine: Affine | None, _names: Sequence[str] | None) -> Model:
    """Return the Model of a fitted estimator behind scalers; TypeError for other objects."""
    msg = f"cannot convert a {type(estimator).__name__}; see slimline.convert for what it takes"
    raise TypeError(msg)


def one_layer(
    estimator: Any,
    affine: Affine | None,
    names: Sequence[str] | None,
    link: str,
) -> Model:
    """Make a Model of one dense layer from coef_ and intercept_."""
    coef = estimator.coef_.toarray() if sparse.issparse(estimator.coef_) else estimator.coef_
    weight = np.atleast_2d(coef).astype(np.float32)
    bias = np.broadcast_to(estimator.intercept_, len(weight)).astype(np.float32)
    check_finite("coef_ and intercept_", np.append(weight, bias))
    layers = (DenseLayer(weight=weight, bias=bias),)
    return of_layers(estimator, affine, names, layers, link)


def of_layers(
    estimator: Any,
    affine: Affine | None,
    names: Sequence[str] | None,
    layers: tuple[DenseLayer, ...],
    link: str,
) -> Model:
    """Make a Model of layers behind the map of scalers."""
    stage = InputStage(
        n_features=layers[0].n_in,
        feature_names=None if names is None else tuple(names),
        offset=None if affine is None else held_offset(affine.offset, affine.scale),
        scale=None if affine is None else affine.scale.astype(np.float32),
    )
    classes = None if link == "identity" else np.array(estimator.classes_)
    return Model(input=stage, layers=layers, link=link, classes=classes)
