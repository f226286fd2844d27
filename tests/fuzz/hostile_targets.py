"""Hostile labels, values and weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from hostile_rows import EXTREMES, Random
from scipy import sparse


def targets(random: Random, n: int, *, regression: bool) -> Any:
    """Labels or values, mostly of the kind that is wanted."""
    if random.odds(12):
        n = random.choice([0, 1, max(0, n - 1), n + 1])
    return (values if regression != random.odds(12) else labels)(random, n)


def labels(random: Random, n: int) -> Any:
    """Labels of any kind."""
    k = random.choice([1, 2, 2, 2, 2, 3, 3, 3, 5, max(1, n)])
    codes = random.generator.integers(0, k, n)
    if random.odds(2):
        return codes
    texts = np.array([f"class {c}" for c in range(k)])[codes]
    objects = texts.astype(object)
    choices: list[Callable[[], Any]] = [
        lambda: codes,
        lambda: codes,
        lambda: codes * 10**12,
        lambda: codes.astype(np.uint64) + np.uint64(2**64 - 1 - k),
        lambda: (codes - 128).astype(np.int8),
        lambda: codes > 0,
        lambda: codes.astype(float),
        lambda: codes + 0.5,
        lambda: texts,
        lambda: objects,
        objects.tolist,
        lambda: with_one(random, objects, None),
        lambda: with_one(random, objects, np.nan),
        lambda: with_one(random, objects, pd.NA),
        lambda: with_one(random, objects, 3),
        lambda: with_one(random, objects, None).tolist(),
        lambda: with_one(random, objects, np.nan).tolist(),
        lambda: with_one(random, codes.astype(object), pd.NA),
        lambda: with_one(random, codes.astype(float), np.nan),
        lambda: with_one(random, codes.astype(float), np.inf),
        lambda: pd.Series(objects, dtype="string"),
        lambda: pd.Series(with_one(random, objects, pd.NA), dtype="string"),
        lambda: pd.Series(codes, dtype="Int64"),
        lambda: pd.Series(codes > 0, dtype="boolean"),
        lambda: pd.Series(texts, dtype="category"),
        lambda: pd.DataFrame({"y": codes}),
        lambda: np.datetime64("2020-01-01") + codes,
        lambda: with_one(random, np.datetime64("2020-01-01") + codes, np.datetime64("NaT")),
        lambda: texts.astype(bytes),
        lambda: codes[:, None],
        lambda: np.column_stack([codes > 0, codes == 0]).astype(int),
        lambda: sparse.csr_matrix(np.column_stack([codes > 0, codes == 0]).astype(int)),
        lambda: np.column_stack([codes, codes]),
        lambda: np.empty((n, 0), int),
        lambda: codes + 1j,
        lambda: random.choice([None, 1, "y", [], {}, [[0], [1, 2]]]),
        lambda: np.array([[c] for c in objects], dtype=object),
    ]
    return random.choice(choices)()


def with_one(random: Random, values_: Any, wrong: Any) -> Any:
    """An array with one other entry."""
    values_ = values_.copy()
    if len(values_):
        values_[random.places(len(values_), 1)] = wrong
    return values_


def values(random: Random, n: int) -> Any:
    """Values of any kind."""
    y = random.normal(n)
    if random.odds(2):
        return y * random.choice(EXTREMES) if random.odds(3) else y
    choices: list[Callable[[], Any]] = [
        lambda: y,
        lambda: y,
        lambda: y * random.choice(EXTREMES),
        lambda: y + random.choice(EXTREMES),
        lambda: y.astype(np.float32),
        lambda: (y * 10).astype(int),
        lambda: y > 0,
        y.tolist,
        lambda: y.astype(object),
        lambda: y.astype(np.longdouble) * np.longdouble("1e4000"),
        lambda: np.zeros(n),
        lambda: np.full(n, random.choice(EXTREMES)),
        lambda: with_one(random, y, random.choice([np.nan, np.inf, 1e300])),
        lambda: with_one(random, y.astype(object), random.choice([None, "x", pd.NA, 10**400])),
        lambda: pd.Series(y),
        lambda: pd.Series(np.round(y), dtype="Float64"),
        lambda: pd.Series([1, None] * (n // 2) + [1] * (n % 2), dtype="Int64"),
        lambda: pd.DataFrame({"y": y}),
        lambda: y[:, None],
        lambda: np.column_stack([y, -y]),
        lambda: np.column_stack([y, -y]) * random.choice(EXTREMES),
        lambda: np.empty((n, 0)),
        lambda: sparse.csr_matrix(y),
        lambda: y.astype(str),
        lambda: np.datetime64("2020-01-01") + np.arange(n),
        lambda: y + 1j,
        lambda: random.choice([None, 1.0, "y", [], {}, [[0.0], [1.0, 2.0]]]),
    ]
    return random.choice(choices)()


def classes(random: Random, y: Any) -> Any:
    """What partial_fit is told of the labels, mostly right."""
    if random.odds(5):
        return random.choice([None, [0], [0, 1], ["a", None], [np.nan, 1.0], [], "ab", [1, 1, 0]])
    try:
        return np.unique(np.asarray(y))
    except (TypeError, ValueError):
        return [0, 1]


def weights(random: Random, n: int, y: Any) -> Any:
    """Weights of any kind."""
    some = random.generator.random(n)
    if random.odds(3):
        return random.choice([some, np.round(some), weightless_class(y, some)])
    choices: list[Callable[[], Any]] = [
        lambda: some,
        lambda: np.round(some),
        lambda: np.round(some),
        lambda: weightless_class(y, some),
        lambda: weightless_class(y, some),
        lambda: np.zeros(n),
        lambda: np.full(n, random.choice(EXTREMES)),
        lambda: some * random.choice(EXTREMES),
        lambda: np.array([random.choice(EXTREMES) for _ in range(n)]),
        lambda: with_one(random, some, random.choice([np.nan, np.inf, -1.0, -0.0])),
        lambda: with_one(random, some.astype(object), random.choice([None, "x", pd.NA])),
        lambda: some[:-1],
        lambda: some[:, None],
        lambda: some.astype(np.float32),
        lambda: (some * 5).astype(int),
        lambda: some > 0.5,
        some.tolist,
        lambda: pd.Series(some),
        lambda: random.choice([0, 1, 2.5, np.nan, np.inf, -1, "balanced", [], {}]),
        lambda: np.full(n, np.datetime64("2020-01-01")),
    ]
    return random.choice(choices)()


def weightless_class(y: Any, some: Any) -> Any:
    """Weights of 0 for all rows of one label."""
    try:
        codes = np.unique(np.asarray(y), return_inverse=True)[1]
    except (TypeError, ValueError):
        return some
    return np.where(codes == 0, 0.0, some) if codes.shape == some.shape else some
