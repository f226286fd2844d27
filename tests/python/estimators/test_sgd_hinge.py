"""The hinge loss with learning_rate="auto": as near to the certified optimum as tol asks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import normalize


def text(n_classes: int, n_rows: int = 300, dtype: Any = np.float32) -> tuple[Any, Any]:
    """Return rows of 20 words out of 3,000, of length 1, and noisy classes."""
    random = np.random.default_rng(0)
    X = normalize(sparse.random_array((n_rows, 3000), density=20 / 3000, format="csr", rng=0))
    scores = X @ random.standard_normal((3000, n_classes))
    return X.astype(dtype), np.argmax(scores + random.standard_normal(scores.shape) / 3, axis=1)


def dense(n_classes: int) -> tuple[Any, Any]:
    """Return more rows than columns, and noisy classes."""
    random = np.random.default_rng(1)
    X = random.standard_normal((3000, 12))
    scores = X @ random.standard_normal((12, n_classes))
    return X, np.argmax(scores + 2 * random.standard_normal(scores.shape), axis=1)


def distances(model: Any, X: Any, y: Any, weights: Any = None) -> np.ndarray:
    """Return how far each output is above the bound that an exact dual point proves.

    Relative to that bound, or to a hundredth of what the best constant costs.
    """
    n = X.shape[0]
    s = np.ones(n) if weights is None else weights
    options = {"loss": "hinge", "C": 1 / (model.alpha * n), "fit_intercept": model.fit_intercept}
    exact = sl.LinearSVC(tol=1e-6, max_iter=100_000, **options).fit(X, y, sample_weight=s)
    bounds = model.alpha * np.ravel(exact.dual_objective_)
    scores = np.asarray(model.decision_function(X)).reshape(n, -1)
    classes = model.classes_[1:] if len(model.classes_) == 2 else model.classes_
    signs = np.where(np.asarray(y)[:, None] == classes, 1, -1)
    losses = (s[:, None] * np.maximum(0, 1 - signs * scores)).mean(axis=0)
    coef = model.coef_.astype(np.float64)
    excess = losses + model.alpha / 2 * (coef * coef).sum(axis=1) - bounds
    sides = [(s[:, None] * (signs == sign)).mean(axis=0) for sign in (-1, 1)]
    constant = 2 * np.minimum(*sides) if model.fit_intercept else np.add(*sides)
    return excess / np.maximum(bounds, constant / 100)


@pytest.mark.parametrize("tol", [1e-2, 1e-3])
@pytest.mark.parametrize("alpha", [1e-2, 1e-3])
@pytest.mark.parametrize(("make", "n_classes"), [(text, 2), (text, 4), (dense, 2), (dense, 3)])
def test_auto_comes_as_close_as_asked(make: Any, n_classes: int, alpha: float, tol: float) -> None:
    X, y = make(n_classes)
    model = sl.SGDClassifier(alpha=alpha, learning_rate="auto", tol=tol, random_state=0).fit(X, y)
    assert distances(model, X, y).mean() <= tol


@pytest.mark.parametrize("intercept", ["free", "none"])
def test_text_with_weights_and_strong_penalties(intercept: str) -> None:
    fit_intercept = intercept == "free"
    X, y = text(2, dtype=np.float64)
    weights = np.random.default_rng(2).integers(0, 4, len(y)).astype(float)
    for alpha in (1e-4, 1.0, 10.0):
        options = {"learning_rate": "auto", "tol": 1e-4, "fit_intercept": fit_intercept}
        model = sl.SGDClassifier(alpha=alpha, **options).fit(X, y, sample_weight=weights)
        assert distances(model, X, y, weights).max() <= 1e-4


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_text_does_not_depend_on_threads(index: Any) -> None:
    X, y = text(4)
    X = sparse.csr_array((X.data, X.indices.astype(index), X.indptr.astype(index)), X.shape)
    fits = [sl.SGDClassifier(learning_rate="auto", n_jobs=n).fit(X, y) for n in (1, 2, 8)]
    for fit in fits[1:]:
        assert np.array_equal(fit.coef_, fits[0].coef_)
        assert np.array_equal(fit.intercept_, fits[0].intercept_)
        assert fit.n_iter_ == fits[0].n_iter_


def test_text_tells_its_progress_and_stops_when_asked() -> None:
    X, y = text(3)
    seen: list[tuple[int, float, Any]] = []
    model = sl.SGDClassifier(learning_rate="auto", callback=lambda *told: seen.append(told))
    model.fit(X, y)
    assert [epoch for epoch, _, _ in seen] == list(range(1, len(seen) + 1))
    objectives = [objective for _, objective, _ in seen]
    assert objectives == sorted(objectives, reverse=True)
    assert objectives[-1] < objectives[0] == pytest.approx(2 / 3)  # of the best intercepts

    def stop(epoch: int, *_: object) -> None:
        if epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.set_params(callback=stop).fit(X, y)


def test_text_warns_where_max_iter_does_not_suffice() -> None:
    X, y = text(2)
    model = sl.SGDClassifier(alpha=1e-6, learning_rate="auto", tol=1e-6, max_iter=3)
    with pytest.warns(ConvergenceWarning, match="max_iter=3"):
        model.fit(X, y)
    assert model.n_iter_ == 3
