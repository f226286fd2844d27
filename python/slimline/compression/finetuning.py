"""Training a linear Model on from its weights, with what was pruned kept at zero."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slimline._checks import check_choice
from slimline.compression._evidence import first_inputs
from slimline.compression._lbfgs import minimise
from slimline.compression._losses import LINK_LOSSES, LOSSES, Targets, targets
from slimline.compression._storage import smallest_layer
from slimline.history import Value
from slimline.layers import Layer
from slimline.model import Model


def finetune(  # noqa: PLR0913 - few are needed at a time
    model: Model,
    X: Any,
    y: ArrayLike,
    *,
    loss: str | None = None,
    alpha: float = 1e-4,
    max_iter: int = 100,
) -> Model:
    """Train a linear Model on from its weights; weights that are zero stay zero.

    Each output minimises ``1/n sum_i loss(y_i, w.x_i + b) + alpha/2 |w|^2`` over its nonzero
    weights and its bias by L-BFGS, all outputs at once, starting from the weights that it has. The
    loss is the one that the model's link stands for, unless it is given: log_loss, cross_entropy
    for a softmax, modified_huber, squared_hinge for margins (for pairs of classes on the rows of
    both), or squared_error.

    Parameters
    ----------
    model : Model
        Of one float32 layer: fine-tune before quantizing.
    X : array-like or scipy sparse matrix of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Labels among ``model.classes``, or values for a regression.
    loss : str, default=None
        "squared_error", "log_loss", "squared_hinge", "modified_huber", "hinge" (smoothed over a
        tenth below the margin) or "cross_entropy": the loss that the estimator was trained with.
    alpha : float, default=1e-4
        Strength of the penalty, >= 0.
    max_iter : int, default=100
        Most iterations, >= 1.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If the model has several or int8 layers, if X and y do not fit, or y holds a label that the
        model does not know.
    TypeError
        If X does not hold real numbers.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = sl.convert(sl.LinearSVC(C=1e-4).fit(X, y))
    >>> pruned = sl.prune(model, sparsity=0.8)
    >>> tuned = sl.finetune(pruned, X, y)
    >>> bool((tuned.predict(X) == y).mean() > (pruned.predict(X) == y).mean())
    True
    >>> tuned.n_nonzero
    128
    """
    layer = _trainable_layer(model)
    if loss is None:
        loss = LINK_LOSSES[model.link]
    check_choice("loss", loss, LOSSES)
    if not alpha >= 0:
        msg = f"alpha must be >= 0, got {alpha}"
        raise ValueError(msg)
    if max_iter < 1:
        msg = f"max_iter must be >= 1, got {max_iter}"
        raise ValueError(msg)
    Z = first_inputs(model, X)
    wanted = targets(model, y, Z.shape[0])
    weight, bias = _Refit(layer, Z, wanted, loss, alpha).run(max_iter)
    tuned = smallest_layer(weight, bias, layer.activation)
    parameters: dict[str, Value] = {"loss": loss, "alpha": alpha, "max_iter": max_iter}
    return model.derive([tuned], "finetuned", parameters)


def _trainable_layer(model: Model) -> Layer:
    if len(model.layers) > 1:
        msg = f"finetune takes a model of one layer, got {len(model.layers)}"
        raise ValueError(msg)
    layer = model.layers[0]
    if layer.kind not in ("dense", "sparse"):
        msg = f"finetune takes a float32 model, got {layer.kind}: fine-tune first, then quantize"
        raise ValueError(msg)
    return layer


class _Refit:
    """The objective over kept weights and biases, in units in which its curvatures are alike."""

    def __init__(self, layer: Layer, Z: Any, wanted: Targets, loss: str, alpha: float) -> None:
        self.Z = Z
        self.wanted = wanted
        self.loss = LOSSES[loss]
        self.alpha = alpha
        self.weight = layer.weight.astype(np.float64)
        self.bias = layer.bias.astype(np.float64)
        self.kept = self.weight != 0
        squares = Z.multiply(Z) if hasattr(Z, "multiply") else np.square(Z)
        variances = np.asarray(squares.mean(axis=0), dtype=np.float64).ravel()
        unit = 1 / np.sqrt(variances + alpha + 1e-12 * max(1.0, variances.max(initial=0)))
        self.unit = np.broadcast_to(unit, self.weight.shape)[self.kept]

    def run(self, max_iter: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        start = np.concatenate([self.weight[self.kept] / self.unit, self.bias])
        weight, bias = self._unpack(minimise(self.objective, start, max_iter))
        small = np.finfo(np.float32).tiny
        # A kept weight that becomes zero would count as pruned.
        weight[self.kept & (np.abs(weight) < small)] = small
        return weight.astype(np.float32), bias.astype(np.float32)

    def objective(self, v: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weight, bias = self._unpack(v)
        F = np.asarray(self.Z @ weight.T.astype(np.float32), dtype=np.float64) + bias
        losses, slopes = self.loss(F, self.wanted.Y)
        slopes = slopes * self.wanted.share
        total = float((losses * self.wanted.share).sum() + self.alpha / 2 * (weight**2).sum())
        by_weight = np.asarray((self.Z.T @ slopes.astype(np.float32)).T, dtype=np.float64)
        by_weight = by_weight + self.alpha * weight
        return total, np.concatenate([by_weight[self.kept] * self.unit, slopes.sum(axis=0)])

    def _unpack(self, v: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        weight = np.zeros(self.weight.shape)
        weight[self.kept] = v[: len(self.unit)] * self.unit
        return weight, v[len(self.unit) :]
