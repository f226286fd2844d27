"""The commands and their options; what they do stands in one module each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slimline.cli import console, demo_command, evaluate_command, inspect_command

app = typer.Typer(
    name="slimline",
    help="Train, prune, quantize, save and serve linear models and small networks on CPUs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

ModelFile = Annotated[Path, typer.Argument(help="A model saved by slimline.", metavar="FILE")]


@app.command()
def demo(
    output: Annotated[Path, typer.Option(help="Where the smallest model is saved.")] = Path(
        "digits.slimline"
    ),
) -> None:
    """Train, prune, quantize, save, load and compare models of handwritten digits."""
    with console.errors():
        demo_command.run(output)


@app.command()
def evaluate(
    file: ModelFile,
    data: Annotated[
        Path, typer.Argument(help="A NumPy .npz file with arrays X and y.", metavar="DATA.npz")
    ],
) -> None:
    """Measure a model on data: metrics, size, latency, throughput."""
    with console.errors():
        evaluate_command.run(file, data)


@app.command()
def inspect(file: ModelFile) -> None:
    """Show what a file holds without building the model: format, tensors, history."""
    with console.errors():
        inspect_command.run(file)
