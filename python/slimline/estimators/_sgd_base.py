"""Parameters and training that SGDClassifier and SGDRegressor share."""

from __future__ import annotations

import sys
import warnings
from abc import abstractmethod
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted

from slimline import _core
from slimline.estimators._data import Matrix, csr_parts, is_sparse, prediction_data, thread_count

SEED_BOUND = 2**31 - 1


class SGDBase(BaseEstimator):  # type: ignore[misc]
    """Parameters and training that classifier and regressor share."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "loss": [StrOptions(set(_core.loss_names()))],
        "penalty": [StrOptions(set(_core.penalty_names())), None],
        "alpha": [Interval(Real, 0, None, closed="left")],
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
        "decay": [Interval(Real, 0, None, closed="left")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"full"})],
    }

    coef_: NDArray[Any]
    intercept_: NDArray[Any]

    @abstractmethod
    def __init__(self) -> None: ...

    def _options(self) -> _core.SgdOptions:
        options = _core.SgdOptions()
        options.loss = self.loss
        options.penalty = "none" if self.penalty is None else self.penalty
        options.schedule = self.learning_rate
        for name in ("alpha", "epsilon", "eta0", "power_t", "decay"):
            setattr(options, name, float(getattr(self, name)))
        for name in ("max_iter", "n_iter_no_change"):
            setattr(options, name, int(getattr(self, name)))
        options.fit_intercept = bool(self.fit_intercept)
        options.shuffle = bool(self.shuffle)
        options.batch_size = 0 if self.batch_size == "full" else int(self.batch_size)
        options.tol = -np.inf if self.tol is None else float(self.tol)
        options.seed = int(check_random_state(self.random_state).randint(SEED_BOUND))
        options.n_threads = thread_count(self.n_jobs)
        return options

    def _train(
        self,
        X: Matrix,
        y: NDArray[np.float64],
        sample_weight: NDArray[np.float64],
        class_weight: NDArray[np.float64],
    ) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Run the core; return coef (n_outputs, n_features) and intercept (n_outputs,)."""
        n_outputs = len(class_weight) if len(class_weight) > 2 else 1  # noqa: PLR2004
        coef = np.zeros((n_outputs, X.shape[1]), dtype=X.dtype)
        intercept = np.zeros(n_outputs)
        rest: tuple[Any, ...] = (
            y,
            sample_weight,
            class_weight,
            self._options(),
            self._progress(),
            coef,
            intercept,
        )
        if is_sparse(X):
            result = _core.sgd_fit_csr(*csr_parts(X), *rest)
        else:
            result = _core.sgd_fit(X, *rest)
        self.n_iter_ = max(result.n_iter)
        self.t_ = float(result.updates + 1)
        if result.diverged:
            warnings.warn(
                "SGD diverged: the objective ended far above where it began. Scale the features"
                f" (StandardScaler), lower eta0={self.eta0}, or choose another learning_rate.",
                ConvergenceWarning,
                stacklevel=3,
            )
        elif self.tol is not None and not result.converged:
            warnings.warn(
                f"Maximum number of iteration reached before convergence: max_iter={self.max_iter}."
                " Consider increasing max_iter to improve the fit.",
                ConvergenceWarning,
                stacklevel=3,
            )
        return coef, intercept

    def _progress(self) -> Callable[[int, float], None] | None:
        if not self.verbose:
            return None

        def report(epoch: int, objective: float) -> None:
            sys.stdout.write(f"epoch {epoch}: objective {objective:.6g}\n")

        return report

    def _scores(self, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        X = prediction_data(self, X)
        scores: NDArray[Any] = safe_sparse_dot(X, self.coef_.T, dense_output=True)
        scores += self.intercept_
        return scores

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
