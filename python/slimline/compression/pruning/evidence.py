"""The data that criteria may use in addition to weights: inputs and errors of a layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._blocks import product
from slimline.compression._inputs import forward, training_inputs
from slimline.compression.training.losses import LOSSES, default_loss, targets
from slimline.layers import Layer
from slimline.model import Model


class Evidence(NamedTuple):
    """Of one layer; what was not asked for is None.

    ``inputs`` (n, n_in) is an array or the caller's sparse matrix, ``errors`` (n, n_out) are the
    derivatives of each row's loss by the layer's outputs before the activation.
    """

    random: np.random.Generator
    inputs: Any = None
    errors: NDArray[np.float64] | None = None


def gather(model: Model, X: Any, y: Any, random: np.random.Generator) -> list[Evidence]:
    """Return the evidence of each layer that X, and y where given, can give."""
    n_layers = len(model.layers)
    if X is None:
        return [Evidence(random)] * n_layers
    inputs = [training_inputs(model, X)]
    gradients = []
    for layer in model.layers[:-1]:
        values, gradient = _activated(layer, inputs[-1])
        inputs.append(values)
        gradients.append(gradient)
    errors = [None] * n_layers if y is None else _errors(model, inputs, gradients, y)
    return [Evidence(random, *each) for each in zip(inputs, errors, strict=True)]


def _activated(layer: Layer, inputs: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the outputs of a layer, and the derivatives of its activation there."""
    dense = inputs.toarray() if hasattr(inputs, "toarray") else inputs
    linear: Any = layer
    z = forward(replace(linear, activation="identity"), np.ascontiguousarray(dense))
    values, gradients = np.empty_like(z), np.empty_like(z)
    _core.activate(layer.activation, z.ravel(), values.ravel(), gradients.ravel())
    return values, gradients


def _errors(
    model: Model, inputs: list[Any], gradients: list[NDArray[np.float32]], y: Any
) -> list[Any]:
    """Carry the derivatives of the loss back from the outputs to each layer."""
    last = model.layers[-1]
    F = product(inputs[-1], last.weight.T).astype(np.float64) + last.bias
    Y, share = targets(model, y, inputs[0].shape[0])
    taken = np.broadcast_to(share > 0, F.shape)
    errors = [LOSSES[default_loss(model.link)](F, Y)[1] * taken]
    for gradient, after in zip(gradients[::-1], model.layers[:0:-1], strict=True):
        errors.append(product(errors[-1], after.weight) * gradient)
    return errors[::-1]
