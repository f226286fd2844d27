"""Steps made of steps: pipelines, column transformers, unions."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from slimline.conversion.features.steps import affine_step
from slimline.conversion.features.table import Features
from slimline.conversion.refusals import inside
from slimline.conversion.transformers.registry import applied, transformed


@transformed.register
def _(pipeline: Pipeline, features: Features) -> Features:
    for name, step in pipeline.steps:
        with inside(name):
            features = applied(step, features)
    return features


@transformed.register
def _(union: FeatureUnion, features: Features) -> Features:
    weights = union.transformer_weights or {}
    parts = []
    for name, step in union.transformer_list:
        if not _drops(step):
            with inside(name):
                parts.append(_weighted(applied(step, features), weights.get(name)))
    return features.joined(parts)


@transformed.register
def _(columns: ColumnTransformer, features: Features) -> Features:
    weights = columns.transformer_weights or {}
    # The columns of each step as numbers: what names, slices, masks and selectors meant at fit.
    places = columns._transformer_to_input_indices  # noqa: SLF001 - transformers_ keeps a selector
    features = Features(source=features.source, pieces=features.pieces, is_table=True)
    parts = []
    for name, step, _ in columns.transformers_:
        if not _drops(step) and len(places[name]):
            with inside(name):
                made = applied(step, features.take(places[name]))
                parts.append(_weighted(made, weights.get(name)))
    return features.joined(parts)


def _drops(step: Any) -> bool:
    return isinstance(step, str) and step == "drop"


def _weighted(features: Features, weight: float | None) -> Features:
    if weight is None:
        return features
    zeros = np.zeros(len(features))
    return features.mapped(affine_step(zeros, zeros + weight))
