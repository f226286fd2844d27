"""``slimline inspect``: the contents of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slimline._text import listed
from slimline.cli import console
from slimline.cli.options import Json, ModelFile
from slimline.persistence import FormatError, inspect_file

SUMMARY = "Show what a file holds: layers, tensors, history."
EXAMPLES = ("slimline inspect flowers.slimline", "slimline inspect flowers.slimline --json")

NAMES = ("format", "format_version", "sha256", "model_sha256", "signed_by")
SPEC_NAMES = ("target", "owner", "approver")


def command(model: ModelFile, as_json: Json = False) -> None:
    """Show what a file holds without building the model: layers, tensors, history."""
    described = inspect_file(model)
    if as_json:
        console.show_json(described)
        return
    content = described["content"]
    facts = {name: described[name] for name in NAMES}
    try:
        facts |= {"features": _features(content["input"]), "layers": _layers(described)}
        numbered = [*enumerate(content["history"], 1)]
        steps = [(i, step["action"], step["library"], _short(step)) for i, step in numbered]
        details = [row for i, step in numbered for row in _details(i, step)]
        facts["link"] = content["link"]
        if content["classes"] is not None:
            facts["classes"] = _counted(content["classes"]["values"])
        spec = content.get("spec", {})
        facts |= {name: spec[name] for name in SPEC_NAMES if spec.get(name) is not None}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        msg = f"{model} must hold a model, but its content is of another kind (see --json)"
        raise FormatError(msg) from error
    facts["model bytes"] = sum(
        tensor["bytes"]
        for tensor in described["tensors"]
        if tensor["name"].startswith(("input.", "layers."))
    )
    facts["file bytes"] = described["bytes"]
    console.show_facts(str(model), facts, as_json=False)
    console.show_table(
        "tensors",
        ("name", "dtype", "shape", "bytes"),
        [(t["name"], t["dtype"], str(t["shape"]), t["bytes"]) for t in described["tensors"]],
    )
    console.show_table("history", ("step", "action", "library", "parent"), steps)
    console.show_table("how each step was made", ("step", "parameter or measure", "value"), details)


def _features(stage: Mapping[str, Any]) -> str:
    names = stage["feature_names"]
    if "columns" in stage:
        columns = _counted([kind if name is None else name for name, kind in stage["columns"]])
        return f"{stage['n_features']:,}, of the columns of a table, {columns}"
    if names is None:
        return f"{stage['n_features']:,}, without names"
    return _counted(names)


def _counted(names: Sequence[object]) -> str:
    return f"{len(names):,}: {listed(names)}"


def _layers(described: Mapping[str, Any]) -> str:
    """Kinds and widths: the next layer takes what one makes, which has a bias or offset each."""
    shapes = {tensor["name"]: tensor["shape"] for tensor in described["tensors"]}
    content = described["content"]
    (n_in,) = shapes.get("input.selected", (content["input"]["n_features"],))
    texts = []
    for i, layer in enumerate(content["layers"]):
        (n_out,) = shapes.get(f"layers.{i}.bias") or shapes[f"layers.{i}.offset"]
        texts.append(f"{layer['kind']} ({n_in:,} to {n_out:,})")
        n_in = n_out
    return ", ".join(texts)


def _details(number: int, step: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """Return what was chosen or measured; parameters that are None say nothing."""
    found = {**step["parameters"], **step["measured"]}
    return [(number, name, str(value)) for name, value in found.items() if value is not None]


def _short(step: dict[str, str | None]) -> str:
    parent = step["parent"]
    return "-" if parent is None else parent[:12]
