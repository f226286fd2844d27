"""``slimline bench``: how fast a model predicts on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from slimline import _core
from slimline.cli import console
from slimline.cli.data import data_for
from slimline.cli.options import Json, ModelFile
from slimline.inputs import CategoriesBlock, Encoder
from slimline.model import Model
from slimline.model.saving import load

SUMMARY = "Time predictions by batch size and threads."
EXAMPLES = (
    "slimline bench flowers.slimline",
    "slimline bench flowers.slimline --data flowers.csv --batch 1 --batch 100",
)

BATCHES = (1, 16, 256, 4096)
SECONDS = 0.2  # for each line of the table
LEAST_CALLS = 5


def command(
    model: ModelFile,
    data: Annotated[
        Path | None, typer.Option(help="Rows to predict. Default: normally distributed ones.")
    ] = None,
    batch: Annotated[
        list[int] | None, typer.Option(help=f"Rows per call, repeatable. Default: {BATCHES}.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Time predictions, from Python, by batch size and number of threads."""
    loaded = load(model)
    X = _random(loaded) if data is None else data_for(loaded, data, None, need_target=False).X
    threads = sorted({1, _core.available_threads()})
    rows = []
    with console.working(f"timing {model}"):
        for size in batch or BATCHES:
            if size < 1:
                msg = f"--batch must be at least 1, got {size}"
                raise ValueError(msg)
            part = X[np.resize(np.arange(X.shape[0]), size)]
            rows += [(size, n, *_timed(loaded, part, n)) for n in threads]
    header = ("rows a call", "threads", "p50 (us)", "p99 (us)", "rows/s")
    if as_json:
        console.show_json([dict(zip(header, row, strict=True)) for row in rows])
    else:
        title = f"{model}, {', '.join(layer.kind for layer in loaded.layers)}, {_core.active_isa()}"
        console.show_table(title, header, rows)


def _random(model: Model) -> Any:
    """Return rows to predict: of a table, with normally distributed numbers and known keys."""
    if model.input.encoder is not None:
        return _random_cells(model.input.encoder)
    shape = (max(BATCHES), model.input.n_features)
    X = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    if model.input.offset is None or model.input.scale is None or model.input.selected is not None:
        return X
    return X / model.input.scale + model.input.offset


def _random_cells(encoder: Encoder) -> Any:
    rng = np.random.default_rng(0)
    blocks = [block for block in encoder.blocks if isinstance(block, CategoriesBlock)]
    keys = {block.column: block.keys.to_list() for block in blocks if len(block.keys)}
    cells = np.empty((max(BATCHES), len(encoder.columns)), dtype=object)
    for j, column in enumerate(encoder.columns):
        known = keys.get(j)
        if known is not None:
            cells[:, j] = [known[i] for i in rng.integers(len(known), size=len(cells))]
        else:
            normal = rng.standard_normal(len(cells))
            cells[:, j] = normal if column.kind == "number" else ""
    return cells


def _timed(model: Model, X: Any, n_threads: int) -> tuple[float, float, float]:
    """Median and 99th percentile in microseconds, and rows per second at the median."""
    from slimline.evaluation.speed import (  # noqa: PLC0415 - takes seconds
        NS_PER_S,
        NS_PER_US,
        elapsed_ns,
    )

    model.outputs(X, n_threads=n_threads)
    times: list[int] = []
    while len(times) < LEAST_CALLS or sum(times) < SECONDS * NS_PER_S:
        times.append(elapsed_ns(lambda: model.outputs(X, n_threads=n_threads)))
    p50, p99 = np.percentile(times, [50, 99])
    return float(p50 / NS_PER_US), float(p99 / NS_PER_US), float(X.shape[0] * NS_PER_S / p50)
