"""Ridge: scikit-learn's objective, solved to a certified optimum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import Interval, StrOptions

from slimline import _core
from slimline._checks import as_values
from slimline.estimators._certified_values import LOSS, CertifiedRegressor
from slimline.estimators._data import Matrix
from slimline.estimators._sgd_training import Task, Weights
from slimline.estimators._sgd_warnings import Proof
from slimline.estimators._training import trains


class Ridge(CertifiedRegressor):
    """Least squares with an l2 penalty, solved to a certified duality gap.

    Minimises ``sum_i s_i (y_i - w.x_i - b)^2 + alpha |w|^2``, scikit-learn's objective, where s_i
    are the sample weights. The intercept b is not penalised. With several targets there is one
    problem per target. The engines are those of :class:`SGDRegressor` with
    ``learning_rate="auto"``, on X in place, float32 or float64, dense or CSR.

    Parameters
    ----------
    alpha : float or array-like of shape (n_targets,), default=1.0
        Strength of the penalty, >= 0, of all targets or of each.
    fit_intercept : bool, default=True
    copy_X : bool, default=True
        Accepted for compatibility, without effect: nothing writes to X.
    max_iter : int or None, default=None
        Maximum number of passes over the rows. None means 1000.
    tol : float, default=1e-8
        Largest relative duality gap, ``dual_gap_``, at which training stops. The relative error of
        ``coef_`` is about its root. Smaller ones than 1e-9 are the same as 1e-9.
    solver : {"auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs"}, \
default="auto"
        Accepted for compatibility, without effect: the engine follows from the problem.
    positive : bool, default=False
        True raises: the engines know no bounds on weights.
    random_state : int, RandomState instance or None, default=None
        Seed of the engines that draw rows. None is a fixed seed.
    n_jobs : int or None, default=None
        Number of threads. The result does not depend on it. None means 1, -1 all.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        In the dtype of X.
    intercept_ : float or ndarray of shape (n_targets,)
    dual_gap_ : float
        (P - D) / max(P, P0 / 100), the largest over the targets. P is the objective, D a proven
        lower bound, and P0 the objective of zero weights with the best intercept.
    n_iter_ : ndarray of shape (n_targets,)
        Number of passes over the rows.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        If X has column names.

    Raises
    ------
    ValueError
        From ``fit``: if a parameter or the data are invalid.

    Warns
    -----
    ConvergenceWarning
        If the objective is not proven to be within ``tol`` of the least, with what is proven.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = sl.Ridge(alpha=0.1).fit(X, y)
    >>> round(model.score(X, y), 2), model.dual_gap_ <= 1e-8
    (0.51, True)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **CertifiedRegressor._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "alpha": [Interval(Real, 0, None, closed="left"), "array-like"],
        "solver": [
            StrOptions({"auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs"})
        ],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's parameters
        self,
        alpha: float | ArrayLike = 1.0,
        *,
        fit_intercept: bool = True,
        copy_X: bool = True,
        max_iter: int | None = None,
        tol: float = 1e-8,
        solver: str = "auto",
        positive: bool = False,
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.solver = solver
        self.positive = positive
        self.random_state = random_state
        self.n_jobs = n_jobs

    @trains
    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Solve the problem for X and the values y.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            float32 and float64 are used as they are, without a copy when C-contiguous.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
        sample_weight : array-like of shape (n_samples,) or None, default=None
            A weight of 0 is the same as removing the row.

        Returns
        -------
        self : Ridge
        """
        self._fit(X, y, sample_weight)
        return self

    def _solve(self, X: Matrix, task: Task) -> tuple[Weights, Proof]:
        """Solve for the targets of each alpha together."""
        n_rows, n_targets = task.y.shape
        alphas = self._alphas(n_targets)
        learned = self._begin(n_targets, X, go_on=False)
        self.n_iter_ = np.zeros(n_targets, dtype=np.int32)
        gap = 0.0
        for alpha in np.unique(alphas):
            own = alphas == alpha
            part = self._begin(int(np.count_nonzero(own)), X, go_on=False)
            own_task = replace(task, y=np.ascontiguousarray(task.y[:, own]))
            result = self._run(X, own_task, part, self._options(n_rows, float(alpha)))
            learned.coef[own], learned.intercept[own] = part.coef, part.intercept
            self.n_iter_[own] = result.n_iter
            gap = max(gap, float(result.gap))
        return learned, _Ended(n_iter=self.n_iter_.tolist(), gap=gap)

    def _alphas(self, n_targets: int) -> NDArray[np.float64]:
        alphas = as_values(self.alpha, "alpha").astype(np.float64)
        if alphas.ndim > 1 or alphas.size not in (1, n_targets):
            msg = (
                "Number of targets and number of penalties do not correspond:"
                f" {alphas.size} != {n_targets}. alpha must be one number, or one for each target"
            )
            raise ValueError(msg)
        if not (np.isfinite(alphas).all() and alphas.min() >= 0):
            msg = f"alpha must hold finite numbers >= 0, got {alphas.min():g} to {alphas.max():g}"
            raise ValueError(msg)
        return np.broadcast_to(alphas.ravel(), n_targets)

    def _options(self, n_rows: int, alpha: float | None = None) -> _core.SgdOptions:
        if alpha is None:
            alpha = float(np.max(self.alpha))
        return self._stated(LOSS, alpha / n_rows, 0.0)

    def _advice(self) -> dict[str, str]:
        return {"stronger": "increase alpha"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """How near to their optima the problems of all alphas ended."""

    n_iter: list[int]
    gap: float
