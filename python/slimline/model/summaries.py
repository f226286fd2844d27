"""A Model in words: a table of its layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from slimline._text import table
from slimline.inputs import Column
from slimline.inputs.columns import COLUMN_KINDS
from slimline.layers import layer_nbytes

if TYPE_CHECKING:
    from slimline.model.model import Model


def summarize(model: Model) -> str:
    """Return a table of the layers: kind, shape, kept weights, bytes, expected speed-up."""
    rows: list[Sequence[object]] = [
        (
            i,
            layer.kind,
            f"{layer.n_in} -> {layer.n_out}",
            layer.activation,
            layer.n_nonzero,
            f"{1 - layer.n_nonzero / max(1, layer.n_in * layer.n_out):.1%}",
            layer_nbytes(layer),
            layer.plan.text(layer.n_nonzero, layer.n_in * layer.n_out),
        )
        for i, layer in enumerate(model.layers)
    ]
    header = ("layer", "kind", "shape", "activation", "kept", "zeros", "bytes", "form")
    what = f"{model.task}, {model.input.n_features} features"
    if model.input.encoder is not None:
        what += f" of {_columns(model.input.columns)}"
    if model.input.selected is not None:
        what += f" ({model.input.n_inputs} read)"
    if model.classes is not None:
        what += f", {len(model.classes)} classes"
    if model.input.standardizes:
        what += ", standardised input"
    total = f"{model.n_parameters:,} parameters, {model.nbytes:,} bytes"
    return f"{what}\n{table(rows, header)}\n{total}"


def _columns(columns: Sequence[Column]) -> str:
    counts = Counter(column.kind for column in columns)
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in COLUMN_KINDS if counts[kind])
    return f"{len(columns)} columns ({kinds})"
