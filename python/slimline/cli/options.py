"""Arguments and options that several commands share."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from slimline.persistence import FormatError, inspect_file


def in_a_folder(path: Path | None) -> Path | None:
    """Return a file to write; raise before the work, not after it, if its folder does not exist."""
    if path is not None and not path.parent.is_dir():
        msg = f"{path} must lie in a folder that exists, and {path.parent} does not: make it first"
        raise ValueError(msg)
    return path


def names_of(given: list[str] | None) -> list[str]:
    """Return the names of lists that are separated by commas; quotes keep a comma in a name."""
    return [name for text in given or () for name in next(csv.reader([text]), [""])]


def check_new(
    output: Path | None, inputs: Iterable[Path | None], *, force: bool, models: bool
) -> None:
    """Raise ValueError where an output would overwrite an input, or what is no result like it.

    ``models`` says that the output is a model, which may replace another model.
    """
    if force or output is None or not output.is_file():
        return
    if any(path is not None and path.exists() and output.samefile(path) for path in inputs):
        msg = f"{output} is an input: name another output, or overwrite it with --force"
        raise ValueError(msg)
    if not models:
        msg = f"{output} exists: name another output, or overwrite it with --force"
        raise ValueError(msg)
    try:
        inspect_file(output)
    except FormatError as error:
        msg = f"{output} exists and is no model: name another output, or pass --force"
        raise ValueError(msg) from error


ModelFile = Annotated[
    Path, typer.Argument(help="A model saved by slimline.", metavar="MODEL", show_default=False)
]
Output = Annotated[
    Path,
    typer.Argument(
        help="Where to save the model.",
        metavar="OUTPUT",
        show_default=False,
        callback=in_a_folder,
    ),
]
DataFile = Annotated[
    Path,
    typer.Argument(
        help="Rows and targets: .csv, .jsonl, .parquet, .npz or .svm.",
        metavar="DATA",
        show_default=False,
    ),
]
MaybeData = Annotated[
    Path | None,
    typer.Option("--data", help="Rows and targets: .csv, .jsonl, .parquet, .npz or .svm."),
]
Target = Annotated[
    str | None,
    typer.Option(
        help="The column to predict: else the model's, or 'target', 'y', 'label', 'class'."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _columns(help_text: str) -> Any:
    return typer.Option(metavar="NAME,...", help=help_text)


Drop = Annotated[list[str] | None, _columns("Columns to leave out.")]
NumberColumns = Annotated[list[str] | None, _columns("Columns to take as numbers.")]
CategoryColumns = Annotated[list[str] | None, _columns("Columns to take as categories.")]
Marks = Annotated[
    list[str] | None,
    typer.Option(metavar="TEXT,...", help="Texts that are missing cells, beside '', NA and such."),
]
Unknown = Annotated[
    str, typer.Option(help="Categories that come first after training: ignore or error.")
]
Sep = Annotated[
    str | None, typer.Option(help="What separates the cells of CSV, or tab.", show_default=",")
]
Encoding = Annotated[str | None, typer.Option(help="Of CSV and JSON lines.", show_default="utf-8")]
Decimal = Annotated[
    str | None, typer.Option(help="What stands before decimals: . or a comma.", show_default=".")
]
Force = Annotated[
    bool, typer.Option("--force", help="Overwrite inputs, and files that are no models.")
]
