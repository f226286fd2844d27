"""The output of the commands that make a model smaller."""

from __future__ import annotations

from pathlib import Path

from slimline.cli import console
from slimline.model import Model


def show_step(before: Model, after: Model, output: Path, *, as_json: bool) -> None:
    """Show size and zeros before and after."""
    facts = {
        "saved": str(output),
        "layers": ", ".join(layer.kind for layer in after.layers),
        "bytes before": before.nbytes,
        "bytes": after.nbytes,
        "nonzero weights before": before.n_nonzero,
        "nonzero weights": after.n_nonzero,
        "file bytes, with header and history": output.stat().st_size,
    }
    console.show_facts(after.history[-1].action, facts, as_json=as_json)
