"""``slimline verify``: whether a file is whole, holds a model, and comes from whom you trust."""

from __future__ import annotations

from typing import Annotated

import typer

from slimline.cli import console
from slimline.cli.options import Json, ModelFile
from slimline.saving import load

SUMMARY = "Check whether a file is whole, and by whom."
EXAMPLES = (
    "slimline verify flowers.slimline && echo intact",
    "slimline verify flowers.slimline --trusted-key <64 hexadecimal digits>",
)


def command(
    model: ModelFile,
    trusted_key: Annotated[
        list[str] | None,
        typer.Option(help="An Ed25519 public key in hexadecimal that must have signed the file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check format, hash, values and signature of a file; exit code 3 where one is wrong."""
    keys = None if not trusted_key else [_key(text) for text in trusted_key]
    loaded = load(model, trusted_keys=keys)
    facts = {"file": str(model), "intact": True, "sha256": loaded.sha256}
    facts["signature"] = "trusted" if keys else "not checked"
    console.show_facts("verified", facts, as_json=as_json)


def _key(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        msg = f"--trusted-key must be 64 hexadecimal digits, got {text!r}"
        raise ValueError(msg) from error
