"""Pruning: remove the least important weights, and store the others compactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np

from slimline.compression.pruning.criteria import CRITERIA
from slimline.compression.pruning.outcomes import outcome_of_pruning, outcome_of_training
from slimline.compression.pruning.request import Request, check_request, feature_numbers
from slimline.compression.pruning.steps import at_step, prune_to
from slimline.compression.pruning.structure import narrowed
from slimline.compression.training.tuning import TuningSettings, tune
from slimline.history import fingerprint
from slimline.model import Model, check_model


def prune(  # noqa: PLR0913 - few are needed at a time
    model: Model,
    X: Any = None,
    y: Any = None,
    *,
    sparsity: float | None = None,
    threshold: float | None = None,
    n_features: int | None = None,
    n_nodes: int | None = None,
    granularity: str = "weight",
    scope: Literal["global", "layer"] = "global",
    criterion: str = "magnitude",
    overrides: Mapping[int, float] | None = None,
    keep: Iterable[int | str] = (),
    exclude: Iterable[int] = (),
    schedule: str = "one-shot",
    steps: int = 5,
    refit: bool | None = None,
    reads: Literal["full", "kept"] = "full",
    random_state: int = 0,
) -> Model:
    """Return a Model without the least important weights, features or hidden nodes.

    Layers are stored without their zeros where that takes fewer bytes, and computed in the form
    that is expected to be fastest; ``model.summary()`` shows it. Every output keeps its strongest
    path to some input, so that no output becomes constant. The history records how far the outputs
    move, on X or on substitute rows, or how the score changes after a refit.

    Parameters
    ----------
    model : Model
    X, y : rows and targets as the model takes them, default=None
        For criteria that use data, and to refit. Where columns are not standardised, X (or the
        model's reference) gives their scale: magnitudes are then multiplied by the deviation of
        their column, and the mean of the removed terms is added to the bias.
    sparsity : float, default=None
        Share of the weights (blocks, features, nodes) to remove, in [0, 1). Weights that are zero
        already count as removed. Give exactly one of sparsity, threshold, n_features, n_nodes, or
        an n:m granularity.
    threshold : float, default=None
        Remove everything whose score is below this.
    n_features, n_nodes : int, default=None
        Number of features, or of hidden nodes over all layers (at least one in each), to keep.
    granularity : {"weight", "block", "feature", "node"} or "n:m", default="weight"
        Single weights; blocks of four along the inputs; whole input columns; hidden nodes with
        their incoming and outgoing weights; or all but n of every m consecutive weights of an
        output ("2:4"). Features and nodes are removed from the arrays.
    scope : {"global", "layer"}, default="global"
        Whether the share is one over all layers together, or one within each layer.
    criterion : str, default="magnitude"
        A key of ``slimline.compression.CRITERIA``: "magnitude" and "magnitude_l2", "input_scaled"
        and "second_order" (which need X), "gradient" (X and y), "random". "second_order" also
        corrects the remaining weights.
    overrides : mapping of int to float, default=None
        Sparsity of single layers, by layer number, instead of ``sparsity``.
    keep : iterable of int or str
        Features, by number or name, none of whose weights are removed.
    exclude : iterable of int
        Layers that are not pruned, by number.
    schedule : {"one-shot", "iterative", "cubic", "linear"}, default="one-shot"
        Whether to reach ``sparsity`` (or n of every m weights) at once, or in ``steps`` with a
        refit after each.
    steps : int, default=5
    refit : bool, default=None
        Whether to call :func:`slimline.finetune` afterwards. None: with every schedule except
        "one-shot".
    reads : {"full", "kept"}, default="full"
        The rows that a model pruned by feature takes: full rows, from which it selects the kept
        columns, or rows of the kept columns alone. A model of a table loses the keys and the named
        columns that only removed features needed, whichever is given.
    random_state : int, default=0
        Seed for ``criterion="random"``.

    Returns
    -------
    Model
        ``floor(sparsity * n)`` of its n weights (blocks, ...) are zero or removed; more where more
        were zero before, and fewer where an output would lose its last weight.

    Raises
    ------
    ValueError
        If an argument is not as above, or does not fit the model or the other arguments.

    Warns
    -----
    DegradationWarning
        If pruning changes the outputs too much (see the guide), or an output loses all its weights
        because whole features or nodes are removed.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_digits(return_X_y=True)
    >>> model = sl.convert(LogisticRegression(tol=0.01).fit(X / 16, y))
    >>> pruned = sl.prune(model, sparsity=0.8)
    >>> pruned.n_nonzero, pruned.layers[0].kind
    (128, 'sparse')
    >>> sl.prune(model, n_features=20, granularity="feature").layers[0].n_in
    20
    """
    check_model("model", model)
    request = Request(
        sparsity=sparsity,
        threshold=threshold,
        n_features=n_features,
        n_nodes=n_nodes,
        granularity=granularity,
        scope=scope,
        criterion=criterion,
        overrides=dict(overrides or {}),
        keep=feature_numbers(model, keep),
        exclude=tuple(exclude),
        schedule=schedule,
        steps=steps,
        refit=schedule != "one-shot" if refit is None else refit,
        reads=reads,
        random_state=random_state,
    )
    X = model.columns(X)
    check_request(model, request, X, y)
    pruned = model
    n_steps = 1 if schedule == "one-shot" else steps
    for step in range(1, n_steps + 1):
        pruned = prune_to(pruned, at_step(model, request, step / n_steps), X, y)
        if request.refit:
            # Rows of the kept columns alone come only at the end.
            pruned, _ = tune(pruned, X, y, TuningSettings())
    if request.refit:
        measured = outcome_of_training(model, pruned, (X, y), "prune", pruned=True)
    else:
        measured = outcome_of_pruning(model, pruned, X)
    stage = pruned.input
    if granularity == "feature" and reads == "kept" and stage.encoder is None:
        stage = narrowed(stage, np.ones(stage.n_inputs, dtype=bool), full_rows=False)
    parameters = request.parameters()
    if request.refit or CRITERIA[criterion].needs:
        parameters["data"] = fingerprint(X, y)
    return model.derive(
        pruned.layers, "pruned", parameters, stage=stage, measured=measured, tighten=True
    )
