"""A Model as what a file holds, tensors by name and JSON, and back; saving.py writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from slimline.history import Step
from slimline.inputs import InputStage
from slimline.layers import KINDS
from slimline.model.labels import labels_from_json, labels_to_json
from slimline.model.reference import Reference
from slimline.model.spec import ModelSpec
from slimline.persistence.strict_json import MAX_VALUES

if TYPE_CHECKING:
    from slimline.model.model import Model

State = tuple[dict[str, NDArray[Any]], dict[str, Any]]

# What readers take of JSON, less what layers and history need of it.
MOST_NAMES = MAX_VALUES - 10_000

KNOWN = {"input", "layers", "link", "classes", "history", "spec"}


def state_of(model: Model) -> State:
    """Return the tensors and the JSON of a model; ValueError for more names than files can hold."""
    n_labels = 0 if model.classes is None else len(model.classes)
    encoder = model.input.encoder
    n_names = len(model.input.feature_names or ()) if encoder is None else 3 * len(encoder.columns)
    if n_labels + n_names > MOST_NAMES:
        msg = (
            f"a model can have at most {MOST_NAMES:,} class labels and feature names, got"
            f" {n_labels:,} and {n_names:,}"
        )
        raise ValueError(msg)
    tensors = {f"input.{name}": value for name, value in model.input.tensors().items()}
    for i, layer in enumerate(model.layers):
        tensors |= {f"layers.{i}.{name}": value for name, value in layer.tensors().items()}
    if model.reference is not None:
        stored = model.reference.tensors()
        tensors |= {f"reference.{name}": value for name, value in stored.items()}
    content = {
        "input": model.input.params(),
        "layers": [{"kind": layer.kind, **layer.params()} for layer in model.layers],
        "link": model.link,
        "classes": None if model.classes is None else labels_to_json(model.classes),
        "history": [step.params() for step in model.history],
    }
    if model.spec is not None:
        content["spec"] = model.spec.params()
    return tensors, content


def parts_of(tensors: Mapping[str, NDArray[Any]], content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of Model; ValueError for entries that do not belong to one."""
    groups: dict[str, dict[str, NDArray[Any]]] = {}
    for name, value in tensors.items():
        # The names of what the input stage has are its own matter.
        split = str.partition if name.startswith("input.") else str.rpartition
        group, _, leaf = split(name, ".")
        groups.setdefault(group, {})[leaf] = value
    classes = content["classes"]
    layers = []
    for i, params in enumerate(content["layers"]):
        kind = KINDS[params.pop("kind")]
        layers.append(kind.from_state(groups.pop(f"layers.{i}", {}), params))
    parts = {
        "input": InputStage.from_state(groups.pop("input", {}), content["input"]),
        "layers": tuple(layers),
        "link": content["link"],
        "classes": None if classes is None else labels_from_json(classes),
        "history": tuple(map(Step.from_params, content["history"])),
        "spec": ModelSpec.from_params(content["spec"]) if "spec" in content else None,
        "reference": Reference.from_state(groups.pop("reference"))
        if "reference" in groups
        else None,
    }
    if groups or set(content) - KNOWN:
        msg = f"unknown entries {sorted([*groups, *(set(content) - KNOWN)])}"
        raise ValueError(msg)
    return parts
