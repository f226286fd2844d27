"""Parameters and training that MLPClassifier and MLPRegressor share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import assert_all_finite, check_is_fitted

from slimline import _core
from slimline._checks import csr_parts
from slimline._networks import Rows
from slimline.estimators import _mlp_lbfgs
from slimline.estimators._data import (
    Matrix,
    count,
    is_sparse,
    prediction_data,
    sample_weights,
    thread_count,
    training_data,
    weighted_rows,
)
from slimline.estimators._mlp_epochs import TrainsByEpochs
from slimline.estimators._training import Fit
from slimline.estimators._validation_set import validation_set

_SEED_BOUND = 2**31 - 1
# Fits of so few rows in one batch sum gradients in double: a row of weight 2 is the row twice.
_WIDE_ROWS = 1000


def only_with_epochs(partial_fit: Fit) -> Fit:
    """Hide ``partial_fit`` where the solver does not go epoch by epoch."""
    return cast("Fit", available_if(_has_epochs)(partial_fit))


def _has_epochs(estimator: MLPBase) -> bool:
    if estimator.solver != "lbfgs":
        return True
    msg = "partial_fit needs solver 'adam', 'adamw' or 'sgd', got 'lbfgs'"
    raise AttributeError(msg)


class Progress(NamedTuple):
    """The state of the training besides the weights: see ``NetworkProgress`` in network.hpp."""

    solver: str
    seed: int
    updates: int
    random: list[int]
    moments: NDArray[np.float32]


class MLPBase(TrainsByEpochs):
    """Parameters and training that classifier and regressor share."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(_core.activation_names()))],
        "solver": [StrOptions({"adam", "adamw", "sgd", "lbfgs"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({*_core.schedule_names(), "adaptive"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "decay": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "l1": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "n_jobs": [None, Integral],
    }

    _keeps_fingerprint: ClassVar[bool] = True
    _progress: Progress | None

    @abstractmethod
    def __init__(self) -> None: ...

    @abstractmethod
    def _core_loss(self) -> str:
        """Name of the loss in the core."""

    @abstractmethod
    def _encode(self, y: NDArray[Any]) -> NDArray[np.float32]:
        """Turn validated y into targets of shape (n_samples, n_outputs)."""

    def _validated(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, **checks: Any
    ) -> tuple[Matrix, Any, NDArray[np.float32]]:
        """Return the rows that have a weight in float32, what to learn from them, and weights."""
        X, y = training_data(self, X, y, multi_output=True, reset=reset, **checks)
        with np.errstate(over="ignore"):
            X = X.astype(np.float32, copy=False)
            weights = sample_weights(sample_weight, X).astype(np.float32)
        values = X.data if is_sparse(X) else X
        assert_all_finite(values, estimator_name=type(self).__name__, input_name="X")
        if not np.isfinite(weights).all():
            msg = "sample_weight must lie within float32"
            raise ValueError(msg)
        weights, X, y = weighted_rows(weights, X, y)
        return X, y, weights

    def _hidden_sizes(self) -> list[int]:
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object)).ravel().tolist()
        if not all(isinstance(size, Integral) for size in sizes):
            msg = f"hidden_layer_sizes must hold whole numbers, got {sizes}"
            raise TypeError(msg)
        if any(size <= 0 for size in sizes):
            msg = f"hidden_layer_sizes must be > 0, got {sizes}."
            raise ValueError(msg)
        return [int(size) for size in sizes]

    def _schedule(self) -> str:
        """Return the schedule in use: "adam" has scikit-learn's "constant" for its other two."""
        ignored = self.solver == "lbfgs" or (
            self.solver == "adam" and self.learning_rate in {"invscaling", "adaptive"}
        )
        return "constant" if ignored else str(self.learning_rate)

    def _options(self, n_samples: int, seed: int, *, incremental: bool) -> _core.NetworkOptions:
        options = _core.NetworkOptions()
        options.loss = self._core_loss()
        options.optimizer = "sgd" if self.solver == "sgd" else "adam"
        schedule = self._schedule()
        options.schedule = "constant" if schedule == "adaptive" else schedule
        options.eta0 = float(self.learning_rate_init)
        options.l2 = float(self.alpha)
        options.l2_per_batch = True
        options.weight_decay = float(self.weight_decay) if self.solver == "adamw" else 0.0
        for name in ("power_t", "decay", "l1", "dropout", "momentum", "beta_1", "beta_2"):
            setattr(options, name, float(getattr(self, name)))
        options.epsilon = float(self.epsilon)
        options.nesterov = bool(self.nesterovs_momentum)
        options.max_iter = count(self.max_iter)
        batch_size = 200 if self.batch_size == "auto" else count(self.batch_size)
        options.batch_size = min(batch_size, n_samples)
        options.wide_sums = self.solver == "lbfgs" or (
            not incremental and n_samples <= min(batch_size, _WIDE_ROWS)
        )
        options.shuffle = bool(self.shuffle)
        options.seed = seed
        options.n_threads = thread_count(self.n_jobs)
        return options

    def _initialize(self, sizes: Sequence[int], random: np.random.RandomState) -> None:
        """Draw weights as scikit-learn does (Glorot and Bengio, AISTATS 2010)."""
        factor = 2.0 if self.activation == "logistic" else 6.0
        self.coefs_ = []
        self.intercepts_ = []
        for n_in, n_out in pairwise(sizes):
            bound = np.sqrt(factor / (n_in + n_out))
            weight = random.uniform(-bound, bound, (n_in, n_out))
            self.coefs_.append(weight.astype(np.float32))
            self.intercepts_.append(random.uniform(-bound, bound, n_out).astype(np.float32))
        self.n_outputs_ = sizes[-1]
        self.n_layers_ = len(sizes)
        self._progress = None
        self.t_ = 0
        self.n_iter_ = 0
        self.loss_curve_: list[float] = []
        self._no_improvement_count = 0
        self.best_loss_: float | None = None if self.early_stopping else np.inf
        self.validation_scores_: list[float] | None = [] if self.early_stopping else None
        self.best_validation_score_: float | None = -np.inf if self.early_stopping else None
        self.best_iteration_: int | None = None

    def _layer_specs(self) -> list[tuple[int, str]]:
        last = len(self.coefs_) - 1
        return [
            (coef.shape[1], "identity" if i == last else self.activation)
            for i, coef in enumerate(self.coefs_)
        ]

    def _fit(
        self, X: Matrix, y: Any, weights: NDArray[np.float32], given: tuple[Any, Any, Any]
    ) -> None:
        """Train on validated rows; ``given`` is the validation set of the user's own, if any."""
        own = validation_set(self, given, y, dtype=np.float32)
        if own is not None and self.solver == "lbfgs":
            msg = "X_val needs solver 'adam', 'adamw' or 'sgd', which go by epochs, got 'lbfgs'"
            raise ValueError(msg)
        if self.solver == "lbfgs" and (self.l1 or self.dropout):
            msg = f"solver='lbfgs' needs l1=0 and dropout=0, got {self.l1} and {self.dropout}"
            raise ValueError(msg)
        targets = self._encode(y)
        random = check_random_state(self.random_state)
        sizes = [X.shape[1], *self._hidden_sizes(), targets.shape[1]]
        if not (self.warm_start and self._has_sizes(sizes)):
            self._initialize(sizes, random)
        rows, validation = Rows(X, targets, weights), own
        if own is None and self.early_stopping and self.solver != "lbfgs":
            rows, validation = self._split(X, y, targets, weights, random)
        seed = int(random.randint(_SEED_BOUND))
        network = self._network(len(rows.targets), seed, incremental=False)
        if self.solver == "lbfgs":
            _mlp_lbfgs.train(network, rows, self)
            self._take_layers(network)
        else:
            self._run(network, rows, validation)
        self._progress = Progress(self.solver, seed, *network.progress())

    def _fit_more(self, X: Matrix, y: Any, weights: NDArray[np.float32]) -> None:
        """Run one more epoch over validated rows, from the state after the last one."""
        if self.early_stopping:
            msg = "partial_fit does not support early_stopping=True"
            raise ValueError(msg)
        targets = self._encode(y)
        random = check_random_state(self.random_state)
        self._go_on([X.shape[1], *self._hidden_sizes(), targets.shape[1]], random)
        before = getattr(self, "_progress", None)
        if before is None or before.solver != self.solver:
            before = None
        seed = int(random.randint(_SEED_BOUND)) if before is None else before.seed
        network = self._network(max(1, len(targets)), seed, incremental=True)
        if before is not None:
            network.set_progress(before.updates, before.random, before.moments)
        if len(targets):
            self.n_iter_ = 0
            self._one_epoch(network, Rows(X, targets, weights))
            self._note_loss()
        self._progress = Progress(self.solver, seed, *network.progress())

    def _go_on(self, sizes: Sequence[int], random: np.random.RandomState) -> None:
        """Draw weights where there are none yet; ValueError where those there are do not fit."""
        if not hasattr(self, "coefs_"):
            self._initialize(sizes, random)
        elif not self._has_sizes(sizes):
            had = [*map(len, self.coefs_), self.coefs_[-1].shape[1]]
            msg = f"hidden_layer_sizes and outputs must stay: layers had sizes {had}, got {sizes}"
            raise ValueError(msg)

    def _has_sizes(self, sizes: Sequence[int]) -> bool:
        """Whether there are weights of layers of these sizes."""
        coefs = getattr(self, "coefs_", ())
        return [coef.shape for coef in coefs] == list(pairwise(sizes))

    def _network(self, n_samples: int, seed: int, *, incremental: bool) -> _core.Network:
        """Return the core's trainer with the weights that there are."""
        options = self._options(n_samples, seed, incremental=incremental)
        network = _core.Network(len(self.coefs_[0]), self._layer_specs(), options)
        for i, (coef, intercept) in enumerate(zip(self.coefs_, self.intercepts_, strict=True)):
            network.set_layer(i, *_core_layer(coef, intercept))
        return network

    def _outputs(self, X: Any) -> NDArray[np.float32]:
        check_is_fitted(self)
        return self._forward(prediction_data(self, X, dtype=np.float32, order="C"))

    def _forward(self, X: Matrix) -> NDArray[np.float32]:
        """Return the outputs of the last layer for validated rows."""
        stack = _core.Stack(len(self.coefs_[0]))
        specs = self._layer_specs()
        for coef, bias, (_, name) in zip(self.coefs_, self.intercepts_, specs, strict=True):
            stack.add_dense(*_core_layer(coef, bias), name)
        out = np.empty((X.shape[0], self.n_outputs_), dtype=np.float32)
        n_threads = thread_count(self.n_jobs)
        if is_sparse(X):
            stack.forward_csr(*csr_parts(X), X.shape[1], out, n_threads)
        else:
            stack.forward(X, out, n_threads)
        return out

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _core_layer(coef: Any, bias: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights (n_out, n_in) and biases as the core takes them, whoever set them."""
    return (
        np.ascontiguousarray(np.asarray(coef).T, dtype=np.float32),
        np.ascontiguousarray(bias, dtype=np.float32),
    )
