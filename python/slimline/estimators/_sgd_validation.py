"""The held-out rows of ``early_stopping`` and their scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_random_state

from slimline._blocks import product
from slimline.estimators._data import Matrix
from slimline.estimators._holding_out import check_hold_out
from slimline.estimators._sgd_training import Task


def hold_out(X: Matrix, task: Task, estimator: Any) -> Task:
    """Split rows off, stratified for classes; the task trains on the others.

    Each output is scored by itself, as scikit-learn does one-vs-rest: by its accuracy, for
    "multinomial" by the accuracy of all, for regression by R2.
    """
    classes = len(task.class_weight)
    labels = estimator.classes_[task.y[:, 0].astype(np.intp)] if classes else None
    check_hold_out(estimator.validation_fraction, len(task.y), labels)
    splitter = StratifiedShuffleSplit if classes else ShuffleSplit
    split = splitter(
        test_size=estimator.validation_fraction,
        random_state=check_random_state(estimator.random_state),
    )
    train, held_out = next(split.split(np.zeros((len(task.y), 1)), task.y[:, 0]))
    X_held_out = X[held_out]
    y_held_out = task.y[held_out]
    weight = task.sample_weight[held_out]

    def score(coef: NDArray[Any], intercept: NDArray[np.float64]) -> list[float]:
        scores = product(X_held_out, coef.T) + intercept
        n_outputs = len(intercept)
        if not classes:
            return [
                float(r2_score(y_held_out[:, c], scores[:, c], sample_weight=weight))
                for c in range(n_outputs)
            ]
        own = y_held_out[:, 0]
        if estimator.loss == "multinomial" and n_outputs > 1:
            accuracy = accuracy_score(own, scores.argmax(axis=1), sample_weight=weight)
            return [float(accuracy)] * n_outputs
        positive = range(n_outputs) if n_outputs > 1 else [1]
        return [
            float(accuracy_score(own == label, scores[:, c] > 0, sample_weight=weight))
            for c, label in enumerate(positive)
        ]

    return Task(
        y=task.y,
        sample_weight=task.sample_weight,
        class_weight=task.class_weight,
        rows=np.sort(train).astype(np.uintp),
        score=score,
        n_counted=task.n_counted,
    )
