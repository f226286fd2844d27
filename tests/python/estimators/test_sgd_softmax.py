"""learning_rate="auto" with loss="multinomial" on tables of many rows: samples come first."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import slimline as sl
from estimators.hard_tables import COLUMNS, ROWS, in_order, least, spoil
from scipy import sparse
from scipy.special import logsumexp, softmax

CLASSES = 4
TOL = 1e-4


def table(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X, y and weights of a kind that a sample of the rows shows badly, or not at all."""
    random = np.random.default_rng(5)
    X = random.standard_normal((ROWS, COLUMNS))
    weight = spoil(kind, X, random)
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
    return *in_order(kind, X, y), weight


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
def test_objective_is_within_tol_of_the_least(kind: str) -> None:
    X, y, weight = table(kind)
    alpha = 1e-4
    args = (X, y, weight, alpha)
    best = least(lambda point: objective(point, *args), X, CLASSES)
    options = {"alpha": alpha, "learning_rate": "auto", "tol": TOL, "max_iter": 100}
    for given in (X.astype(np.float32), X, sparse.csr_array(X)):
        model = sl.SGDClassifier(loss="multinomial", random_state=0, **options)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.fit(given, y, sample_weight=weight)
        assert model.n_iter_ < 60
        found, _ = objective(np.column_stack([model.coef_, model.intercept_]), *args)
        assert found <= best * (1 + TOL) + 1e-6


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
