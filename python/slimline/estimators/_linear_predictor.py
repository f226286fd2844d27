"""What linear models predict: scores of rows, and for classes their labels and probabilities."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model._base import SparseCoefMixin
from sklearn.utils.validation import check_is_fitted

from slimline._blocks import product
from slimline.estimators._data import check_scores, prediction_data
from slimline.model.links import LINKS


class LinearPredictor(SparseCoefMixin, BaseEstimator):  # type: ignore[misc]
    """Scores of a linear model, ``X coef_' + intercept_``."""

    coef_: Any
    intercept_: Any

    def _scores(self, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        X = prediction_data(self, X)
        coef = self.coef_
        if coef.ndim == 1:
            coef = np.atleast_2d(coef.toarray() if sparse.issparse(coef) else coef)
        scores = product(X, coef.T)
        scores += self.intercept_
        return check_scores(scores)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class LinearClassifier(ClassifierMixin, LinearPredictor):  # type: ignore[misc]
    """Labels and probabilities from scores: one for two classes, else one for each."""

    classes_: NDArray[Any]

    @abstractmethod
    def _link(self) -> str:
        """Return the name of the link from scores to probabilities."""

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Return scores of shape (n_samples,) for two classes, else (n_samples, n_classes)."""
        scores = self._scores(X)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> NDArray[Any]:
        """Return class labels of shape (n_samples,)."""
        return LINKS["margin"].labels(self._scores(X), self.classes_)

    def _probabilities(self, X: Any) -> NDArray[Any]:
        scores = self._scores(X)
        link = LINKS[self._link()]
        assert link.probabilities is not None  # noqa: S101 - true of every probability link
        return link.probabilities(scores, len(self.classes_))

    def _log_probabilities(self, X: Any) -> NDArray[Any]:
        with np.errstate(divide="ignore"):
            logarithms: NDArray[Any] = np.log(self._probabilities(X))
        return logarithms
