"""``slimline predict``: rows in, predictions out; CSV is read as a stream."""

from __future__ import annotations

import json
import math
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast

import numpy as np
import typer

from slimline._text import listed, quoted
from slimline.cli import console, tables
from slimline.cli.bad_rows import bad_rows, part
from slimline.cli.data import TABLES, check_columns, data_for, rows_for
from slimline.cli.options import (
    Decimal,
    Encoding,
    Force,
    ModelFile,
    Sep,
    check_new,
    in_a_folder,
    names_of,
)
from slimline.cli.output import csv_text, write_text
from slimline.cli.reading import Reading, checked_reading
from slimline.model import Model
from slimline.model.saving import load

if TYPE_CHECKING:
    import io

SUMMARY = "Predict rows, as CSV or JSON lines."
EXAMPLES = (
    "slimline predict flowers.slimline new.csv > predictions.csv",
    "slimline predict flowers.slimline new.csv --id name --bad refused.csv --output p.csv",
    "head -n 3 new.csv | slimline predict flowers.slimline - --proba",
)

CHUNK = 10_000  # rows of CSV that are predicted at a time
SOME = 5  # bad rows that an error names
LINES = (".jsonl", ".ndjson")


def command(
    model: ModelFile,
    data: Annotated[
        Path, typer.Argument(help="A data file, or - for CSV from standard input.", metavar="DATA")
    ] = Path("-"),
    output: Annotated[
        Path | None,
        typer.Option(
            help="A file to write instead of standard output: .jsonl gets JSON lines.",
            callback=in_a_folder,
        ),
    ] = None,
    proba: Annotated[bool, typer.Option(help="Add the probability of each class.")] = False,
    id_columns: Annotated[
        list[str] | None,
        typer.Option("--id", metavar="NAME,...", help="Columns of DATA to write in front."),
    ] = None,
    bad: Annotated[
        Path | None,
        typer.Option(
            help="A file for rows that the model cannot take, and why: exit code 3 if any.",
            callback=in_a_folder,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON lines.")] = False,
    sep: Sep = None,
    encoding: Encoding = None,
    decimal: Decimal = None,
    force: Force = False,
) -> None:
    """Predict each row: the columns of --id, "prediction", and with --proba "probability_<label>".

    A row that the model cannot take ends it with exit code 1 and nothing written, unless --bad
    takes such rows.
    """
    for path in (output, bad):
        check_new(path, (model, data), force=force, models=False)
    if output is not None and bad is not None and output.resolve() == bad.resolve():
        msg = f"--output and --bad must be two files, got {output} for both"
        raise ValueError(msg)
    loaded = load(model)
    if proba and not loaded.defines_probabilities:
        msg = f"{model} defines no probabilities: train it with a loss that does, such as log_loss"
        raise ValueError(msg)
    reading = checked_reading(sep, encoding, decimal)
    made = _predicted(
        loaded, data, reading, names_of(id_columns), proba=proba, keep=bad is not None
    )
    header = [*names_of(id_columns), *_header(loaded, proba=proba)]
    if len(set(header)) < len(header):
        msg = f"--id must name columns that differ from those of the predictions, {listed(header)}"
        raise ValueError(msg)
    to_terminal = output is None and sys.stdout.isatty()
    if as_json or (output is not None and output.suffix.lower() in LINES):
        texts: list[str] = [_json_lines(header, made.rows)]
    else:
        texts = [csv_text([header, *made.rows], to_terminal=to_terminal)]
    if bad is not None:
        write_text(bad, [csv_text(made.bad)])
    write_text(output, texts)
    if bad is not None and len(made.bad) > 1:
        warnings.warn(f"{len(made.bad) - 1:,} rows are in {bad}, not predicted", stacklevel=2)
        raise typer.Exit(console.EXIT_FORMAT)


class _Made(NamedTuple):
    """Rows of predictions, and of what could not be predicted below a header."""

    rows: list[list[Any]]
    bad: list[list[Any]]


def _predicted(
    model: Model, data: Path, reading: Reading, ids: Sequence[str], *, proba: bool, keep: bool
) -> _Made:
    """Predict all rows; with ``keep``, collect those that the model cannot take."""
    made = _Made([], [["problem"]])
    if data != Path("-") and data.suffix.lower() not in TABLES:
        check_columns({"--id": ids}, {})
        made.rows.extend(
            _rows(model, data_for(model, data, None, need_target=False).X, proba=proba)
        )
        return made
    unseen: Counter[str] = Counter()
    rows_before = 0
    for table in _tables(data, reading):
        check_columns({"--id": ids}, table)
        good = _good(model, table, rows_before, made, keep=keep)
        rows_before += len(next(iter(table.values())))
        if not len(next(iter(good.values()))):
            continue
        X = rows_for(model, good)
        if model.input.encoder is not None:
            unseen.update(model.unseen(X))
        passed = zip(*(good[name].tolist() for name in ids), strict=True) if ids else None
        for row in _rows(model, X, proba=proba):
            made.rows.append([*next(passed), *row] if passed is not None else row)
    _warn_of_unseen(unseen)
    return made


def _good(
    model: Model, table: tables.Table, rows_before: int, made: _Made, *, keep: bool
) -> tables.Table:
    """Return the rows that the model takes; add others to ``made``, or raise ValueError."""
    n_rows = len(next(iter(table.values())))
    found = bad_rows(model, table, n_rows if keep else SOME)
    if not found:
        return table
    if not keep:
        named = "; ".join(f"row {rows_before + row + 1}: {why}" for row, why in found.items())
        more = "; there may be more" if len(found) == SOME else ""
        msg = f"{named}{more} (--bad FILE takes such rows and predicts the others)"
        raise ValueError(msg)
    if len(made.bad) == 1:
        made.bad[0] = [*table, "problem"]
    columns = [cells.tolist() for cells in table.values()]
    made.bad.extend([*(cells[row] for cells in columns), why] for row, why in found.items())
    return part(table, np.setdiff1d(np.arange(n_rows), list(found)))


def _warn_of_unseen(unseen: Counter[str]) -> None:
    counts = [f"{quoted(name)} ({count:,} cells)" for name, count in unseen.items() if count]
    if counts:
        msg = f"categories that the model was not trained on, in {listed(counts)}"
        warnings.warn(msg, stacklevel=2)


def _tables(data: Path, reading: Reading) -> Iterator[tables.Table]:
    if data == Path("-"):
        stdin = cast("io.TextIOWrapper", sys.stdin)
        stdin.reconfigure(encoding=reading.encoding, newline="")  # as files are read
        yield from tables.csv_chunks(stdin, "standard input", reading, CHUNK)
    elif data.suffix.lower() == ".csv":
        with data.open(newline="", encoding=reading.encoding) as file:
            yield from tables.csv_chunks(file, str(data), reading, CHUNK)
    else:
        yield TABLES[data.suffix.lower()](data, reading)


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


def _json_lines(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [json.dumps(dict(zip(header, map(_plain, row), strict=True))) for row in rows]
    return "".join(f"{line}\n" for line in lines).replace("\x7f", "\\u007f")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)
