"""Linear models by stochastic gradient descent: SGDClassifier and SGDRegressor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets

from slimline.estimators._data import (
    class_weights,
    sample_weights,
    training_data,
    validates_parameters,
)
from slimline.estimators._sgd_base import SGDBase
from slimline.links import LINKS


def _has_probabilities(estimator: SGDClassifier) -> bool:
    if estimator.loss in _PROBABILITY_LINKS:
        return True
    msg = f"probability estimates are not available for loss={estimator.loss!r}"
    raise AttributeError(msg)


_PROBABILITY_LINKS: Mapping[str, str] = {"log_loss": "logistic", "modified_huber": "modified_huber"}


class SGDClassifier(ClassifierMixin, SGDBase):  # type: ignore[misc]
    """Linear classifiers by stochastic, mini-batch or plain gradient descent.

    Minimises ``1/n sum_i s_i loss(y_i, w.x_i + b) + alpha/2 |w|^2``, for more than two classes once
    a class (one-vs-rest); b is not penalised. An epoch whose objective is not lower than the best
    minus ``tol`` counts as stalled; ``n_iter_no_change`` stalled epochs in a row end the training.

    Parameters
    ----------
    loss : str, default="hinge"
        "hinge" (linear SVM), "log_loss" (logistic regression), "squared_hinge", "perceptron",
        "modified_huber", "squared_error", "huber", "epsilon_insensitive" or
        "squared_epsilon_insensitive".
    penalty : {"l2", "none"} or None, default="l2"
    alpha : float, default=1e-4
        Strength of the penalty, >= 0; also sets the steps of ``learning_rate="optimal"``.
    fit_intercept : bool, default=True
    max_iter : int, default=1000
        Most epochs (passes over the data).
    tol : float or None, default=1e-3
        None: run all ``max_iter`` epochs.
    shuffle : bool, default=True
        Visit the rows in a new random order in every epoch.
    verbose : int, default=0
        Above 0, print the objective after each epoch.
    epsilon : float, default=0.1
        Width of the insensitive losses, and where huber becomes linear.
    n_jobs : int or None, default=None
        Threads for batches; the result does not depend on it. None is 1, -1 all.
    random_state : int, RandomState instance or None, default=None
        Seed of the order of the rows.
    learning_rate : str, default="optimal"
        With t the updates made and e the epochs done (fractional within an epoch): "constant" eta0;
        "optimal" ``1/(alpha (t0 + t))``; "invscaling" ``eta0/(t + 1)^power_t``;
        "power" ``eta0 (1 + decay t)^(-power_t)``; "linear" ``eta0 (1 - e/max_iter)``.
    eta0 : float, default=0.01
        First step size, > 0.
    power_t : float, default=0.5
    decay : float, default=1e-3
    n_iter_no_change : int, default=5
    class_weight : dict, "balanced" or None, default=None
    batch_size : int or "full", default=1
        Rows an update. 1 updates after every row, as scikit-learn does. For larger batches the
        gradient is the mean over the batch, weighted by the sample weights; "full" is plain
        gradient descent.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Of X's dtype.
    intercept_ : ndarray of shape (1,) or (n_classes,)
    classes_ : ndarray of shape (n_classes,)
    n_iter_ : int
        Epochs run, the most over the classes.
    t_ : float
        Updates made plus one.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        Where X had column names.

    Raises
    ------
    ValueError
        From ``fit``: for bad parameters or data, or when the coefficients become infinite. An
        iteration that diverges within finite numbers ends in a ConvergenceWarning.

    References
    ----------
    Bottou, "Stochastic Gradient Descent Tricks", Neural Networks: Tricks of the Trade, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from slimline import SGDClassifier
    >>> X = np.array([[-2.0, -1.0], [-1.0, -1.0], [1.0, 1.0], [2.0, 1.0]])
    >>> SGDClassifier(random_state=0).fit(X, ["no", "no", "yes", "yes"]).predict([[3.0, 2.0]])
    array(['yes'], dtype='<U3')
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SGDBase._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "class_weight": [StrOptions({"balanced"}), dict, None],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's parameters
        self,
        loss: str = "hinge",
        *,
        penalty: str | None = "l2",
        alpha: float = 1e-4,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        verbose: int = 0,
        epsilon: float = 0.1,
        n_jobs: int | None = None,
        random_state: Any = None,
        learning_rate: str = "optimal",
        eta0: float = 0.01,
        power_t: float = 0.5,
        decay: float = 1e-3,
        n_iter_no_change: int = 5,
        class_weight: Mapping[Any, float] | str | None = None,
        batch_size: int | str = 1,
    ) -> None:
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.verbose = verbose
        self.epsilon = epsilon
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.decay = decay
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.batch_size = batch_size

    @validates_parameters
    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train on X and the labels y.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            float32 and float64 are used as they are, without a copy when C-contiguous.
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,) or None, default=None

        Returns
        -------
        self : SGDClassifier
        """
        X, y = training_data(self, X, y)
        check_classification_targets(y)
        self.classes_, encoded = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:  # noqa: PLR2004
            msg = f"y must hold at least two classes, got one class: {self.classes_.tolist()}"
            raise ValueError(msg)
        weights = sample_weights(sample_weight, X)
        self.coef_, intercept = self._train(
            X,
            encoded.astype(np.float64),
            weights,
            class_weights(self.class_weight, self.classes_, y, weights),
        )
        self.intercept_ = intercept.astype(X.dtype)
        return self

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Return scores of shape (n_samples,) for two classes, else (n_samples, n_classes)."""
        scores = self._scores(X)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> NDArray[Any]:
        """Return class labels of shape (n_samples,)."""
        scores = self.decision_function(X)
        winners = (scores > 0).astype(np.intp) if scores.ndim == 1 else scores.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[winners]
        return labels

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return probabilities (n_samples, n_classes); with log_loss and modified_huber only."""
        link = LINKS[_PROBABILITY_LINKS[self.loss]]
        assert link.probabilities is not None  # noqa: S101 - true of every probability link
        return link.probabilities(self._scores(X), len(self.classes_))

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Return the logarithm of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            logarithms: NDArray[Any] = np.log(self.predict_proba(X))
        return logarithms


class SGDRegressor(RegressorMixin, SGDBase):  # type: ignore[misc]
    """Linear regression by stochastic, mini-batch or plain gradient descent.

    Minimises ``1/n sum_i s_i loss(y_i, w.x_i + b) + alpha/2 |w|^2``; see :class:`SGDClassifier`,
    whose parameters these are, for the stopping rule and the schedules.

    Parameters
    ----------
    loss : str, default="squared_error"
        "squared_error" (``(w.x + b - y)^2 / 2``), "huber", "epsilon_insensitive" or
        "squared_epsilon_insensitive".
    penalty, alpha, fit_intercept, max_iter, tol, shuffle, verbose, epsilon, n_jobs, random_state, \
