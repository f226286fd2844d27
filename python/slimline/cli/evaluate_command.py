"""``slimline evaluate``: a saved model against data from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slimline.cli import console
from slimline.cli.data import data_for
from slimline.cli.options import (
    DataFile,
    Decimal,
    Encoding,
    Json,
    ModelFile,
    Sep,
    Target,
    in_a_folder,
)
from slimline.cli.output import write_text
from slimline.cli.reading import checked_reading
from slimline.model.saving import load

if TYPE_CHECKING:
    from slimline.evaluation import Report

SUMMARY = "Measure quality, size, latency and throughput."
EXAMPLES = (
    "slimline evaluate flowers.slimline flowers.csv --target species",
    "slimline evaluate small.slimline flowers.csv --target species --baseline flowers.slimline",
)

ENERGY = "energy (uJ/row)"  # as Report.rows calls it


def command(
    model: ModelFile,
    data: DataFile,
    target: Target = None,
    baseline: Annotated[
        Path | None, typer.Option(help="Another model, with which to compare predictions.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            help="Also write a page with pictures; needs the extra report.", callback=in_a_folder
        ),
    ] = None,
    sep: Sep = None,
    encoding: Encoding = None,
    decimal: Decimal = None,
    as_json: Json = False,
) -> None:
    """Measure a model on data: quality, size, latency, throughput.

    Exit code 1 when the model misses a requirement of its specification.
    """
    from slimline.evaluation import evaluate  # noqa: PLC0415 - takes seconds

    loaded = load(model)
    reading = checked_reading(sep, encoding, decimal)
    X, y = data_for(loaded, data, target, need_target=True, reading=reading)
    with console.working(f"measuring {model}"):
        report = evaluate(loaded, X, y, baseline=None if baseline is None else load(baseline))
    if html is not None:
        write_text(html, [report.to_html(f"Evaluation of {model.name}")])
    if as_json:
        console.show_json(facts_of(report))
    else:
        _show(f"{model} on {data}", report)
    if report.passed is False:
        raise typer.Exit(console.EXIT_FAILED)


def _show(title: str, report: Report) -> None:
    console.show_table(title, ("measure", report.task), [*measured(facts_of(report)).items()])
    if report.checks:
        header = ("demand", "asked for", "got", "result")
        console.show_table("demands", header, report.check_rows())


def measured(facts: dict[str, Any]) -> dict[str, Any]:
    """Leave out the energy where the value is the reason why there is none."""
    missing = isinstance(facts.get(ENERGY), str)
    return {name: value for name, value in facts.items() if not (missing and name == ENERGY)}


def facts_of(report: Report) -> dict[str, Any]:
    """Return the measures of a report by name; JSON has all of them."""
    return dict(report.rows())
