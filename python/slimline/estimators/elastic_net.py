"""ElasticNet and Lasso: scikit-learn's objectives, solved to a certified optimum."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar, Self

from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.utils._param_validation import Interval, StrOptions

from slimline import _core
from slimline.estimators._certified_values import LOSS, CertifiedRegressor
from slimline.estimators._data import Matrix
from slimline.estimators._sgd_training import Task, Weights
from slimline.estimators._sgd_warnings import Proof
from slimline.estimators._training import trains


class ElasticNet(CertifiedRegressor):
    """Least squares with an l1 and an l2 penalty, solved to a certified duality gap.

    Minimises ``1/(2 sum_i s_i) sum_i s_i (y_i - w.x_i - b)^2 + alpha (l1_ratio |w|_1 +
    (1 - l1_ratio)/2 |w|^2)``, scikit-learn's objective, where s_i are the sample weights. The
    intercept b is not penalised. With several targets there is one problem per target. The engines
    are those of :class:`SGDRegressor` with ``learning_rate="auto"``, on X in place, float32 or
    float64, dense or CSR.

    Parameters
    ----------
    alpha : float, default=1.0
        Strength of the penalty, >= 0.
    l1_ratio : float, default=0.5
        Share of the l1 norm, in [0, 1].
    fit_intercept : bool, default=True
    precompute : bool or array-like, default=False
        Accepted for compatibility, without effect, as are ``copy_X`` and ``selection``: the engine
        follows from the problem, and never writes to X.
    max_iter : int or None, default=1000
        Maximum number of passes over the rows. None means 1000.
    copy_X : bool, default=True
    tol : float, default=1e-4
        Largest relative duality gap, ``dual_gap_``, at which training stops. Smaller ones than 1e-9
        are the same as 1e-9.
    warm_start : bool, default=False
        Start from the last solution, if the numbers of columns and targets are the same, and the
        engine can: those for an l1 norm begin anew.
    positive : bool, default=False
        True raises: the engines know no bounds on weights.
    random_state : int, RandomState instance or None, default=None
        Seed of the engines that draw rows. None is a fixed seed.
    selection : {"cyclic", "random"}, default="cyclic"
    n_jobs : int or None, default=None
        Number of threads. The result does not depend on it. None means 1, -1 all.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        In the dtype of X, with exact zeros.
    sparse_coef_ : csr_matrix of shape (1, n_features) or (n_targets, n_features)
    intercept_ : float or ndarray of shape (n_targets,)
    dual_gap_ : float
        (P - D) / max(P, P0 / 100), the largest over the targets. P is the objective, D a proven
        lower bound, and P0 the objective of zero weights with the best intercept.
    n_iter_ : int or list of int
        Number of passes over the rows, for each of several targets.
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
    >>> model = sl.ElasticNet(alpha=0.01, l1_ratio=0.9).fit(X, y)
    >>> round(model.score(X, y), 2), model.dual_gap_ <= 1e-4
    (0.49, True)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **CertifiedRegressor._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "alpha": [Interval(Real, 0, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "precompute": ["boolean", "array-like"],
        "warm_start": ["boolean"],
        "selection": [StrOptions({"cyclic", "random"})],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's parameters
        self,
        alpha: float = 1.0,
        *,
        l1_ratio: float = 0.5,
        fit_intercept: bool = True,
        precompute: Any = False,
        max_iter: int | None = 1000,
        copy_X: bool = True,
        tol: float = 1e-4,
        warm_start: bool = False,
        positive: bool = False,
        random_state: Any = None,
        selection: str = "cyclic",
        n_jobs: int | None = None,
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.copy_X = copy_X
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.random_state = random_state
        self.selection = selection
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
            Only their ratios matter. A weight of 0 is the same as removing the row.

        Returns
        -------
        self : ElasticNet
        """
        self._fit(X, y, sample_weight)
        return self

    def _solve(self, X: Matrix, task: Task) -> tuple[Weights, Proof]:
        n_rows, n_targets = task.y.shape
        task.sample_weight = task.sample_weight / task.sample_weight.sum() * n_rows
        learned = self._begin(n_targets, X, go_on=self.warm_start)
        result = self._run(X, task, learned, self._options(n_rows))
        self.n_iter_ = result.n_iter[0] if n_targets == 1 else list(result.n_iter)
        return learned, result

    def _options(self, n_rows: int) -> _core.SgdOptions:  # noqa: ARG002 - others need it
        return self._stated(LOSS, float(self.alpha), self.l1_ratio)

    def _advice(self) -> dict[str, str]:
        return {"stronger": "increase alpha"}

    @property
    def sparse_coef_(self) -> Any:
        """The fitted ``coef_`` as a CSR matrix."""
        return sparse.csr_matrix(self.coef_)


class Lasso(ElasticNet):
    """Least squares with an l1 penalty, solved to a certified duality gap.

    Minimises ``1/(2 sum_i s_i) sum_i s_i (y_i - w.x_i - b)^2 + alpha |w|_1``, scikit-learn's
    objective: that of :class:`ElasticNet` with ``l1_ratio=1``.

    Parameters
    ----------
    alpha, fit_intercept, precompute, copy_X, max_iter, tol, warm_start, positive, random_state, \
selection, n_jobs
        As in :class:`ElasticNet`.

    Attributes
    ----------
    coef_, sparse_coef_, intercept_, dual_gap_, n_iter_, n_features_in_, feature_names_in_
        As in :class:`ElasticNet`.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = sl.Lasso(alpha=1.0).fit(X, y)
    >>> model.coef_.nonzero()[0].tolist()
    [2, 3, 8]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        name: values
        for name, values in ElasticNet._parameter_constraints.items()  # noqa: SLF001 - likewise
        if name != "l1_ratio"
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's parameters
        self,
        alpha: float = 1.0,
        *,
        fit_intercept: bool = True,
        precompute: Any = False,
        copy_X: bool = True,
        max_iter: int | None = 1000,
        tol: float = 1e-4,
        warm_start: bool = False,
        positive: bool = False,
        random_state: Any = None,
        selection: str = "cyclic",
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(
            alpha=alpha,
            l1_ratio=1.0,
            fit_intercept=fit_intercept,
            precompute=precompute,
            copy_X=copy_X,
            max_iter=max_iter,
            tol=tol,
            warm_start=warm_start,
            positive=positive,
            random_state=random_state,
            selection=selection,
            n_jobs=n_jobs,
        )
