"""Training of networks epoch by epoch: held-out rows, adaptive step sizes, the stopping rule."""

from __future__ import annotations

import sys
import warnings
from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from slimline import _core
from slimline._networks import Rows, run_epoch
from slimline.estimators._data import Matrix
from slimline.estimators._holding_out import check_hold_out
from slimline.estimators._validation_set import ValidationSet

# scikit-learn's: below it "adaptive" steps end the training, and each cut divides by 5.
_SMALLEST_STEP = 1e-6
_STEP_CUT = 5.0


class TrainsByEpochs(BaseEstimator):  # type: ignore[misc]
    """Epochs and their records, for estimators with the parameters of networks."""

    coefs_: list[NDArray[np.float32]]
    intercepts_: list[NDArray[np.float32]]
    t_: int
    loss_curve_: list[float]
    best_loss_: float | None
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    best_iteration_: int | None
    _no_improvement_count: int

    @abstractmethod
    def _schedule(self) -> str:
        """Return the schedule in use."""

    @abstractmethod
    def _forward(self, X: Matrix) -> NDArray[np.float32]:
        """Return the outputs of the last layer for validated rows."""

    @abstractmethod
    def _validation_score(self, outputs: NDArray[np.float32], y: Any, weights: Any) -> float:
        """Score outputs of held-out rows as ``score`` does."""

    def _split(
        self,
        X: Matrix,
        y: Any,
        targets: NDArray[np.float32],
        weights: NDArray[np.float32],
        random: np.random.RandomState,
    ) -> tuple[Rows, ValidationSet]:
        stratify = y if is_classifier(self) and np.ndim(y) == 1 else None
        check_hold_out(self.validation_fraction, len(targets), stratify)
        parts = train_test_split(
            X,
            y,
            targets,
            weights,
            random_state=random,
            test_size=self.validation_fraction,
            stratify=stratify,
        )
        train_X, X, _, y, train_targets, _, train_weights, weights = parts
        if X.shape[0] < 2:  # noqa: PLR2004 - no score of one row
            msg = (
                "The validation set is too small. Increase 'validation_fraction' "
                "or the size of your dataset."
            )
            raise ValueError(msg)
        return Rows(train_X, train_targets, train_weights), ValidationSet(X, y, weights)

    def _one_epoch(self, network: _core.Network, rows: Rows) -> None:
        self.loss_ = run_epoch(network, rows)
        self._take_layers(network)
        self.n_iter_ += 1
        self.t_ += len(rows.targets)
        self.loss_curve_.append(self.loss_)
        if self.verbose:
            sys.stdout.write(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}\n")

    def _take_layers(self, network: _core.Network) -> None:
        layers = [network.layer(i) for i in range(network.n_layers)]
        self.coefs_ = [np.ascontiguousarray(weight.T) for weight, _ in layers]
        self.intercepts_ = [bias for _, bias in layers]

    def _run(self, network: _core.Network, rows: Rows, validation: ValidationSet | None) -> None:
        eta0 = float(self.learning_rate_init)
        best = (self.coefs_, self.intercepts_)
        self.n_iter_ = 0
        for _ in range(self.max_iter):
            try:
                self._one_epoch(network, rows)
            except ValueError:  # the weights have become infinite
                if not self._keeps_best():
                    raise
                break
            if validation is None:
                self._note_loss()
            elif self._note_score(validation):
                best = (self.coefs_, self.intercepts_)
            if self._no_improvement_count <= self.n_iter_no_change:
                continue
            if self._schedule() != "adaptive" or eta0 / _STEP_CUT < _SMALLEST_STEP:
                break
            eta0 /= _STEP_CUT
            network.set_eta0(eta0)
            self._no_improvement_count = 0
        else:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the"
                " optimization hasn't converged yet.",
                ConvergenceWarning,
                stacklevel=4,
            )
        if validation is not None:
            self.coefs_, self.intercepts_ = best

    def _keeps_best(self) -> bool:
        """After divergence: note a score of NaN and warn, where there are weights to go back to."""
        best = self.best_validation_score_
        if self.validation_scores_ is None or best is None or not np.isfinite(best):
            return False
        self.validation_scores_.append(np.nan)
        warnings.warn(
            f"The weights became infinite in epoch {self.n_iter_ + 1}: those with the best"
            " validation score are kept. Scale the features, or lower"
            f" learning_rate_init={self.learning_rate_init}.",
            ConvergenceWarning,
            stacklevel=5,
        )
        return True

    def _note_loss(self) -> None:
        assert self.best_loss_ is not None  # noqa: S101 - set unless early_stopping
        improved = self.loss_ <= self.best_loss_ - self.tol
        self._no_improvement_count = 0 if improved else self._no_improvement_count + 1
        self.best_loss_ = min(self.best_loss_, self.loss_)

    def _note_score(self, validation: ValidationSet) -> bool:
        """Record the validation score; return whether it is the best so far."""
        assert self.validation_scores_ is not None  # noqa: S101 - set with early_stopping
        assert self.best_validation_score_ is not None  # noqa: S101 - likewise
        X, y, weights = validation
        outputs = self._forward(X)
        finite = np.isfinite(outputs).all()
        score = self._validation_score(outputs, y, weights) if finite else np.nan
        self.validation_scores_.append(score)
        if self.verbose:
            sys.stdout.write(f"Validation score: {score:.6f}\n")
        improved = score >= self.best_validation_score_ + self.tol
        self._no_improvement_count = 0 if improved else self._no_improvement_count + 1
        is_best = score > self.best_validation_score_
        if is_best:
            self.best_iteration_ = len(self.validation_scores_)
        self.best_validation_score_ = max(score, self.best_validation_score_)
        return is_best
