"""``slimline prune``: set the least important weights to zero; with data, fine-tune the others."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from slimline.cli import console
from slimline.cli.data import data_for
from slimline.cli.options import Force, Json, MaybeData, ModelFile, Output, Target, check_new
from slimline.cli.steps import show_step
from slimline.compression import CRITERIA, GRANULARITIES, finetune, prune
from slimline.model.saving import load, save

SUMMARY = "Set the least important weights to zero."
EXAMPLES = (
    "slimline prune flowers.slimline pruned.slimline --sparsity 0.5",
    "slimline prune flowers.slimline pruned.slimline --granularity 2:4",
    "slimline prune flowers.slimline p.slimline --sparsity 0.5 --data flowers.csv --target species",
)


def command(
    model: ModelFile,
    output: Output,
    sparsity: Annotated[
        float | None,
        typer.Option(help="Share of zeros, in [0, 1); for all granularities except n:m."),
    ] = None,
    granularity: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"What is removed: {', '.join(GRANULARITIES)}, or all but n of every m "
            "consecutive weights, such as 2:4.",
        ),
    ] = "weight",
    scope: Annotated[
        str, typer.Option(help="One share for all layers together, or for each: global, layer.")
    ] = "global",
    criterion: Annotated[str, typer.Option(help=f"One of {', '.join(CRITERIA)}.")] = "magnitude",
    data: MaybeData = None,
    target: Target = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Prune a model; with --data, fine-tune it with the zeros kept."""
    check_new(output, (model, data), force=force, models=True)
    if sparsity is None and ":" not in granularity:
        msg = "--sparsity must be given, but for a --granularity such as 2:4, got none"
        raise ValueError(msg)
    loaded = load(model)
    X: Any = None
    y: Any = None
    if data is not None:
        X, y = data_for(loaded, data, target, need_target=True)
    pruned = prune(
        loaded,
        X,
        y,
        sparsity=sparsity,
        granularity=granularity,
        scope=scope,  # type: ignore[arg-type]
        criterion=criterion,
    )
    if data is not None:
        with console.working("fine-tuning with the zeros kept"):
            pruned = finetune(pruned, X, y)
    save(pruned, output)
    show_step(loaded, pruned, output, as_json=as_json)
