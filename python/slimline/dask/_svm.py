"""LinearSVC and LinearSVR on dask collections: exact, with a certificate over all partitions."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from slimline import estimators
from slimline.dask import _exact_start, _exact_tasks
from slimline.dask._base import Distributed, DistributedClassifier
from slimline.dask._clients import connected
from slimline.dask._exact import Exact, Solution
from slimline.dask._exact_output import Output
from slimline.dask._exact_start import Mean
from slimline.dask._exact_tasks import Problem
from slimline.dask._partitions import Survey, encode, survey
from slimline.dask._rounds import Rounds
from slimline.estimators._data import is_sparse
from slimline.estimators._svm_fit import finite_cost
from slimline.estimators._targets import class_weights
from slimline.estimators._training import trains


class _SVM:
    """What classifier and regressor share."""

    _own: ClassVar[Mapping[str, Any]] = {"client": None}

    def _check_only_newton(self: Any) -> None:
        if self.solver not in {"auto", "newton"}:
            msg = f"solver must be 'auto' or 'newton' on a cluster, got {self.solver!r}"
            raise ValueError(msg)

    def _solve(self: Any, rounds: Rounds, data: Survey, problem: Problem) -> Solution:
        """Start from the mean of the partitions' own solutions, or from the last fit."""
        weight = float(data.facts.weight)
        starts = rounds.each(_exact_start.solve_alone, data.parts, problem=problem, weight=weight)
        mean: Mean = rounds.result(rounds.reduce(starts, _exact_tasks.add))
        if self.warm_start and getattr(self, "coef_", None) is not None:
            coef = self.coef_.toarray() if is_sparse(self.coef_) else np.atleast_2d(self.coef_)
            if coef.shape == mean.w.shape:
                mean = mean._replace(w=coef, b=np.asarray(self.intercept_))
        outputs = [
            Output(problem, (w, float(b), float(residual)), weight=weight, tol=float(self.tol))
            for w, b, residual in zip(*mean, strict=True)
        ]
        exact = Exact(rounds, data.parts, problem)
        return exact.run(outputs, int(self.max_iter), verbose=self.verbose)

    def _set_attributes(self: Any, data: Survey, solution: Solution) -> None:
        self._set_columns(data.facts)
        single = len(solution.b) == 1
        self.coef_, self.intercept_ = solution.w, solution.b
        self.objective_ = float(solution.primal[0]) if single else solution.primal
        self.dual_objective_ = float(solution.dual[0]) if single else solution.dual
        self.dual_gap_ = float(solution.gap)
        self.n_support_ = np.array(solution.n_support)
        self.n_iter_ = solution.n_rounds
        self.solver_ = "newton"
        if not solution.converged:
            warnings.warn(
                f"{type(self).__name__} stopped after {self.n_iter_} rounds with a relative duality"
                f" gap of {self.dual_gap_:.3g}, above tol={self.tol}: the objective is at most that"
                f" far from the best. Increase max_iter={self.max_iter} or tol, or standardise the"
                " features.",
                ConvergenceWarning,
                stacklevel=4,
            )


