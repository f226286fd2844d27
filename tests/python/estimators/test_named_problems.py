"""LogisticRegression, Lasso, ElasticNet, Ridge: scikit-learn's objectives at their optima."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
import slimline as sl
from estimators.named_problems import CLASSES, NamedProblem, draw_named
from estimators.random_problems import judge
from scipy import sparse

N_CASES = int(os.environ.get("SLIMLINE_PROPERTY_CASES", "300")) // 2
FIRST = int(os.environ.get("SLIMLINE_PROPERTY_SEED", "0"))
N_PARTS = 10  # that several processes may share

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((120, 6)) * [1, 10, 0.1, 1, 1, 1] + [0, 3, 0, -2, 0, 0]
SCORES = X @ [1, -0.2, 5, 0, 2, 0] + RANDOM.standard_normal(120)
WEIGHT = RANDOM.integers(0, 4, 120) * 0.7
LABELS = {
    2: SCORES - np.mean(SCORES) > 0,
    3: np.digitize(SCORES, np.quantile(SCORES, [0.4, 0.8])),
}
VALUES = {1: SCORES + 20, 2: np.column_stack([SCORES, np.abs(SCORES) - 5])}


@pytest.mark.parametrize("part", range(N_PARTS))
def test_no_fit_is_wrong_in_silence(part: int) -> None:
    wrong, n_warned = [], 0
    seeds = range(FIRST + part, FIRST + N_CASES, N_PARTS)
    for seed in seeds:
        problem = draw_named(seed)
        verdict = judge(problem, *problem.fit())
        n_warned += verdict.kind == "warned"
        if verdict.kind == "wrong":
            name = problem.estimator.__name__
            wrong.append(f"seed {seed}: {name} {problem.parameters}, {verdict.text}")
    assert not wrong, "\n".join(wrong)
    assert n_warned <= 2 + 0.05 * len(seeds)


def check(problem: NamedProblem, tol: float) -> None:
    """Silent, and within tol of the optimum of a float64 reference."""
    model, messages = problem.fit(tol=tol)
    assert not messages
    verdict = judge(problem, model, messages)
    assert verdict.kind == "right", verdict.text
    assert model.dual_gap_ <= tol


def rows(kind: str) -> Any:
    made = X.astype(np.float32) if "float32" in kind else X
    return sparse.csr_array(made) if "csr" in kind else made


every_kind = pytest.mark.parametrize("kind", ["float64", "float32", "csr", "csr float32"])
every_intercept = pytest.mark.parametrize("fit_intercept", [True, False])
every_weight = pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weighted"])


@every_kind
@every_intercept
@every_weight
@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 3.0, 1: 0.5}], ids=str)
@pytest.mark.parametrize("l1_ratio", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("n_classes", LABELS)
def test_logistic_regression(
    n_classes: int,
    l1_ratio: float,
    class_weight: Any,
    weight: Any,
    kind: str,
    *,
    fit_intercept: bool,
) -> None:
    parameters = {
        "C": 0.2,
        "l1_ratio": l1_ratio,
        "class_weight": class_weight,
        "fit_intercept": fit_intercept,
        "max_iter": 1000,
    }
    y = LABELS[n_classes].astype(int)
    check(NamedProblem(sl.LogisticRegression, rows(kind), y, weight, parameters), 1e-5)


@every_kind
@every_intercept
@every_weight
@pytest.mark.parametrize("n_targets", VALUES)
@pytest.mark.parametrize("alpha", [1e-3, 0.3, 10.0])
@pytest.mark.parametrize("estimator", CLASSES[1:])
def test_least_squares(
    estimator: Any, alpha: float, n_targets: int, weight: Any, kind: str, *, fit_intercept: bool
) -> None:
    parameters = {"alpha": alpha, "fit_intercept": fit_intercept}
    y = VALUES[n_targets]
    check(NamedProblem(estimator, rows(kind), y, weight, parameters), 1e-6)


def test_an_alpha_for_each_target() -> None:
    check(NamedProblem(sl.Ridge, X, VALUES[2], WEIGHT, {"alpha": [0.1, 100.0]}), 1e-8)


def test_no_penalty() -> None:
    check(NamedProblem(sl.LogisticRegression, X, LABELS[3], None, {"C": np.inf}), 1e-5)
    for estimator in CLASSES[1:]:
        check(NamedProblem(estimator, X, VALUES[1], None, {"alpha": 0.0}), 1e-8)
