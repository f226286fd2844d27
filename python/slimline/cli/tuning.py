"""The estimator that ``train`` takes by default: its strength of the penalty is chosen by data."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALPHAS = (1e-5, 1e-4, 1e-3, 1e-2)
MOST_ROWS = 20_000  # that are looked at for it
LEAST_ROWS = 60  # fewer say nothing
FOLDS = 3


def default_estimator(y: NDArray[Any], *, labels: bool) -> tuple[str, dict[str, Any]]:
    """Return the class and parameters of the linear model for targets."""
    if not labels:
        return "SGDRegressor", {"learning_rate": "auto"}
    loss = "multinomial" if len(np.unique(y)) > 2 else "log_loss"  # noqa: PLR2004 - classes
    return "SGDClassifier", {"loss": loss, "learning_rate": "auto"}


def choose_alpha(estimator: Any, features: Any, y: NDArray[Any], seed: int) -> None:
    """Set the ``alpha`` that cross-validation finds best, unless there are too few rows for it."""
    from sklearn.base import is_classifier  # noqa: PLC0415 - takes seconds
    from sklearn.model_selection import GridSearchCV  # noqa: PLC0415 - the same

    rows = np.random.default_rng(seed).permutation(len(y))[:MOST_ROWS]
    classifies = is_classifier(estimator)
    if len(rows) < LEAST_ROWS:
        return
    if classifies and np.unique(y[rows], return_counts=True)[1].min() < FOLDS:
        return
    scoring = "r2"
    if classifies:
        scoring = "neg_log_loss" if hasattr(estimator, "predict_proba") else "accuracy"
    search = GridSearchCV(estimator, {"alpha": ALPHAS}, cv=FOLDS, scoring=scoring, refit=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the fits that are compared
        search.fit(features[rows], y[rows])
    estimator.set_params(**search.best_params_)
