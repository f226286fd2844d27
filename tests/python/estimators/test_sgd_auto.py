"""learning_rate="auto" ends at the optimum, in any unit and on columns of any offset and size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slimline as sl
from estimators.random_problems import Problem, in_other_units, judge


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
