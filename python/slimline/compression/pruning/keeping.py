"""Which weights pruning keeps: scores of single weights, and masks for a request."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from slimline.compression.pruning import groups
from slimline.compression.pruning.columns import Columns
from slimline.compression.pruning.criteria import CRITERIA
from slimline.compression.pruning.evidence import Evidence
from slimline.compression.pruning.groups import Mask, Scores
from slimline.compression.pruning.request import Request
from slimline.compression.pruning.spared import depends, present, spared
from slimline.layers import Layer
from slimline.model import Model


def kept_weights(model: Model, request: Request, scores: list[Scores]) -> dict[int, Mask]:
    """Return which weights are kept; each output keeps a path, unless whole features go."""
    masks = _spread_masks(model, request, scores)
    if request.granularity == "feature":
        return masks
    weights = present(model.layers)
    left = [weight & masks[i] if i in masks else weight for i, weight in enumerate(weights)]
    useful = depends(weights)[-1]
    if depends(left)[-1][useful].all():
        return masks
    return _spread_masks(model, request, spared(scores, weights, np.flatnonzero(useful)))


def _spread_masks(model: Model, request: Request, scores: list[Scores]) -> dict[int, Mask]:
    pattern = groups.n_of_m(request.granularity)
    chosen = [0] if request.granularity == "feature" else range(len(model.layers))
    units = {
        i: groups.pool(scores[i], request.granularity) for i in chosen if i not in request.exclude
    }
    if request.granularity == "feature" and 0 in units:
        units[0][0, units[0].argmax()] = np.inf  # a model reads something
    if pattern is not None:
        masks = {i: groups.keep_n_of_m(units[i], *pattern) for i in units}
    else:
        masks = masks_of(units, request)
    return {
        i: groups.spread(kept, request.granularity, (model.layers[i].n_out, model.layers[i].n_in))
        for i, kept in masks.items()
    }


def weight_scores(
    layer: Layer,
    request: Request,
    evidence: Evidence,
    columns: Columns | None,
    first: bool,  # noqa: FBT001 - private
) -> Scores:
    """Score single weights; zeros come before everything, kept features after everything."""
    weight, criterion = layer.weight, CRITERIA[request.criterion]
    sized = weight
    if columns is not None and criterion.by_size:
        sized = (weight * columns.deviation).astype(np.float32)
    scores = np.asarray(criterion.score(sized, evidence), dtype=np.float64)
    scores = np.where(weight == 0, -1.0 if request.threshold is None else 0.0, scores)
    if first and request.keep:
        scores[:, list(request.keep)] = np.inf
    return scores


def masks_of(units: Mapping[int, Scores], request: Request) -> dict[int, Mask]:
    """Return which units are kept, given their scores and how much is to go."""
    if request.threshold is not None:
        return {i: score >= request.threshold for i, score in units.items()}
    share = request.sparsity or 0.0
    wanted = request.n_features or request.n_nodes
    if wanted is not None:
        total = sum(score.size for score in units.values())
        share = max(0, total - wanted) / max(1, total)
    return groups.keep_share(units, share, request.scope, request.overrides)
