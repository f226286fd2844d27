"""The units of pruning: from scores of weights to masks of the units that are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 4

Scores = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]


def pool(scores: Scores, granularity: str) -> Scores:
    """Return the score of each unit of a layer: its weights, blocks, or input columns."""
    if granularity == "block":
        starts = np.arange(0, scores.shape[1], BLOCK)
        return np.asarray(np.add.reduceat(scores, starts, axis=1))
    if granularity == "feature":
        return np.asarray(scores.sum(axis=0, keepdims=True))
    return scores


def spread(keep: Mask, granularity: str, shape: tuple[int, ...]) -> Mask:
    """Return the mask of a layer's weights from that of its units."""
    if granularity == "block":
        return np.repeat(keep, BLOCK, axis=1)[:, : shape[1]]
    return np.broadcast_to(keep, shape)


def node_scores(incoming: Scores, outgoing: Scores) -> Scores:
    """Return scores (1, n_nodes): incoming times outgoing score of each hidden node."""
    return np.asarray(np.sqrt(incoming.sum(axis=1) * outgoing.sum(axis=0))[None, :])


def of_its_layer(scores: Scores) -> Scores:
    """Return scores over their norm, comparable between layers (Molchanov et al., ICLR 2017)."""
    return np.asarray(scores / max(np.linalg.norm(scores), np.finfo(np.float64).tiny))


def keep_highest(scores: Sequence[Scores], n_drop: int) -> list[Mask]:
    """Masks over all arrays without the ``n_drop`` lowest scores; infinite ones are always kept."""
    flat = np.concatenate([score.ravel() for score in scores])
    keep = np.ones(flat.size, dtype=bool)
    n_drop = min(n_drop, int(np.isfinite(flat).sum()))
    # A stable sort: equal scores are dropped from the front, the same ones everywhere.
    keep[np.argsort(flat, kind="stable")[:n_drop]] = False
    parts = np.split(keep, np.cumsum([score.size for score in scores])[:-1])
    return [part.reshape(score.shape) for part, score in zip(parts, scores, strict=True)]


def keep_share(
    scores: Mapping[int, Scores], share: float, scope: str, overrides: Mapping[int, float]
) -> dict[int, Mask]:
    """Drop a share of the units of each layer, or of all but the overridden ones together."""
    groups = [[i] for i in scores if i in overrides or scope == "layer"]
    together = [i for i in scores if i not in overrides]
    if scope == "global" and together:
        groups.append(together)
    masks: dict[int, Mask] = {}
    for group in groups:
        members = [scores[i] for i in group]
        wanted = overrides.get(group[0], share)
        n_drop = int(wanted * sum(score.size for score in members) + 1e-9)
        masks |= dict(zip(group, keep_highest(members, n_drop), strict=True))
    return masks


def n_of_m(granularity: str) -> tuple[int, int] | None:
    """Return (n, m) of a text like '2:4', None of any other text."""
    match = re.fullmatch(r"([0-9]{1,4}):([0-9]{1,4})", granularity)
    if match is None:
        return None
    n, m = map(int, match.groups())
    if not 0 < n < m:
        msg = f"granularity n:m must have 0 < n < m, got {granularity!r}"
        raise ValueError(msg)
    return n, m


def keep_n_of_m(scores: Scores, n: int, m: int) -> Mask:
    """Keep the n highest of every m consecutive scores; infinite ones are kept in any case."""
    n_out, n_in = scores.shape
    padded = np.pad(scores.astype(np.float64), ((0, 0), (0, -n_in % m)), constant_values=-2.0)
    groups = padded.reshape(n_out, -1, m)
    order = np.argsort(-groups, axis=2, kind="stable")
    keep = np.zeros(groups.shape, dtype=bool)
    np.put_along_axis(keep, order[:, :, :n], values=True, axis=2)
    keep |= np.isinf(groups)
    return keep.reshape(n_out, -1)[:, :n_in]
