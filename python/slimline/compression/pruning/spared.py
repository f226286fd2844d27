"""Weights that pruning spares: every output keeps a path from some input.

An output without weights is constant. A hidden layer without weights makes all outputs constant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from slimline._text import quoted
from slimline.compression.pruning.groups import Scores
from slimline.layers import Layer
from slimline.model import Model

Weights = NDArray[np.bool_]  # where a layer has weights other than zero, (n_out, n_in)


def present(layers: Iterable[Layer]) -> list[Weights]:
    """Return where each layer has weights."""
    return [np.asarray(layer.weight != 0) for layer in layers]


def depends(weights: Sequence[Weights]) -> list[NDArray[np.bool_]]:
    """Return of each layer which of its outputs depend on some input."""
    alive = np.ones(weights[0].shape[1], dtype=bool)
    found = []
    for weight in weights:
        alive = np.asarray(weight[:, alive].any(axis=1))
        found.append(alive)
    return found


def lost_outputs(before: Sequence[Layer], after: Sequence[Layer]) -> NDArray[np.intp]:
    """Return the outputs that depended on some input, and no longer do."""
    was, stays = depends(present(before))[-1], depends(present(after))[-1]
    return np.flatnonzero(was & ~stays)


def spared(
    scores: Sequence[Scores], weights: Sequence[Weights], outputs: NDArray[np.intp]
) -> list[Scores]:
    """Return scores that keep one path to each of these outputs: its strongest weights."""
    kept = [score.copy() for score in scores]
    alive = [np.ones(weights[0].shape[1], dtype=bool), *depends(weights)]
    needed: NDArray[np.intp] = outputs
    for score, weight, useful in reversed(list(zip(kept, weights, alive, strict=False))):
        rows = np.where(weight[needed] & useful, score[needed], -np.inf)
        # The last of equal ones: the others go first.
        places = rows.shape[1] - 1 - rows[:, ::-1].argmax(axis=1)
        score[needed, places] = np.inf
        needed = np.unique(places)
    return kept


def emptied(before: Model, after: Model) -> str:
    """Report outputs that no longer depend on any input; nothing where all do."""
    lost = lost_outputs(before.layers, after.layers)
    if not len(lost):
        return ""
    n_out = after.layers[-1].n_out
    if after.classes is not None and n_out == len(after.classes):
        names = [quoted(label) for label in after.classes[lost[:5]].tolist()]
    else:
        names = [str(i) for i in lost[:5]]
    more = f" and {len(lost) - 5} others" if len(lost) > 5 else ""  # noqa: PLR2004 - those named
    which = "the model" if n_out == 1 else f"output {', '.join(names)}{more}"
    return f"{which} says the same of every row: no weight is left between any input and it"
