"""Networks for regression, with scikit-learn's names: MLPRegressor."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions

from slimline.estimators._data import check_weighted
from slimline.estimators._mlp_base import MLPBase, only_with_epochs
from slimline.estimators._training import trains


class MLPRegressor(RegressorMixin, MLPBase):  # type: ignore[misc]
    """Regression by dense layers, trained by the core in float32.

    Parameters
    ----------
    loss : {"squared_error", "poisson", "huber"}, default="squared_error"
        "squared_error" is half the squared error. "poisson" is half the deviance of counts y >= 0,
        where the exponential of the outputs is the mean. "huber" is quadratic up to 1 and linear
        beyond.
    hidden_layer_sizes, activation, solver, alpha, batch_size, learning_rate, \
learning_rate_init, power_t, max_iter, shuffle, random_state, tol, verbose, warm_start, momentum, \
nesterovs_momentum, early_stopping, validation_fraction, beta_1, beta_2, epsilon, \
n_iter_no_change, max_fun, decay, weight_decay, l1, dropout, n_jobs
        As in :class:`MLPClassifier`.

    Attributes
    ----------
    coefs_, intercepts_, loss_, best_loss_, loss_curve_, validation_scores_, \
best_validation_score_, best_iteration_, n_iter_, t_, n_layers_, n_outputs_, out_activation_, \
n_features_in_, feature_names_in_
        As in :class:`MLPClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> import slimline as sl
    >>> X = np.linspace(-2, 2, 200).reshape(-1, 1)
    >>> network = sl.MLPRegressor(tol=1e-3, learning_rate_init=0.01, random_state=0)
    >>> bool(network.fit(X, X.ravel() ** 2).score(X, X.ravel() ** 2) > 0.95)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **MLPBase._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "loss": [StrOptions({"squared_error", "poisson", "huber"})],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's parameters
        self,
        loss: str = "squared_error",
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
        n_jobs: int | None = None,
    ) -> None:
        self.loss = loss
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
        self.n_jobs = n_jobs

    def _core_loss(self) -> str:
        return self.loss

    def _encode(self, y: NDArray[Any]) -> NDArray[np.float32]:
        columns = y.reshape(len(y), y.shape[1] if y.ndim > 1 else 1)
        with np.errstate(over="ignore"):
            targets = np.ascontiguousarray(columns, dtype=np.float32)
        if not np.isfinite(targets).all():
            msg = f"y must lie within float32, got values up to {np.abs(y).max():g}"
            raise ValueError(msg)
        return targets

    def _checked(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool
    ) -> tuple[Any, Any, NDArray[np.float32]]:
        X, y, weights = self._validated(X, y, sample_weight, reset=reset, y_numeric=True)
        if y.ndim == 2 and y.shape[1] == 1:  # noqa: PLR2004 - one column
            y = column_or_1d(y, warn=True)
        if self.loss == "poisson" and (y < 0).any():
            msg = f"y must hold no negative values with loss='poisson', got {y.min()}"
            raise ValueError(msg)
        self.out_activation_ = "exp" if self.loss == "poisson" else "identity"
        return X, y, weights

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
        """Train on X and the values y.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            Not copied if it is float32 and C-contiguous, or CSR.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
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
        self : MLPRegressor
        """
        X, y, weights = self._checked(X, y, sample_weight, reset=True)
        self._fit(X, y, check_weighted(weights), (X_val, y_val, sample_weight_val))
        return self

    @only_with_epochs
    @trains
    def partial_fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Make one more epoch over X and y, which are as in :meth:`fit`.

        Returns
        -------
        self : MLPRegressor
        """
        self._fit_more(*self._checked(X, y, sample_weight, reset=not hasattr(self, "coefs_")))
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return values of shape (n_samples,) or (n_samples, n_targets)."""
        return self._values(self._outputs(X))

    def _values(self, outputs: NDArray[np.float32]) -> NDArray[Any]:
        with np.errstate(over="ignore"):  # a mean beyond float32 is infinity
            values = np.exp(outputs) if self.out_activation_ == "exp" else outputs
        return values[:, 0] if values.shape[1] == 1 else values

    def _validation_score(self, outputs: NDArray[np.float32], y: Any, weights: Any) -> float:
        values = self._values(outputs)
        if not np.isfinite(values).all():
            return np.nan
        return float(r2_score(y, values, sample_weight=weights))
