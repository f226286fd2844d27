"""Dask's collections as aligned blocks of rows; dask itself is imported only for what it made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

FAN_IN = 8  # partial results that one task of a tree merges


def is_collection(value: Any) -> bool:
    """Whether ``value`` is a dask array, data frame or series."""
    return hasattr(value, "__dask_graph__") and hasattr(value, "to_delayed")


def row_blocks(X: Any, others: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return one tuple for each partition of X: its delayed rows, then those of the others.

    Parameters
    ----------
    X : dask array or data frame
        Chunk sizes may be unknown. Columns of an array are brought into one chunk.
    others : dict of str to dask array, series, data frame, array-like or None
        By the names of the arguments. What is no collection is cut by the chunks of X, which must
        be known then; None stays None.
    """
    if getattr(X, "ndim", 2) != 2:  # noqa: PLR2004 - rows and columns
        msg = f"X must have 2 dimensions, got {X.ndim}"
        raise ValueError(msg)
    columns: list[Sequence[Any]] = [_delayed(X)]
    for name, other in others.items():
        if other is None:
            columns.append([None] * len(columns[0]))
        elif is_collection(other):
            columns.append(_delayed(_like(X, other)))
        else:
            columns.append(_cut(name, other, X))
        if len(columns[-1]) != len(columns[0]):
            msg = (
                f"{name} must have as many partitions as X, {len(columns[0])}, got"
                f" {len(columns[-1])}: rechunk or repartition one like the other"
            )
            raise ValueError(msg)
    return list(zip(*columns, strict=True))


def known_lengths(X: Any) -> tuple[int, ...] | None:
    """Rows of each partition, None where the collection does not know them."""
    chunks = getattr(X, "chunks", None)
    if chunks is None or np.isnan(np.asarray(chunks[0], dtype=np.float64)).any():
        return None
    return tuple(map(int, chunks[0]))


def _delayed(collection: Any) -> list[Any]:
    if getattr(collection, "chunks", None) is None:  # a data frame or series
        return list(collection.to_delayed())
    if collection.ndim > 1 and collection.numblocks[1] > 1:
        collection = collection.rechunk({1: -1})
    return list(collection.to_delayed().ravel())


def _like(X: Any, other: Any) -> Any:
    """Rechunk ``other`` to the rows of X where both are known and of one length."""
    wanted, got = known_lengths(X), known_lengths(other)
    if wanted is None or got is None or wanted == got:
        return other
    if sum(wanted) != sum(got):
        msg = f"X, y and sample_weight must have as many rows, got {sum(wanted)} and {sum(got)}"
        raise ValueError(msg)
    return other.rechunk({0: wanted})


def _cut(name: str, values: Any, X: Any) -> Sequence[Any]:
    lengths = known_lengths(X)
    if lengths is None:
        msg = (
            f"{name} must be a dask collection where the chunk sizes of X are unknown, got"
            f" {type(values).__name__}"
        )
        raise TypeError(msg)
    array = np.asarray(values)
    if array.ndim == 0 or len(array) != sum(lengths):
        msg = f"{name} must have one entry per row of X, {sum(lengths)}, got shape {array.shape}"
        raise ValueError(msg)
    return np.split(array, np.cumsum(lengths)[:-1])


def reduce_blocks(
    blocks: Sequence[tuple[Any, ...]],
    task: Callable[..., Any],
    merge: Callable[[list[Any]], Any],
) -> Any:
    """Compute ``task(*block)`` for every block and merge, in a tree that the blocks alone shape."""
    import dask  # noqa: PLC0415 - the extra; collections come with it

    lazy_task, lazy_merge = (dask.delayed(f, pure=False, traverse=False) for f in (task, merge))
    level = [lazy_task(*block) for block in blocks]
    while len(level) > 1:
        level = [lazy_merge(level[i : i + FAN_IN]) for i in range(0, len(level), FAN_IN)]
    return level[0].compute()


def compute_blocks(
    blocks: Sequence[tuple[Any, ...]], task: Callable[..., Any], *, at_once: int = 16
) -> Iterator[Any]:
    """Yield ``task(*block)`` in the order of the blocks, so many in memory at a time."""
    import dask  # noqa: PLC0415 - the extra; collections come with it

    lazy = dask.delayed(task, pure=False, traverse=False)
    for start in range(0, len(blocks), at_once):
        yield from dask.compute(*(lazy(*block) for block in blocks[start : start + at_once]))
