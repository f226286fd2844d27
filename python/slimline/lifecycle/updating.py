"""Training a model on with new data, its descent recorded."""

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
    """Train a model on with new rows; the result names its parent and the data's fingerprint.

    Parameters
    ----------
    model : Model, estimator or Pipeline
        A Model trains on as in :func:`slimline.finetune`. An estimator with ``partial_fit``, alone
        or behind fitted scalers, sees the rows once in a copy; the scalers stay as they are. Only
        this may have rows of one class, as small batches are: a Model would say no other then.
    X : array-like, data frame or scipy sparse matrix of shape (n_samples, n_features)
    y : array-like of shape (n_samples,)
    parent : Model, optional
        For an estimator: the Model made of it before, whose history and spec are carried on.
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
        If the model cannot be trained on, the rows do not fit, or those for a Model of classes are
        all of one class.

    Warns
    -----
    DegradationWarning
        If accuracy (or R^2) on X falls by more than 0.02, or after rows of one class alone the
        model says it of nearly all rows (of a ``parent`` with a reference, or behind a scaler).

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
