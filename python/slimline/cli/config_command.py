"""``slimline config``: version, compiler, instruction sets and threads."""

from __future__ import annotations

from slimline._config import config
from slimline.cli import console
from slimline.cli.options import Json

SUMMARY = "Show version, instruction sets and threads."
EXAMPLES = ("slimline config --json",)


def command(as_json: Json = False) -> None:
    """Show version, compiler, instruction sets and threads."""
    console.show_facts("slimline", config(), as_json=as_json)
