"""learning_rate="auto" ends at the optimum, in any unit and on columns of any offset and size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import slimline as sl
from estimators.random_problems import Problem, in_other_units, judge
from scipy import sparse
from sklearn.linear_model import Lasso


@pytest.mark.parametrize("y_factor", [1e-8, 1e8])
@pytest.mark.parametrize("x_factor", [1e-6, 1e6])
@pytest.mark.parametrize(
    "loss", ["squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"]
)
def test_other_units_change_no_prediction(loss: str, x_factor: float, y_factor: float) -> None:
    random = np.random.default_rng(3)
    X = random.standard_normal((300, 5))
    y = X @ [1, -2, 0.5, 0, 3] + 0.3 * random.standard_normal(300)
    options = {"loss": loss, "epsilon": 0.1, "alpha": 1e-3, "learning_rate": "auto", "tol": 1e-5}
    for penalty in ("l1", "l2"):
        problem = Problem(sl.SGDRegressor, X, y, None, {**options, "penalty": penalty})
        other = in_other_units(problem, y_factor, x_factor)
        expected = problem.fit()[0].predict(X)
        found, messages = other.fit()
        assert not messages
        np.testing.assert_allclose(found.predict(other.X) / y_factor, expected, atol=0.03)


G = np.random.default_rng(0).standard_normal((400, 5))
F = G @ [1, -2, 0.5, 0, 3] + 0.3 * np.random.default_rng(1).standard_normal(400)


def check(problem: Problem) -> None:
    """Silent and at the optimum."""
    model, messages = problem.fit()
    assert not messages
    verdict = judge(problem, model, messages, tol=1e-3)
    assert verdict.kind == "right", verdict.text


@pytest.mark.parametrize(
    ("X", "parameters"),
    [
        (np.column_stack([G, np.full(400, 1e3)]), {"loss": "log_loss", "penalty": "l1"}),
        (G + 1e4, {}),
        (3e-7 * G, {"alpha": 1e-17}),
        (G * [1e-5, 1e6, 1, 1e2, 1e-3], {"penalty": None}),
        ((G + 1e4).astype(np.float32), {"loss": "log_loss"}),
        (G, {"average": True}),
        (G, {"loss": "squared_hinge", "penalty": "l1", "tol": None}),
    ],
)
def test_classifies_columns_of_any_offset_and_scale(X: Any, parameters: dict[str, Any]) -> None:
    check(Problem(sl.SGDClassifier, X, F > 0, None, {"learning_rate": "auto", **parameters}))


@pytest.mark.parametrize(
    ("X", "y", "parameters"),
    [
        (G, F, {"penalty": "l1"}),
        (G, F, {"penalty": "elasticnet", "average": True}),
        (G, F, {"penalty": "l1", "tol": None}),
        (G, 5e4 * F, {"loss": "epsilon_insensitive", "epsilon": 1e4}),
        (G * [1e-5, 1e6, 1, 1e2, 1e-3], F, {"penalty": None}),
        (G + np.array([0, 0, 0, 0, 1e6]), F, {"loss": "huber", "penalty": None}),
    ],
)
def test_fits_columns_and_targets_of_any_size(X: Any, y: Any, parameters: dict[str, Any]) -> None:
    check(Problem(sl.SGDRegressor, X, y, None, {"learning_rate": "auto", **parameters}))


@pytest.mark.parametrize("penalty", ["l1", "l2", None])
def test_constant_columns_leave_the_intercept(penalty: str | None) -> None:
    X, y = np.full((50, 3), 4.0), np.linspace(0, 10.6, 50)
    model = sl.SGDRegressor(penalty=penalty, learning_rate="auto").fit(X, y)
    np.testing.assert_allclose(model.predict(X), 5.3, rtol=1e-3)


def test_more_rows_than_columns_do_not_diverge() -> None:
    X = np.random.default_rng(0).standard_normal((1000, 300))
    y = X[:, 0] + np.random.default_rng(1).standard_normal(1000)
    model = sl.SGDRegressor(loss="huber", penalty=None, learning_rate="auto").fit(X, y)
    assert 0.5 < model.score(X, y) < 0.8


MANY = np.random.default_rng(2).standard_normal((300, 1100))  # no Hessian for these
OF_FIVE = MANY[:, :5] @ [1, -2, 0.5, 1, 3]


def objective(problem: Problem, model: Any) -> float:
    """P of the first output at the model's weights, in float64."""
    reference = problem.references[0]
    coef, intercept = np.asarray(model.coef_, dtype=float), np.ravel(model.intercept_)
    return float(reference.objective(coef.reshape(1, -1), intercept))


@pytest.mark.parametrize(("offset", "dtype"), [(0.3, np.float64), (1, np.float32), (30, float)])
@pytest.mark.parametrize("penalty", ["l1", "elasticnet"])
@pytest.mark.parametrize(
    ("loss", "target"),
    [
        ("squared_error", 1e4),
        ("squared_error", 1e7),
        ("squared_epsilon_insensitive", 1e4),
        ("squared_hinge", 0),
    ],
)
def test_offsets_of_many_columns_change_nothing(
    loss: str, target: float, penalty: str, offset: float, dtype: Any
) -> None:
    options = {"loss": loss, "penalty": penalty, "alpha": 0.05, "learning_rate": "auto"}
    classifies = loss == "squared_hinge"
    estimator = sl.SGDClassifier if classifies else sl.SGDRegressor
    problem = Problem(estimator, MANY, OF_FIVE > 0 if classifies else OF_FIVE, None, options)
    expected = objective(problem, problem.fit()[0])
    target = min(target, 1e4) if dtype == np.float32 else target  # an intercept of that type
    y = problem.y if classifies else problem.y + target
    model, messages = replace(problem, X=(MANY + offset).astype(dtype), y=y).fit()
    assert not messages
    assert model.dual_gap_ <= 1e-3
    model.intercept_ = model.intercept_ + offset * np.asarray(model.coef_, float).sum() - target
    np.testing.assert_allclose(objective(problem, model), expected, rtol=2e-3)


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_many_sparse_columns_with_an_offset(*, fit_intercept: bool) -> None:
    """Without an intercept no column can be centred: at the optimum, or a warning says not."""
    X = sparse.csr_array(MANY * (np.abs(MANY) > 1) + 1)
    options = {"penalty": "l1", "alpha": 0.05, "learning_rate": "auto"}
    options["fit_intercept"] = fit_intercept
    y = OF_FIVE + 5
    model, messages = Problem(sl.SGDRegressor, X, y, None, options).fit()
    best = Lasso(alpha=0.05, fit_intercept=fit_intercept, tol=1e-6, max_iter=10_000)
    best.fit(X.toarray(), y)
    P, least = (
        np.mean((y - m.predict(X)) ** 2) / 2 + 0.05 * np.abs(m.coef_).sum() for m in (model, best)
    )
    assert P - least <= (model.dual_gap_ + 1e-4) * P
    assert bool(messages) == (model.dual_gap_ > 1e-3)
    assert P - least < 0.1 * least


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("penalty", ["l1", "l2", None])
@pytest.mark.parametrize("loss", ["huber", "squared_error", "epsilon_insensitive"])
@pytest.mark.parametrize("target", [-1e6, 1e4, 1e5])
def test_targets_far_from_0_are_fitted(
    target: float, loss: str, penalty: str | None, dtype: Any
) -> None:
    options = {"loss": loss, "penalty": penalty, "alpha": 1e-3, "learning_rate": "auto"}
    check(Problem(sl.SGDRegressor, G.astype(dtype), F + target, None, options))
