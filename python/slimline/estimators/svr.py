"""Exact linear support vector regression."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from slimline.estimators import _svm_fit
from slimline.estimators._data import (
    prediction_data,
    sample_weights,
    training_data,
)
from slimline.estimators._svm_base import LinearSVMBase
from slimline.estimators._training import trains


class LinearSVR(RegressorMixin, LinearSVMBase):  # type: ignore[misc]
    """Linear support vector regression, solved to a certified duality gap.

    Minimises ``1/2 |w|^2 + C sum_i s_i loss(y_i, w.x_i + b)``. The intercept b is not regularised,
    so that with the default loss this is the problem of scikit-learn's ``SVR(kernel="linear")``.

    Parameters
    ----------
    epsilon : float, default=0.0
        Errors up to epsilon cost nothing, >= 0.
    tol, C, fit_intercept, intercept_scaling, dual, verbose, random_state, max_iter, solver, \
    n_jobs, warm_start
        As in :class:`LinearSVC`.
    loss : {"epsilon_insensitive", "squared_epsilon_insensitive"}, default="epsilon_insensitive"

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        float64.
    intercept_ : ndarray of shape (1,)
    objective_, dual_objective_, dual_gap_ : float
    support_ : ndarray of shape (n_support,)
    dual_coef_ : ndarray of shape (1, n_support)
        ``coef_ = dual_coef_[0] @ X[support_]``.
    n_support_ : ndarray of shape (1,)
    n_iter_ : int
    solver_ : str
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)

    Examples
    --------
    >>> from slimline import LinearSVR
    >>> model = LinearSVR(C=100.0).fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> model.predict([[3.0]]).round(2)
    array([7.])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **LinearSVMBase._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "epsilon": [Interval(Real, 0, None, closed="left")],
        "loss": [StrOptions({"epsilon_insensitive", "squared_epsilon_insensitive"})],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's parameters
        self,
        *,
        epsilon: float = 0.0,
        tol: float = 1e-4,
        C: float = 1.0,
        loss: str = "epsilon_insensitive",
        fit_intercept: bool = True,
        intercept_scaling: float = 1.0,
        dual: bool | str = "auto",
        verbose: int = 0,
        random_state: Any = None,
        max_iter: int = 1000,
        solver: str = "auto",
        n_jobs: int | None = None,
        warm_start: bool = False,
    ) -> None:
        self.epsilon = epsilon
        self.tol = tol
        self.C = C
        self.loss = loss
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.dual = dual
        self.verbose = verbose
        self.random_state = random_state
        self.max_iter = max_iter
        self.solver = solver
        self.n_jobs = n_jobs
        self.warm_start = warm_start

    @trains
    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Solve the problem for X and the values y.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Shape (n_samples, 1) is ravelled, with a DataConversionWarning.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Multiplies C. A weight of 0 is the same as removing the row.

        Returns
        -------
        self : LinearSVR
        """
        X, y = training_data(self, X, y, y_numeric=True)
        weights = sample_weights(sample_weight, X)
        used = _svm_fit.Used.of(weights)
        X, values, weights = used.take(X, y, weights)
        values = np.ascontiguousarray(values, dtype=np.float64)
        costs = _svm_fit.costs(self.C, weights)
        solution = _svm_fit.regress(self, X, values, costs, used=used)
        _svm_fit.set_attributes(self, X, used, [solution])
        self.coef_ = self.coef_[0]
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return values of shape (n_samples,)."""
        check_is_fitted(self)
        return _svm_fit.linear_scores(prediction_data(self, X), self.coef_, self.intercept_)
