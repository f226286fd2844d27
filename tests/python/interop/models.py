"""One model for every link and every kind of layer, for the exporters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import slimline as sl
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from slimline._core import activation_names
from slimline.inputs import InputStage
from slimline.layers import KINDS, DenseLayer, SparseLayer
from slimline.model.effects import quietly

X, y = load_digits(return_X_y=True)
X = X.astype(np.float32)


def network(activation: str) -> sl.Model:
    """Random weights, standardised input, two hidden layers."""
    rng = np.random.default_rng(0)

    def layer(n_out: int, n_in: int, name: str) -> DenseLayer:
        weight = rng.normal(size=(n_out, n_in)) / np.sqrt(n_in)
        bias = rng.normal(size=n_out) / 4
        return DenseLayer(
            weight=weight.astype(np.float32), bias=bias.astype(np.float32), activation=name
        )

    stage = InputStage(
        n_features=64, offset=X.mean(axis=0), scale=1 / (X.std(axis=0) + np.float32(0.1))
    )
    layers = (layer(48, 64, activation), layer(33, 48, activation), layer(10, 33, "identity"))
    return sl.Model(input=stage, layers=layers, link="softmax", classes=np.arange(10))


def linear_models() -> dict[str, sl.Model]:
    """One for each link."""
    texts = np.array(["zero", "one", "twö", '"3"', "4\\", "five", "six", "7", "8", "9"])[y]
    softmax = make_pipeline(StandardScaler(), LogisticRegression(tol=0.01)).fit(X, texts)
    return {
        "softmax": sl.convert(softmax),
        "ovo": sl.convert(sl.LinearSVC(multi_class="ovo", C=1e-4).fit(X, y)),
        "margin": sl.convert(sl.LinearSVC(C=1e-4).fit(X, y - 5)),
        "margin of two": sl.convert(sl.LinearSVC(C=1e-4).fit(X, y > 4)),
        "logistic": sl.convert(sl.SGDClassifier(loss="log_loss", learning_rate="auto").fit(X, y)),
        "logistic of two": sl.convert(
            sl.SGDClassifier(loss="log_loss", random_state=0).fit(X / 16, y % 2)
        ),
        "modified_huber": sl.convert(
            sl.SGDClassifier(loss="modified_huber", learning_rate="auto").fit(X / 16, y)
        ),
        "identity": sl.convert(sl.SGDRegressor(random_state=0).fit(X / 16, y)),
        "log": sl.convert(PoissonRegressor(alpha=10, max_iter=1000).fit(X, y)),
    }


def labelled(classes: NDArray[Any]) -> tuple[sl.Model, NDArray[np.float32]]:
    """A model of these classes, and rows of which it says each, in their order."""
    weight = np.eye(len(classes), dtype=np.float32)
    if len(classes) == 2:
        weight = weight[1:] - weight[:1]
    layer = DenseLayer(weight=weight, bias=np.zeros(len(weight), dtype=np.float32))
    stage = InputStage(n_features=len(classes))
    model = sl.Model(input=stage, layers=(layer,), link="margin", classes=classes)
    return model, np.eye(len(classes), dtype=np.float32)


def by_feature(model: sl.Model, reads: Literal["full", "kept"] = "full") -> sl.Model:
    """The same on 20 of its features, of full rows or of rows of those alone."""
    with quietly():  # random networks lose too much
        return sl.prune(model, n_features=20, granularity="feature", reads=reads)


def as_sparse(model: sl.Model, _rows: Any = None) -> sl.Model:
    """The same with most weights zero, in compressed rows."""
    layers = []
    for layer in model.layers:
        limit = np.quantile(np.abs(layer.weight), 0.6)
        weight = np.where(np.abs(layer.weight) < limit, np.float32(0), layer.weight)
        layers.append(SparseLayer.from_weight(weight, layer.bias, layer.activation))
    return model.derive(layers, "pruned", {})


def as_int8(model: sl.Model, rows: Any = X) -> sl.Model:
    """The same with integer products, whatever its columns are."""
    return sl.quantize(model, rows, activations="dynamic")


def as_sparse_int8(model: sl.Model, rows: Any = X) -> sl.Model:
    """The same in int8, most of it zero, as the kind that stores the rest alone."""
    small = as_int8(as_sparse(model), rows)
    layers = [
        KINDS["sparse_int8"].from_weight(
            np.round(layer.weight / layer.scale[:, None]).astype(np.int8),
            layer.scale,
            layer.bias,
            layer.activation,
        )
        for layer in small.layers
    ]
    return small.derive(layers, "stored", {})


# How a float32 model, and rows as it takes them, become one of each kind of layer.
KIND_MAKERS: dict[str, Callable[..., sl.Model]] = {
    "dense": lambda model, _rows=None: model,
    "sparse": as_sparse,
    "int8": as_int8,
    "int8_weights": lambda model, _rows=None: sl.quantize(model, activations="float32"),
    "int8_static": lambda model, rows=X: sl.quantize(model, rows, activations="static"),
    "sparse_int8": as_sparse_int8,
}
KIND_MAKERS = {kind: make for kind, make in KIND_MAKERS.items() if kind in KINDS}

LINEAR = linear_models()

# Three labels of each type that a Model may have.
LABELS = {
    "bool": np.array([False, True]),
    **{
        f"{kind}int{bits}": np.array([0, 1, np.iinfo(f"{kind}int{bits}").max], f"{kind}int{bits}")
        for kind in ("", "u")
        for bits in (8, 16, 32, 64)
    },
    "negative": np.array([-(2**63), -1, 2**63 - 1]),
    "float32": np.array([-0.1, 1e-30, 3], np.float32),
    "float64": np.array([-0.1, 1e-300, 3]),
    "str": np.array(["", 'two "words"', "zwei\nWörter\\ {}@%"]),
}
MODELS = {
    f"{name}, {kind}": make(model)
    for kind, make in KIND_MAKERS.items()
    for name, model in {
        **LINEAR,
        **{f"network of {name}": network(name) for name in activation_names()},
        "softmax by feature": by_feature(LINEAR["softmax"]),
        "margin by feature": by_feature(LINEAR["margin"]),
        "network of relu by feature": by_feature(network("relu")),
    }.items()
}


def far_from_zero() -> tuple[sl.Model, Any]:
    """A model that standardises in float64, and rows as float64: seconds since 1970 among them."""
    random = np.random.default_rng(0)
    rows = random.standard_normal((300, 6)) * [1e5, 1, 1, 3e3, 1, 1] + [1.7e9, 0, 0, 4e12, 0, 1]
    labels = (rows - rows.mean(axis=0)) / rows.std(axis=0) @ [3, 1, -1, 2, 0, 1] > 0
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=10)).fit(rows, labels)
    return sl.convert(pipeline), rows
