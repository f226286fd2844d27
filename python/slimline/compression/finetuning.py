"""Continue training a Model: pruned weights stay zero, and int8 layers stay int8."""

from __future__ import annotations

from typing import Any, Literal

from numpy.typing import ArrayLike

from slimline._checks import check_fraction
from slimline.compression.pruning.groups import n_of_m
from slimline.compression.pruning.outcomes import outcome_of_training
from slimline.compression.pruning.request import Request, check_request
from slimline.compression.pruning.steps import at_step, prune_to
from slimline.compression.training.tuning import TuningSettings, tune
from slimline.history import Value, fingerprint
from slimline.model import Model, check_model

# Share of the epochs in which weights are pruned; in the others the kept weights are trained.
_PRUNING_SHARE = 2 / 3


def finetune(  # noqa: PLR0913 - few are needed at a time
    model: Model,
    X: Any,
    y: ArrayLike,
    *,
    loss: str | None = None,
    alpha: float = 1e-4,
    max_iter: int | None = None,
    batch_size: int = 128,
    learning_rate_init: float = 1e-3,
    sparsity: float = 0.0,
    granularity: str = "weight",
    scope: Literal["global", "layer"] = "global",
    criterion: str = "magnitude",
    random_state: int = 0,
    n_threads: int = 1,
) -> Model:
    """Continue training a Model: pruned weights stay zero, and int8 layers stay int8.

    Int8 layers are trained with the integers that they predict with. Every step rounds weights and
    inputs, and gradients pass through the rounding (the straight-through estimator). The ranges of
    static layers follow the batches by a moving average, except those of the model's input. The
    outputs in training have the same bits as those of the returned model.

    With ``sparsity``, or an n:m granularity, the model is pruned while it trains: after epoch e the
    share ``sparsity (1 - (1 - e/E)^3)`` of the weights is zero, where E is two thirds of the epochs
    (Zhu and Gupta, arXiv 1710.01878). The zeros are chosen again after each epoch. Weights, blocks
    and n:m (with a decreasing n) are masked. Nodes and features are removed from the arrays, and
    Adam's moments start at zero again.

    A model of one float32 layer is refitted by L-BFGS: each output minimises
    ``1/n sum_i loss(y_i, w.x_i + b) + alpha/2 |w|^2`` over its nonzero weights and its bias. All
    other models, and models that are pruned while they train, are trained by Adam, whose step size
    decays to zero, with the penalty of :class:`slimline.MLPClassifier`. Unless it is given, the
    loss follows from the model's link: log_loss, cross-entropy for softmax, modified_huber,
    squared_hinge for margins (for pairs of classes on the rows of both), or squared_error.

    Parameters
    ----------
    model : Model
    X : array-like, data frame or scipy sparse matrix of shape (n_samples, n_features)
        Training rows. The history records the fingerprint of X and y.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Labels among ``model.classes``, or values for a regression.
    loss : str, default=None
        The loss that the estimator was trained with, for L-BFGS: "squared_error", "log_loss",
        "squared_hinge", "modified_huber", "hinge" (smoothed over a tenth below the margin) or
        "cross_entropy".
    alpha : float, default=1e-4
        Strength of the penalty, >= 0.
    max_iter : int, default=None
        Maximum number of iterations of L-BFGS (None: 100) or epochs of Adam (None: 30), >= 1.
    batch_size : int, default=128
        Rows per step of Adam.
    learning_rate_init : float, default=1e-3
        Initial step size of Adam.
    sparsity : float, default=0
        Share of the weights (blocks, features, nodes) that are removed in the end, in [0, 1).
    granularity : {"weight", "block", "feature", "node"} or "n:m", default="weight"
        The units that are pruned, as in :func:`slimline.prune`; "2:4" takes no ``sparsity``.
    scope, criterion
        As in :func:`slimline.prune`.
    random_state : int, default=0
        Seed for the order of the rows.
    n_threads : int, default=1
        Number of threads for Adam. The result does not depend on it.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If an argument is not as above, X and y do not fit the model, y holds an unknown label or
        only one class, or float32 cannot hold y or the squares of X.
    TypeError
        If X does not hold real numbers.

    Warns
    -----
    DegradationWarning
        If accuracy (or R^2) on X decreases by more than 0.02, or with pruning by more than 0.08.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = sl.convert(sl.LinearSVC(C=1e-4).fit(X, y))
    >>> pruned = sl.prune(model, sparsity=0.8)
    >>> tuned = sl.finetune(pruned, X, y)
    >>> bool((tuned.predict(X) == y).mean() > (pruned.predict(X) == y).mean())
    True
    >>> tuned.n_nonzero
    128
    """
    check_model("model", model)
    settings = TuningSettings(
        loss=loss,
        alpha=alpha,
        max_iter=max_iter,
        batch_size=batch_size,
        learning_rate_init=learning_rate_init,
        random_state=random_state,
        n_threads=n_threads,
    )
    sparsity = check_fraction("sparsity", sparsity)
    rows = model.columns(X)
    encoded = rows is not X and model.input.encoder is not None
    data = {"data": fingerprint(rows if encoded else X, y)}
    if sparsity == 0 and n_of_m(granularity) is None:
        tuned, parameters = tune(model, rows, y, settings)
        measured = outcome_of_training(model, tuned, (rows, y), "finetune", pruned=False)
        return model.derive(tuned.layers, "finetuned", parameters | data, measured=measured)
    request = Request(
        sparsity=sparsity or None,
        granularity=granularity,
        scope=scope,
        criterion=criterion,
        schedule="cubic",
        random_state=random_state,
    )
    check_request(model, request, rows, y)

    def prune_now(now: Model, done: float) -> Model:
        return prune_to(now, at_step(model, request, min(1.0, done / _PRUNING_SHARE)), rows, y)

    tuned, parameters = tune(model, rows, y, settings, prune_now)
    chosen: dict[str, Value] = {
        "sparsity": sparsity,
        "granularity": granularity,
        "scope": scope,
        "criterion": criterion,
        **data,
    }
    measured = outcome_of_training(model, tuned, (rows, y), "finetune", pruned=True)
    return model.derive(
        tuned.layers,
        "finetuned",
        parameters | chosen,
        stage=tuned.input,
        measured=measured,
        tighten=encoded,  # features of rows that the caller encoded stay those of the encoder
    )
