"""Parameters and training that SGDClassifier and SGDRegressor share."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterator
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from slimline import _core
from slimline.estimators._data import Matrix, count, thread_count
from slimline.estimators._linear_predictor import LinearPredictor
from slimline.estimators._losses import LOSSES
from slimline.estimators._sgd_training import Task, Weights, run
from slimline.estimators._sgd_warnings import warn_of_divergence, warn_of_end

SEED_BOUND = 2**31 - 1

# Schedules that decay to zero at the end of a fit, which partial_fit cannot foresee.
_NEED_HORIZON = ("linear", "cosine")


class SGDBase(LinearPredictor):
    """Parameters and training that classifier and regressor share."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "loss": [StrOptions(set(LOSSES))],
        "penalty": [StrOptions(set(_core.penalty_names())), None],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both"), None],
        "fit_intercept": ["boolean"],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left"), None],
        "shuffle": ["boolean"],
        "verbose": ["verbose"],
        "epsilon": [Interval(Real, 0, None, closed="left")],
        "n_jobs": [None, Integral],
        "random_state": ["random_state"],
        "learning_rate": [StrOptions(set(_core.schedule_names()))],
        "eta0": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, None, None, closed="neither")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "average": [Interval(Integral, 0, None, closed="left"), "boolean"],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"full"})],
        "decay": [Interval(Real, 0, None, closed="left")],
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "nesterov": ["boolean"],
        "adaptive_scale": ["boolean"],
        "callback": [callable, None],
    }

    _keeps_fingerprint: ClassVar[bool] = False  # SHA-256 takes as long as some epochs
    intercept_: NDArray[Any]
    t_: float
    n_iter_: int
    _average_from: int
    dual_gap_: float
    validation_scores_: list[float]
    best_iteration_: int

    @abstractmethod
    def __init__(self) -> None: ...

    @abstractmethod
    def _shape_out(self, coef: NDArray[Any]) -> NDArray[Any]:
        """Bring coef (n_outputs, n_features) into the shape of ``coef_``."""

    def _options(self, updates_before: int) -> _core.SgdOptions:
        options = _core.SgdOptions()
        options.loss = self.loss
        options.penalty = "none" if self.penalty is None else self.penalty
        options.schedule = self.learning_rate
        options.l1_ratio = 0.0 if self.l1_ratio is None else float(self.l1_ratio)
        for name in ("alpha", "epsilon", "eta0", "power_t", "decay", "momentum"):
            setattr(options, name, float(getattr(self, name)))
        for name in ("fit_intercept", "shuffle", "nesterov", "adaptive_scale"):
            setattr(options, name, bool(getattr(self, name)))
        for name in ("max_iter", "n_iter_no_change"):
            setattr(options, name, count(getattr(self, name)))
        options.batch_size = 0 if self.batch_size == "full" else count(self.batch_size)
        options.tol = -np.inf if self.tol is None else float(self.tol)
        options.seed = int(check_random_state(self.random_state).randint(SEED_BOUND))
        options.n_threads = thread_count(self.n_jobs)
        options.updates_before = updates_before
        options.average_from = count(self.average)
        return options

    def _check_combinations(self, *, partial: bool) -> None:
        if self.penalty == "elasticnet" and self.l1_ratio is None:
            msg = "l1_ratio must be set when penalty is 'elasticnet', to a number in [0, 1]"
            raise ValueError(msg)
        if self.early_stopping and (partial or self.learning_rate == "auto"):
            other = "partial_fit" if partial else "learning_rate='auto', which stops by itself"
            msg = f"early_stopping should be False with {other}, got True"
            raise ValueError(msg)
        if self.power_t < 0:
            warnings.warn(
                "Negative values for `power_t` are deprecated, as in scikit-learn: steps would"
                f" grow without bound, with {self.power_t}",
                FutureWarning,
                stacklevel=5,
            )
        if partial and self.learning_rate in _NEED_HORIZON:
            msg = (
                f"learning_rate={self.learning_rate!r} decays to zero over max_iter epochs, which"
                " partial_fit cannot foresee: use fit, or another learning_rate"
            )
            raise ValueError(msg)

    # -- where training begins ---------------------------------------------------------------

    def _start(self, n_outputs: int, X: Matrix, coef: Any, intercept: Any) -> Weights:
        """Zeros, or the given coefficients and intercepts."""
        weights = Weights.zeros(
            (n_outputs, X.shape[1]),
            X.dtype,
            average=self.average > 0,
            adaptive=self.adaptive_scale,
        )
        for name, given, target in (
            ("coef_init", coef, weights.coef),
            ("intercept_init", intercept, weights.intercept),
        ):
            if given is None:
                continue
            array = np.asarray(given.toarray() if sparse.issparse(given) else given)
            if array.size != target.size:
                msg = (
                    f"Provided {name} does not match dataset: it must have shape {target.shape},"
                    f" got {array.shape}"
                )
                raise ValueError(msg)
            target[...] = array.reshape(target.shape)
        return weights

    def _resume(self, n_outputs: int, X: Matrix) -> Weights:
        """Continue from a copy of the learned weights."""
        weights = self._start(n_outputs, X, self.coef_, self.intercept_)
        kept: Weights | None = getattr(self, "_weights", None)
        if kept is not None:
            weights.take(kept)
        if not self.average:
            self._average_from = 0
        elif kept is None or not len(kept.average_coef):
            # The mean over updates of which none was kept is not known: it begins with the next.
            self._average_from = max(count(self.average), round(getattr(self, "t_", 1.0)))
        return weights

    # -- training ----------------------------------------------------------------------------

    def _fit_from(self, weights: Weights, X: Matrix, task: Task) -> None:
        self._average_from = count(self.average)
        result = run(X, task, weights, self._options(0), self)
        self.n_iter_ = max(result.n_iter)
        self.t_ = float(result.updates + 1)
        self._publish(weights)
        if self.learning_rate == "auto":
            self.dual_gap_ = float(result.gap)
        elif hasattr(self, "dual_gap_"):
            del self.dual_gap_  # of another fit
        self._note_curve(task.curve)
        warn_of_end(result, X, self)

    def _note_curve(self, scores: list[float]) -> None:
        """Set what ``early_stopping`` saw, or forget that of another fit."""
        for name in ("validation_scores_", "best_iteration_"):
            self.__dict__.pop(name, None)
        if scores:
            self.validation_scores_ = scores
            best = np.argmax(np.where(np.isnan(scores), -np.inf, scores))
            self.best_iteration_ = int(best) + 1

    def _fit_more(self, weights: Weights, X: Matrix, task: Task) -> None:
        """One epoch, or none if all rows have weight 0."""
        if not hasattr(self, "t_"):
            self.t_, self.n_iter_, self._average_from = 1.0, 0, count(self.average)
        if not len(task.y):
            self._publish(weights)
            return
        options = self._options(round(self.t_) - 1)
        options.average_from = self._average_from
        options.max_iter = 1
        options.tol = -np.inf
        options.partial = True
        result = run(X, task, weights, options, self)
        self.n_iter_ = 1
        self.t_ += result.updates
        self._publish(weights)
        if hasattr(self, "dual_gap_"):
            del self.dual_gap_  # of a fit before
        self._note_curve([])
        warn_of_divergence(result, X, self)

    def _publish(self, weights: Weights) -> None:
        """Set coef_ and intercept_; keep the state for later calls."""
        averaged = 0 < self._average_from <= self.t_ - 1
        coef = weights.average_coef if averaged else weights.coef
        intercept = weights.average_intercept if averaged else weights.intercept
        # Without averages and sums of squares coef_ and intercept_ say it all.
        self._weights = weights if self.average or self.adaptive_scale else None
        self.coef_ = self._shape_out(coef)
        self.intercept_ = intercept.astype(coef.dtype)

    def _partial_fit_blocks(
        self, partial_fit: Callable[..., Any], blocks: Iterator[Any], **arguments: Any
    ) -> Self:
        """Call partial_fit on every (X, y) or (X, y, sample_weight) of an iterator."""
        for block in blocks:
            if not isinstance(block, tuple) or len(block) not in (2, 3):
                msg = (
                    "an iterator given to partial_fit must yield tuples (X, y) or (X, y,"
                    f" sample_weight), got {type(block).__name__}"
                )
                raise TypeError(msg)
            X, y = block[:2]
            weight = block[2] if len(block) == 3 else None  # noqa: PLR2004
            partial_fit(X, y, sample_weight=weight, **arguments)
        check_is_fitted(self)
        return self
