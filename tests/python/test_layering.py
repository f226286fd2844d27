"""Imports inside the package flow one way, and what is heavy stays where it belongs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import slimline as sl

PACKAGE = Path(sl.__file__).parent

# From the top down: a module imports only from rows below its own, and from itself.
LAYERS = [
    {"cli"},
    {"dask", "lifecycle"},
    {"compression"},
    {"evaluation"},
    {"conversion"},
    {"preprocessing"},
    {"text"},
    {"estimators", "interop"},
    {"model"},
    {"history", "inputs"},
    {"layers"},
    {"_networks", "_text_settings", "ops", "persistence"},
    {"_checks", "_collections", "_config", "_frames", "_number_texts", "_text_columns", "pages"},
    {"_blocks", "_stop_words", "_text", "_version"},
    {"_core"},
]
DEPTH = {name: depth for depth, names in enumerate(LAYERS) for name in names}

# The rooms of compression, likewise; what stands below all of them begins with an underscore.
ROOMS = ["search", "finetuning", "pruning", "training", "quantization", "_inputs", "_knowledge"]
ROOM_DEPTH = {name: depth for depth, name in enumerate([*ROOMS, "_storage"])}

LEARNING = {
    "estimators",
    "conversion",
    "evaluation",
    "lifecycle",
    "cli",
    "interop",
    "dask",
    "preprocessing",
    "text",
}
USERS = {  # who may import what is neither of Python nor numpy
    "safetensors": {"persistence"},
    "sklearn": LEARNING,
    "scipy": LEARNING | {"inputs"},  # there: the sparse matrices that it returns
    "joblib": LEARNING,
    "narwhals": {"_frames", "preprocessing"},
    "cryptography": {"persistence"},
    "jinja2": {"pages"},
    "matplotlib": {"compression", "pages"},
    "onnx": {"interop"},
    "mlflow": {"interop"},
    "prometheus_client": {"lifecycle"},
    "dask": {"dask", "_collections"},
    "distributed": {"dask"},
    "typer": {"cli"},
    "rich": {"cli"},
    "pyarrow": {"cli", "_text_columns"},
}
ANYWHERE = {"numpy", *sys.stdlib_module_names}

SOURCES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path != PACKAGE / "__init__.py"  # the public face: it stands above all
)


def identity(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def room(path: Path) -> str:
    """The part of the package that a source file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Dotted names of what a source file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            if node.module == "slimline":
                yield from (f"slimline.{alias.name}" for alias in node.names)
            else:
                yield str(node.module)


@pytest.mark.parametrize("path", SOURCES, ids=identity)
def test_imports_flow_one_way(path):
    here = room(path)
    for name in imported(path):
        first, _, rest = name.partition(".")
        if first == "slimline":
            there = rest.partition(".")[0]
            assert there in DEPTH, f"{name} is no module with a place in LAYERS"
            assert there == here or DEPTH[there] > DEPTH[here], f"{here} imports {name}"
        elif first not in ANYWHERE:
            assert here in USERS.get(first, ()), f"{here} imports {name}"


COMPRESSION = [path for path in SOURCES if room(path) == "compression"]


@pytest.mark.parametrize("path", COMPRESSION[1:], ids=identity)
def test_imports_between_the_rooms_of_compression_flow_one_way(path):
    here = path.relative_to(PACKAGE).parts[1].removesuffix(".py")
    for name in imported(path):
        if not name.startswith("slimline.compression"):
            continue
        there = name.split(".")[2]
        assert there == here or ROOM_DEPTH[there] > ROOM_DEPTH[here], f"{here} imports {name}"


def test_no_module_bears_the_name_of_something_public():
    public = {name for name in sl.__all__ if not isinstance(getattr(sl, name), ModuleType)}
    modules = {path.parent.name if path.stem == "__init__" else path.stem for path in SOURCES}
    assert not public & modules