class LinearSVC(_SVM, DistributedClassifier, estimators.LinearSVC):
    """Linear support vector classification on dask collections, to a certified duality gap.

    The problem is that of :class:`slimline.LinearSVC` on all rows. Every partition first solves the
    problem on its own rows. The mean of the solutions is a feasible dual point, from which Newton's
    method continues with sums over partitions. ``dual_gap_`` is that of the whole data.

    Parameters
    ----------
    client : distributed.Client or None, default=None
        None: the current client, or else a cluster inside this process for the time of the fit.
    **parameters
        Parameters of :class:`slimline.LinearSVC`, with the same defaults. ``max_iter`` counts
        rounds.
        ``multi_class="ovo"``, ``probability`` and other solvers than "newton" are not offered.

    Attributes
    ----------
    coef_, intercept_, classes_, objective_, dual_objective_, dual_gap_, n_support_
        As in :class:`slimline.LinearSVC`, for all rows.
    n_iter_ : int
        Number of rounds. A round is one task on each partition, and one reduction.
    n_features_in_, feature_names_in_

    Examples
    --------
    >>> import dask.array as da
    >>> from slimline.dask import LinearSVC
    >>> X = da.random.default_rng(0).normal(size=(400, 3), chunks=(100, 3))
    >>> model = LinearSVC(C=0.1).fit(X, (X[:, 0] > 0).astype(int))
    >>> model.dual_gap_ <= 1e-4
    True
    """

    _local: ClassVar[type[Any]] = estimators.LinearSVC

    def __init__(self, *, client: Any = None, **parameters: Any) -> None:
        super().__init__(client=client, **parameters)

    @trains
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Solve the problem for the rows of X and the labels y.

        Parameters
        ----------
        X : dask array or data frame of shape (n_samples, n_features)
            Blocks are dense or scipy CSR. Chunk sizes may be unknown, and partitions may be empty.
        y : dask array or series of shape (n_samples,), partitioned as X
            It may be a NumPy array if the chunk sizes of X are known.
        sample_weight : as y, or None, default=None
            Multiplies C.

        Returns
        -------
        self : LinearSVC
        """
        self._check_collection(X)
        self._check_offered()
        self._check_only_newton()
        for name, wanted in (("multi_class", "ovr"), ("probability", False)):
            if getattr(self, name) != wanted:
                msg = f"{name} must be {wanted!r} on a cluster, got {getattr(self, name)!r}"
                raise ValueError(msg)
        with connected(self.client) as client:
            rounds = Rounds(client)
            found = survey(rounds, X, y, sample_weight, classification=True)
            classes, sums = found.facts.labels, found.facts.label_weights
            self._set_classes(classes)
            problem = Problem(
                loss=self.loss,
                epsilon=0.0,
                fit_intercept=self.fit_intercept,
                cost=finite_cost(self.C),
                class_weight=class_weights(self.class_weight, classes, classes, sums),
                n_outputs=len(classes) if len(classes) > 2 else 1,  # noqa: PLR2004
            )
            data = encode(rounds, found, classes)
            solution = self._solve(rounds, data, problem)
        self._set_attributes(data, solution)
        return self


class LinearSVR(_SVM, Distributed, estimators.LinearSVR):
    """Linear support vector regression on dask collections, to a certified duality gap.

    Like :class:`slimline.dask.LinearSVC`, for the problem of :class:`slimline.LinearSVR`.

    Parameters
    ----------
    client : distributed.Client or None, default=None
    **parameters
        Parameters of :class:`slimline.LinearSVR`, with the same defaults. ``max_iter`` counts
        rounds.

    Attributes
    ----------
    coef_, intercept_, objective_, dual_objective_, dual_gap_, n_support_, n_iter_
        As in :class:`slimline.dask.LinearSVC`.
    n_features_in_, feature_names_in_

    Examples
    --------
    >>> import dask.array as da
    >>> from slimline.dask import LinearSVR
    >>> X = da.linspace(-1, 1, 200, chunks=50).reshape(-1, 1)
    >>> LinearSVR(C=10).fit(X, 3 * X[:, 0] + 1).coef_.round(1)
    array([3.])
    """

    _local: ClassVar[type[Any]] = estimators.LinearSVR

    def __init__(self, *, client: Any = None, **parameters: Any) -> None:
        super().__init__(client=client, **parameters)

    @trains
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Solve the problem for the rows of X and the values y.

        Parameters
        ----------
        X : dask array or data frame of shape (n_samples, n_features)
        y : dask array or series of shape (n_samples,), partitioned as X
        sample_weight : as y, or None, default=None

        Returns
        -------
        self : LinearSVR
        """
        self._check_collection(X)
        self._check_only_newton()
        with connected(self.client) as client:
            rounds = Rounds(client)
            found = survey(rounds, X, y, sample_weight, classification=False)
            if found.facts.target_shape:
                msg = f"y must hold one value per row, got {found.facts.target_shape[0]}"
                raise ValueError(msg)
            problem = Problem(
                loss=self.loss,
                epsilon=float(self.epsilon),
                fit_intercept=self.fit_intercept,
                cost=finite_cost(self.C),
                class_weight=np.empty(0),
                n_outputs=1,
            )
            data = encode(rounds, found, None)
            solution = self._solve(rounds, data, problem)
        self._set_attributes(data, solution)
        self.coef_ = solution.w[0]
        return self
