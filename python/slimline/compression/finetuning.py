"""Training on from a Model's weights, with what was pruned kept at zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slimline import _core
from slimline._checks import Csr, as_features
from slimline.compression._storage import smallest_layer
from slimline.layers import Int8Layer, Layer
from slimline.model import Model

# The loss that a link is trained with, and the largest second derivative of that loss.
_LOSSES: Mapping[str, tuple[str, float]] = {
    "identity": ("squared_error", 1.0),
    "logistic": ("log_loss", 0.25),
    "modified_huber": ("modified_huber", 2.0),
    "margin": ("squared_hinge", 2.0),
    "ovo": ("squared_hinge", 2.0),
}

# Step sizes fit nine rows of ten; longer ones are rare, and the steps shrink to zero anyhow.
_NORM_QUANTILE = 0.9


class _Problem(NamedTuple):
    """What one output learns: its rows, their targets (1 and 0 for classes), class weights."""

    rows: NDArray[np.intp]
    targets: NDArray[np.float64]
    class_weight: NDArray[np.float64]


def finetune(  # noqa: PLR0913 - few are needed at a time
    model: Model,
    X: Any,
    y: ArrayLike,
    *,
    alpha: float = 1e-4,
    max_iter: int = 30,
    random_state: int = 0,
) -> Model:
    """Train a linear Model on from its weights; weights that are zero stay zero.

    Each output minimises ``1/n sum_i loss(y_i, w.x_i + b) + alpha/2 |w|^2`` over its nonzero
    weights and its bias by stochastic gradient descent: ``max_iter`` epochs, steps from
    ``1 / (L q)`` down to zero in a straight line, with L the largest second derivative of the loss
    and q the 0.9 quantile of ``|x|^2``. The loss follows from the model's link: log_loss,
    modified_huber, squared_hinge for margins (for pairs of classes on the rows of both), or
    squared_error.

    Parameters
    ----------
    model : Model
        Of one float32 layer: fine-tune before quantizing.
    X : array-like or scipy sparse matrix of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Labels among ``model.classes``, or values for a regression.
    alpha : float, default=1e-4
        Strength of the penalty, >= 0.
    max_iter : int, default=30
        Epochs, >= 1.
    random_state : int, default=0
        Seed of the order of the rows.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If the model has several or int8 layers or a softmax, if X and y do not fit, or y holds a
        label that the model does not know.
    TypeError
        If X does not hold real numbers.

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
    layer = _trainable_layer(model)
    Z = _standardized(model, X)
    weight = layer.weight.copy()
    bias = layer.bias.copy()
    for output, problem in enumerate(_problems(model, np.asarray(y), Z.shape[0])):
        kept = np.flatnonzero(weight[output])
        features = Z[problem.rows][:, kept]
        options = _options(model, features, alpha, max_iter, random_state)
        coef = np.ascontiguousarray(weight[output : output + 1, kept])
        intercept = bias[output : output + 1].astype(np.float64)
        _train(features, problem, options, coef, intercept)
        weight[output, kept] = coef
        bias[output] = intercept[0]
    tuned = smallest_layer(weight, bias, layer.activation)
    parameters = {"alpha": alpha, "max_iter": max_iter, "random_state": random_state}
    return model.derive([tuned], "finetuned", parameters)


def _trainable_layer(model: Model) -> Layer:
    if len(model.layers) > 1:
        msg = f"finetune takes a model of one layer, got {len(model.layers)}"
        raise ValueError(msg)
    if isinstance(model.layers[0], Int8Layer):
        msg = "finetune takes a float32 model, got int8: fine-tune first, then quantize"
        raise ValueError(msg)  # noqa: TRY004 - the type of a layer is a value here
    if model.link not in _LOSSES:
        msg = f"finetune knows the links {', '.join(_LOSSES)}, got {model.link!r}"
        raise ValueError(msg)
    return model.layers[0]


def _standardized(model: Model, X: Any) -> Any:
    """Return what the layer sees: an array, or the caller's sparse matrix in CSR."""
    features = as_features(X, model.input.n_features)
    if isinstance(features, Csr):
        if not model.input.standardizes:
            return X.tocsr().astype(np.float32)
        features = X.toarray().astype(np.float32)
    if model.input.offset is None or model.input.scale is None:
        return features
    return (features - model.input.offset) * model.input.scale


def _problems(model: Model, y: NDArray[Any], n_samples: int) -> Iterator[_Problem]:
    if len(y) != n_samples or n_samples == 0:
        msg = f"X and y must have the same number of rows, at least one, got {n_samples}, {len(y)}"
        raise ValueError(msg)
    everything = np.arange(n_samples)
    if model.classes is None:
        for column in y.reshape(n_samples, -1).T:
            yield _Problem(everything, column.astype(np.float64), np.empty(0))
        return
    unknown = ~np.isin(y, model.classes)
    if y.ndim != 1 or unknown.any():
        msg = f"y must hold labels of the model's classes, got {y[unknown][:1].tolist()}"
        raise ValueError(msg)
    if model.link == "ovo":
        for i, j in zip(*np.triu_indices(len(model.classes), 1), strict=True):
            rows = np.flatnonzero(np.isin(y, model.classes[[i, j]]))
            yield _Problem(rows, (y[rows] == model.classes[i]).astype(np.float64), np.ones(2))
        return
    positive = model.classes[1:] if model.layers[-1].n_out == 1 else model.classes
    for label in positive:
        yield _Problem(everything, (y == label).astype(np.float64), np.ones(2))


def _options(model: Model, Z: Any, alpha: float, max_iter: int, seed: int) -> _core.SgdOptions:
    loss, curvature = _LOSSES[model.link]
    squares = Z.multiply(Z) if hasattr(Z, "multiply") else Z * Z
    norms = np.asarray(squares.sum(axis=1)).ravel() + 1  # the bias is one more column
    options = _core.SgdOptions()
    options.loss = loss
    options.schedule = "linear"
    options.alpha = alpha
    options.eta0 = 1 / (curvature * float(np.quantile(norms, _NORM_QUANTILE)) + alpha)
    options.max_iter = max_iter
    options.tol = -np.inf
    options.seed = seed
    return options


def _train(
    Z: Any,
    problem: _Problem,
    options: _core.SgdOptions,
    coef: NDArray[np.float32],
    intercept: NDArray[np.float64],
) -> None:
    """Train on from coef (1, n_kept) and intercept (1,), in place."""
    unused = np.zeros((0, coef.shape[1]), dtype=np.float32), np.zeros(0)
    rest: tuple[Any, ...] = (
        problem.targets[:, np.newaxis],
        np.ones(len(problem.targets)),
        problem.class_weight,
        np.zeros(0, dtype=np.uintp),
        options,
        None,
        coef,
        intercept,
        *unused,
        *unused,
    )
    if hasattr(Z, "indptr"):
        _core.sgd_fit_csr(Z.data, Z.indices, Z.indptr, *rest)
    else:
        _core.sgd_fit(np.ascontiguousarray(Z), *rest)
