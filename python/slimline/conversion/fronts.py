"""What stands in front of an estimator's layers: the Model's input, and a projection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline.conversion.features.blocks import columns_of, encoder_of, pending_of
from slimline.conversion.features.numbers import Numbers
from slimline.conversion.features.projecting import flattened
from slimline.conversion.features.steps import affine_of
from slimline.conversion.features.table import Features, Piece
from slimline.conversion.scalers import Affine
from slimline.inputs import InputStage, held_offset
from slimline.layers import DenseLayer
from slimline.model import Model

Weights = NDArray[np.float64]


class Linear(NamedTuple):
    """``W x + b`` in float64."""

    weight: Weights
    bias: Weights


class Front(NamedTuple):
    """The input of a Model, its scales in float64, and linear combinations behind it, or None."""

    stage: InputStage
    scale: Weights
    projection: Linear | None


def front_of(features: Features) -> Front:
    """Return what a Model has for some features: of scaled columns a stage, else an encoder too."""
    pieces, weight, bias = flattened(features)
    projection = None if weight is None else Linear(weight, bias)
    stage, affine = _matrix_stage(features, pieces) or _table_stage(features, pieces)
    scale = np.ones(stage.n_inputs) if affine is None else affine.scale
    return Front(stage, scale, projection)


def put_in_front(front: Front | None, model: Model, last: Any) -> tuple[Model, Linear]:
    """Return a Model of an estimator behind its pipeline, and its first layer in float64.

    A projection is a layer of its own, or merged into the layer behind it where that has fewer
    weights: of a linear model usually, of a network seldom.
    """
    first = _first_layer(last, model)
    if front is None:
        return model, first
    layers: tuple[Any, ...] = model.layers
    if front.projection is not None:
        inner, behind = front.projection, first
        n_out, n_middle = behind.weight.shape
        n_in = inner.weight.shape[1]
        if n_out * n_in <= n_middle * (n_in + n_out):
            first = Linear(behind.weight @ inner.weight, behind.bias + behind.weight @ inner.bias)
            layers = (_dense(first, layers[0].activation), *layers[1:])
        else:
            first = inner
            layers = (_dense(first, "identity"), *layers)
    return replace(model, input=front.stage, layers=layers), first


def _first_layer(last: Any, model: Model) -> Linear:
    """Return weights (n_out, n_in) and biases in float64: the estimator's, or its Model's."""
    layer: Any = model.layers[0]
    coef, intercept = layer.weight, layer.bias
    if hasattr(last, "coefs_"):
        coef, intercept = last.coefs_[0].T, last.intercepts_[0]
    elif hasattr(last, "coef_"):
        own = last.coef_.toarray() if hasattr(last.coef_, "toarray") else last.coef_
        if np.array_equal(np.atleast_2d(own).astype(np.float32), layer.weight):
            coef, intercept = own, last.intercept_
    weight = np.atleast_2d(coef).astype(np.float64)
    return Linear(weight, np.broadcast_to(intercept, len(weight)).astype(np.float64))


def _dense(linear: Linear, activation: str) -> DenseLayer:
    return DenseLayer(
        weight=np.ascontiguousarray(linear.weight, dtype=np.float32),
        bias=linear.bias.astype(np.float32),
        activation=activation,
    )


def _matrix_stage(
    features: Features, pieces: tuple[Piece, ...]
) -> tuple[InputStage, Affine | None] | None:
    """Return the stage of scaled columns of a matrix, in their order; None if there is more."""
    if features.is_table or not pieces or not all(map(_is_scaled, pieces)):
        return None
    columns = np.concatenate([columns_of(piece) for piece in pieces])
    if (np.diff(columns) <= 0).any():
        return None
    source = features.source
    all_of_them = len(columns) == source.count
    affine = _affine(pieces)
    stage = InputStage(
        n_features=source.count,
        feature_names=source.names,
        selected=None if all_of_them else columns.astype(np.uint32),
        offset=None if affine is None else held_offset(affine.offset, affine.scale),
        scale=None if affine is None else affine.scale.astype(np.float32),
    )
    return stage, affine


def _is_scaled(piece: Piece) -> bool:
    return isinstance(piece, Numbers) and [step.op for step in piece.steps] in ([], ["affine"])


def _affine(pieces: tuple[Any, ...]) -> Affine | None:
    if not any(piece.steps for piece in pieces):
        return None
    maps = [
        affine_of(piece.steps[0]) if piece.steps else Affine(np.zeros(n), np.ones(n))
        for piece in pieces
        for n in [len(piece)]
    ]
    return Affine(*map(np.concatenate, zip(*maps, strict=True)))


def _table_stage(features: Features, pieces: tuple[Piece, ...]) -> tuple[InputStage, Affine | None]:
    """Return the stage of an encoder."""
    encoder, kept = encoder_of(features.source, pieces)
    affine = pending_of(pieces)
    stage = InputStage(
        n_features=encoder.n_features,
        selected=kept,
        offset=None if affine is None else held_offset(affine.offset, affine.scale),
        scale=None if affine is None else affine.scale.astype(np.float32),
        encoder=encoder,
    )
    return stage, affine
