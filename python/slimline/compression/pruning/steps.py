"""One step of pruning: how much is asked for, which weights go, and the layers without them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from slimline.compression._storage import smallest
from slimline.compression.pruning import groups
from slimline.compression.pruning.columns import Columns, known_columns
from slimline.compression.pruning.criteria import CRITERIA
from slimline.compression.pruning.evidence import Evidence, gather
from slimline.compression.pruning.groups import Mask, Scores
from slimline.compression.pruning.keeping import kept_weights, masks_of, weight_scores
from slimline.compression.pruning.request import Request
from slimline.compression.pruning.schedules import SCHEDULES
from slimline.compression.pruning.structure import narrowed, without_nodes
from slimline.compression.pruning.surgeon import corrected
from slimline.layers import Layer
from slimline.model import Model


def at_step(model: Model, request: Request, progress: float) -> Request:
    """Return what to ask for after a part of the schedule that began with ``model``."""
    pattern = groups.n_of_m(request.granularity)
    if pattern is not None:
        return _fewer_of_m(request, *pattern, progress)
    if request.sparsity is None:
        return request
    share = SCHEDULES[request.schedule](progress, request.sparsity)
    if request.schedule == "one-shot" or request.granularity not in ("feature", "node"):
        return replace(request, sparsity=share)
    # These are gone after a step: shares would be of what is left.
    if request.granularity == "feature":
        return replace(request, sparsity=None, n_features=_left(model.input.n_inputs, share))
    hidden = [layer.n_out for i, layer in enumerate(model.layers[:-1]) if i not in request.exclude]
    return replace(request, sparsity=None, n_nodes=_left(sum(hidden), share))


def _left(n: int, share: float) -> int:
    return n - int(share * n + 1e-9)


def _fewer_of_m(request: Request, n: int, m: int, progress: float) -> Request:
    """Ask for at most as many of m weights as the schedule leaves."""
    kept = _left(m, SCHEDULES[request.schedule](progress, (m - n) / m))
    if kept == m:
        return replace(request, granularity="weight", sparsity=0.0)
    return replace(request, granularity=f"{kept}:{m}")


def prune_to(model: Model, request: Request, X: Any, y: Any) -> Model:
    """Return the model pruned as asked, with the history that it had."""
    criterion = CRITERIA[request.criterion]
    random = np.random.default_rng(request.random_state)
    evidence = gather(
        model,
        X if criterion.needs else None,
        y if criterion.needs == "Xy" else None,
        random,
    )
    columns = known_columns(model, X)
    scores = [
        weight_scores(layer, request, each, columns if i == 0 else None, i == 0)
        for i, (layer, each) in enumerate(zip(model.layers, evidence, strict=True))
    ]
    if request.granularity == "node":
        return _without_nodes(model, request, scores)
    masks = kept_weights(model, request, scores)
    layers = list(model.layers)
    for i, mask in masks.items():
        if criterion.corrects:
            layers[i] = _corrected(layers[i], mask, evidence[i])
        else:
            layers[i] = _masked(layers[i], mask, columns if i == 0 else None)
    if request.granularity != "feature" or not masks:
        return replace(model, layers=tuple(layers))
    kept_columns = np.asarray(masks[0].any(axis=0))
    layers[0] = smallest(layers[0].select(slice(None), kept_columns))
    stage = narrowed(model.input, kept_columns, full_rows=True)
    return replace(model, layers=tuple(layers), input=stage)


def _without_nodes(model: Model, request: Request, scores: list[Scores]) -> Model:
    units = {
        i: groups.node_scores(np.maximum(scores[i], 0), np.maximum(scores[i + 1], 0))
        for i in range(len(scores) - 1)
        if i not in request.exclude
    }
    if request.threshold is None:
        units = {i: groups.of_its_layer(score) for i, score in units.items()}
    for score in units.values():
        score[0, score.argmax()] = np.inf  # a layer needs a node
    keep = {i: mask.ravel() for i, mask in masks_of(units, request).items()}
    return replace(model, layers=tuple(without_nodes(model.layers, keep)))


def _masked(layer: Layer, mask: Mask, columns: Columns | None) -> Layer:
    """Set weights to zero; the means of what goes stay in the bias, where columns are known."""
    bias = layer.bias
    if columns is not None:
        bias = (bias + np.where(mask, 0, layer.weight) @ columns.mean).astype(np.float32)
    return smallest(layer.masked(mask, bias))


def _corrected(layer: Any, mask: Mask, evidence: Evidence) -> Layer:
    """Set weights to zero, and fit those that stay to what the layer gave before."""
    weight, bias = np.where(mask, layer.weight, np.float32(0)), layer.bias
    if not mask.all():
        weight, shift = corrected(layer.weight, weight != 0, evidence.inputs)
        bias = bias + shift
    return smallest(layer.refitted(weight, bias))
