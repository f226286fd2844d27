"""Solutions along a path of costs, each begun at the one before."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

from numpy.typing import ArrayLike
from sklearn.base import clone

from slimline.estimators.svc import LinearSVC


def svm_path(
    X: Any,
    y: ArrayLike,
    Cs: Iterable[float],
    *,
    estimator: Any = None,
    sample_weight: ArrayLike | None = None,
) -> list[Any]:
    """Fit a linear SVM for every cost C, each fit warm-started from the next smaller C.

    Parameters
    ----------
    X : array-like or CSR of shape (n_samples, n_features)
    y : array-like of shape (n_samples,)
    Cs : iterable of float
        Costs > 0, in any order. Infinity stands for 1e10.
    estimator : LinearSVC, LinearSVR or None, default=None
        All parameters except C. The estimator itself is not changed. None means ``LinearSVC()``.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Multiplies C.

    Returns
    -------
    models : list of fitted estimators
        One for each entry of ``Cs``, in the same order. Each has its own certificate ``dual_gap_``.

    Examples
    --------
    >>> import slimline as sl
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]
    >>> [round(float(model.coef_[0, 0]), 3) for model in sl.svm_path(X, y, [0.1, 1.0])]
    [0.2, 0.364]
    """
    try:
        costs = [float(C) for C in Cs]
    except (TypeError, ValueError) as error:
        msg = f"Cs must be a list of numbers > 0, got {Cs!r:.60}"
        raise ValueError(msg) from error
    model = clone(LinearSVC() if estimator is None else estimator)
    models: list[Any] = [None] * len(costs)
    for place in sorted(range(len(costs)), key=costs.__getitem__):
        model.set_params(C=costs[place], warm_start=True).fit(X, y, sample_weight)
        models[place] = copy(model)
    for fitted in models:
        fitted.set_params(warm_start=estimator is not None and estimator.warm_start)
    return models
