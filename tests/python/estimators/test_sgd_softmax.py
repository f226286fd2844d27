"""learning_rate="auto" with loss="multinomial" on tables of many rows: samples come first."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

ROWS, COLUMNS, CLASSES = 12_000, 20, 4
TOL = 1e-4


def table(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X, y and weights of a kind that a sample of the rows shows badly, or not at all."""
    random = np.random.default_rng(5)
    X = random.standard_normal((ROWS, COLUMNS))
    weight = np.ones(ROWS)
    if kind == "rare columns":  # which few rows have, standardised
        X[:, :10] = random.random((ROWS, 10)) < 5 / ROWS
        X[:, :10] = (X[:, :10] - X[:, :10].mean(axis=0)) / X[:, :10].std(axis=0)
    elif kind == "scales":
        X *= np.logspace(-3, 3, COLUMNS)
    elif kind == "weights":  # most rows do not count
        weight = np.where(random.random(ROWS) < 0.01, 100.0, 0.0)
    elif kind == "duplicated columns":
        X[:, 1] = X[:, 0]
        X[:, 2] = 0
    scale = np.maximum(X.std(axis=0), 1e-12)
    scores = (X / scale) @ random.standard_normal((COLUMNS, CLASSES)) / 2
    if kind == "rare class":
        scores[:, 2] -= 8
    elif kind == "separable but for a few":
        scores *= 20
    y = np.argmax(scores + random.gumbel(size=scores.shape), axis=1)
    if kind == "class of two rows":
        y[y == 3] = 0
        y[[5, 6]] = 3
    elif kind == "sorted":
        order = np.argsort(y, kind="stable")
        X, y = X[order], y[order]
    return X, y, weight


def objective(
    point: np.ndarray, X: np.ndarray, y: np.ndarray, weight: np.ndarray, alpha: float
) -> tuple[float, np.ndarray]:
    """Return the objective at (coef, intercept) of each class, in float64, and its gradient."""
    point = point.reshape(CLASSES, -1)
    W = point[:, :-1]
    scores = X @ W.T + point[:, -1]
    slopes = softmax(scores, axis=1)
    slopes[np.arange(len(y)), y] -= 1
    slopes *= weight[:, None] / weight.sum()
    values = logsumexp(scores, axis=1) - scores[np.arange(len(y)), y]
    gradient = np.column_stack([slopes.T @ X + alpha * W, slopes.sum(axis=0)])
    return float(weight @ values / weight.sum() + alpha / 2 * (W * W).sum()), gradient.ravel()


KINDS = (
    "plain",
    "rare columns",
    "rare class",
    "class of two rows",
    "separable but for a few",
    "scales",
    "weights",
    "duplicated columns",
    "sorted",
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "csr"])
def test_objective_is_within_tol_of_the_least(kind: str, dtype: str) -> None:
    X, y, weight = table(kind)
    alpha = 1e-4
    given = sparse.csr_array(X) if dtype == "csr" else X.astype(dtype)
    options = {"alpha": alpha, "learning_rate": "auto", "tol": TOL, "max_iter": 100}
    model = sl.SGDClassifier(loss="multinomial", random_state=0, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(given, y, sample_weight=weight)
    assert model.n_iter_ < 60
    scale = np.append(np.maximum(X.std(axis=0), 1e-12), 1.0)  # the reference sees equal columns
    args = (X, y, weight, alpha)

    def scaled(point: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = objective(point.reshape(CLASSES, -1) / scale, *args)
        return value, (gradient.reshape(CLASSES, -1) / scale).ravel()

    start = np.zeros(CLASSES * (COLUMNS + 1))
    limits = {"maxiter": 10_000, "maxfun": 20_000, "ftol": 1e-13, "gtol": 1e-9}
    best = minimize(scaled, start, jac=True, method="L-BFGS-B", options=limits)
    found, _ = objective(np.column_stack([model.coef_, model.intercept_]), *args)
    assert found <= best.fun * (1 + TOL) + 1e-6


def test_a_sample_comes_first_whatever_the_threads() -> None:
    X, y, _ = table("plain")
    fits = [
        sl.SGDClassifier(
            loss="multinomial", learning_rate="auto", tol=1e-10, random_state=seed, n_jobs=n_jobs
        ).fit(X, y)
        for seed, n_jobs in ((0, 1), (0, 3), (1, 1))
    ]
    assert np.array_equal(fits[0].coef_, fits[1].coef_)
    assert not np.array_equal(fits[0].coef_, fits[2].coef_)
    np.testing.assert_allclose(fits[0].coef_, fits[2].coef_, rtol=1e-3, atol=1e-6)
