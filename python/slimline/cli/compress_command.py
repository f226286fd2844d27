"""``slimline compress``: search the smallest or fastest model that keeps its score."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from slimline.cli import console
from slimline.cli.data import data_for
from slimline.cli.options import (
    DataFile,
    Force,
    Json,
    ModelFile,
    Output,
    Target,
    check_new,
    in_a_folder,
)
from slimline.compression import compress
from slimline.compression.search.result import Candidate, CompressResult, check_picture
from slimline.model.saving import load, save

SUMMARY = "Find the smallest model that keeps its score."
EXAMPLES = (
    "slimline compress flowers.slimline flowers.csv small.slimline --target species",
    "slimline compress m.slimline rows.npz fast.slimline --for latency --plot pareto.png",
)


def command(
    model: ModelFile,
    data: DataFile,
    output: Output,
    target: Target = None,
    max_drop: Annotated[float, typer.Option(help="Largest loss of score, in [0, 1).")] = 0.005,
    goal: Annotated[str, typer.Option("--for", help="What to minimise: size, latency.")] = "size",
    budget: Annotated[float, typer.Option(help="Seconds for measuring candidates.")] = 300.0,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Draw score against bytes and latency: .png, .svg, .pdf.", callback=in_a_folder
        ),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Prune, quantize and fine-tune in many ways, and save the best that keeps its score."""
    check_new(output, (model, data), force=force, models=True)
    if plot is not None:
        check_picture(plot)  # before the search, not behind it
    loaded = load(model)
    X, y = data_for(loaded, data, target, need_target=True)
    with console.working("measuring candidates"):
        result = compress(
            loaded,
            X,
            y,
            max_drop=max_drop,
            target=goal,  # type: ignore[arg-type]
            budget_seconds=budget,
        )
    save(result.model, output)
    if plot is not None:
        result.plot(plot)
    _show(result, output, as_json=as_json)


def _show(result: CompressResult, output: Path, *, as_json: bool) -> None:
    facts: dict[str, Any] = {
        "saved": str(output),
        "bytes before": result.baseline.nbytes,
        "bytes": result.model.nbytes,
        "score before, on rows held back": result.check_baseline,
        "score, on rows held back": result.check_score,
        "candidates measured": len(result.candidates),
    }
    if as_json:
        facts["pareto"] = [_facts(candidate) for candidate in result.pareto]
        console.show_json(facts)
        return
    console.show_facts("compress", facts, as_json=False)
    console.show_text(result.summary())


def _facts(candidate: Candidate) -> dict[str, Any]:
    return {name: value for name, value in vars(candidate).items() if name != "model"}
