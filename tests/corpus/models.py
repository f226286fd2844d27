"""The models of the corpus: every layer kind, code of kept units, link, activation, label type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import slimline as sl
import tables
import texts
from slimline.inputs import InputStage
from slimline.layers import (
    DenseLayer,
    Int8Layer,
    Int8StaticLayer,
    Int8WeightsLayer,
    Layer,
    SparseInt8Layer,
    SparseLayer,
)

Array = np.ndarray[Any, Any]

N_ROWS = 6


def numbers(*shape: int) -> Array:
    """Return multiples of 1/64 between -2 and 2, the same for the same shape."""
    seed = [7, *shape]
    return np.random.default_rng(seed).integers(-128, 129, shape).astype(np.float32) / 64


def integers(n_out: int, n_in: int) -> Array:
    """Return int8 weights, the same for the same shape."""
    seed = [11, n_out, n_in]
    return np.random.default_rng(seed).integers(-127, 128, (n_out, n_in)).astype(np.int8)


def kept(weight: Array, *, every: int, unit: int = 1) -> Array:
    """Return ``weight`` with one unit of ``every`` kept, the last weight too, and the rest zero."""
    n_out, n_in = weight.shape
    units = np.arange(n_out * -(-n_in // unit)).reshape(n_out, -1)
    mask = np.repeat(units % every == 0, unit, axis=1)[:, :n_in]
    mask[-1, -1] = True
    return np.where(mask, weight, 0).astype(weight.dtype)


def model(
    layers: list[Layer], link: str = "identity", classes: Array | None = None, **stage: object
) -> sl.Model:
    """Return a model whose history has one step."""
    made = sl.Model(
        input=InputStage(**{"n_features": layers[0].n_in, **stage}),
        layers=tuple(layers),
        link=link,
        classes=classes,
    )
    return made.with_step("trained", {"seed": 0, "note": "größer", "alpha": None}, parent=None)


def dense(n_in: int, n_out: int, activation: str = "identity") -> DenseLayer:
    """Return a dense layer."""
    return DenseLayer(weight=numbers(n_out, n_in), bias=numbers(n_out), activation=activation)


def scales(n_out: int) -> Array:
    """Return a positive number for each output."""
    return (abs(numbers(n_out)) + 1) / 128


def int8(n_in: int, n_out: int, activation: str) -> Int8Layer:
    """Return an int8 layer that quantizes every row by itself."""
    return Int8Layer(
        weight_int8=integers(n_out, n_in),
        scale=scales(n_out),
        bias=numbers(n_out),
        activation=activation,
    )


def static(n_in: int, n_out: int, activation: str) -> Int8StaticLayer:
    """Return an int8 layer with a range for each input, whose middle gives outputs near 0."""
    weight, scale = integers(n_out, n_in), scales(n_out) / 16
    return Int8StaticLayer(
        weight_int8=weight,
        scale=scale,
        offset=numbers(n_out) - scale * (64 * weight.sum(axis=1)).astype(np.float32),
        input_low=numbers(n_in) - 6,
        input_step=(abs(numbers(n_in)) + 1) / 16,
        activation=activation,
    )


def sparse_int8(weight: Array, activation: str) -> SparseInt8Layer:
    """Return a pruned int8 layer."""
    n_out = len(weight)
    return SparseInt8Layer.from_weight(weight, scales(n_out), numbers(n_out), activation)


def int8_weights(weight: Array, activation: str) -> Int8WeightsLayer:
    """Return a layer with int8 weights and an exponent for each input."""
    n_out, n_in = weight.shape
    exponent = (np.arange(n_in) % 7 - 5).astype(np.int8)
    return Int8WeightsLayer.from_int8(weight, scales(n_out), exponent, numbers(n_out), activation)


def rows(made: sl.Model) -> Array | list[list[Any]]:
    """Return a few rows near the offsets of a model, float64; zeros where no weight reads them.

    Those of a model of a table are lists.
    """
    if made.input.encoder is not None:
        are_texts = made.input.columns[0].kind == "text"
        return texts.ROWS if are_texts else tables.ROWS
    X = np.zeros((N_ROWS, made.input.n_features))
    columns = slice(None) if made.input.selected is None else made.input.selected
    used = made.layers[0].weight.any(axis=0)
    X[:, columns] = np.where(used, 3 * numbers(N_ROWS, made.input.n_inputs), 0)
    if made.input.offset is not None:
        X[:, columns] += made.input.offset
    return X


def _full() -> sl.Model:
    """Return a classification with names, spec, reference and four steps of history."""
    names = ("größe", "weight", "a b", '"quoted"\\\n')
    classes = np.array(["no", "größer", "\U0001f642", '"quoted"\\\n'])
    made = model([dense(4, 4)], "softmax", classes, n_features=4, feature_names=names)
    made = replace(made, input=replace(made.input, offset=numbers(4), scale=abs(numbers(4)) + 1))
    spec = sl.ModelSpec(
        task="classification",
        target="an answer",
        features=dict.fromkeys(names, "float32"),
        classes=classes.tolist(),
        metrics={"accuracy": 0.5, "log_loss": 2},
        max_nbytes=10_000,
        max_latency_us=1000.5,
        owner="the owner",
        approver="the approver",
    )
    X = numbers(40, 4)
    made = made.with_spec(spec).with_reference(X, classes[np.arange(40) % 4])
    return made.with_step("evaluated", {"data": "rows"}, parent=made, measured={"accuracy": 0.25})


def _regression() -> sl.Model:
    """Return a regression of two targets with spec and reference."""
    made = model([dense(3, 2)], n_features=3)
    made = made.with_spec(sl.ModelSpec(task="regression", metrics={"r2": -10.0}))
    return made.with_reference(numbers(40, 3), numbers(40, 2))


def _tables() -> dict[str, sl.Model]:
    """Return a classification for each kind of block of an encoder."""
    return {
        f"model_table_{kind}": model(
            [dense(tables.n_inputs(stage), 3)], "softmax", np.array(["a", "b", "c"]), **stage
        )
        for kind, stage in tables.stages().items()
    }


def _far_apart() -> Array:
    """Return weights of 72,000 places of which four are not zero, the last after 65,535 others."""
    weight = np.zeros((120, 600), np.float32)
    weight[0, [3, 300]] = weight[1, 599] = 1.5
    weight[119, 599] = -2
    return weight


def models() -> dict[str, sl.Model]:
    """Return the models by the names of their files."""
    gelu, bias = [dense(4, 6, "gelu"), dense(6, 5, "tanh"), dense(5, 4, "logistic")], numbers(3)
    standardised = {"offset": numbers(6), "scale": abs(numbers(6)) + 1}
    exact = np.array([1.7e9, -3.5, 1e12, 0.1])
    selected = np.array([0, 3, 7, 8], np.uint32)

    def sparse(weight: Array, activation: str = "identity") -> SparseLayer:
        return SparseLayer.from_weight(weight, numbers(len(weight)), activation)

    def labels(dtype: str, *values: object) -> Array:
        return np.array(values, dtype)

    return {
        "model_dense": _full(),
        "model_dense_regression": _regression(),
        "model_dense_exact": model(
            [dense(4, 1)],
            "logistic",
            labels("bool", False, True),  # noqa: FBT003 - labels
            offset=exact,
            scale=abs(numbers(4)) + 1,
        ),
        "model_dense_selected": model(
            [dense(4, 3)],
            "margin",
            labels("int64", -(2**63), 0, 2**63 - 1),
            n_features=9,
            selected=selected,
        ),
        "model_dense_selected_exact": model(
            [dense(4, 1)],
            "modified_huber",
            labels("uint16", 7, 65_535),
            n_features=9,
            selected=selected,
            offset=exact,
            scale=abs(numbers(4)) + 1,
        ),
        "model_dense_network": model(
            [*gelu, dense(4, 3)], "modified_huber", labels("float32", -0.1, 0, 1e30)
        ),
        "model_dense_ovo": model([dense(5, 6)], "ovo", labels("uint8", 0, 3, 200, 255)),
        "model_sparse_delta8": model(
            [sparse(kept(numbers(3, 400), every=290))], "logistic", labels("int8", -128, 0, 127)
        ),
        "model_sparse_delta16": model([sparse(_far_apart())]),
        "model_sparse_bitmap": model(
            [sparse(kept(numbers(5, 9), every=2), "relu"), sparse(kept(numbers(3, 5), every=2))],
            "softmax",
            labels("int16", -300, 1, 300),
        ),
        "model_sparse_blocks": model(
            [sparse(kept(numbers(7, 90), every=11, unit=4), "gelu"), dense(7, 2)]
        ),
        "model_int8": model(
            [int8(6, 5, "relu"), int8(5, 3, "identity")],
            "softmax",
            labels("float64", -0.1, 0.5, 1e300),
            **standardised,
        ),
        "model_int8_static": model(
            [static(6, 5, "relu"), static(5, 7, "identity"), static(7, 3, "identity")],
            "margin",
            labels("uint32", 1, 2, 2**32 - 1),
            **standardised,
        ),
        "model_int8_weights": model(
            [int8_weights(kept(integers(4, 40), every=9), "tanh"), dense(4, 3)],
            "logistic",
            labels("str", "a", "b", "c"),
        ),
        "model_int8_weights_blocks": model(
            [int8_weights(kept(integers(3, 30), every=3, unit=4), "identity")]
        ),
        "model_sparse_int8": model(
            [
                sparse_int8(kept(integers(6, 30), every=4, unit=4), "relu"),
                sparse_int8(kept(integers(3, 6), every=2), "identity"),
            ],
            "margin",
            labels("uint64", 0, 1, 2**64 - 1),
        ),
        "model_every_int8": model(
            [
                sparse_int8(kept(integers(7, 20), every=6), "relu"),
                int8(7, 6, "identity"),
                static(6, 5, "relu"),
                DenseLayer(weight=numbers(3, 5), bias=bias),
            ],
            "logistic",
            labels("int32", -(2**31), 0, 2**31 - 1),
        ),
        "model_signed": model([dense(4, 2)]),
        **_tables(),
        "model_log": model([dense(4, 2)], "log"),
    }
