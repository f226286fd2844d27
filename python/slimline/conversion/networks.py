"""Networks of slimline and scikit-learn as Models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import neural_network

from slimline import estimators
from slimline._checks import check_finite
from slimline.conversion.registry import model_of, of_layers
from slimline.conversion.scalers import Affine
from slimline.layers import DenseLayer
from slimline.model import Model


@model_of.register(estimators.MLPClassifier)
@model_of.register(estimators.MLPRegressor)
@model_of.register(neural_network.MLPClassifier)
@model_of.register(neural_network.MLPRegressor)
def _(estimator: Any, affine: Affine | None, names: Sequence[str] | None) -> Model:
    link = estimator.out_activation_
    if hasattr(estimator, "classes_"):
        if estimator._label_binarizer.y_type_.startswith("multilabel"):  # noqa: SLF001
            msg = "cannot convert a multi-label network: a Model gives each row one label"
            raise ValueError(msg)
        link = "margin" if link == "identity" else link
    link = "log" if link == "exp" else link
    if link not in {"identity", "log", "logistic", "softmax", "margin"}:
        msg = f"cannot convert a network whose outputs go through {link!r}"
        raise ValueError(msg)
    last = len(estimator.coefs_) - 1
    layers = []
    for i, (coef, bias) in enumerate(zip(estimator.coefs_, estimator.intercepts_, strict=True)):
        check_finite("coefs_ and intercepts_", np.append(coef, bias))
        layers.append(
            DenseLayer(
                weight=np.ascontiguousarray(coef.T, dtype=np.float32),
                bias=bias.astype(np.float32),
                activation="identity" if i == last else estimator.activation,
            )
        )
    classes = getattr(estimator, "classes_", None)
    return of_layers(tuple(layers), affine, names, link, classes)
