"""From collections to checked partitions that stay on the cluster, and facts about all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length

from slimline._checks import as_values, canonical_csr
from slimline._collections import row_blocks
from slimline._frames import is_frame
from slimline.dask._rounds import Rounds
from slimline.dask._sizes import Sized
from slimline.estimators._data import Matrix, is_sparse, weighted_rows
from slimline.estimators._targets import as_labels


@dataclass(frozen=True)
class Part(Sized):
    """One partition: its rows of positive weight as the core takes them, targets, weights."""

    number: int
    X: Matrix
    y: NDArray[Any]  # labels or values as they came; after `encode` (n, 1) or (n, n_targets)
    weight: NDArray[np.float64]
    names: tuple[str, ...] | None
    n_counted: int  # rows, with those of weight 0


class Facts(NamedTuple):
    """Facts about one partition, or all, that the client holds."""

    n_rows: int
    n_features: int
    dtype: np.dtype[Any]
    target_shape: tuple[int, ...]  # of one row
    weight: float
    labels: NDArray[Any]  # distinct, ascending; none for values
    label_weights: NDArray[np.float64]  # summed sample weights, one a label
    names: tuple[str, ...] | None


class Survey(NamedTuple):
    """Partitions whose rows have weight, as futures, their rows, and facts about all of them."""

    parts: list[Any]
    lengths: list[int]
    facts: Facts


def survey(rounds: Rounds, X: Any, y: Any, sample_weight: Any, *, classification: bool) -> Survey:
    """Check every partition on its worker, and keep those there whose rows have weight."""
    blocks = row_blocks(X, {"y": y, "sample_weight": sample_weight})
    parts = rounds.compute(_check, blocks)
    facts = rounds.results(rounds.each(_facts, parts, classification=classification))
    merged = _merge([fact for fact in facts if fact.n_rows])
    used = [k for k, fact in enumerate(facts) if fact.weight]
    return Survey([parts[k] for k in used], [facts[k].n_rows for k in used], merged)


def encode(rounds: Rounds, found: Survey, classes: NDArray[Any] | None) -> Survey:
    """Give all partitions one type, labels as codes and values as float64, in columns."""
    parts = rounds.each(_encode, found.parts, classes=classes, dtype=found.facts.dtype)
    return found._replace(parts=parts)


@contextmanager
def naming(number: int) -> Iterator[None]:
    """Name the partition in which a value was wrong."""
    try:
        yield
    except (ValueError, TypeError) as error:
        msg = f"partition {number}: {error}"
        raise type(error)(msg) from error


def _check(number: int, X: Any, y: Any, weight: Any) -> Part:
    with naming(number):
        names = tuple(map(str, X.columns)) if is_frame(X) else None
        X = check_array(
            canonical_csr(X) if is_sparse(X) else X,
            accept_sparse="csr",
            accept_large_sparse=True,
            dtype=[np.float64, np.float32],
            order="C",
            ensure_min_samples=0,
            input_name="X",
        )
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] == 1:  # noqa: PLR2004 - a column
            y = column_or_1d(y)
        check_consistent_length(X, y)
        n_rows = X.shape[0]
        weight, X, y = weighted_rows(_weights(weight, n_rows), X, y)
        return Part(number, X, y, weight, names, n_rows)


def _weights(weight: Any, n_rows: int) -> NDArray[np.float64]:
    """One a row; zero everywhere is right for a partition, if not for all."""
    if weight is None:
        return np.ones(n_rows)
    weight = np.asarray(weight, dtype=np.float64).reshape(-1)
    if len(weight) != n_rows or not np.isfinite(weight).all() or (weight < 0).any():
        msg = f"sample_weight must hold {n_rows} finite numbers >= 0, got {weight}"
        raise ValueError(msg)
    return np.ascontiguousarray(weight)


def _facts(part: Part, *, classification: bool) -> Facts:
    labels: NDArray[Any] = np.empty(0)
    sums = np.empty(0)
    if classification and len(part.y):
        with naming(part.number):
            check_classification_targets(as_labels(part.y))
            labels, codes = np.unique(part.y, return_inverse=True)
        sums = np.bincount(codes, part.weight, len(labels)).astype(np.float64)
    return Facts(
        n_rows=part.n_counted,
        n_features=part.X.shape[1],
        dtype=part.X.dtype,
        target_shape=part.y.shape[1:],
        weight=float(part.weight.sum()),
        labels=labels,
        label_weights=sums,
        names=part.names,
    )


def _merge(facts: Sequence[Facts]) -> Facts:
    if not facts:
        msg = "X must have at least one row, got none in any partition"
        raise ValueError(msg)
    first = facts[0]
    for name in ("n_features", "target_shape", "names"):
        different = {getattr(fact, name) for fact in facts}
        if len(different) > 1:
            msg = f"partitions must be alike, got {name} of {sorted(map(str, different))}"
            raise ValueError(msg)
    weighted = [fact for fact in facts if fact.weight]
    if not weighted:
        msg = "sample_weight must not be zero everywhere"
        raise ValueError(msg)
    labels = np.unique(np.concatenate([fact.labels for fact in weighted]))
    sums = np.zeros(len(labels))
    for fact in weighted:
        sums[np.searchsorted(labels, fact.labels)] += fact.label_weights
    return first._replace(
        n_rows=sum(fact.n_rows for fact in facts),
        dtype=np.result_type(*(fact.dtype for fact in facts)),
        weight=float(sum(fact.weight for fact in facts)),
        labels=labels,
        label_weights=sums,
    )


def _encode(part: Part, *, classes: NDArray[Any] | None, dtype: np.dtype[Any]) -> Part:
    X = part.X if part.X.dtype == dtype else part.X.astype(dtype)
    if classes is None:
        with naming(part.number):
            values = np.asarray(as_values(part.y), dtype=np.float64)
    else:
        values = np.searchsorted(classes, part.y).astype(np.float64)
    return replace(part, X=X, y=np.ascontiguousarray(values.reshape(len(values), -1)))
