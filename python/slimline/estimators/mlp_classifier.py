"""Networks that classify, with scikit-learn's names: MLPClassifier."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, unique_labels

from slimline.estimators._data import check_weighted
from slimline.estimators._mlp_base import MLPBase, only_with_epochs
from slimline.estimators._targets import as_classes
from slimline.estimators._training import trains
from slimline.model.links import LINKS, sigmoid


def _has_probabilities(estimator: MLPClassifier) -> bool:
    if estimator.loss == "log_loss":
        return True
    msg = f"probability estimates are not available for loss={estimator.loss!r}"
    raise AttributeError(msg)


class MLPClassifier(ClassifierMixin, MLPBase):  # type: ignore[misc]
    """Classifiers of dense layers, trained by the core in float32.

    Minimises the mean loss of mini-batches plus ``alpha/2 |W|^2`` divided by the sum of the sample
    weights of the batch, as scikit-learn's MLPClassifier does. Parameters and defaults are those of
    that class. The input is not scaled: scale it first.

    Parameters
    ----------
    hidden_layer_sizes : array-like of int, default=(100,)
    activation : {"identity", "logistic", "tanh", "relu", "gelu"}, default="relu"
        Activation of the hidden layers.
    solver : {"adam", "adamw", "sgd", "lbfgs"}, default="adam"
        "lbfgs" uses all rows at once and is for small data. It uses only alpha, max_iter, max_fun,
        tol, random_state, verbose, warm_start and n_jobs.
    alpha : float, default=1e-4
    batch_size : int or "auto", default="auto"
        Rows per step. "auto" is ``min(200, n_samples)``.
    learning_rate : str, default="constant"
        The step size, where eta0 is ``learning_rate_init``, t the number of updates made so far,
        and e the number of epochs: "constant" eta0; "invscaling" ``eta0/(t + 1)^power_t``; "power"
        ``eta0 (1 + decay t)^(-power_t)``; "linear" ``eta0 (1 - e/max_iter)``; "optimal" as in
        :class:`SGDClassifier`; "adaptive" divides eta0 by 5 whenever the training stalls, and stops
        below 1e-6. Solver "adam" treats "invscaling" and "adaptive" as "constant", as
        scikit-learn's does; "sgd" and "adamw" apply them.
    learning_rate_init : float, default=1e-3
    power_t : float, default=0.5
    max_iter : int, default=200
        Maximum number of epochs.
    shuffle : bool, default=True
    random_state : int, RandomState instance or None, default=None
        Seed. The initial weights are the same as scikit-learn's.
    tol : float, default=1e-4
        An epoch is stalled unless it improves the best loss (or validation score) by ``tol``.
    verbose : bool, default=False
    warm_start : bool, default=False
        Start each fit from the present weights.
    momentum : float, default=0.9
        Momentum of solver "sgd".
    nesterovs_momentum : bool, default=True
    early_stopping : bool, default=False
        Monitor the score on ``validation_fraction`` of the rows, or on ``X_val`` of :meth:`fit`,
        and keep the best weights.
    validation_fraction : float, default=0.1
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        Parameters of Adam.
    n_iter_no_change : int, default=10
        Training stops after more than this many consecutive stalled epochs.
    max_fun : int, default=15000
        Maximum number of evaluations of the objective by solver "lbfgs".
    decay : float, default=1e-3
    weight_decay : float, default=0.01
        Weight decay of solver "adamw": each step multiplies the weights by 1 - eta times this.
    l1 : float, default=0
        Strength of the l1 penalty: each step is followed by soft thresholding at eta times this.
    dropout : float, default=0
        Share of the hidden outputs that each step sets to zero.
    loss : {"log_loss", "hinge"}, default="log_loss"
        "log_loss" is multinomial for three classes and more; "hinge" is one-vs-rest.
    n_jobs : int or None, default=None
        Number of threads. The result does not depend on it. None means 1, -1 all.

    Attributes
    ----------
    coefs_ : list of ndarray of float32, shape (n_in, n_out)
    intercepts_ : list of ndarray of float32, shape (n_out,)
    classes_ : ndarray of shape (n_classes,)
    loss_, best_loss_, loss_curve_ : float, float or None, list of float
    validation_scores_, best_validation_score_ : list of float or None, float or None
    best_iteration_ : int or None
        With ``early_stopping``: the epoch whose weights are kept, from 1 in ``validation_scores_``.
    n_iter_, t_, n_layers_, n_outputs_, n_features_in_ : int
    out_activation_ : str
    feature_names_in_ : ndarray of shape (n_features,)
        If X has column names.

    Raises
    ------
    ValueError
        From ``fit``: if a parameter or the data are invalid, or if the weights become infinite.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> network = sl.MLPClassifier((32,), tol=1e-3, random_state=0).fit(X / 16, y)
    >>> bool(network.score(X / 16, y) > 0.98)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **MLPBase._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "loss": [StrOptions({"log_loss", "hinge"})],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's parameters
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 1e-4,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 1e-3,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        decay: float = 1e-3,
        weight_decay: float = 0.01,
        l1: float = 0.0,
        dropout: float = 0.0,
        loss: str = "log_loss",
        n_jobs: int | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.decay = decay
        self.weight_decay = weight_decay
        self.l1 = l1
        self.dropout = dropout
        self.loss = loss
        self.n_jobs = n_jobs

    def _core_loss(self) -> str:
        if self.loss == "log_loss" and self._label_binarizer.y_type_ == "multiclass":
            return "multinomial"
        return self.loss

    def _encode(self, y: NDArray[Any]) -> NDArray[np.float32]:
        # No labels have targets of as many columns as any others.
        some = y if len(y) else self.classes_[:1] if y.ndim == 1 else np.zeros((1, y.shape[1]), int)
        targets = np.ascontiguousarray(self._label_binarizer.transform(some), dtype=np.float32)
        targets = targets[: len(y)]
        if self._core_loss() == "multinomial":
            return targets
        return 2 * targets - 1

    def _check_labels(self, y: Any, *, incremental: bool) -> Any:
        """Learn the classes, or check that y holds none but those learned."""
        if np.ndim(y) == 2 and y.shape[1] == 1:  # noqa: PLR2004 - one column
            y = column_or_1d(y, warn=True)
        if not hasattr(self, "classes_") or not (incremental or self.warm_start):
            self._learn_labels(y)
        elif incremental:
            unknown = np.setdiff1d(unique_labels(y), self.classes_) if len(y) else y
            if len(unknown):
                msg = f"y must hold labels of the first partial_fit, got {unknown.tolist()} too"
                raise ValueError(msg)
        elif set(unique_labels(y)) != set(self.classes_):
            msg = (
                "warm_start can only be used where `y` has the same classes as in the previous"
                f" call to fit. Previously got {self.classes_}, `y` has {unique_labels(y)}"
            )
            raise ValueError(msg)
        binary = self._label_binarizer.y_type_ == "binary"
        multilabel = self._label_binarizer.y_type_.startswith("multilabel")
        sigmoids = binary or multilabel
        links = "logistic" if sigmoids else "softmax"
        self.out_activation_ = links if self.loss == "log_loss" else "identity"
        return y

    def _learn_labels(self, y: Any) -> None:
        self._label_binarizer = LabelBinarizer().fit(y)
        self.classes_ = self._label_binarizer.classes_

    @trains
    def fit(  # noqa: PLR0913 - scikit-learn's arguments, and the validation set
        self,
        X: Any,
        y: ArrayLike,
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
            Not copied if it is float32 and C-contiguous, or CSR.
        y : array-like of shape (n_samples,), or (n_samples, n_labels) of 0 and 1
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
        self : MLPClassifier
        """
        X, y, weights = self._validated(X, y, sample_weight, reset=True)
        check_weighted(weights)
        y = self._check_labels(y, incremental=False)
        self._fit(X, y, weights, (X_val, y_val, sample_weight_val))
        return self

    @only_with_epochs
    @trains
    def partial_fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Make one more epoch over X and y; not with solver "lbfgs".

        Parameters
        ----------
        X, y, sample_weight
            As in :meth:`fit`.
        classes : array-like of shape (n_classes,), default=None
            All labels that can occur; required in the first call.

        Returns
        -------
        self : MLPClassifier
        """
        if classes is None and not hasattr(self, "classes_"):
            msg = (
                "classes must be passed on the first call to partial_fit, as classes=...: the"
                " third argument by position is sample_weight, as in scikit-learn's MLPClassifier"
            )
            raise ValueError(msg)
        classes = as_classes(classes)
        first = _check_partial_fit_first_call(self, classes)
        X, y, weights = self._validated(X, y, sample_weight, reset=first)
        if first:
            self._learn_labels(y if np.ndim(y) > 1 else classes)
        self._fit_more(X, self._check_labels(y, incremental=True), weights)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return class labels of shape (n_samples,), or (n_samples, n_labels) of 0 and 1."""
        return self._labels(self._outputs(X))

    def _labels(self, outputs: NDArray[np.float32]) -> NDArray[Any]:
        binarizer = self._label_binarizer
        if binarizer.y_type_.startswith("multilabel"):
            return (outputs > 0).astype(np.intp)
        if len(self.classes_) == 1:
            return np.repeat(self.classes_, len(outputs))
        return LINKS["margin"].labels(outputs, self.classes_)

    def _validation_score(self, outputs: NDArray[np.float32], y: Any, weights: Any) -> float:
        return float(accuracy_score(y, self._labels(outputs), sample_weight=weights))

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return probabilities (n_samples, n_classes); with log_loss only."""
        outputs = self._outputs(X)
        if self._label_binarizer.y_type_.startswith("multilabel"):
            return sigmoid(outputs)
        if len(self.classes_) == 1:
            return np.ones((len(outputs), 1))
        link = LINKS[self.out_activation_]
        assert link.probabilities is not None  # noqa: S101 - both links have them
        return link.probabilities(outputs, len(self.classes_))

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Return the logarithm of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            logarithms: NDArray[Any] = np.log(self.predict_proba(X))
        return logarithms

    def __sklearn_tags__(self) -> Any:
        """Several labels per row are supported."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
