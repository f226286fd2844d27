"""Linear combinations of features: principal components and truncated singular values."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import decomposition

from slimline.conversion.features.derived import Projection
from slimline.conversion.features.numbers import Numbers
from slimline.conversion.features.projecting import flattened
from slimline.conversion.features.steps import affine_step
from slimline.conversion.features.table import Features, Piece
from slimline.conversion.features.values import Indices, Values
from slimline.conversion.transformers.registry import transformed


@transformed.register(decomposition.PCA)
@transformed.register(decomposition.IncrementalPCA)
def _(components: Any, features: Features) -> Features:
    weight = components.components_.astype(np.float64)
    if components.whiten:
        scale = np.sqrt(components.explained_variance_)
        smallest = np.finfo(scale.dtype).eps
        weight = weight / np.maximum(scale, smallest)[:, None]
    return _projected(features, weight, components.mean_.astype(np.float64), "PCA")


@transformed.register
def _(components: decomposition.TruncatedSVD, features: Features) -> Features:
    weight = components.components_.astype(np.float64)
    return _projected(features, weight, np.zeros(weight.shape[1]), "TruncatedSVD")


def _projected(features: Features, weight: Values, mean: Values, name: str) -> Features:
    """Return ``W (x - mean)``; numbers are centred in float64, where nothing is lost."""
    left = mean.copy()

    def centred(piece: Piece, places: Indices) -> list[Piece]:
        if not isinstance(piece, Numbers) or not mean[places].any():
            return [piece]
        left[places] = 0
        offset = affine_step(mean[places], np.ones(len(places)))
        return [piece.mapped(offset)]

    pieces, inner, bias = flattened(features.each(centred))
    own = -weight @ left
    if inner is not None:
        own, weight = own + weight @ bias, weight @ inner
    made = Projection(pieces=pieces, weight=weight, bias=own, name=name)
    return features.with_pieces([made])
