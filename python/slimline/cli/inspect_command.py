"""``slimline inspect``: what a file says of itself."""

from __future__ import annotations

from pathlib import Path

from slimline.cli import console
from slimline.persistence import inspect_file

NAMES = ("format", "format_version", "sha256", "model_sha256", "signed_by", "bytes")


def run(file: Path) -> None:
    """Show format, tensors, settings and history of a checked file, as plain data."""
    described = inspect_file(file)
    content = described["content"]
    facts = [(name, described[name]) for name in NAMES]
    facts += [(name, content[name]) for name in ("link", "classes") if name in content]
    console.show_table(str(file), ("what", "value"), [(name, str(value)) for name, value in facts])
    console.show_table(
        "tensors",
        ("name", "dtype", "shape", "bytes"),
        [(t["name"], t["dtype"], str(t["shape"]), t["bytes"]) for t in described["tensors"]],
    )
    history = content.get("history", [])
    console.show_table(
        "history",
        ("action", "parameters", "measured", "parent"),
        [
            (step["action"], _pairs(step["parameters"]), _pairs(step["measured"]), _short(step))
            for step in history
        ],
    )


def _pairs(mapping: dict[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in mapping.items())


def _short(step: dict[str, str | None]) -> str:
    parent = step["parent"]
    return "-" if parent is None else parent[:12]
