"""The reference that other tests judge by: certified for every loss and penalty, never beaten."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from estimators.random_problems import MARGIN_LOSSES, RESIDUAL_LOSSES, draw, draw_svm, judge
from estimators.reference_losses import make_loss
from estimators.reference_optimum import Reference, optimum
from sklearn.linear_model import ElasticNet, LogisticRegression, QuantileRegressor
from slimline import _core

LOSSES = (*MARGIN_LOSSES, *RESIDUAL_LOSSES)
PENALTIES = {"none": (0.0, 0.0), "l2": (0.0, 0.01), "l1": (0.01, 0.0), "both": (0.01, 0.01)}


def make(loss: str, l1: float = 0.0, l2: float = 0.0, *, fit_intercept: bool = True) -> Reference:
    """Return a problem with a repeated and a constant column, and noise."""
    random = np.random.default_rng(0)
    X = random.standard_normal((60, 5)) + np.array([0, 3, 0, 0, 0])
    X[:, 2], X[:, 3] = X[:, 1], 7.0
    scores = X @ [1, -2, 0.5, 0, 3] + random.standard_normal(60)
    y: Any = scores
    if loss == "multinomial":
        y = np.digitize(scores + random.standard_normal(60), [-10, 0])
    elif loss in MARGIN_LOSSES:
        y = np.where(scores + 3 * random.standard_normal(60) > -7, 1, -1)
    return Reference(X, make_loss(loss, y, 0.5), random.random(60) / 60, l1, l2, fit_intercept)


@pytest.mark.parametrize("intercept", ["free", "none"])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("loss", LOSSES)
def test_is_certified_and_no_point_is_better(loss: str, penalty: str, intercept: str) -> None:
    fit_intercept = intercept == "free"
    problem = make(loss, *PENALTIES[penalty], fit_intercept=fit_intercept)
    n_outputs = 3 if loss == "multinomial" else 1
    best = optimum(problem, n_outputs)
    assert best.gap <= 1e-5
    assert best.upper <= best.zero
    assert problem.objective(best.coef, best.intercept) == pytest.approx(best.upper, rel=1e-9)
    random = np.random.default_rng(1)
    for size in (1e-3, 1e-1, 10.0):
        coef = best.coef + size * random.standard_normal(best.coef.shape)
        intercept = best.intercept + fit_intercept * size * random.standard_normal(n_outputs)
        assert problem.objective(coef, intercept) >= best.lower


@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "multinomial"])
def test_losses_are_those_of_the_core(loss: str) -> None:
    P = np.linspace(-4, 4, 33)
    y = np.where(np.arange(33) % 2, 1.0, -1.0)
    values = make_loss(loss, y, 0.5).values(P[:, None])
    assert values == pytest.approx(
        [_core.loss_at(loss, 0.5, p, t)[0] for p, t in zip(P, y, strict=True)]
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_conjugates_meet_the_losses_at_their_slopes(loss: str) -> None:
    """Fenchel: value + conjugate = prediction times slope there, and is nowhere below it."""
    problem = make(loss)
    n_outputs = 3 if loss == "multinomial" else 1
    P = 3 * np.random.default_rng(2).standard_normal((60, n_outputs))
    A = problem.loss.clip(problem.loss.rounded(P, np.full(60, 1e-30))[0])
    conjugate = problem.loss.conjugate(A)
    np.testing.assert_allclose(problem.loss.values(P) + conjugate, (A * P).sum(axis=1), atol=1e-9)
    other = np.random.default_rng(3).permutation(P)
    assert (problem.loss.values(other) + conjugate >= (A * other).sum(axis=1) - 1e-9).all()


def test_other_solvers_find_the_same() -> None:
    problem = make("squared_error", 0.001, 0.001)
    X, y, s = problem.X, problem.loss.y, problem.cost
    peer: Any = ElasticNet(0.002 / s.sum(), l1_ratio=0.5, tol=1e-12, max_iter=100_000)
    peer.fit(X, y, sample_weight=s)
    assert problem.objective(peer.coef_[None], [peer.intercept_]) == pytest.approx(
        optimum(problem).upper, rel=1e-6
    )
    problem = make("log_loss", 0.0, 0.01)
    peer = LogisticRegression(C=100, tol=1e-10, max_iter=10_000, solver="newton-cholesky")
    peer.fit(problem.X, problem.loss.y, sample_weight=problem.cost)
    assert problem.objective(peer.coef_, peer.intercept_) == pytest.approx(
        optimum(problem).upper, rel=1e-6
    )
    problem = make("epsilon_insensitive", 0.01)
    problem.loss.__dict__["epsilon"] = 0.0
    peer = QuantileRegressor(alpha=0.005 / problem.cost.sum()).fit(
        problem.X, problem.loss.y, sample_weight=problem.cost
    )
    assert problem.objective(peer.coef_[None], [peer.intercept_]) == pytest.approx(
        optimum(problem).upper, rel=1e-5
    )


@pytest.mark.parametrize("make_problem", [draw, draw_svm])
def test_judges_the_optimum_right_and_the_zero_model_wrong(make_problem: Any) -> None:
    n_right = 0
    for seed in range(8):
        problem = make_problem(seed)
        model = problem.make()
        model.coef_ = np.vstack([best.coef for best in problem.optima])
        model.intercept_ = np.concatenate([best.intercept for best in problem.optima])
        model.n_iter_ = 1
        n_right += judge(problem, model, []).kind == "right"
        gains = [best.upper < 0.9 * best.zero for best in problem.optima]
        model.coef_, model.intercept_ = 0 * model.coef_, 0 * model.intercept_
        assert judge(problem, model, []).kind != "right" or not any(gains)
    assert n_right >= 7
