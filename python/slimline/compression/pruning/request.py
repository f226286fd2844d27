"""What is asked of prune, checked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from slimline._checks import as_targets, check_choice, check_fraction
from slimline.compression.pruning.criteria import CRITERIA
from slimline.compression.pruning.groups import n_of_m
from slimline.compression.pruning.schedules import SCHEDULES
from slimline.history import Value
from slimline.model import Model

GRANULARITIES = ("weight", "block", "feature", "node")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The arguments of prune."""

    sparsity: float | None
    threshold: float | None = None
    n_features: int | None = None
    n_nodes: int | None = None
    granularity: str
    scope: str
    criterion: str
    overrides: Mapping[int, float] = field(default_factory=dict)
    keep: tuple[int, ...] = ()
    exclude: tuple[int, ...] = ()
    schedule: str
    steps: int = 1
    refit: bool = True
    reads: str = "full"
    random_state: int

    def parameters(self) -> dict[str, Value]:
        """Return what the history records: all that was asked for."""
        texts: dict[str, Value] = {
            "overrides": ", ".join(f"{i}: {share}" for i, share in self.overrides.items()),
            "keep": ", ".join(map(str, self.keep)),
            "exclude": ", ".join(map(str, self.exclude)),
        }
        plain: dict[str, Value] = {
            name: getattr(self, name) for name in self.__slots__ if name not in texts
        }
        everything = {**plain, **texts}
        return {name: value for name, value in everything.items() if value not in (None, "")}


def check_request(model: Model, request: Request, X: Any, y: Any) -> None:
    """Raise ValueError or TypeError where the request makes no sense for this model."""
    pattern = n_of_m(request.granularity)
    if pattern is None:
        check_choice("granularity", request.granularity, (*GRANULARITIES, "n:m"))
    check_choice("scope", request.scope, ("global", "layer"))
    check_choice("criterion", request.criterion, CRITERIA)
    check_choice("schedule", request.schedule, SCHEDULES)
    check_choice("reads", request.reads, ("full", "kept"))
    _check_amount(request, pattern)
    _check_data(model, request, X, y)
    for i in (*request.exclude, *request.overrides):
        if not 0 <= i < len(model.layers):
            msg = f"layers must be numbered 0 to {len(model.layers) - 1}, got {i}"
            raise ValueError(msg)
    for share in request.overrides.values():
        check_fraction("overrides", share)
    for i, layer in enumerate(model.layers):
        if layer.activations == "static":
            msg = f"layer {i} is int8 with static ranges: prune first, then quantize"
            raise ValueError(msg)
        if CRITERIA[request.criterion].corrects and layer.weight_type != "float32":
            msg = f"{request.criterion} corrects float32 weights, but layer {i} is {layer.kind}"
            raise ValueError(msg)
    if request.granularity == "node" and len(model.layers) == 1:
        msg = "granularity='node' needs a hidden layer, got a model of one layer"
        raise ValueError(msg)


def _check_amount(request: Request, pattern: tuple[int, int] | None) -> None:
    amounts = {
        name: value
        for name in ("sparsity", "threshold", "n_features", "n_nodes")
        if (value := getattr(request, name)) is not None
    }
    if pattern is not None:
        if amounts:
            msg = (
                f"granularity={request.granularity!r} says how much: give no {next(iter(amounts))}"
            )
            raise ValueError(msg)
        return
    if len(amounts) != 1:
        got = " and ".join(amounts) or "none; they go by name, as in sparsity=0.5"
        msg = f"give one of sparsity, threshold, n_features and n_nodes, got {got}"
        raise ValueError(msg)
    if request.sparsity is not None:
        check_fraction("sparsity", request.sparsity)
    for name, granularity in (("n_features", "feature"), ("n_nodes", "node")):
        value = amounts.get(name)
        if value is None:
            continue
        if request.granularity != granularity:
            msg = f"{name} goes with granularity={granularity!r}, got {request.granularity!r}"
            raise ValueError(msg)
        if not isinstance(value, int | np.integer) or value < 1:
            msg = f"{name} must be a whole number >= 1, got {value!r}"
            raise ValueError(msg)


def _check_data(model: Model, request: Request, X: Any, y: Any) -> None:
    needs = CRITERIA[request.criterion].needs
    why = f"criterion={request.criterion!r}"
    if request.refit:
        needs, why = "Xy", "a refit" if request.schedule == "one-shot" else "schedule"
    counted = request.sparsity is None and n_of_m(request.granularity) is None
    if request.schedule != "one-shot" and counted:
        msg = f"schedule={request.schedule!r} needs a sparsity to work towards"
        raise ValueError(msg)
    if (
        request.schedule != "one-shot"
        and request.granularity == "node"
        and (request.scope == "layer" or request.overrides)
    ):
        msg = "a schedule for nodes counts them over all layers: no scope='layer', no overrides"
        raise ValueError(msg)
    if request.steps < 1:
        msg = f"steps must be a whole number >= 1, got {request.steps!r}"
        raise ValueError(msg)
    if y is not None:
        as_targets(y, task=model.task)
    if (needs and X is None) or (needs == "Xy" and y is None):
        msg = f"{why} needs {' and '.join(needs)}"
        raise ValueError(msg)


def feature_numbers(model: Model, keep: Iterable[int | str]) -> tuple[int, ...]:
    """Return the places of features among the model's inputs; they are given by number or name."""
    names = model.input.names or ()
    inputs = range(model.input.n_features) if model.input.selected is None else model.input.selected
    places = {int(feature): place for place, feature in enumerate(inputs)}
    numbers = []
    for feature in keep:
        number = names.index(feature) if feature in names else feature
        if not isinstance(number, int | np.integer) or int(number) not in places:
            msg = (
                f"keep must hold features that the model reads, by number or name, got {feature!r}"
            )
            raise ValueError(msg)
        numbers.append(places[int(number)])
    return tuple(numbers)
