"""``slimline predict``: rows in, predictions out; CSV is processed as a stream."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, cast

import typer

from slimline.cli import tables
from slimline.cli.data import data_for, features_for
from slimline.cli.options import ModelFile, in_a_folder
from slimline.cli.output import csv_text, write_text
from slimline.model import Model
from slimline.model.saving import load

if TYPE_CHECKING:
    import io

SUMMARY = "Predict rows, as CSV."
EXAMPLES = (
    "slimline predict flowers.slimline new.csv > predictions.csv",
    "head -n 3 new.csv | slimline predict flowers.slimline - --proba",
)

CHUNK = 10_000  # rows of CSV held in memory at a time


def command(
    model: ModelFile,
    data: Annotated[
        Path, typer.Argument(help="A data file, or - for CSV from standard input.", metavar="DATA")
    ] = Path("-"),
    output: Annotated[
        Path | None,
        typer.Option(help="A file to write instead of standard output.", callback=in_a_folder),
    ] = None,
    proba: Annotated[bool, typer.Option(help="Add the probability of each class.")] = False,
) -> None:
    """Predict each row: CSV with the column "prediction" on standard output."""
    loaded = load(model)
    if proba and not loaded.defines_probabilities:
        msg = f"{model} defines no probabilities: train it with a loss that does, such as log_loss"
        raise ValueError(msg)
    to_terminal = output is None and sys.stdout.isatty()
    write_text(output, _texts(loaded, data, proba=proba, to_terminal=to_terminal))


def _texts(model: Model, data: Path, *, proba: bool, to_terminal: bool) -> Iterator[str]:
    """Yield CSV, the header with the rows of the first batch: mistakes in them come before it."""
    head = [_header(model, proba=proba)]
    for X in _batches(model, data):
        rows = itertools.chain(head, _rows(model, X, proba=proba))
        yield csv_text(rows, to_terminal=to_terminal)
        head = []
    if head:
        yield csv_text(head)


def _batches(model: Model, data: Path) -> Iterator[Any]:
    if data == Path("-"):
        stdin = cast("io.TextIOWrapper", sys.stdin)
        stdin.reconfigure(encoding="utf-8-sig", newline="")  # as files are read
        yield from _chunks(model, stdin, "standard input")
    elif data.suffix.lower() == ".csv":
        with data.open(newline="", encoding="utf-8-sig") as file:
            yield from _chunks(model, file, str(data))
    else:
        yield data_for(model.input, data, None, need_target=False).X


def _chunks(model: Model, file: TextIO, name: str) -> Iterator[Any]:
    rows_before = 0
    for table in tables.csv_chunks(file, name, CHUNK):
        X = features_for(model.input, table, rows_before=rows_before)
        rows_before += len(X)
        yield X


def _header(model: Model, *, proba: bool) -> list[str]:
    n_values = 1 if model.classes is not None else model.layers[-1].n_out
    names = ["prediction"] if n_values == 1 else [f"prediction_{i}" for i in range(n_values)]
    if proba and model.classes is not None:
        names += [f"probability_{label}" for label in model.classes]
    return names


def _rows(model: Model, X: Any, *, proba: bool) -> Iterator[list[Any]]:
    predictions = model.predict(X)
    columns = predictions.reshape(len(predictions), -1).tolist()
    if not proba:
        yield from columns
        return
    for prediction, probabilities in zip(columns, model.predict_proba(X).tolist(), strict=True):
        yield [*prediction, *probabilities]
