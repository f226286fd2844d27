"""Second-order pruning of a layer: the order of removal, and the correction of the other weights.

Both minimise ``|Z w - Z v|^2`` over the inputs Z of the layer. Z is centred, since the bias is
free, and damped by a thousandth of the variance of each input. (Constant inputs take the mean
variance, and so keep their weights.) The result does not depend on the units of the inputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._blocks import inverse, product, solve, transposed_product

# The Gram matrix and its inverse are dense: 128 MB each at this size.
MAX_INPUTS = 4096
_DAMPING = 1e-3


def elimination_scores(weight: NDArray[np.float32], Z: Any) -> NDArray[np.float64]:
    """Return scores that increase, output by output, in the order of elimination."""
    hessian, _ = _hessian(Z)
    W = weight.astype(np.float64)
    order = np.empty(W.shape, dtype=np.int32)
    loss = np.empty(W.shape)
    inverted = inverse(hessian)
    _core.eliminate(np.ascontiguousarray((inverted + inverted.T) / 2), W, order, loss, 1)
    scores = np.empty(W.shape)
    np.put_along_axis(scores, order.astype(np.int64), _rising(loss), axis=1)
    return scores


def corrected(
    weight: NDArray[np.float32], mask: NDArray[np.bool_], Z: Any
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the best weights within ``mask``, and the corrections of the biases."""
    hessian, mean = _hessian(Z)
    W = weight.astype(np.float64)
    wanted = product(W, hessian)
    fitted = np.zeros_like(W)
    for row, kept, target in zip(fitted, mask, wanted, strict=True):
        row[kept] = solve(hessian[np.ix_(kept, kept)], target[kept])
    return fitted.astype(np.float32), ((W - fitted) @ mean).astype(np.float32)


def _hessian(Z: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n, n_in = Z.shape
    if n_in > MAX_INPUTS:
        msg = (
            f"second_order takes layers of at most {MAX_INPUTS} inputs, got {n_in}: "
            "use input_scaled, or remove features first"
        )
        raise ValueError(msg)
    mean = np.asarray(Z.mean(axis=0, dtype=np.float64), dtype=np.float64).ravel()
    if hasattr(Z, "toarray"):
        hessian = transposed_product(Z, Z).astype(np.float64) / n - np.outer(mean, mean)
    else:  # in float32 the squares of columns far from zero would hide their variance
        centred = Z - mean.astype(Z.dtype)
        hessian = transposed_product(centred, centred).astype(np.float64) / n
    variance = np.maximum(hessian.diagonal(), 0)
    usual = variance.mean() if variance.any() else 1 / _DAMPING
    hessian[np.diag_indices(n_in)] += _DAMPING * np.where(variance > 0, variance, usual)
    return hessian, mean


def _rising(loss: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make each row increase strictly, so that the order of elimination is unique."""
    steps = np.maximum.accumulate(loss, axis=1)
    return steps * (1 + 1e-12 * np.arange(1, loss.shape[1] + 1))
