"""``slimline quantize``: int8 weights and integer products."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from slimline.cli.options import Json, ModelFile, Output
from slimline.cli.steps import show_step
from slimline.compression import quantize
from slimline.compression.quantization import Per
from slimline.model import load, save

EXAMPLES = ("slimline quantize flowers.slimline small.slimline",)


def command(
    model: ModelFile,
    output: Output,
    per: Annotated[
        str, typer.Option(help=f"One scale for each: {', '.join(get_args(Per))}.")
    ] = "channel",
    as_json: Json = False,
) -> None:
    """Store a byte a weight and multiply in integers, the same on every CPU."""
    loaded = load(model)
    quantized = quantize(loaded, per=per)  # type: ignore[arg-type]
    save(quantized, output)
    show_step(loaded, quantized, output, as_json=as_json)
