"""Hostile rows, drawn from one generator of random numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

EXTREMES = (0.0, 5e-324, 1e-320, 1e-300, 1e-38, 1e-8, 1.0, 1e8, 1e38, 1e155, 1e300, 1.7e308)


class Random:
    """A generator with the questions that are asked here."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator

    def choice(self, choices: Sequence[Any]) -> Any:
        """One of some values."""
        return choices[int(self.generator.integers(len(choices)))]

    def odds(self, n: int) -> bool:
        """One time in n."""
        return int(self.generator.integers(n)) == 0

    def normal(self, *size: int) -> Any:
        """Normal numbers."""
        return self.generator.standard_normal(size)

    def places(self, n: int, size: int) -> Any:
        """Some of n places, or none where there are none."""
        return self.generator.integers(0, max(1, n), size if n else 0)


def shape(random: Random) -> tuple[int, int]:
    """Rows and columns, few of each."""
    if random.odds(10):
        return random.choice([0, 1, 2, 3]), random.choice([0, 1, 2, 5])
    return random.choice([7, 20, 40, 40, 80]), random.choice([1, 1, 2, 3, 5, 5, 12, 30])


def dense(random: Random, n: int, d: int) -> Any:
    """Numbers of many magnitudes."""
    if random.odds(3):
        return random.normal(n, d)
    X = random.normal(n, d)
    if random.odds(2):
        X *= np.array([random.choice(EXTREMES) for _ in range(d)])
    if random.odds(4):
        X += np.array([random.choice(EXTREMES) for _ in range(d)])
    if random.odds(5) and X.size:
        X[random.places(n, 2), random.places(d, 1)] = random.choice(EXTREMES)
    if random.odds(6) and d:
        X[:, random.places(d, 1)] = random.choice([0.0, 1.0, -3.0, 1e10])
    if random.odds(6) and n:
        X[random.places(n, n // 2)] = X[0]
    return X


def in_some_form(random: Random, X: Any) -> Any:
    """The same in another type, order or container."""
    forms: list[Callable[[], Any]] = [
        lambda: X.astype(np.float32),
        lambda: X.astype(np.float16),
        lambda: X.astype(np.longdouble),
        lambda: np.asfortranarray(X),
        lambda: X[::-1],
        lambda: np.repeat(X, 2, axis=1)[:, ::2],
        lambda: X.astype(">f8"),
        lambda: np.clip(np.nan_to_num(X), -100, 100).astype(np.int8),
        lambda: np.clip(np.nan_to_num(X), 0, 1e18).astype(np.uint64),
        lambda: X > 0,
        X.tolist,
        lambda: X.astype(object),
        lambda: pd.DataFrame(X),
        lambda: pd.DataFrame(X, columns=[f"c{j}" for j in range(X.shape[1])]),
        lambda: read_only(X),
    ]
    return random.choice(forms)()


def read_only(X: Any) -> Any:
    """An array that must not be written."""
    X = X.copy()
    X.flags.writeable = False
    return X


def spoilt(random: Random, X: Any) -> Any:
    """Rows that are none."""
    n, d = X.shape
    wrong = X.astype(object)
    if X.size:
        wrong[int(random.places(n, 1)[0]), int(random.places(d, 1)[0])] = random.choice(
            [None, "text", np.nan, np.inf, -np.inf, pd.NA, 1j, [1], np.datetime64("2020-01-01")]
        )
    choices: list[Callable[[], Any]] = [
        lambda: wrong,
        wrong.tolist,
        lambda: pd.DataFrame(wrong),
        X.ravel,
        lambda: X[None],
        lambda: X + 1j,
        lambda: X.astype(str),
        lambda: np.full((n, d), np.datetime64("2020-01-01")),
        lambda: np.full((n, d), b"x"),
        lambda: random.choice([None, 3.0, "rows", [], [[]], {}, object()]),
        lambda: [[1.0, 2.0], [3.0]],
        lambda: pd.DataFrame({"a": ["x"] * n, "b": [1.0] * n}),
        lambda: pd.DataFrame({"a": pd.array([1, None] * (n // 2) + [1] * (n % 2), dtype="Int64")}),
        lambda: pd.DataFrame({"a": pd.Categorical(["x", "y"] * (n // 2) + ["x"] * (n % 2))}),
    ]
    return random.choice(choices)()


def sparse_rows(random: Random, X: Any) -> Any:
    """A sparse matrix, in order or not."""
    X = np.where(random.generator.random(X.shape) < random.choice([0.0, 0.2, 0.8]), X, 0)
    kind = random.choice([sparse.csr_matrix, sparse.csr_matrix, sparse.csr_array])
    matrix = kind(X)
    formats = ["csc", "coo", "lil", "dok", "bsr", "dia"]
    if random.odds(4):
        return matrix.asformat(random.choice(formats))
    return tampered(random, matrix) if random.odds(2) else matrix


def tampered(random: Random, matrix: Any) -> Any:
    """A matrix in compressed rows whose arrays somebody has changed."""
    random.choice(TAMPERINGS)(random, matrix)
    matrix.has_canonical_format = True  # it says
    return matrix


def other_integers(random: Random, matrix: Any) -> None:
    """Indices of another type, or of two."""
    kind = random.choice([np.int64, np.int64, np.int16, np.uint32, float])
    for name in random.choice([["indices"], ["indptr"], ["indices", "indptr"]]):
        setattr(matrix, name, getattr(matrix, name).astype(kind))


def outside(random: Random, matrix: Any) -> None:
    """Indices of columns that are not there."""
    places = random.places(matrix.nnz, 3)
    matrix.indices[places] = random.choice([-1, matrix.shape[1], 2**31 - 1])


def other_ends(random: Random, matrix: Any) -> None:
    """Rows that begin or end elsewhere."""
    n = matrix.nnz
    place, end = random.choice([(0, -1), (0, 1), (-1, -1), (-1, 0), (-1, n + 5), (-1, 2**31 - 1)])
    matrix.indptr[place] = end


def turned(_: Random, matrix: Any) -> None:
    """Rows in the wrong order."""
    matrix.indptr[1:-1] = matrix.indptr[1:-1][::-1].copy()


def shorter(random: Random, matrix: Any) -> None:
    """Arrays that do not fit together."""
    name = random.choice(["data", "indices", "indptr"])
    setattr(matrix, name, getattr(matrix, name)[:-1])


def repeated(_: Random, matrix: Any) -> None:
    """Every entry in one column."""
    matrix.indices[:] = matrix.indices[:1].sum()


def unsorted(_: Random, matrix: Any) -> None:
    """Columns in another order."""
    matrix.indices[:] = matrix.indices[::-1].copy()


def other_values(random: Random, matrix: Any) -> None:
    """Values of another type."""
    kind = random.choice([np.float16, np.longdouble, np.int8, np.uint64, bool, complex, object])
    matrix.data = np.nan_to_num(np.clip(matrix.data, -100, 100)).astype(kind)


def extreme_values(random: Random, matrix: Any) -> None:
    """Zeros that are there, or values that are none."""
    places = random.choice([slice(None), random.places(matrix.nnz, 1)])
    matrix.data[places] = random.choice([0.0, np.nan, np.inf, 1e308])


TAMPERINGS = (
    other_integers,
    outside,
    other_ends,
    turned,
    shorter,
    repeated,
    repeated,
    unsorted,
    other_values,
    extreme_values,
)


def rows(random: Random, n: int, d: int) -> Any:
    """Rows of any kind."""
    X = dense(random, n, d)
    if random.odds(12):
        return spoilt(random, X)
    which = random.choice(range(6))
    if which < 3:
        return X
    return in_some_form(random, X) if which == 3 else sparse_rows(random, X)
