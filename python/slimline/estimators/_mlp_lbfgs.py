"""Networks by L-BFGS: scipy's steps on the objective of all rows, and its gradient from the core.

Byrd, Lu, Nocedal and Zhu, "A limited memory algorithm for bound constrained optimization", SIAM
J. Sci. Comput. 16, 1995. The core takes the weights in float32 and sums in double. Near the end a
step may be too short to change float32 weights, which ends the training.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from slimline import _core
from slimline._networks import Rows, gradients

_LIMIT_REACHED = 1  # scipy's status: of iterations or evaluations


def train(network: _core.Network, rows: Rows, estimator: Any) -> None:
    """Minimise from the network's weights; sets ``n_iter_`` and ``loss_``, leaves the weights."""
    layers = [network.layer(i) for i in range(network.n_layers)]
    shapes = [(weight.shape, bias.shape) for weight, bias in layers]
    share = estimator.alpha / rows.sample_weight.sum(dtype=np.float64)
    # The core's gradient is that of the loss alone.
    penalty = _packed([(np.full(w, share), np.zeros(b)) for w, b in shapes])

    def objective(packed: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        _unpack(network, packed, shapes)
        value = gradients(network, rows)
        loss_gradient = _packed([network.gradient(i) for i in range(network.n_layers)])
        return value, loss_gradient + penalty * packed

    result = minimize(
        objective,
        _packed(layers),
        method="L-BFGS-B",
        jac=True,
        callback=_printer() if estimator.verbose else None,
        options={
            "maxiter": estimator.max_iter,
            "maxfun": estimator.max_fun,
            "gtol": estimator.tol,
        },
    )
    _unpack(network, result.x, shapes)
    if not (np.isfinite(result.fun) and np.isfinite(result.x).all()):
        msg = "the weights have become infinite: scale the features"
        raise ValueError(msg)
    estimator.n_iter_ = min(int(result.nit), estimator.max_iter)
    estimator.loss_ = float(result.fun)
    if not result.success:
        _warn(result, estimator)


def _warn(result: Any, estimator: Any) -> None:
    """Warn, with the cause, if the training ended before gradient or steps were small enough."""
    why = (
        f"increase max_iter={estimator.max_iter}, max_fun={estimator.max_fun} or tol"
        if result.status == _LIMIT_REACHED
        else "float32 shows no decrease in the direction of its last step"
    )
    warnings.warn(
        f"L-BFGS stopped after {result.nit} iterations and {result.nfev} evaluations, with a"
        f" gradient of {np.abs(result.jac).max():.3g} above tol={estimator.tol}: {why}, or scale"
        " the features.",
        ConvergenceWarning,
        stacklevel=6,
    )


def _printer() -> Any:
    def report(intermediate_result: Any) -> None:
        sys.stdout.write(f"loss = {intermediate_result.fun:.8f}\n")

    return report


def _packed(layers: list[tuple[NDArray[Any], NDArray[Any]]]) -> NDArray[np.float64]:
    """Return weights and biases, or what belongs to them, of one layer after the other."""
    return np.concatenate([part.ravel() for layer in layers for part in layer]).astype(np.float64)


def _unpack(network: _core.Network, packed: NDArray[np.float64], shapes: list[Any]) -> None:
    """Give the network the weights and biases that ``packed`` holds."""
    values = packed.astype(np.float32)
    begin = 0
    for i, (weight_shape, bias_shape) in enumerate(shapes):
        middle = begin + int(np.prod(weight_shape))
        end = middle + bias_shape[0]
        network.set_layer(i, values[begin:middle].reshape(weight_shape), values[middle:end])
        begin = end
