"""LogisticRegression: scikit-learn's objective, solved to a certified optimum."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import Interval, StrOptions

from slimline import _core
from slimline.estimators._certified import TO_USER, CertifiedLinear
from slimline.estimators._data import (
    check_weighted,
    sample_weights,
    training_data,
    weighted_rows,
)
from slimline.estimators._linear_predictor import LinearClassifier
from slimline.estimators._losses import link_of
from slimline.estimators._sgd_training import Task, Weights
from slimline.estimators._targets import check_labels, class_codes, class_weights, classes_of
from slimline.estimators._training import trains

_LOSS = "multinomial"  # with two classes the same as log_loss
_RATIOS = {"l2": 0.0, "l1": 1.0}


class LogisticRegression(LinearClassifier, CertifiedLinear):
    """Logistic regression, solved to a certified duality gap.

    Minimises ``C sum_i s_i log_loss(y_i, w.x_i + b) + l1_ratio |w|_1 + (1 - l1_ratio)/2 |w|^2``,
    scikit-learn's objective, where s_i are the sample weights times the weights of the classes.
    With more than two classes the loss is that of the softmax over all of them (multinomial), for
    every penalty, and of the models with the same probabilities it is the one whose intercepts sum
    to 0; for one problem per class there is ``SGDClassifier(loss="log_loss",
    learning_rate="auto")``. The intercept b is not penalised. The engines are those of
    :class:`SGDClassifier` with ``learning_rate="auto"``, on X in place, float32 or float64, dense
    or CSR.

    Parameters
    ----------
    penalty : {"l1", "l2", "elasticnet"} or None, default="deprecated"
        As scikit-learn 1.9 has it: deprecated, since ``l1_ratio`` and ``C=np.inf`` say it all.
    C : float, default=1.0
        Cost per unit of loss, > 0. Infinity stands for no penalty.
    l1_ratio : float, default=0.0
        Share of the l1 norm, in [0, 1]: 0 is the l2 penalty, 1 the l1 penalty, which gives exact
        zeros.
    dual : bool, default=False
        Accepted for compatibility, without effect: every fit bounds its objective by a dual one.
    tol : float, default=1e-4
        Largest relative duality gap, ``dual_gap_``, at which training stops. Smaller ones than 1e-9
        are the same as 1e-9.
    fit_intercept : bool, default=True
    intercept_scaling : float, default=1
        Accepted for compatibility, without effect, since the intercept is not penalised.
    class_weight : dict, "balanced" or None, default=None
        Multiplies the sample weights. "balanced" counts the rows of a class by their sample
        weights.
    random_state : int, RandomState instance or None, default=None
        Seed of the engines that draw rows. None is a fixed seed.
    solver : {"lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"}, default="lbfgs"
        Accepted for compatibility, without effect: the engine follows from the problem.
    max_iter : int, default=100
        Maximum number of passes over the rows.
    verbose : int, default=0
        Above 0, print the objective, divided by C and the number of rows, after each pass.
    warm_start : bool, default=False
        Start from the last solution, if the columns and classes are the same, and the engine can:
        those for an l1 norm begin anew.
    n_jobs : int or None, default=None
        Number of threads. The result does not depend on it. None means 1, -1 all.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        In the dtype of X.
    intercept_ : ndarray of shape (1,) or (n_classes,)
    classes_ : ndarray of shape (n_classes,)
        The labels that have a row of positive weight.
    dual_gap_ : float
        (P - D) / max(P, P0 / 100), where P is the objective, D a proven lower bound, and P0 the
        objective of zero weights with the best intercept.
    n_iter_ : ndarray of shape (1,)
        Number of passes over the rows.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        If X has column names.

    Raises
    ------
    ValueError
        From ``fit``: if a parameter or the data are invalid, or there are fewer than two classes.

    Warns
    -----
    ConvergenceWarning
        If the objective is not proven to be within ``tol`` of the least, with what is proven.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = sl.LogisticRegression().fit(X, y)
    >>> model.predict_proba(X[:1]).round(2)
    array([[0.98, 0.02, 0.  ]])
    >>> model.dual_gap_ <= 1e-4
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **CertifiedLinear._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "penalty": [StrOptions({"l1", "l2", "elasticnet", "deprecated"}), None],
        "C": [Interval(Real, 0, None, closed="right")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both"), None],
        "dual": ["boolean"],
        "intercept_scaling": [Interval(Real, 0, None, closed="neither")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "solver": [
            StrOptions({"lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"})
        ],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's parameters
        self,
        penalty: str | None = "deprecated",
        *,
        C: float = 1.0,
        l1_ratio: float | None = 0.0,
        dual: bool = False,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: Any = None,
        solver: str = "lbfgs",
        max_iter: int = 100,
        verbose: int = 0,
        warm_start: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    @trains
    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Solve the problem for X and the labels y.

        Parameters
        ----------
        X : array-like or CSR of shape (n_samples, n_features)
            float32 and float64 are used as they are, without a copy when C-contiguous.
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Multiplies C. A weight of 0 is the same as removing the row.

        Returns
        -------
        self : LogisticRegression
        """
        self._fit(X, y, sample_weight)
        return self

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> None:
        self._check_penalty()
        X, y = training_data(self, X, y)
        check_labels(y)
        weights = check_weighted(sample_weights(sample_weight, X))
        weights, X, labels = weighted_rows(weights, X, y)
        classes = classes_of(labels, len(y))
        known = hasattr(self, "classes_") and np.array_equal(self.classes_, classes)
        self.classes_ = classes
        task = Task(
            y=class_codes(labels, classes).astype(np.float64)[:, np.newaxis],
            sample_weight=weights,
            class_weight=class_weights(self.class_weight, classes, labels, weights),
        )
        n_outputs = len(classes) if len(classes) > 2 else 1  # noqa: PLR2004
        learned = self._begin(n_outputs, X, go_on=self.warm_start and known)
        options = self._options(len(labels))
        result = self._run(X, task, learned, options)
        if n_outputs > 1:
            _centre(learned, options)
        self.coef_ = learned.coef
        self.intercept_ = learned.intercept.astype(X.dtype)
        self.n_iter_ = np.array([max(result.n_iter)], dtype=np.int32)
        self._note_end(result)

    def _options(self, n_rows: int) -> _core.SgdOptions:
        free = self.penalty is None or np.isinf(self.C)
        ratio = _RATIOS.get(self.penalty or "", self.l1_ratio or 0.0)
        return self._stated(_LOSS, 0.0 if free else 1 / n_rows / float(self.C), ratio)

    def _advice(self) -> dict[str, str]:
        easier = {"easier": "l1_ratio=0"} if self.l1_ratio and self.penalty != "l2" else {}
        return {"stronger": "lower C", **easier}

    def _check_penalty(self) -> None:
        """Warn of what scikit-learn 1.9 has deprecated, and of parameters that contradict."""
        if self.l1_ratio is None:
            if self.penalty == "elasticnet":
                msg = "l1_ratio must be specified when penalty is elasticnet: a number in [0, 1]"
                raise ValueError(msg)
            warnings.warn(
                "'l1_ratio=None' was deprecated in scikit-learn 1.8: 0 says the same",
                FutureWarning,
                stacklevel=TO_USER,
            )
        if self.penalty == "deprecated":
            return
        warnings.warn(
            "'penalty' was deprecated in scikit-learn 1.8 and will go with it: use l1_ratio=0 in"
            " place of penalty='l2', l1_ratio=1 of 'l1', an l1_ratio between 0 and 1 of"
            " 'elasticnet', and C=np.inf of None",
            FutureWarning,
            stacklevel=TO_USER,
        )
        if self.penalty is None and self.C != 1:
            warnings.warn("Setting penalty=None will ignore the C and l1_ratio", stacklevel=TO_USER)
        if (self.l1_ratio or 0) != _RATIOS.get(self.penalty or "", self.l1_ratio or 0):
            warnings.warn(
                f"Inconsistent values: penalty={self.penalty} with l1_ratio={self.l1_ratio}; the"
                " l1_ratio parameter is only used when penalty is 'elasticnet'. Got"
                f" (penalty={self.penalty})",
                stacklevel=TO_USER,
            )

    def _link(self) -> str:
        return link_of(_LOSS, len(self.classes_))

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return probabilities of shape (n_samples, n_classes)."""
        return self._probabilities(X)

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Return the logarithm of :meth:`predict_proba`."""
        return self._log_probabilities(X)


def _centre(learned: Weights, options: _core.SgdOptions) -> None:
    """Take off what all classes have in common, which changes no probability.

    Weights with an l1 penalty are left: their zeros are exact.
    """
    if options.fit_intercept:
        learned.intercept -= learned.intercept.mean()
    if options.penalty in {"none", "l2"}:
        learned.coef -= learned.coef.mean(axis=0)
