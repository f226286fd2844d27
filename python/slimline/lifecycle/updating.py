"""Continue training a model with new data, and record its parent."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from numpy.typing import ArrayLike
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

from slimline.compression import finetune, outcome_of_training
from slimline.conversion import convert
from slimline.history import fingerprint
from slimline.model import Model


def update(
    model: Any,
    X: Any,
    y: ArrayLike,
    *,
    parent: Model | None = None,
    **options: Any,
) -> Model:
    """Continue training with new rows; the history names the parent and the data's fingerprint.

    Parameters
    ----------
    model : Model, estimator or Pipeline
        A Model is trained as in :func:`slimline.finetune`. A copy of an estimator with
        ``partial_fit``, alone or behind fitted scalers, is trained by one call with the rows; the
        scalers are not changed. Only for estimators may all rows be of one class, as in small
        batches: a Model would then predict that class alone.
    X : array-like, data frame or scipy sparse matrix of shape (n_samples, n_features)
    y : array-like of shape (n_samples,)
    parent : Model, optional
        For an estimator: the Model converted from it before, whose history and spec are continued.
    **options
        For a Model: the options of :func:`slimline.finetune`.

    Returns
    -------
    Model

    Raises
    ------
    TypeError
        If an estimator has no partial_fit, or options come with an estimator.
    ValueError
        If the model cannot be trained further, the rows do not fit, or all rows for a Model of
        classes are of one class.

    Warns
    -----
    DegradationWarning
        If accuracy (or R^2) on X decreases by more than 0.02, or if all rows were of one class and
        the model now predicts it for nearly all rows (of a ``parent`` with a reference, or behind a
        scaler).

    Examples
    --------
    >>> import slimline as sl
    >>> X, y = [[0.0, 1.0], [1.0, 0.0], [2.0, 0.0]], [0, 1, 1]
    >>> model = sl.convert(sl.LinearSVC().fit(X, y))
    >>> newer = sl.update(model, X, y, max_iter=3)
    >>> newer.history[-1].action, newer.history[-1].parent == model.sha256
    ('updated', True)
    """
    if isinstance(model, Model):
        tuned = finetune(model, X, y, **options)
        last = tuned.history[-1]
        return tuned.with_step("updated", last.parameters, parent=model, measured=last.measured)
    if options:
        msg = f"options are for Models, got {sorted(options)} with a {type(model).__name__}"
        raise TypeError(msg)
    newer = convert(_partially_fitted(model, X, y))
    data = {"data": fingerprint(X, y)}
    older = parent if parent is not None else _converted(model)
    measured = None
    if older is not None:
        measured = outcome_of_training(older, newer, (X, y), "update", pruned=False)
    if parent is None:
        return newer.with_step("updated", data, parent=newer, measured=measured)
    meant = newer if parent.spec is None else newer.with_spec(parent.spec)
    return meant.with_step("updated", data, parent=parent, measured=measured)


def _converted(estimator: Any) -> Model | None:
    """Return an estimator as it is; None before it has seen any rows."""
    try:
        return convert(estimator)
    except NotFittedError:
        return None


def _partially_fitted(estimator: Any, X: Any, y: ArrayLike) -> Any:
    estimator = deepcopy(estimator)
    last, rows = estimator, X
    if isinstance(estimator, Pipeline):
        last = estimator.steps[-1][1]
        rows = estimator[:-1].transform(X) if len(estimator.steps) > 1 else X
    if not hasattr(last, "partial_fit"):
        msg = f"{type(last).__name__} has no partial_fit; update the Model made of it instead"
        raise TypeError(msg)
    last.partial_fit(rows, y)
    return estimator
