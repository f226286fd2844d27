"""Evaluation of dask collections: a tally of each partition, on its worker, and their merge."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline._collections import compute_blocks, reduce_blocks, row_blocks
from slimline.evaluation.rows import as_rows, rows_for
from slimline.evaluation.scores import Scores
from slimline.evaluation.speed import n_rows, some_of
from slimline.evaluation.tally import (
    Tally,
    classification_tally,
    finish,
    merge,
    regression_tally,
)
from slimline.history import fingerprint
from slimline.model import Model

_SAMPLE = 10_000  # rows that speed is measured on


class Measured(NamedTuple):
    """What :func:`slimline.evaluate` needs of the rows, in one place or in many."""

    found: Scores
    n_samples: int
    data: str
    agreement: float | None
    labels: NDArray[Any] | None
    sample: Any  # rows that speed is measured on


def measure_partitions(model: Model, X: Any, y: Any, baseline: Model | None) -> Measured:
    """Tally every partition and merge them in a tree that the partitions alone shape."""
    blocks = row_blocks(X, {"y": y})
    tally: Tally = reduce_blocks(blocks, partial(_tally, model, baseline), merge)
    if not tally.n_rows:
        msg = "X and y must have at least one row, got none"
        raise ValueError(msg)
    agreement = tally.agreement
    labels = None
    if model.classes is not None:
        labels = np.union1d(np.array([label for label, _ in tally.confusion]), model.classes)
        agreement = None if agreement is None else agreement / tally.n_rows
    return Measured(
        found=finish(tally, model),
        n_samples=tally.n_rows,
        data=hashlib.sha256("".join(tally.prints).encode()).hexdigest(),
        agreement=agreement,
        labels=labels,
        sample=_sample(model, blocks),
    )


def _tally(model: Model, baseline: Model | None, X: Any, y: Any) -> Tally:
    features, target = as_rows(model, X, y)
    if not len(target):
        return Tally(n_rows=0, prints=(), agreement=None)
    predicted = model.predict(features)
    agreement = None
    if baseline is not None:
        other = baseline.predict(rows_for(baseline, features, X, model))
        gap = (
            np.abs(predicted - other).max() if model.classes is None else (predicted == other).sum()
        )
        agreement = float(gap)
    tally = Tally(n_rows=len(target), prints=(fingerprint(features, target),), agreement=agreement)
    if model.task == "regression":
        regression_tally(tally, target, predicted)
    else:
        classification_tally(tally, model, features, target, predicted)
    return tally


def _sample(model: Model, blocks: Sequence[tuple[Any, ...]]) -> Any:
    for rows in compute_blocks([block[:1] for block in blocks], partial(_first, model), at_once=1):
        if n_rows(rows):
            return rows
    msg = "X must have rows"
    raise AssertionError(msg)


def _first(model: Model, X: Any) -> Any:
    if model.input.encoder is None:
        X, _ = as_rows(model, X, None)
    return some_of(X, 0, _SAMPLE)
