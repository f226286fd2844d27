"""``slimline verify``: whether a file is undamaged, holds a model, and has a trusted signature."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from slimline._text import quoted
from slimline.cli import console
from slimline.cli.options import Json, ModelFile
from slimline.model.saving import load

SUMMARY = "Check whether a file is undamaged and signed."
EXAMPLES = (
    "slimline verify flowers.slimline && echo intact",
    "slimline verify flowers.slimline --trusted-key <64 hexadecimal digits>",
)

_DIGITS = re.compile(r"[0-9a-fA-F]{64}")


def command(
    model: ModelFile,
    trusted_key: Annotated[
        list[str] | None,
        typer.Option(help="Ed25519 public key, in hexadecimal, that must have signed the file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check format, hash, values and signature of a file; exit code 3 if one is wrong."""
    keys = None if not trusted_key else [_key(text) for text in trusted_key]
    loaded = load(model, trusted_keys=keys)
    facts = {"file": str(model), "intact": True, "sha256": loaded.sha256}
    facts["signature"] = "trusted" if keys else "not checked"
    console.show_facts("verified", facts, as_json=as_json)


def _key(text: str) -> bytes:
    if not _DIGITS.fullmatch(text):
        msg = f"--trusted-key must be 64 hexadecimal digits, got {quoted(text)}"
        raise ValueError(msg)
    return bytes.fromhex(text)
