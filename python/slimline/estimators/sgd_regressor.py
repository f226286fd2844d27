"""SGDRegressor: linear regression by stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import linear_model
from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import column_or_1d

from slimline.estimators._data import (
    Matrix,
    check_weighted,
    sample_weights,
    training_data,
    weighted_rows,
)
from slimline.estimators._losses import LOSSES
from slimline.estimators._sgd_base import SGDBase
from slimline.estimators._sgd_training import Task
from slimline.estimators._sgd_validation import hold_out, score_on
from slimline.estimators._training import trains
from slimline.estimators._validation_set import validation_set


class SGDRegressor(RegressorMixin, SGDBase):  # type: ignore[misc]
    """Linear regression by stochastic, mini-batch or plain gradient descent.

    Minimises ``1/n sum_i s_i loss(y_i, w.x_i + b)`` plus ``alpha/2 |w|^2`` ("l2"),
    ``alpha |w|_1`` ("l1") or ``alpha (l1_ratio |w|_1 + (1 - l1_ratio)/2 |w|^2)``
    ("elasticnet"). The intercept b is not penalised. With several targets there is one problem per
    target, and all of them share each pass over X. See :class:`SGDClassifier` for batches, shards
    and the stopping rule.

    Parameters
    ----------
    loss : str, default="squared_error"
        "squared_error" (``(w.x + b - y)^2 / 2``), "huber", "epsilon_insensitive" or
        "squared_epsilon_insensitive".
    penalty : {"l2", "l1", "elasticnet"} or None, default="l2"
        "l1" gives exact zeros, by cumulative truncation for ``batch_size=1`` (Tsuruoka et al., ACL
        2009) and by soft thresholding for batches.
    alpha : float, default=1e-4
        Strength of the penalty, >= 0. It also sets the step sizes of ``learning_rate="optimal"``.
    l1_ratio : float, default=0.15
        Share of the l1 norm in "elasticnet", in [0, 1].
    fit_intercept : bool, default=True
    max_iter : int, default=1000
        Maximum number of epochs (passes over the data).
    tol : float or None, default=1e-3
        An epoch is stalled unless its objective is below the best so far minus ``tol``. None: run
        all ``max_iter`` epochs. For "auto": the relative duality gap to reach.
    shuffle : bool, default=True
        Visit the rows in a new seeded order in every epoch. Up to 8,192 rows are shuffled
        individually. With more rows, blocks of 64 rows are shuffled within each eighth of the data,
        and rows are taken from the eighths in turn.
    verbose : int, default=0
        Above 0, print the objective after each epoch.
    epsilon : float, default=0.1
        Width of the insensitive losses; the error beyond which huber is linear.
    n_jobs : int or None, default=None
        Number of threads of one fit, used for batches and for X of 10^7 values and more. The result
        does not depend on it. None means 1, -1 all.
    random_state : int, RandomState instance or None, default=None
        Seed for the order of the rows and for the validation split.
    learning_rate : str, default="invscaling"
        The step size, where t is the number of updates made so far and e the number of epochs
        (fractional within an epoch):

        - "constant": eta0;
        - "optimal": ``1/(alpha (t0 + t))``;
        - "invscaling": ``eta0/(t + 1)^power_t``;
        - "adaptive": eta0, divided by 5 after every ``n_iter_no_change`` stalled epochs;
        - "pa1" and "pa2": passive-aggressive steps;
        - "power": ``eta0 (1 + decay t)^(-power_t)``;
        - "linear": ``eta0 (1 - e/max_iter)``;
        - "cosine": ``eta0 (1 + cos(pi e/max_iter))/2``;
        - "auto": no step size to choose. The engine follows from the problem: quasi-Newton, SAGA
          and Newton's method, dual coordinate descent, proximal gradients, or Newton's method on
          standardised columns. It stops when ``dual_gap_ <= tol``, and warns if that is not proven.
          The objective is never above that of zero weights.
    eta0 : float, default=0.01
        Initial step size, > 0. "optimal" and "auto" do not use it.
    power_t : float, default=0.25
    early_stopping : bool, default=False
        Stop by the score on ``validation_fraction`` of the rows, or on ``X_val`` of :meth:`fit`,
        instead of by the objective.
    validation_fraction : float, default=0.1
    n_iter_no_change : int, default=5
        Training stops after this many consecutive stalled epochs.
    warm_start : bool, default=False
        Start each fit from the weights of the last one.
    average : bool or int, default=False
        Whether ``coef_`` is the mean of the weights after every update, or, for an integer, after
        the updates from number ``average`` on.
    batch_size : int or "full", default=1
        Rows per update. 1 updates after every row, as scikit-learn does. For larger batches the
        gradient is the mean over the batch, weighted by the sample weights. "full" is plain
        gradient descent.
    decay : float, default=1e-3
        Decay rate of ``learning_rate="power"``, >= 0.
    momentum : float, default=0
        Momentum of the updates by batches, in [0, 1).
    nesterov : bool, default=False
        Whether to use Nesterov's momentum.
    adaptive_scale : bool, default=False
        Divide the step size of every weight by the root of the sum of its squared gradients
        (AdaGrad) and by the largest absolute value of its column. For columns that are rarely
        nonzero or not scaled.
    callback : callable or None, default=None
        Called as ``callback(epoch, objective, coef)`` after every epoch.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        In the dtype of X.
    intercept_ : ndarray of shape (1,) or (n_targets,)
    n_iter_ : int
    t_ : float
    validation_scores_ : list of float
        After ``fit`` with ``early_stopping``: the score after each epoch, the mean over the
        outputs.
    best_iteration_ : int
        The epoch, from 1, of the best of these scores. ``coef_`` is that of the last epoch.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)

    Raises
    ------
    ValueError
        From ``fit``: if a parameter or the data are invalid, or if the coefficients become
        infinite. A fit that diverges to finite coefficients ends in a ConvergenceWarning.

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

    # scikit-learn's table of its losses, by name with their parameters: what it names is offered.
    loss_functions: ClassVar[dict[str, Any]] = dict(linear_model.SGDRegressor.loss_functions)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SGDBase._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "loss": [StrOptions({name for name, traits in LOSSES.items() if traits.regression})],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's parameters
        self,
        loss: str = "squared_error",
        *,
        penalty: str | None = "l2",
        alpha: float = 1e-4,
        l1_ratio: float = 0.15,
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
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        warm_start: bool = False,
        average: bool | int = False,
        batch_size: int | str = 1,
        decay: float = 1e-3,
        momentum: float = 0.0,
        nesterov: bool = False,
        adaptive_scale: bool = False,
        callback: Callable[[int, float, Any], Any] | None = None,
    ) -> None:
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
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
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.average = average
        self.batch_size = batch_size
        self.decay = decay
        self.momentum = momentum
        self.nesterov = nesterov
        self.adaptive_scale = adaptive_scale
        self.callback = callback

    @trains
    def fit(  # noqa: PLR0913 - scikit-learn's arguments, and the validation set
        self,
        X: Any,
        y: ArrayLike,
        coef_init: ArrayLike | None = None,
        intercept_init: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: Any = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train on X and the values y.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            float32 and float64 are used as they are, without a copy when C-contiguous.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Shape (n_samples, 1) is ravelled, with a DataConversionWarning.
        coef_init : array-like of the shape of ``coef_``, or None, default=None
            Initial weights, instead of zero.
        intercept_init : array-like of the shape of ``intercept_``, or None, default=None
        sample_weight : array-like of shape (n_samples,) or None, default=None
        X_val : array-like or CSR of shape (n_validation, n_features) or None, default=None
            Rows that ``early_stopping`` scores, instead of ``validation_fraction`` of X: all of X
            is trained on.
        y_val : array-like or None, default=None
            Of the shape of y, for the rows of X_val.
        sample_weight_val : array-like of shape (n_validation,) or None, default=None
            Weights of these rows in the score.

        Returns
        -------
        self : SGDRegressor
        """
        self._check_combinations(partial=False)
        X, y = training_data(self, X, y, y_numeric=True, multi_output=True)
        X, task = self._task(X, y, sample_weight)
        check_weighted(task.sample_weight)
        n_outputs = task.y.shape[1]
        if self.warm_start and hasattr(self, "coef_") and self._n_targets() == n_outputs:
            coef_init = self.coef_ if coef_init is None else coef_init
            intercept_init = self.intercept_ if intercept_init is None else intercept_init
        given = validation_set(self, (X_val, y_val, sample_weight_val), y)
        if given is not None:
            task = score_on(given, task, self)
        elif self.early_stopping:
            task = hold_out(X, task, self)
        self._fit_from(self._start(n_outputs, X, coef_init, intercept_init), X, task)
        return self

    @trains
    def partial_fit(
        self, X: Any, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one more epoch, on a block of rows or on several.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features), or an iterator
            An iterator yields (X, y) or (X, y, sample_weight); the blocks are trained in sequence.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            None if X is an iterator.
        sample_weight : array-like of shape (n_samples,) or None, default=None

        Returns
        -------
        self : SGDRegressor
        """
        if isinstance(X, Iterator):
            return self._partial_fit_blocks(self.partial_fit, X)
        self._check_combinations(partial=True)
        known = hasattr(self, "coef_")
        X, y = training_data(self, X, y, y_numeric=True, multi_output=True, reset=not known)
        X, task = self._task(X, y, sample_weight)
        n_outputs = task.y.shape[1]
        if known and self._n_targets() != n_outputs:
            msg = f"y must have {self._n_targets()} targets as in earlier calls, got {n_outputs}"
            raise ValueError(msg)
        weights = self._resume(n_outputs, X) if known else self._start(n_outputs, X, None, None)
        self._fit_more(weights, X, task)
        return self

    def _n_targets(self) -> int:
        return len(self.intercept_)

    def _task(
        self, X: Matrix, y: NDArray[Any], sample_weight: ArrayLike | None
    ) -> tuple[Matrix, Task]:
        """Return the rows of positive weight, and what to learn from them."""
        if y.ndim == 2 and y.shape[1] == 1:  # noqa: PLR2004
            y = column_or_1d(y, warn=True)
        n_rows = len(y)
        weights, X, y = weighted_rows(sample_weights(sample_weight, X), X, y)
        values = np.ascontiguousarray(y, dtype=np.float64)
        return X, Task(
            y=values.reshape(len(values), y.shape[1] if y.ndim > 1 else 1),
            sample_weight=weights,
            class_weight=np.empty(0),
            n_counted=n_rows,
        )

    def _shape_out(self, coef: NDArray[Any]) -> NDArray[Any]:
        return coef[0] if len(coef) == 1 else coef

    def predict(self, X: Any) -> NDArray[Any]:
        """Return values of shape (n_samples,) or (n_samples, n_targets)."""
        scores = self._scores(X)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def __sklearn_tags__(self) -> Any:  # noqa: D105 - scikit-learn's
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
