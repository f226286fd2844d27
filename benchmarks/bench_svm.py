"""Linear SVMs: slimline beside scikit-learn's SVC(kernel="linear") and LinearSVC, one thread.

Each objective, with the intercept free, is recomputed from coef_ and intercept_ before the fit
is timed. LinearSVC of scikit-learn regularises the intercept, so the best one takes its place.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC
from sklearn.svm import LinearSVC as SklearnLinearSVC
from slimline.estimators import LinearSVC

N_FEATURES = 50
GAP = 1e-3


def overlapping(n):
    """Two classes that no hyperplane separates."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, N_FEATURES))
    noise = 5 * rng.standard_normal(n)
    return X, np.where(X @ rng.standard_normal(N_FEATURES) + noise > 0, 1, -1)


def objective(model, X, y, C):
    """Return the primal hinge objective with the best intercept for the model's coef_."""
    w = model.coef_.ravel()
    breakpoints = np.sort(y - X @ w)
    f = X @ w

    def at(b):
        return w @ w / 2 + C * np.maximum(0, 1 - y * (f + b)).sum()

    low, high = 0, len(breakpoints) - 1  # convex in b: bisect over the breakpoints
    while low < high:
        middle = (low + high) // 2
        if at(breakpoints[middle]) <= at(breakpoints[middle + 1]):
            high = middle
        else:
            low = middle + 1
    return at(breakpoints[low])


ESTIMATORS = {
    "slimline": lambda C: LinearSVC(loss="hinge", C=C, tol=GAP),
    "SVC": lambda C: SVC(kernel="linear", C=C),
    "sklearn-LinearSVC": lambda C: SklearnLinearSVC(loss="hinge", C=C, max_iter=10_000),
}


@pytest.mark.parametrize("n", [500, 2000])
@pytest.mark.parametrize("C", [0.01, 1.0])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_hinge(benchmark, name, C, n):
    """Time one fit; slimline's objective proves its own gap and beats or equals the peer's."""
    benchmark.group = f"hinge n={n} C={C}"
    X, y = overlapping(n)
    best = LinearSVC(loss="hinge", C=C, tol=1e-6).fit(X, y).dual_objective_

    def fit():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return ESTIMATORS[name](C).fit(X, y)

    model = fit()
    benchmark.extra_info["relative_gap"] = gap = objective(model, X, y, C) / best - 1
    if name == "slimline":
        assert gap <= GAP
    benchmark.pedantic(fit, rounds=3)
