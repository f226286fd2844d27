"""What tests of learning_rate="auto" on tables share: columns that samples show badly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

ROWS, COLUMNS = 12_000, 20


def spoil(kind: str, X: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Change the columns of X to a kind that a sample shows badly; return the weights of rows."""
    if kind == "rare columns":  # which few rows have, standardised
        X[:, :10] = random.random((ROWS, 10)) < 5 / ROWS
        X[:, :10] = (X[:, :10] - X[:, :10].mean(axis=0)) / X[:, :10].std(axis=0)
    elif kind == "scales":
        X *= np.logspace(-3, 3, COLUMNS)
    elif kind == "weights":  # most rows do not count
        return np.where(random.random(ROWS) < 0.01, 100.0, 0.0)
    elif kind == "duplicated columns":
        X[:, 1] = X[:, 0]
        X[:, 2] = 0
    return np.ones(ROWS)


def in_order(kind: str, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return X and y, by class if the kind is "sorted"."""
    order = np.argsort(y, kind="stable") if kind == "sorted" else slice(None)
    return X[order], y[order]


def least(
    objective: Callable[[np.ndarray], tuple[float, np.ndarray]], X: np.ndarray, n_outputs: int = 1
) -> float:
    """Return the minimum over (coef, intercept) of each output, by L-BFGS on columns made equal."""
    scale = np.tile(np.append(np.maximum(X.std(axis=0), 1e-12), 1.0), n_outputs)

    def scaled(point: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = objective(point / scale)
        return value, gradient / scale

    options = {"maxiter": 10_000, "maxfun": 20_000, "ftol": 1e-13, "gtol": 1e-9}
    start = np.zeros(len(scale))
    return float(minimize(scaled, start, jac=True, method="L-BFGS-B", options=options).fun)
