"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ModelFile = Annotated[
    Path, typer.Argument(help="A model saved by slimline.", metavar="MODEL", show_default=False)
]
Output = Annotated[
    Path, typer.Argument(help="Where to save the model.", metavar="OUTPUT", show_default=False)
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
