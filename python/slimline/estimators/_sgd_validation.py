"""The validation rows of ``early_stopping``, held out or given, and their scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_random_state

from slimline._blocks import product
from slimline.estimators._data import Matrix
from slimline.estimators._holding_out import check_hold_out
from slimline.estimators._sgd_training import Score, Task
from slimline.estimators._targets import class_codes
from slimline.estimators._validation_set import ValidationSet


def hold_out(X: Matrix, task: Task, estimator: Any) -> Task:
    """Split rows off, stratified for classes; the task trains on the others."""
    classes = len(task.class_weight)
    labels = estimator.classes_[task.y[:, 0].astype(np.intp)] if classes else None
    check_hold_out(estimator.validation_fraction, len(task.y), labels)
    splitter = StratifiedShuffleSplit if classes else ShuffleSplit
    split = splitter(
        test_size=estimator.validation_fraction,
        random_state=check_random_state(estimator.random_state),
    )
    train, held_out = next(split.split(np.zeros((len(task.y), 1)), task.y[:, 0]))
    own = ValidationSet(X[held_out], task.y[held_out], task.sample_weight[held_out])
    rows = np.sort(train).astype(np.uintp)
    return replace(task, rows=rows, score=_score_on(own, task, estimator))


def score_on(own: ValidationSet, task: Task, estimator: Any) -> Task:
    """Return the task with a score on a set of the user's own; it trains on all of its rows."""
    targets = own.y.reshape(len(own.y), -1)
    if len(task.class_weight):
        targets = class_codes(own.y, estimator.classes_).astype(np.float64)[:, np.newaxis]
    return replace(task, score=_score_on(own._replace(y=targets), task, estimator))


def _score_on(held_out: ValidationSet, task: Task, estimator: Any) -> Score:
    """Return what scores each output by itself, as scikit-learn does one-vs-rest.

    By its accuracy, for "multinomial" by the accuracy of all, for regression by R2. Targets are
    those of a task: values, or places in the classes.
    """
    X_held_out, y_held_out, weight = held_out
    classifies = len(task.class_weight) > 0

    def score(coef: NDArray[Any], intercept: NDArray[np.float64]) -> list[float]:
        scores = product(X_held_out, coef.T) + intercept
        n_outputs = len(intercept)
        if not classifies:
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

    return score
