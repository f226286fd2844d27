"""What LogisticRegression, Lasso, ElasticNet and Ridge share: a fit to a certified optimum.

There is no engine of their own. Each states scikit-learn's objective as one of the linear learner,

    1/n sum_i s_i loss(y_i, w.x_i + b) + alpha (l1_ratio |w|_1 + (1 - l1_ratio)/2 |w|^2),

with b not penalised, and ``learning_rate="auto"`` of the core solves it.
"""

from __future__ import annotations

import warnings
from abc import abstractmethod
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval

from slimline import _core
from slimline.estimators._data import Matrix, count, thread_count
from slimline.estimators._linear_predictor import LinearPredictor
from slimline.estimators._sgd_base import SEED_BOUND
from slimline.estimators._sgd_training import Task, Weights, reporter, train
from slimline.estimators._sgd_warnings import Proof, unproven

_MAX_ITER = 1000  # where max_iter is None
TO_USER = 6  # frames from a warning: _note_end, _fit, fit and its two wrappers
_LARGEST = float(np.finfo(np.float64).max)


class CertifiedLinear(LinearPredictor):
    """Parameters and training of the linear models that are solved to a relative duality gap."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "fit_intercept": ["boolean"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
        "n_jobs": [None, Integral],
    }

    _keeps_fingerprint: ClassVar[bool] = True
    n_iter_: Any
    dual_gap_: float

    @abstractmethod
    def __init__(self) -> None: ...

    @abstractmethod
    def _options(self, n_rows: int) -> _core.SgdOptions:
        """Return the objective on ``n_rows`` rows of positive weight as the core has it."""

    @abstractmethod
    def _advice(self) -> dict[str, str]:
        """Return what asks for less, as ``unproven`` says it."""

    def _stated(self, loss: str, alpha: float, l1_ratio: float) -> _core.SgdOptions:
        options = _core.SgdOptions()
        options.loss = loss
        options.schedule = "auto"
        options.penalty = _penalty(l1_ratio) if alpha > 0 else "none"
        options.alpha = min(alpha, _LARGEST)
        options.l1_ratio = float(l1_ratio)
        options.fit_intercept = bool(self.fit_intercept)
        options.tol = float(self.tol)
        options.max_iter = self._most_iterations()
        # Some engines draw rows; the same fit must give the same model without a seed.
        random = check_random_state(0 if self.random_state is None else self.random_state)
        options.seed = int(random.randint(SEED_BOUND))
        options.n_threads = thread_count(self.n_jobs)
        return options

    def _most_iterations(self) -> int:
        return _MAX_ITER if self.max_iter is None else count(self.max_iter)

    def _begin(self, n_outputs: int, X: Matrix, *, go_on: bool) -> Weights:
        """Return zeros, or the last solution where it may ``go_on`` and its shape is the same."""
        weights = Weights.zeros((n_outputs, X.shape[1]), X.dtype, average=False, adaptive=False)
        if not go_on or not hasattr(self, "coef_"):
            return weights
        coef = self.coef_.toarray() if sparse.issparse(self.coef_) else np.asarray(self.coef_)
        if np.atleast_2d(coef).shape == weights.coef.shape:
            weights.coef[...] = coef
            weights.intercept[...] = self.intercept_
        return weights

    def _run(
        self, X: Matrix, task: Task, weights: Weights, options: _core.SgdOptions
    ) -> _core.SgdResult:
        """Train from ``weights``, in place."""
        on_epoch = reporter(task, weights, verbose=getattr(self, "verbose", 0))
        return train(X, task, weights, options, on_epoch)

    def _note_end(self, result: Proof) -> None:
        """Set ``dual_gap_``, and warn where it is above ``tol``: the caller of ``fit``."""
        self.dual_gap_ = float(result.gap)
        text = unproven(result, self.tol, self._most_iterations(), **self._advice())
        if text:
            warnings.warn(text, ConvergenceWarning, stacklevel=TO_USER)


def _penalty(l1_ratio: float) -> str:
    return "l2" if l1_ratio == 0 else "l1" if l1_ratio == 1 else "elasticnet"
