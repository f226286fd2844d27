"""Exact linear support vector classification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import ClassifierMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from slimline import _core
from slimline.estimators import _platt, _svm_fit
from slimline.estimators._data import prediction_data, sample_weights, training_data
from slimline.estimators._svm_base import LinearSVMBase
from slimline.estimators._targets import check_labels, class_codes, class_weights, classes_of
from slimline.estimators._training import trains
from slimline.model.links import LINKS, pairwise_scores


def _offers_probability(estimator: Any) -> bool:
    if not estimator.probability:
        msg = "predict_proba needs probability=True before fit"
        raise AttributeError(msg)
    return True


class LinearSVC(ClassifierMixin, LinearSVMBase):  # type: ignore[misc]
    """Linear support vector classification, solved to a certified duality gap.

    Minimises ``1/2 |w|^2 + C sum_i s_i loss(y_i, w.x_i + b)``. The intercept b is not regularised,
    so that ``LinearSVC(loss="hinge", multi_class="ovo")`` solves the same problem as scikit-learn's
    ``SVC(kernel="linear")``; scikit-learn's LinearSVC penalises it. X is read in place, float32 or
    float64, dense or CSR. The solvers work in float64. The result does not depend on ``n_jobs``.

    Parameters
    ----------
    penalty : {"l2"}, default="l2"
        "l1" raises: use ``SGDClassifier(penalty="l1")``.
    loss : {"squared_hinge", "hinge"}, default="squared_hinge"
    dual : bool or "auto", default="auto"
        Accepted for compatibility. Every fit solves both the primal and the dual problem.
    tol : float, default=1e-4
        Largest relative duality gap, ``dual_gap_``, at which training stops.
    C : float, default=1.0
        Cost per unit of loss, > 0. Infinity stands for 1e10.
    multi_class : {"ovr", "ovo"}, default="ovr"
        For more than two classes: "ovr" trains one problem per class, against the rest; "ovo"
        trains one per pair of classes and predicts by votes. "crammer_singer" raises.
    fit_intercept : bool, default=True
    intercept_scaling : float, default=1
        Accepted for compatibility, without effect, since the intercept is not regularised.
    class_weight : dict, "balanced" or None, default=None
        Multiplies C for the rows of a class. With "ovr" and more than two classes, only in the
        problem in which that class is the positive one, as in scikit-learn's LinearSVC.
    verbose : int, default=0
        Above 0, print the gap after each iteration, and a summary of each problem.
    random_state : int, RandomState instance or None, default=None
        Accepted for compatibility, without effect: the solvers use fixed seeds.
    max_iter : int, default=1000
        Maximum iterations per problem: blocks of "smo", Newton steps of "newton", passes of "dcd".
    solver : {"auto", "smo", "newton", "dcd"}, default="auto"
        All solvers reach the same solution. "newton": proximal multipliers with semismooth Newton
        steps. "smo": sequential minimal optimisation by blocks. "dcd": dual coordinate descent.
        "auto" takes "dcd" for more than 1024 columns, and for more than 128 with fewer than two
        rows per column, otherwise "newton". Where that does not reach ``tol``, another continues.
    n_jobs : int or None, default=None
        Number of threads. None means 1, -1 all.
    probability : bool, default=False
        Enable ``predict_proba``, by Platt scaling on margins from up to five stratified folds,
        taken in the order of the rows. This takes up to five more fits. The most probable class may
        differ from ``predict``.
    warm_start : bool, default=False
        Start from the last solution, if the numbers of rows, columns and problems are the same.
        Faster after a small change of C, weights or labels. See :func:`slimline.svm_path`.

    Attributes
    ----------
    coef_ : ndarray of shape (n_problems, n_features)
        float64. Two classes are one problem, positive for ``classes_[1]``. "ovr" has a problem per
        class; "ovo" one for each pair i < j, in lexicographic order, positive for class i.
    intercept_ : ndarray of shape (n_problems,)
    classes_ : ndarray of shape (n_classes,)
        The labels that have a row of positive weight.
    objective_, dual_objective_ : float, or ndarray of shape (n_problems,) for several problems
    dual_gap_ : float
        ``(objective - dual objective) / max(objective, P0 / 100)``, the largest over the problems,
        where P0 is the objective of the best constant. The dual point is feasible, so that this
        bounds the distance of the objective from the optimum, in any units.
    support_ : ndarray of shape (n_support,)
        Indices of the support vectors of all problems, ascending.
    dual_coef_ : ndarray of shape (n_problems, n_support)
        Signed multipliers; ``coef_ = dual_coef_ @ X[support_]``.
    n_support_ : ndarray of shape (n_problems,)
    probA_ : ndarray of shape (n_problems,)
    probB_ : ndarray of shape (n_problems,)
        With ``probability=True``: ``P(positive) = 1 / (1 + exp(probA_ f + probB_))`` at margin f.
    n_iter_ : int
        Number of iterations, the largest over the problems.
    solver_ : str
        The solver that was used.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        If X has column names.

    References
    ----------
    Fan, Chen & Lin, "Working set selection using second order information for training SVM",
    JMLR 6, 2005. Yan & Li, "An efficient augmented Lagrangian method for support vector machine",
    arXiv 1912.06800.

    Examples
    --------
    >>> from slimline import LinearSVC
    >>> X = [[-2.0, -1.0], [-1.0, -1.0], [1.0, 1.0], [2.0, 1.0]]
    >>> model = LinearSVC(loss="hinge").fit(X, ["no", "no", "yes", "yes"])
    >>> model.predict([[3.0, 2.0]])
    array(['yes'], dtype='<U3')
    >>> model.dual_gap_ <= 1e-4
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **LinearSVMBase._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "penalty": [StrOptions({"l1", "l2"})],
        "loss": [StrOptions({"hinge", "squared_hinge"})],
        "multi_class": [StrOptions({"ovr", "ovo", "crammer_singer"})],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "probability": ["boolean"],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's parameters
        self,
        penalty: str = "l2",
        loss: str = "squared_hinge",
        *,
        dual: bool | str = "auto",
        tol: float = 1e-4,
        C: float = 1.0,
        multi_class: str = "ovr",
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: Mapping[Any, float] | str | None = None,
        verbose: int = 0,
        random_state: Any = None,
        max_iter: int = 1000,
        solver: str = "auto",
        n_jobs: int | None = None,
        probability: bool = False,
        warm_start: bool = False,
    ) -> None:
        self.penalty = penalty
        self.loss = loss
        self.dual = dual
        self.tol = tol
        self.C = C
        self.multi_class = multi_class
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.verbose = verbose
        self.random_state = random_state
        self.max_iter = max_iter
        self.solver = solver
        self.n_jobs = n_jobs
        self.probability = probability
        self.warm_start = warm_start

    @trains
    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Solve the problem for X and the labels y.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            float32 and float64 are used as they are, without a copy when C-contiguous.
        y : array-like of shape (n_samples,)
            Shape (n_samples, 1) is ravelled, with a DataConversionWarning.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Multiplies C. A weight of 0 is the same as removing the row.

        Returns
        -------
        self : LinearSVC

        Raises
        ------
        ValueError
            If the data or a parameter are invalid, an option is not supported, or there are fewer
            than two classes.
        """
        self._check_offered()
        X, y = training_data(self, X, y)
        check_labels(y)
        weights = sample_weights(sample_weight, X)
        used = _svm_fit.Used.of(weights)
        X, labels, weights = used.take(X, y, weights)
        self.classes_ = classes_of(labels, used.n_rows)
        codes = class_codes(labels, self.classes_).astype(np.int64)
        solutions = _svm_fit.classify(
            self,
            X,
            codes,
            _svm_fit.costs(self.C, weights),
            class_weights(self.class_weight, self.classes_, labels, weights),
            getattr(_core.SvmScheme, self.multi_class),
            used=used,
            n_problems=self._n_problems(),
        )
        _svm_fit.set_attributes(self, X, used, solutions)
        if self.probability:
            self._fit_probability(X, codes, weights)
        return self

    def _n_problems(self) -> int:
        n = len(self.classes_)
        if n == 2:  # noqa: PLR2004
            return 1
        return n * (n - 1) // 2 if self._pairwise() else n

    def _fit_probability(
        self, X: Any, codes: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> None:
        scores = _platt.held_out_scores(self, X, codes, weights)
        self.probA_, self.probB_ = _platt.fit_sigmoids(
            scores, codes, weights, pairwise=self._pairwise()
        )

    def _check_offered(self) -> None:
        if self.penalty == "l1":
            msg = "penalty='l1' is not offered by LinearSVC: use SGDClassifier(penalty='l1')"
            raise ValueError(msg)
        if self.multi_class == "crammer_singer":
            msg = (
                "multi_class='crammer_singer' is not offered by LinearSVC: use 'ovr' or 'ovo', or "
                "SGDClassifier, whose loss='multinomial' trains all classes together"
            )
            raise ValueError(msg)

    def _pairwise(self) -> bool:
        return bool(self.multi_class == "ovo" and len(self.classes_) > 2)  # noqa: PLR2004

    def _scores(self, X: Any) -> NDArray[np.float64]:
        check_is_fitted(self)
        return _svm_fit.linear_scores(prediction_data(self, X), self.coef_, self.intercept_)

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Return scores of shape (n_samples,) for two classes, else (n_samples, n_classes).

        For "ovo" the scores are votes, with ties broken by the margins, as with SVC's
        ``decision_function_shape="ovr"``.
        """
        scores = self._scores(X)
        if self._pairwise():
            return pairwise_scores(scores, len(self.classes_))
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> NDArray[Any]:
        """Return class labels of shape (n_samples,); for "ovo" a tie goes to the lowest class."""
        scores = self._scores(X)
        return LINKS["ovo" if self._pairwise() else "margin"].labels(scores, self.classes_)

    @available_if(_offers_probability)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return probabilities of shape (n_samples, n_classes), with ``probability=True``.

        One-vs-rest normalises the problems' probabilities; "ovo" couples the pairs.
        """
        return _platt.probabilities(
            self._scores(X),
            self.probA_,
            self.probB_,
            n_classes=len(self.classes_),
            pairwise=self._pairwise(),
        )

    def sparsify(self) -> Self:
        """Turn ``coef_`` into a scipy CSR matrix."""
        check_is_fitted(self)
        self.coef_ = sparse.csr_matrix(self.coef_)
        return self

    def densify(self) -> Self:
        """Turn ``coef_`` back into an array."""
        check_is_fitted(self)
        if sparse.issparse(self.coef_):
            self.coef_ = self.coef_.toarray()
        return self
