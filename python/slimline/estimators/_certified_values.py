"""What Lasso, ElasticNet and Ridge share: values to learn, and the shapes of what is learned."""

from __future__ import annotations

from abc import abstractmethod
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils._param_validation import Interval

from slimline.estimators._certified import CertifiedLinear
from slimline.estimators._data import (
    Matrix,
    check_weighted,
    sample_weights,
    training_data,
    weighted_rows,
)
from slimline.estimators._sgd_training import Task, Weights
from slimline.estimators._sgd_warnings import Proof

LOSS = "squared_error"  # (w.x + b - y)^2 / 2


class CertifiedRegressor(MultiOutputMixin, RegressorMixin, CertifiedLinear):  # type: ignore[misc]
    """Least squares with a penalty, one problem for each target."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **CertifiedLinear._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "copy_X": ["boolean"],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "positive": ["boolean"],
    }

    @abstractmethod
    def _solve(self, X: Matrix, task: Task) -> tuple[Weights, Proof]:
        """Solve for every target; set ``n_iter_``."""

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> None:
        self._check_not_positive()
        X, y = training_data(self, X, y, y_numeric=True, multi_output=True)
        weights = check_weighted(sample_weights(sample_weight, X))
        weights, X, values = weighted_rows(weights, X, np.ascontiguousarray(y, dtype=np.float64))
        n_targets = 1 if y.ndim == 1 else y.shape[1]
        task = Task(
            y=values.reshape(len(values), n_targets),
            sample_weight=weights,
            class_weight=np.empty(0),
        )
        learned, proof = self._solve(X, task)
        self.coef_ = learned.coef[0] if n_targets == 1 else learned.coef
        intercept = learned.intercept.astype(X.dtype)
        self.intercept_ = intercept[0] if y.ndim == 1 else intercept
        if not self.fit_intercept:
            self.intercept_ = 0.0
        self._note_end(proof)

    def _check_not_positive(self) -> None:
        if self.positive:
            name = type(self).__name__
            msg = (
                f"positive=True is not offered by {name}, whose engines know no bounds on weights:"
                f" use sklearn.linear_model.{name}(positive=True)"
            )
            raise ValueError(msg)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return values of shape (n_samples,) or (n_samples, n_targets)."""
        scores = self._scores(X)
        return scores[:, 0] if scores.shape[1] == 1 else scores
