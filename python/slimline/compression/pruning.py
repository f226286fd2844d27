"""Pruning: set the weights that matter least to zero, and store what is left small."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from slimline._checks import check_choice, check_fraction
from slimline.compression._storage import smallest_layer
from slimline.compression.criteria import CRITERIA
from slimline.history import Value
from slimline.layers import Int8Layer, Layer
from slimline.model import Model

Granularity = Literal["weight"]
Scope = Literal["global", "layer"]
Mask = NDArray[np.bool_]


def prune(
    model: Model,
    *,
    sparsity: float,
    granularity: Granularity = "weight",
    scope: Scope = "global",
    criterion: str = "magnitude",
) -> Model:
    """Return a Model with the least important weights set to zero.

    Biases are kept. A float32 layer is then stored in compressed rows when that is smaller, and
    dense with its zeros when it is not; int8 layers stay int8 and dense.

    Parameters
    ----------
    model : Model
    sparsity : float
        Share of the weights to be zero, in [0, 1); weights that are zero already count.
    granularity : {"weight"}, default="weight"
        Single weights, wherever they are.
    scope : {"global", "layer"}, default="global"
        Whether the share holds for all layers together or for each.
    criterion : str, default="magnitude"
        A key of ``slimline.compression.CRITERIA``.

    Returns
    -------
    Model
        With at least ``floor(sparsity * n_weights)`` zeros, no more than that unless there were.

    Raises
    ------
    ValueError
        If an argument is not as above.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_digits(return_X_y=True)
    >>> model = sl.convert(LogisticRegression(tol=0.01).fit(X / 16, y))
    >>> pruned = sl.prune(model, sparsity=0.8)
    >>> pruned.n_nonzero, pruned.layers[0].kind
    (128, 'sparse')
    """
    sparsity = check_fraction("sparsity", sparsity)
    check_choice("granularity", granularity, get_args(Granularity))
    check_choice("scope", scope, get_args(Scope))
    check_choice("criterion", criterion, CRITERIA)
    scores = [CRITERIA[criterion](layer.weight) for layer in model.layers]
    if scope == "global":
        masks = _keep(scores, sparsity)
    else:
        masks = [_keep([score], sparsity)[0] for score in scores]
    layers = [_masked(layer, mask) for layer, mask in zip(model.layers, masks, strict=True)]
    parameters: dict[str, Value] = {
        "sparsity": sparsity,
        "granularity": granularity,
        "scope": scope,
        "criterion": criterion,
    }
    return model.derive(layers, "pruned", parameters)


def _keep(scores: list[NDArray[np.float32]], sparsity: float) -> list[Mask]:
    """Masks of what stays: all but the ``floor(sparsity * n)`` lowest scores over all arrays."""
    flat = np.concatenate([score.ravel() for score in scores])
    n_drop = int(sparsity * flat.size)
    keep = np.ones(flat.size, dtype=bool)
    # A stable sort: equal scores are dropped from the front, the same ones everywhere.
    keep[np.argsort(flat, kind="stable")[:n_drop]] = False
    parts = np.split(keep, np.cumsum([score.size for score in scores])[:-1])
    return [part.reshape(score.shape) for part, score in zip(parts, scores, strict=True)]


def _masked(layer: Layer, mask: Mask) -> Layer:
    if isinstance(layer, Int8Layer):
        return replace(layer, weight_int8=np.where(mask, layer.weight_int8, np.int8(0)))
    weight = np.where(mask, layer.weight, np.float32(0))
    return smallest_layer(weight, layer.bias, layer.activation)
