"""``slimline export``: a model in the format of another program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from slimline.cli import console
from slimline.cli.options import Json, ModelFile, in_a_folder
from slimline.cli.output import write_file
from slimline.interop.c_header import to_c
from slimline.interop.onnx import to_onnx
from slimline.model import Model
from slimline.model.saving import load

SUMMARY = "Write an ONNX graph or a C header."
EXAMPLES = (
    "slimline export flowers.slimline flowers.onnx",
    "slimline export small.slimline flowers.h --name flowers",
)


def _onnx(model: Model, _name: str) -> bytes:
    graph: bytes = to_onnx(model).SerializeToString()
    return graph


def _c(model: Model, name: str) -> bytes:
    return to_c(model, name).encode()


FORMATS: Mapping[str, Callable[[Model, str], bytes]] = {".onnx": _onnx, ".h": _c}


def command(
    model: ModelFile,
    output: Annotated[
        Path,
        typer.Argument(
            help="A name that ends in .onnx, or .h for a C99 header.",
            metavar="OUTPUT",
            callback=in_a_folder,
        ),
    ],
    name: Annotated[str, typer.Option(help="Prefix of the names in the C header.")] = "model",
    as_json: Json = False,
) -> None:
    """Write a model as an ONNX graph (extra "onnx") or as a C header without dependencies."""
    if output.suffix not in FORMATS:
        msg = f"{output} must end in one of {', '.join(FORMATS)}"
        raise ValueError(msg)
    written = FORMATS[output.suffix](load(model), name)
    write_file(output, [written])
    facts = {"written": str(output), "bytes": len(written)}
    console.show_facts("exported", facts, as_json=as_json)
