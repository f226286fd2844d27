"""Refitting a linear float32 layer to data by L-BFGS, with what was pruned kept at zero."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slimline._blocks import product, transposed_product
from slimline._checks import check_choice
from slimline.compression._inputs import training_inputs
from slimline.compression._storage import smallest
from slimline.compression.training.lbfgs import minimise
from slimline.compression.training.losses import LOSSES, Targets, default_loss, targets
from slimline.layers import Layer
from slimline.model import Model


def is_linear(model: Model) -> bool:
    """Whether the model is one layer of float32 products."""
    return len(model.layers) == 1 and model.layers[0].activations == "float32"


def refit(  # noqa: PLR0913, PLR0917 - what finetune was called with
    model: Model, X: Any, y: ArrayLike, loss: str | None, alpha: float, max_iter: int
) -> tuple[Layer, str]:
    """Return the layer of a linear model after training from its weights, and the loss used."""
    if loss is None:
        loss = default_loss(model.link)
    check_choice("loss", loss, LOSSES)
    layer: Any = model.layers[0]
    Z = training_inputs(model, X)
    wanted = targets(model, y, Z.shape[0])
    weight, bias = _Refit(layer, Z, wanted, loss, alpha).run(max_iter)
    return smallest(layer.refitted(weight, bias, Z)), loss


def _check_within_float32(weight: NDArray[np.float64], bias: NDArray[np.float64]) -> None:
    largest = max(float(np.abs(values).max(initial=0)) for values in (weight, bias))
    if not largest <= float(np.finfo(np.float32).max):
        msg = f"X and y must be such as float32 can fit, got weights of {largest:.3g}: scale both"
        raise ValueError(msg)


class _Refit:
    """The objective over kept weights and biases, in units in which its curvatures are alike."""

    def __init__(self, layer: Layer, Z: Any, wanted: Targets, loss: str, alpha: float) -> None:
        self.Z = Z
        # Squared errors are the same problem in any unit of y.
        self.y_unit = float(np.abs(wanted.Y).max()) or 1.0 if loss == "squared_error" else 1.0
        self.wanted = Targets(wanted.Y / self.y_unit, wanted.share)
        self.loss = LOSSES[loss]
        self.alpha = alpha
        self.weight = layer.weight.astype(np.float64) / self.y_unit
        self.bias = layer.bias.astype(np.float64) / self.y_unit
        self.kept = self.weight != 0
        squares = Z.multiply(Z) if hasattr(Z, "multiply") else np.square(Z)
        variances = np.asarray(squares.mean(axis=0, dtype=np.float64)).ravel()
        unit = 1 / np.sqrt(variances + alpha + 1e-12 * max(1.0, variances.max(initial=0)))
        self.unit = np.broadcast_to(unit, self.weight.shape)[self.kept]

    def run(self, max_iter: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        start = np.concatenate([self.weight[self.kept] / self.unit, self.bias])
        with np.errstate(over="ignore", invalid="ignore"):  # refused below
            weight, bias = self._unpack(minimise(self.objective, start, max_iter))
            weight, bias = weight * self.y_unit, bias * self.y_unit
            _check_within_float32(weight, bias)
        small = np.finfo(np.float32).tiny
        # A kept weight that becomes zero would count as pruned.
        weight[self.kept & (np.abs(weight) < small)] = small
        return weight.astype(np.float32), bias.astype(np.float32)

    def objective(self, v: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weight, bias = self._unpack(v)
        F = product(self.Z, weight.T.astype(np.float32)).astype(np.float64) + bias
        losses, gradients = self.loss(F, self.wanted.Y)
        gradients = gradients * self.wanted.share
        total = float((losses * self.wanted.share).sum() + self.alpha / 2 * (weight**2).sum())
        by_weight = transposed_product(self.Z, gradients.astype(np.float32)).T.astype(np.float64)
        by_weight = by_weight + self.alpha * weight
        return total, np.concatenate([by_weight[self.kept] * self.unit, gradients.sum(axis=0)])

    def _unpack(self, v: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        weight = np.zeros(self.weight.shape)
        weight[self.kept] = v[: len(self.unit)] * self.unit
        return weight, v[len(self.unit) :]
