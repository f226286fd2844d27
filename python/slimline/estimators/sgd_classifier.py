"""SGDClassifier: linear classifiers by stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import linear_model
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call

from slimline.estimators._data import (
    check_weighted,
    sample_weights,
    training_data,
    weighted_rows,
)
from slimline.estimators._linear_predictor import LinearClassifier
from slimline.estimators._losses import LOSSES, link_of
from slimline.estimators._sgd_base import SGDBase
from slimline.estimators._sgd_training import Task
from slimline.estimators._sgd_validation import hold_out, score_on
from slimline.estimators._targets import (
    as_classes,
    check_labels,
    class_codes,
    class_weights,
    classes_of,
)
from slimline.estimators._training import trains
from slimline.estimators._validation_set import validation_set


def _has_probabilities(estimator: SGDClassifier) -> bool:
    if LOSSES[estimator.loss].link != "margin":
        return True
    msg = f"probability estimates are not available for loss={estimator.loss!r}"
    raise AttributeError(msg)


class SGDClassifier(LinearClassifier, SGDBase):
    """Linear classifiers by stochastic, mini-batch or plain gradient descent.

    Minimises ``1/n sum_i s_i loss(y_i, w.x_i + b)`` plus ``alpha/2 |w|^2`` ("l2"),
    ``alpha |w|_1`` ("l1") or ``alpha (l1_ratio |w|_1 + (1 - l1_ratio)/2 |w|^2)``
    ("elasticnet"). The intercept b is not penalised. With more than two classes there is one
    problem per class (one-vs-rest), and all of them share each pass over X. The losses of a batch
    are weighted by ``s_i / sum s`` instead of ``s_i / n``. X of 10^7 values and more is trained in
    2, 4, 8, ... shards, depending on its size, whose weights are averaged many times per epoch.

    Parameters
    ----------
    loss : str, default="hinge"
        "hinge" (linear SVM), "log_loss" (logistic regression), "multinomial" (softmax over all
        classes; with two classes the same as log_loss), "squared_hinge", "perceptron",
        "modified_huber", "squared_error", "huber", "epsilon_insensitive" or
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
    learning_rate : str, default="optimal"
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
    power_t : float, default=0.5
    early_stopping : bool, default=False
        Stop by the score on ``validation_fraction`` of the rows, or on ``X_val`` of :meth:`fit`,
        instead of by the objective.
    validation_fraction : float, default=0.1
    n_iter_no_change : int, default=5
        Training stops after this many consecutive stalled epochs.
    class_weight : dict, "balanced" or None, default=None
        "balanced" counts the rows of a class by their sample weights.
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
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        In the dtype of X.
    intercept_ : ndarray of shape (1,) or (n_classes,)
    classes_ : ndarray of shape (n_classes,)
    n_iter_ : int
        Number of epochs, the largest over the classes.
    t_ : float
        Number of updates plus one.
    dual_gap_ : float
        After ``fit`` with "auto": (P - D) / max(P, P0 / 100), the largest over the outputs. P is
        the objective, D a proven lower bound, and P0 the objective of zero weights with the best
        intercept.
    validation_scores_ : list of float
        After ``fit`` with ``early_stopping``: the score after each epoch, the mean over the
        outputs.
    best_iteration_ : int
        The epoch, from 1, of the best of these scores. ``coef_`` is that of the last epoch.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        If X has column names.

    Raises
    ------
    ValueError
        From ``fit``: if a parameter or the data are invalid, or if the coefficients become
        infinite. A fit that diverges to finite coefficients ends in a ConvergenceWarning.

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

    # scikit-learn's table of its losses, by name with their parameters: what it names is offered.
    loss_functions: ClassVar[dict[str, Any]] = dict(linear_model.SGDClassifier.loss_functions)

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
        l1_ratio: float = 0.15,
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
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        class_weight: Mapping[Any, float] | str | None = None,
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
        self.class_weight = class_weight
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
        """Train on X and the labels y.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            float32 and float64 are used as they are, without a copy when C-contiguous.
        y : array-like of shape (n_samples,)
        coef_init : array-like of the shape of ``coef_``, or None, default=None
            Initial weights, instead of zero.
        intercept_init : array-like of the shape of ``intercept_``, or None, default=None
        sample_weight : array-like of shape (n_samples,) or None, default=None
        X_val : array-like or CSR of shape (n_validation, n_features) or None, default=None
            Rows that ``early_stopping`` scores, instead of ``validation_fraction`` of X: all of X
            is trained on.
        y_val : array-like or None, default=None
            Labels that y has, of shape (n_validation,).
        sample_weight_val : array-like of shape (n_validation,) or None, default=None
            Weights of these rows in the score.

        Returns
        -------
        self : SGDClassifier
        """
        self._check_combinations(partial=False)
        X, y = training_data(self, X, y)
        check_labels(y)
        weights = check_weighted(sample_weights(sample_weight, X))
        weights, X, labels = weighted_rows(weights, X, y)
        classes = classes_of(labels, len(y))
        if self.warm_start and hasattr(self, "coef_") and np.array_equal(self.classes_, classes):
            coef_init = self.coef_ if coef_init is None else coef_init
            intercept_init = self.intercept_ if intercept_init is None else intercept_init
        self.classes_ = classes
        task = self._task(labels, weights, len(y))
        given = validation_set(self, (X_val, y_val, sample_weight_val), y)
        if given is not None:
            task = score_on(given, task, self)
        elif self.early_stopping:
            task = hold_out(X, task, self)
        self._fit_from(self._start(self._n_outputs(), X, coef_init, intercept_init), X, task)
        return self

    @trains
    def partial_fit(
        self,
        X: Any,
        y: ArrayLike | None = None,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one more epoch, on a block of rows or on several.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features), or an iterator
            An iterator yields (X, y) or (X, y, sample_weight); the blocks are trained in sequence.
        y : array-like of shape (n_samples,)
            None if X is an iterator.
        classes : array-like of shape (n_classes,) or None, default=None
            All labels that can occur; required in the first call.
        sample_weight : array-like of shape (n_samples,) or None, default=None

        Returns
        -------
        self : SGDClassifier
        """
        if isinstance(X, Iterator):
            return self._partial_fit_blocks(self.partial_fit, X, classes=classes)
        self._check_combinations(partial=True)
        first = _check_partial_fit_first_call(self, as_classes(classes))
        classes_of(self.classes_, len(self.classes_))
        if self.class_weight == "balanced":
            msg = (
                "class_weight 'balanced' is not supported for partial_fit. In order to use"
                " 'balanced' weights, use compute_class_weight('balanced', classes=classes, y=y)."
                " In place of y you can use a large enough sample of the full training set target"
                " to properly estimate the class frequency distributions. Pass the resulting"
                " weights as the class_weight parameter."
            )
            raise ValueError(msg)
        X, y = training_data(self, X, y, reset=first or not hasattr(self, "coef_"))
        check_labels(y)
        weights, X, labels = weighted_rows(sample_weights(sample_weight, X), X, y)
        unknown = ~np.isin(labels, self.classes_)
        if unknown.any():
            msg = f"y must hold labels among classes, got {labels[unknown][:1].tolist()}"
            raise ValueError(msg)
        known = hasattr(self, "coef_")
        n_outputs = self._n_outputs()
        begin = self._resume(n_outputs, X) if known else self._start(n_outputs, X, None, None)
        self._fit_more(begin, X, self._task(labels, weights, len(y)))
        return self

    def _n_outputs(self) -> int:
        return len(self.classes_) if len(self.classes_) > 2 else 1  # noqa: PLR2004

    def _task(self, y: NDArray[Any], weights: NDArray[np.float64], n_rows: int) -> Task:
        return Task(
            y=class_codes(y, self.classes_).astype(np.float64)[:, np.newaxis],
            sample_weight=weights,
            class_weight=class_weights(self.class_weight, self.classes_, y, weights),
            n_counted=n_rows,
        )

    def _shape_out(self, coef: NDArray[Any]) -> NDArray[Any]:
        return coef

    def _link(self) -> str:
        return link_of(self.loss, len(self.classes_))

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return probabilities (n_samples, n_classes).

        With log_loss, multinomial and modified_huber only.
        """
        return self._probabilities(X)

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Return the logarithm of :meth:`predict_proba`."""
        return self._log_probabilities(X)
