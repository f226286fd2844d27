"""What the layers of a Model see and give: what pruning, quantization and training all look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import Csr, as_features, canonical_csr
from slimline.layers import Layer
from slimline.model import Model

Batch = NDArray[np.float32]

_LARGEST = float(np.sqrt(np.finfo(np.float32).max)) / 4


def first_inputs(model: Model, X: Any) -> Any:
    """Return what the first layer sees: an array, or a sparse matrix in compressed rows."""
    stage = model.input
    X = model.columns(X)
    features = as_features(X, stage.n_features, stage.row_type)
    if not isinstance(features, Csr):
        return stage.apply(features)
    if stage.standardizes:
        return stage.apply(X.toarray().astype(features.data.dtype))
    return stage.select(canonical_csr(X).astype(np.float32))


def training_inputs(model: Model, X: Any) -> Any:
    """Return what :func:`first_inputs` does; ValueError where float32 cannot hold its squares."""
    with np.errstate(over="ignore", invalid="ignore"):  # refused below
        inputs = first_inputs(model, X)
    values = inputs.data if hasattr(inputs, "indptr") else inputs
    largest = float(np.abs(values).max(initial=0))
    if not largest <= _LARGEST:
        scaled = ", after the model's input stage," if model.input.standardizes else ""
        msg = (
            f"X must hold columns{scaled} within {_LARGEST:.2g} to train on in float32, got"
            f" {largest:.2g}: too large, scale the columns"
        )
        raise ValueError(msg)
    return inputs


def runner(layer: Layer) -> Callable[[Batch], Batch]:
    """Return what computes the outputs of one layer from its inputs."""
    stack = _core.Stack(layer.n_in)
    layer.add_to(stack)

    def run(X: Batch) -> Batch:
        out = np.empty((len(X), layer.n_out), dtype=np.float32)
        stack.forward(X, out, 1)
        return out

    return run


def forward(layer: Layer, X: Batch) -> Batch:
    """Run one layer."""
    return runner(layer)(X)
