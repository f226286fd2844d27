"""learning_rate="auto" for smooth losses on tables of many rows: samples come first."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit

ROWS, COLUMNS = 12_000, 20
TOL = 1e-4


def table(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X, y and weights of a kind that a sample of the rows shows badly, or not at all."""
    random = np.random.default_rng(5)
    X = random.standard_normal((ROWS, COLUMNS))
    scores = X @ random.standard_normal(COLUMNS) / 2
    weight = np.ones(ROWS)
    if kind == "rare columns":  # which few rows have, standardised
        X[:, :10] = random.random((ROWS, 10)) < 5 / ROWS
        X[:, :10] = (X[:, :10] - X[:, :10].mean(axis=0)) / X[:, :10].std(axis=0)
        scores = X @ random.standard_normal(COLUMNS)
    elif kind == "one rare class":
        scores -= 6
    elif kind == "separable but for a few":
        scores *= 20
    elif kind == "scales":
        X *= np.logspace(-3, 3, COLUMNS)
    elif kind == "weights":  # most rows do not count
        weight = np.where(random.random(ROWS) < 0.01, 100.0, 0.0)
    elif kind == "duplicated columns":
        X[:, 1] = X[:, 0]
        X[:, 2] = 0
    y = (scores + random.logistic(size=ROWS) > 0).astype(int)
    if kind == "sorted":
        order = np.argsort(y, kind="stable")
        X, y = X[order], y[order]
    return X, y, weight


def objective(
    point: np.ndarray, X: Any, y: np.ndarray, weight: np.ndarray, loss: str, alpha: float
) -> tuple[float, np.ndarray]:
    """Return the objective at (coef, intercept), in float64, and its gradient."""
    w, b = point[:-1], point[-1]
    sign = 2 * y - 1
    margin = sign * (X @ w + b)
    if loss == "log_loss":
        values, slopes = np.logaddexp(0, -margin), -expit(-margin)
    else:
        values, slopes = np.maximum(0, 1 - margin) ** 2, -2 * np.maximum(0, 1 - margin)
    slopes = weight * slopes * sign / weight.sum()
    gradient = np.append(X.T @ slopes + alpha * w, slopes.sum())
    return float(weight @ values / weight.sum() + alpha / 2 * w @ w), gradient


KINDS = (
    "plain",
    "rare columns",
    "one rare class",
    "separable but for a few",
    "scales",
    "weights",
    "duplicated columns",
    "sorted",
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("loss", ["log_loss", "squared_hinge"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "csr"])
def test_objective_is_within_tol_of_the_least(kind: str, loss: str, dtype: str) -> None:
    X, y, weight = table(kind)
    alpha = 1e-4
    given = sparse.csr_array(X) if dtype == "csr" else X.astype(dtype)
    model = sl.SGDClassifier(
        loss=loss, alpha=alpha, learning_rate="auto", tol=TOL, max_iter=100, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(given, y, sample_weight=weight)
    assert model.n_iter_ < 50
    scale = np.append(np.maximum(X.std(axis=0), 1e-12), 1.0)  # the reference sees equal columns
    args = (X, y, weight, loss, alpha)

    def scaled(point: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = objective(point / scale, *args)
        return value, gradient / scale

    options = {"maxiter": 10_000, "ftol": 1e-13, "gtol": 1e-9}
    best = minimize(scaled, np.zeros(COLUMNS + 1), jac=True, method="L-BFGS-B", options=options)
    found, _ = objective(np.append(model.coef_[0], model.intercept_), *args)
    assert found <= best.fun * (1 + TOL) + 1e-6


def test_threads_and_seeds() -> None:
    X, y, _ = table("plain")
    options: dict[str, Any] = {"loss": "log_loss", "learning_rate": "auto", "tol": 1e-10}
    fits = [
        sl.SGDClassifier(random_state=seed, n_jobs=n_jobs, **options).fit(X, y)
        for seed, n_jobs in ((0, 1), (0, 3), (1, 1))
    ]
    assert np.array_equal(fits[0].coef_, fits[1].coef_)
    assert not np.array_equal(fits[0].coef_, fits[2].coef_)  # another sample comes first
    np.testing.assert_allclose(fits[0].coef_, fits[2].coef_, rtol=1e-4)
