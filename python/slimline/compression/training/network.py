"""Continue training a whole Model, each layer in the kind in which it is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import csr_parts
from slimline._networks import Rows, run_epoch
from slimline.compression._inputs import training_inputs
from slimline.compression._storage import smallest
from slimline.compression.training.losses import check_labels, core_loss, values_of
from slimline.layers import Layer, Units
from slimline.model import Model

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class TuningOptions:
    """How long and how fast to train."""

    alpha: float
    max_iter: int
    batch_size: int
    learning_rate_init: float
    random_state: int
    n_threads: int


def is_masked(pruned: Model, model: Model) -> bool:
    """Whether pruning set weights to zero, and did nothing else."""
    return all(map(_is_masked, pruned.layers, model.layers))


def _is_masked(pruned: Layer, layer: Layer) -> bool:
    weight = pruned.weight
    return (
        weight.shape == layer.weight.shape
        and np.array_equal(weight, np.where(weight != 0, layer.weight, 0))
        and np.array_equal(pruned.bias, layer.bias)
    )


class Tuner:
    """A Model in training, whose layers keep their kind: pruned weights zero, int8 layers int8."""

    def __init__(self, model: Model, X: Any, y: NDArray[Any], options: TuningOptions) -> None:
        """Hand the model's layers to the core."""
        self.model = model
        targets, self._unit = _targets(model, y)
        inputs = training_inputs(model, X)
        first = model.layers[0]
        self._step = 1.0 if first.activations == "static" else _size(inputs)
        if self._step != 1:
            inputs = inputs * np.float32(1 / self._step)
        self._rows = Rows(inputs, targets, np.ones(len(targets), dtype=np.float32))
        if self._rows.X.shape[0] != len(targets) or not len(targets):
            msg = (
                "X and y must have the same number of rows, at least one,"
                f" got {self._rows.X.shape[0]}, {len(targets)}"
            )
            raise ValueError(msg)
        specs = [(layer.n_out, layer.activation) for layer in model.layers]
        self._network = _core.Network(
            model.input.n_inputs, specs, _core_options(model, options, len(targets))
        )
        for i, layer in enumerate(model.layers):
            self._load(i, layer)
        self.mask(model)

    def _load(self, i: int, layer: Layer) -> None:
        weight, bias, int8 = layer.training(first=i == 0)
        if int8 is not None:
            self._network.set_int8(i, int8)
        if i == 0:
            weight = weight * np.float32(self._step)
        if i == len(self.model.layers) - 1:
            weight, bias = weight / self._unit, bias / self._unit
        self._network.set_layer(
            i, np.ascontiguousarray(weight, np.float32), np.ascontiguousarray(bias, np.float32)
        )

    def mask(self, pruned: Model) -> None:
        """Hold weights at zero where those of ``pruned`` are."""
        for i, layer in enumerate(pruned.layers):
            keep = layer.weight != 0
            if not keep.all():
                self._network.set_mask(i, np.ascontiguousarray(keep, dtype=np.uint8))

    def epoch(self) -> float:
        """Make one pass over the rows."""
        return run_epoch(self._network, self._rows)

    def outputs(self) -> Floats:
        """Return the outputs of the layers in training."""
        X = self._rows.X
        out = np.empty((X.shape[0], self.model.layers[-1].n_out), dtype=np.float32)
        if hasattr(X, "indptr"):
            self._network.forward_csr(*csr_parts(X), out)
        else:
            self._network.forward(X, out)
        return out * self._unit

    def trained(self) -> Model:
        """Return the model as it is now, its layers of the kinds that they were."""
        layers = [self._layer(i, layer) for i, layer in enumerate(self.model.layers)]
        return replace(self.model, layers=tuple(layers))

    def _layer(self, i: int, layer: Layer) -> Layer:
        output = self._unit if i == len(self.model.layers) - 1 else np.float32(1)
        weight = output / np.float32(self._step) if i == 0 else output
        inputs = self._rows.X * np.float32(self._step) if i == 0 else None
        return smallest(layer.trained(self._network, i, Units(weight, output), inputs))


def _size(inputs: Any) -> float:
    """Return a power of two near the size of the nonzero inputs: dividing by it loses no bit."""
    values = np.asarray(inputs.data if hasattr(inputs, "indptr") else inputs).ravel()
    n = np.count_nonzero(values)
    if n == 0:
        return 1.0
    return float(2.0 ** np.rint(np.log2(np.sqrt(np.square(values, dtype=np.float64).sum() / n))))


def _targets(model: Model, y: NDArray[Any]) -> tuple[Floats, np.float32]:
    """Return what each output shall give, and the unit of the outputs (regression)."""
    if model.classes is None:
        values = values_of(model, y)
        unit = np.float32(1 if model.link == "log" else values.std()) or np.float32(1)
        return np.ascontiguousarray(values / unit, dtype=np.float32), unit
    check_labels(y, model.classes)
    hits = y[:, None] == model.classes
    if model.link == "softmax":
        return hits.astype(np.float32), np.float32(1)
    if model.link == "ovo":  # 0 for rows of neither class, whose gradient is then zero
        first, second = np.triu_indices(len(model.classes), 1)
        signs = hits[:, first].astype(np.float32) - hits[:, second]
        return np.ascontiguousarray(signs), np.float32(1)
    if model.layers[-1].n_out == 1:
        hits = hits[:, 1:]
    return np.where(hits, np.float32(1), np.float32(-1)), np.float32(1)


def _core_options(model: Model, options: TuningOptions, n_samples: int) -> _core.NetworkOptions:
    core = _core.NetworkOptions()
    core.loss = core_loss(model.link)
    core.schedule = "linear"
    core.eta0 = options.learning_rate_init
    core.max_iter = options.max_iter
    core.l2 = options.alpha
    core.l2_per_batch = True
    core.batch_size = min(options.batch_size, n_samples)
    core.seed = options.random_state
    core.n_threads = options.n_threads
    return core
