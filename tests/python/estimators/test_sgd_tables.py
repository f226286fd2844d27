"""learning_rate="auto" for smooth losses on tables of many rows: samples come first."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import slimline as sl
from estimators.hard_tables import COLUMNS, ROWS, in_order, least, spoil
from scipy import sparse
from scipy.special import expit

TOL = 1e-4


def table(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X, y and weights of a kind that a sample of the rows shows badly, or not at all."""
    random = np.random.default_rng(5)
    X = random.standard_normal((ROWS, COLUMNS))
    scores = X @ random.standard_normal(COLUMNS) / 2
    weight = spoil(kind, X, random)
    if kind == "rare columns":
        scores = X @ random.standard_normal(COLUMNS)
    elif kind == "one rare class":
        scores -= 6
    elif kind == "separable but for a few":
        scores *= 20
    y = (scores + random.logistic(size=ROWS) > 0).astype(int)
    return *in_order(kind, X, y), weight


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
    args = (X, y, weight, loss, alpha)
    best = least(lambda point: objective(point, *args), X)
    found, _ = objective(np.append(model.coef_[0], model.intercept_), *args)
    assert found <= best * (1 + TOL) + 1e-6


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
