"""Whether the parts of a Model fit together; ValueError where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline.inputs import InputStage
from slimline.layers import Layer
from slimline.model.labels import plain_labels
from slimline.model.links import LINKS
from slimline.model.reference import Reference

# Of the input and of each layer: numbers of columns are int32 in the core.
MAX_WIDTH = 2**31 - 1


def check_layers(stage: InputStage, layers: Sequence[Layer]) -> None:
    """Check that each layer takes what comes before it, and that widths are numbers of the core."""
    if not layers:
        msg = "layers must hold at least one layer, got none"
        raise ValueError(msg)
    _check_width("n_features", stage.n_features)
    width = stage.n_inputs
    for i, layer in enumerate(layers):
        if layer.n_in != width:
            msg = f"layer {i} must take {width} inputs, but takes {layer.n_in}"
            raise ValueError(msg)
        _check_width(f"the inputs of layer {i}", layer.n_in)
        _check_width(f"the outputs of layer {i}", layer.n_out)
        width = layer.n_out


def checked_classes(classes: Any, link: str, width: int) -> NDArray[Any] | None:
    """Return classes as a read-only array of plain labels, or None for a regression.

    They must be there where the link has them, as many as ``width`` outputs say.
    """
    regression = LINKS[link].winners is None
    if regression != (classes is None):
        msg = f"classes must {'not be' if regression else 'be'} given with link {link!r}"
        raise ValueError(msg)
    if classes is None:
        return None
    labels = plain_labels(classes)
    if labels.ndim != 1 or len(np.unique(labels)) != len(labels):
        msg = "classes must be a 1-d array of distinct labels"
        raise ValueError(msg)
    if len(labels) < 2 or width != LINKS[link].n_outputs(len(labels)):  # noqa: PLR2004
        msg = f"{len(labels)} classes with link {link!r} do not fit {width} outputs"
        raise ValueError(msg)
    labels.flags.writeable = False
    return labels


def check_reference(
    reference: Reference, stage: InputStage, classes: NDArray[Any] | None, width: int
) -> None:
    """Check that a reference is one of these features and of predictions of this kind."""
    if len(reference.edges) != stage.n_features:
        msg = f"reference has {len(reference.edges)} features, not {stage.n_features}"
        raise ValueError(msg)
    shape = reference.predicted_counts.shape
    if classes is None:
        fits = len(reference.predicted_edges) == width
    else:
        fits = len(reference.predicted_edges) == 0 and shape == (1, len(classes))
    if not fits:
        msg = f"reference has predictions of another kind: {shape}"
        raise ValueError(msg)


def _check_width(what: str, width: int) -> None:
    """Raise ValueError for layers without weights, and where products of sizes leave 64 bits."""
    if not 1 <= width <= MAX_WIDTH:
        msg = f"{what} must be 1 to {MAX_WIDTH:,}, got {width:,}"
        raise ValueError(msg)
