"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def in_a_folder(path: Path | None) -> Path | None:
    """Return a file to write; raise before the work, not after it, if its folder does not exist."""
    if path is not None and not path.parent.is_dir():
        msg = f"{path} must lie in a folder that exists, and {path.parent} does not: make it first"
        raise ValueError(msg)
    return path


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
        help="Rows and targets: .csv, .parquet, .npz or .svm.", metavar="DATA", show_default=False
    ),
]
MaybeData = Annotated[
    Path | None,
    typer.Option("--data", help="Rows and targets: .csv, .parquet, .npz or .svm."),
]
Target = Annotated[
    str | None,
    typer.Option(help="The column to predict: else 'target', 'y', 'label' or 'class'."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