learning_rate, eta0, power_t, decay, n_iter_no_change, batch_size
        As in :class:`SGDClassifier`, but for learning_rate="invscaling" and power_t=0.25.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
    intercept_ : ndarray of shape (1,)
    n_iter_ : int
    t_ : float
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)

    Examples
    --------
    >>> import numpy as np
    >>> from slimline import SGDRegressor
    >>> X = np.linspace(-1, 1, 20).reshape(-1, 1)
    >>> model = SGDRegressor(
    ...     alpha=0, learning_rate="constant", eta0=0.5, batch_size="full", tol=1e-9
    ... )
    >>> model.fit(X, 3 * X.ravel() + 1).predict([[2.0]]).round(2)
    array([7.])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SGDBase._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "loss": [
            StrOptions(
                {"squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"}
            )
        ],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's parameters
        self,
        loss: str = "squared_error",
        *,
        penalty: str | None = "l2",
        alpha: float = 1e-4,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        verbose: int = 0,
        epsilon: float = 0.1,
        n_jobs: int | None = None,
        random_state: Any = None,
        learning_rate: str = "invscaling",
        eta0: float = 0.01,
        power_t: float = 0.25,
        decay: float = 1e-3,
        n_iter_no_change: int = 5,
        batch_size: int | str = 1,
    ) -> None:
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.verbose = verbose
        self.epsilon = epsilon
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.decay = decay
        self.n_iter_no_change = n_iter_no_change
        self.batch_size = batch_size

    @validates_parameters
    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train on X and the values y.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            float32 and float64 are used as they are, without a copy when C-contiguous.
        y : array-like of shape (n_samples,)
            Of shape (n_samples, 1) it is ravelled, with a DataConversionWarning.
        sample_weight : array-like of shape (n_samples,) or None, default=None

        Returns
        -------
        self : SGDRegressor
        """
        X, y = training_data(self, X, y, y_numeric=True)
        weights = sample_weights(sample_weight, X)
        values = np.ascontiguousarray(y, dtype=np.float64)
        coef, intercept = self._train(X, values, weights, np.empty(0))
        self.coef_ = coef[0]
        self.intercept_ = intercept.astype(X.dtype)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return values of shape (n_samples,)."""
        return self._scores(X).ravel()
