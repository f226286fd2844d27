"""Units of targets, costs and epsilon together change nothing, nor do sizes of columns."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler
from slimline import LinearSVC, LinearSVR

CLASSIFIER_LOSSES = ["hinge", "squared_hinge"]
REGRESSOR_LOSSES = ["epsilon_insensitive", "squared_epsilon_insensitive"]


def rows(n=200, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 5))
    return X, X @ [1, -2, 0.5, 0, 3] + 0.3 * rng.standard_normal(n)


def certified(model, zero):
    """Whether the attributes of a fit say how near it is, and that truly."""
    unit = max(model.objective_, zero / 100)
    gap = (model.objective_ - model.dual_objective_) / unit
    assert model.dual_gap_ == pytest.approx(gap, rel=1e-6, abs=1e-12)
    return model.dual_gap_ <= model.tol and model.objective_ <= zero * (1 + 1e-12)


@given(
    loss=st.sampled_from(REGRESSOR_LOSSES),
    log_y=st.integers(-8, 8),
    log_X=st.integers(-8, 8),
    fit_intercept=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_targets_costs_epsilon_and_columns_in_other_units(loss, log_y, log_X, fit_intercept):
    X, y = rows()
    options = {"loss": loss, "fit_intercept": fit_intercept, "tol": 1e-6}
    plain = LinearSVR(**options, C=0.1, epsilon=0.2).fit(X, y)
    a, c = 10.0**log_y, 10.0**log_X
    # w becomes w a / c: 1/2 |w|^2 grows by (a / c)^2, a loss of power p by a^p.
    power = 2 if loss.startswith("squared") else 1
    C = 0.1 * a ** (2 - power) / c**2
    other = LinearSVR(**options, C=C, epsilon=0.2 * a).fit(c * X, a * y)
    assert other.dual_gap_ <= 1e-6
    assert other.objective_ * (c / a) ** 2 == pytest.approx(plain.objective_, rel=3e-6)
    # The objective is strongly convex in w.
    distance = np.linalg.norm(other.coef_ * c / a - plain.coef_)
    assert distance <= 2 * np.sqrt(2e-6 * plain.objective_)


@given(
    loss=st.sampled_from(CLASSIFIER_LOSSES + REGRESSOR_LOSSES),
    logs=st.lists(st.integers(-8, 9), min_size=5, max_size=5),
    offset=st.sampled_from([0.0, 1.0, 1e3]),
    log_C=st.integers(-3, 3),
    seed=st.integers(0, 100),
)
@settings(max_examples=60, deadline=None)
def test_columns_of_other_sizes_are_answered(loss, logs, offset, log_C, seed):
    X, y = rows(seed=seed)
    X = (X + offset) * 10.0 ** np.array(logs)
    C = 10.0**log_C
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if loss in CLASSIFIER_LOSSES:
            model = LinearSVC(loss=loss, C=C, tol=1e-3).fit(X, y > 0)
            up, down = C * (y > 0).sum(), C * (y <= 0).sum()
            squared = loss == "squared_hinge"
            zero = 4 * up * down / (up + down) if squared else 2 * min(up, down)
        else:
            model = LinearSVR(loss=loss, C=C, tol=1e-3).fit(X, y)
            squared = loss.startswith("squared")
            middle = y - (y.mean() if squared else np.median(y))
            zero = C * (middle @ middle if squared else np.abs(middle).sum())
    assert certified(model, zero)


def test_small_targets_are_fitted():
    X, y = rows()
    y = 1e-8 * y
    assert LinearSVR(loss="squared_epsilon_insensitive").fit(X, y).score(X, y) > 0.99
    assert LinearSVR(loss="epsilon_insensitive", C=1e-6).fit(X, y).score(X, y) > 0.99


@pytest.mark.parametrize("solver", ["auto", "smo", "newton", "dcd"])
@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_engines_end_on_columns_of_other_sizes_and_say_why(loss, solver):
    X, y = rows(100)
    X = X * [1e-8, 1e7, 1, 1e3, 1]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = LinearSVC(loss=loss, solver=solver, max_iter=50).fit(X, y > 0)
    assert (model.dual_gap_ > model.tol) == bool(caught)
    assert solver not in {"auto", "newton"} or not caught
    for warning in caught:
        text = str(warning.message)
        assert "standardise the features, whose ranges go from" in text
        assert ("Increase max_iter=50" in text) == (model.n_iter_ == 50)
        assert ("solver='auto'" in text) == ("Further steps" in text)


def test_warnings_do_not_advise_what_was_done():
    X, y = rows(100)
    X = StandardScaler().fit_transform(X)
    noise = np.random.default_rng(1).standard_normal(100) > 0
    for form in (X, sparse.csr_array(X)):
        with pytest.warns(ConvergenceWarning, match="Increase max_iter=1 or tol[.]$"):
            LinearSVC(loss="hinge", solver="newton", max_iter=1, tol=1e-9).fit(form, y > 0)
        with pytest.warns(ConvergenceWarning, match="no nearer: increase tol, lower C[.]$"):
            LinearSVC(loss="hinge").fit(1e30 * form, noise)
    with pytest.warns(ConvergenceWarning, match="which lie up to .* times their range from 0"):
        LinearSVC(loss="hinge", solver="newton", max_iter=1, tol=1e-9).fit(X + 1e3, y > 0)


def test_a_plane_that_separates_is_that_of_largest_margin_at_any_cost():
    X, y = np.array([[-3.0, 0], [-1, 0], [1, 0], [2, 5]]), [0, 0, 1, 1]
    for C in (1e2, 1e6, 1e10, 1e14):
        for loss in CLASSIFIER_LOSSES:
            model = LinearSVC(loss=loss, C=C, tol=1e-5).fit(X, y)
            np.testing.assert_allclose(model.coef_, [[1, 0]], atol=0.02)
