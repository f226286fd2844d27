"""Problems of LogisticRegression, Lasso, ElasticNet and Ridge, in the units of their objectives.

``references`` states what scikit-learn documents, with its sums and its C or alpha, and nothing of
how the estimators hand it to the core. ``draw_named(seed)`` makes legal but awkward problems.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import slimline as sl
from estimators.random_problems import Problem, draw_columns, with_targets
from estimators.reference_losses import make_loss
from estimators.reference_optimum import Reference

Array = Any

CLASSES = (sl.LogisticRegression, sl.Lasso, sl.ElasticNet, sl.Ridge)


class NamedProblem(Problem):
    """A problem whose references are scikit-learn's objectives."""

    @cached_property
    def references(self) -> list[Reference]:
        p = self.make().get_params()
        weight = np.ones(self.X.shape[0])
        if self.sample_weight is not None:
            weight = np.asarray(self.sample_weight, dtype=float)
        if self.estimator is sl.LogisticRegression:
            return [self._logistic(p, weight)]
        columns = np.asarray(self.y, dtype=float).reshape(len(weight), -1).T
        alphas = np.broadcast_to(p["alpha"], len(columns))
        return [
            self._least_squares(p, weight, y, float(alpha))
            for y, alpha in zip(columns, alphas, strict=True)
        ]

    def _logistic(self, p: dict[str, Any], weight: Array) -> Reference:
        """C sum s loss + l1_ratio |w|_1 + (1 - l1_ratio)/2 |w|^2, or the sum alone."""
        classes = np.unique(np.asarray(self.y)[weight > 0])
        own = np.equal.outer(classes, np.asarray(self.y)).astype(float)
        cost = weight * (self._class_weights({**p}, classes) @ own)
        free = np.isinf(p["C"])
        loss = make_loss("multinomial", own.argmax(axis=0))
        if len(classes) == 2:
            loss = make_loss("log_loss", 2 * own[1] - 1)
        l1, l2 = (0.0, 0.0) if free else (p["l1_ratio"], 1 - p["l1_ratio"])
        cost = cost if free else p["C"] * cost
        return Reference(self.dense, loss, cost, l1, l2, p["fit_intercept"])

    def _least_squares(self, p: dict[str, Any], weight: Array, y: Array, alpha: float) -> Reference:
        """The loss is half the squared error."""
        loss = make_loss("squared_error", y)
        if self.estimator is sl.Ridge:
            return Reference(self.dense, loss, 2 * weight, 0.0, 2 * alpha, p["fit_intercept"])
        share = p.get("l1_ratio", 1.0)
        cost = weight / weight.sum()
        return Reference(
            self.dense, loss, cost, alpha * share, alpha * (1 - share), p["fit_intercept"]
        )


def draw_named(seed: int) -> NamedProblem:
    """Return a problem for one of the four estimators."""
    random = np.random.default_rng([41, seed])
    estimator = CLASSES[seed % 4]
    classifies = estimator is sl.LogisticRegression
    X, scores = draw_columns(random, rare=False)
    parameters: dict[str, Any] = {
        "loss": "log_loss" if classifies else "squared_error",  # for the targets alone
        "tol": float(random.choice([1e-2, 1e-4, 1e-6])),
        "max_iter": 1000,
        "fit_intercept": bool(random.random() < 0.8),
    }
    if estimator in {sl.LogisticRegression, sl.ElasticNet}:
        parameters["l1_ratio"] = float(random.choice([0.0, 0.15, 0.9, 1.0]))
    if classifies:
        parameters["C"] = float(random.choice([1e-4, 1e-2, 1.0, 1e2, np.inf]))
    else:
        parameters["alpha"] = float(random.choice([0.0, 1e-8, 1e-4, 1e-2, 1.0]))
    n_classes = int(random.choice([2, 2, 3])) if classifies else 0
    made = with_targets(random, estimator, X, scores, n_classes, parameters)
    parameters.pop("loss")
    y = made.y
    if not classifies and random.random() < 0.3:
        y = np.column_stack([y, y[::-1]])
        if estimator is sl.Ridge:
            parameters["alpha"] = [parameters["alpha"], 0.5]
    return NamedProblem(estimator, made.X, y, made.sample_weight, parameters)
