"""learning_rate="auto" for smooth losses on sparse rows of many columns: as near as tol asks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from scipy.special import logsumexp
from sklearn.preprocessing import normalize
from slimline import _core

TOL = 1e-4


def text(n_classes: int, dtype: Any = np.float64) -> tuple[Any, np.ndarray]:
    """Return rows of 20 words out of 3,000, of length 1, a tenth empty, and noisy classes."""
    random = np.random.default_rng(n_classes)
    X = normalize(sparse.random_array((500, 3000), density=20 / 3000, format="csr", rng=0))
    X = sparse.csr_array(X.multiply((random.uniform(size=500) > 0.1)[:, np.newaxis]))
    scores = 3 * X @ random.standard_normal((3000, n_classes))
    y = np.argmax(scores + random.standard_normal(scores.shape) / 2, axis=1)
    y[:n_classes] = np.arange(n_classes)
    return X.astype(dtype), y


def excess(model: Any, X: Any, y: np.ndarray, weight: np.ndarray) -> float:
    """Return how far the objective may be above its least value, relatively.

    It is strongly convex in coef, so that |gradient|^2 / (2 alpha) bounds that; its second
    derivative in the intercept is above 0.1 here.
    """
    scores = np.asarray(model.decision_function(X)).reshape(len(y), -1)
    coef = model.coef_.astype(np.float64)
    classes = model.classes_[1:] if len(model.classes_) == 2 else model.classes_
    own = y[:, np.newaxis] == classes
    if model.loss == "multinomial" and len(classes) > 1:
        values = logsumexp(scores, axis=1) - scores[own]
        slopes = np.exp(scores - logsumexp(scores, axis=1, keepdims=True)) - own
    else:
        loss = "log_loss" if model.loss == "multinomial" else model.loss
        signs = np.where(own, 1.0, -1.0)
        points = [
            _core.loss_at(loss, 0.1, *pair) for pair in zip(scores.flat, signs.flat, strict=True)
        ]
        values, slopes = (part.reshape(scores.shape) for part in np.array(points).T)
        values = values.sum(axis=1)
    slopes = slopes * weight[:, np.newaxis]
    gradient = (X.T @ slopes).T / len(y) + model.alpha * coef
    objective = (weight * values).mean() + model.alpha / 2 * (coef * coef).sum()
    bound = (gradient * gradient).sum() / (2 * model.alpha)
    if model.fit_intercept:
        bound += (slopes.mean(axis=0) ** 2).sum() / (2 * 0.1)
    return float(bound / objective)


@pytest.mark.parametrize("n_classes", [2, 3, 8, 9])
@pytest.mark.parametrize("loss", ["log_loss", "multinomial", "squared_hinge", "modified_huber"])
@pytest.mark.parametrize(
    ("alpha", "intercept"),
    [(1e-2, "free"), (1e-4, "free"), (1e-3, "none"), (1.0, "free"), (100.0, "none")],
)
def test_auto_comes_as_close_as_asked(
    loss: str, n_classes: int, alpha: float, intercept: str
) -> None:
    X, y = text(n_classes)
    weight = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    weight[:n_classes] = 1
    weight /= weight.mean()
    options = {
        "loss": loss,
        "alpha": alpha,
        "fit_intercept": intercept == "free",
        "random_state": 0,
    }
    fits = [
        sl.SGDClassifier(learning_rate="auto", tol=TOL, n_jobs=n_jobs, **options).fit(
            X, y, sample_weight=weight
        )
        for n_jobs in (1, 3)
    ]
    assert np.array_equal(fits[0].coef_, fits[1].coef_)
    assert excess(fits[0], X, y, weight) < 20 * TOL


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_penalties_that_shrink_weights_to_nothing_within_an_epoch(dtype: Any) -> None:
    random = np.random.default_rng(0)
    X = sparse.random_array((20_000, 300), density=0.02, format="csr", rng=0, dtype=dtype)
    y = (X @ random.standard_normal(300) > 0).astype(int)
    model = sl.SGDClassifier(
        loss="log_loss", alpha=10.0, learning_rate="auto", tol=TOL, random_state=0
    ).fit(X, y)
    assert excess(model, X, y, np.ones(len(y))) < 20 * TOL


@pytest.mark.parametrize(
    ("level", "tol"), [(1.0, 1e-2), (1.0, 1e-4), (1.0, 1e-6), (10.0, 1e-6), (30.0, 1e-6)]
)
def test_a_constant_column_does_not_hide_what_is_left(level: float, tol: float) -> None:
    """It moves as the intercept does, at the price of its penalty, which rough tolerances miss."""
    X, _ = text(2)
    X = sparse.csr_array(sparse.hstack([X, np.full((500, 1), level)]))
    y = X @ np.random.default_rng(1).standard_normal(3001) / level + 3
    options = {"alpha": 1e-3, "learning_rate": "auto", "random_state": 0}
    best = least(sl.SGDRegressor(tol=1e-12, **options).fit(X, y), X, y)
    model = sl.SGDRegressor(tol=tol, **options).fit(X, y)
    assert least(model, X, y) <= best * (1 + tol)


def least(model: Any, X: Any, y: np.ndarray) -> float:
    """Return the objective of least squares."""
    residuals = model.predict(X) - y
    return float(residuals @ residuals / len(y) / 2 + 1e-3 / 2 * model.coef_ @ model.coef_)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_threads_share_passes_and_change_nothing(n_classes: int) -> None:
    random = np.random.default_rng(0)
    X = sparse.random_array((5000, 1200), density=0.03, format="csr", rng=0)
    scores = X @ random.standard_normal((1200, n_classes))
    y = np.argmax(scores + random.standard_normal(scores.shape), axis=1)
    options = {"loss": "log_loss", "learning_rate": "auto", "tol": 1e-8, "random_state": 0}
    fits = [sl.SGDClassifier(n_jobs=n_jobs, **options).fit(X, y) for n_jobs in (1, 2, 3, 8)]
    for fit in fits[1:]:
        assert np.array_equal(fit.coef_, fits[0].coef_)


def test_an_objective_of_zero_ends_at_once() -> None:
    X, _ = text(2)
    model = sl.SGDRegressor(learning_rate="auto", random_state=0).fit(X, np.zeros(500))
    assert np.max(model.n_iter_) <= 2
    assert not model.coef_.any()


def test_float32_and_columns_given_twice() -> None:
    X, y = text(4)
    model = sl.SGDClassifier(
        loss="multinomial", alpha=1e-3, learning_rate="auto", tol=TOL, random_state=0
    )
    once = model.fit(X, y).coef_
    halves = sparse.csr_array(
        (np.repeat(X.data / 2, 2), np.repeat(X.indices, 2), 2 * X.indptr), shape=X.shape
    )
    np.testing.assert_allclose(model.fit(halves, y).coef_, once, atol=2e-2)
    np.testing.assert_allclose(model.fit(X.astype(np.float32), y).coef_, once, atol=2e-2)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("scale", [1e-300, 1e-20, 1e20, 1e100])
def test_rows_without_a_scale_end_finite(scale: float) -> None:
    X, y = text(3)
    X = sparse.csr_array(X * np.where(np.arange(3000) % 7 == 0, scale, 1.0))
    model = sl.SGDClassifier(loss="log_loss", learning_rate="auto", random_state=0).fit(X, y)
    assert np.isfinite(model.coef_).all()


def test_a_regression_of_several_targets() -> None:
    X, _ = text(2)
    random = np.random.default_rng(0)
    Y = X @ random.standard_normal((3000, 3)) + [1, 2, 3]
    model = sl.SGDRegressor(alpha=1e-3, learning_rate="auto", tol=1e-8, random_state=0).fit(X, Y)
    residuals = model.predict(X) - Y
    gradient = (X.T @ residuals).T / len(Y) + 1e-3 * model.coef_
    assert np.abs(gradient).max() < 1e-5
    assert np.abs(residuals.mean(axis=0)).max() < 1e-5


def test_warm_start_begins_where_the_last_fit_ended() -> None:
    X, y = text(3)
    model = sl.SGDClassifier(
        loss="multinomial", alpha=1e-3, learning_rate="auto", tol=1e-3, warm_start=True
    )
    first = model.fit(X, y).n_iter_
    objectives: list[float] = []
    model.set_params(callback=lambda _epoch, objective, _coef: objectives.append(objective))
    model.fit(X, y)
    assert np.max(model.n_iter_) <= np.max(first)
    assert objectives[0] < 1.5 * objectives[-1]
