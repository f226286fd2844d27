"""``slimline quantize``: int8 weights and integer products."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from slimline.cli import console
from slimline.cli.data import data_for
from slimline.cli.options import Force, Json, ModelFile, Output, check_new
from slimline.cli.steps import show_step
from slimline.compression import quantize
from slimline.compression.quantization.recipe import Activations, ObserverName
from slimline.compression.quantization.weights import Clip, Per
from slimline.model.saving import load, save

SUMMARY = "Store weights as int8, multiply in integers."
EXAMPLES = (
    "slimline quantize flowers.slimline small.slimline",
    "slimline quantize flowers.slimline small.slimline --activations static --data flowers.csv",
)


def _choices(what: str, literal: object) -> str:
    return f"{what}: {' or '.join(get_args(literal))}."


def command(
    model: ModelFile,
    output: Output,
    data: Annotated[
        Path | None, typer.Option(help="Rows to calibrate with; needed for static activations.")
    ] = None,
    per: Annotated[str, typer.Option(help=_choices("A scale for each", Per))] = "channel",
    activations: Annotated[
        str, typer.Option(help=_choices("Ranges per row, from the data, or none", Activations))
    ] = "auto",
    observer: Annotated[
        str, typer.Option(help=_choices("How ranges follow from the data", ObserverName))
    ] = "auto",
    clip: Annotated[str, typer.Option(help=_choices("How weights are clipped", Clip))] = "none",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Store weights as int8 and multiply in integers, the same on every CPU."""
    check_new(output, (model, data), force=force, models=True)
    if activations == "static" and data is None:
        msg = "--activations static needs --data, rows that show the ranges of the inputs, got none"
        raise ValueError(msg)
    loaded = load(model)
    X = None if data is None else data_for(loaded, data, None, need_target=False).X
    with console.working("quantizing"):
        quantized = quantize(
            loaded,
            X,
            per=per,  # type: ignore[arg-type]
            activations=activations,  # type: ignore[arg-type]
            observer=observer,  # type: ignore[arg-type]
            clip=clip,  # type: ignore[arg-type]
        )
    save(quantized, output)
    show_step(loaded, quantized, output, as_json=as_json)
