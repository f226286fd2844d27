"""``slimline inspect``: what a file says of itself."""

from __future__ import annotations

from slimline.cli import console
from slimline.cli.options import Json, ModelFile
from slimline.persistence import inspect_file

EXAMPLES = ("slimline inspect flowers.slimline", "slimline inspect flowers.slimline --json")

NAMES = ("format", "format_version", "sha256", "model_sha256", "signed_by", "bytes")


def command(model: ModelFile, as_json: Json = False) -> None:
    """Show what a file holds without building the model: format, tensors, history."""
    described = inspect_file(model)
    if as_json:
        console.show_json(described)
        return
    content = described["content"]
    facts = {name: described[name] for name in NAMES}
    facts |= {name: content[name] for name in ("link", "classes") if name in content}
    console.show_facts(str(model), facts, as_json=False)
    console.show_table(
        "tensors",
        ("name", "dtype", "shape", "bytes"),
        [(t["name"], t["dtype"], str(t["shape"]), t["bytes"]) for t in described["tensors"]],
    )
    console.show_table(
        "history",
        ("action", "library", "parameters", "measured", "parent"),
        [
            (
                step["action"],
                step["library"],
                _pairs(step["parameters"]),
                _pairs(step["measured"]),
                _short(step),
            )
            for step in content.get("history", [])
        ],
    )


def _pairs(mapping: dict[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in mapping.items())


def _short(step: dict[str, str | None]) -> str:
    parent = step["parent"]
    return "-" if parent is None else parent[:12]
