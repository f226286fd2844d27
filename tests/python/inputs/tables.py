"""Models of tables for tests: every kind of block, and rows in every container."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import slimline as sl
from slimline.inputs import (
    BinsBlock,
    CategoriesBlock,
    Column,
    Encoder,
    InputStage,
    MissingBlock,
    NumbersBlock,
    PolynomialBlock,
    Step,
)
from slimline.layers import DenseLayer

NAMES = ("age", "city", "income", "floor", "member")
COLUMNS = tuple(
    Column(name, kind)
    for name, kind in zip(
        NAMES, ("number", "category", "number", "category", "category"), strict=True
    )
)
ROWS: list[dict[str, Any]] = [
    {"age": 39, "city": "Paris", "income": 1.5, "floor": 3, "member": True},
    {"age": 17, "city": "Rome", "income": -2.25, "floor": 0, "member": False},
    {"age": None, "city": "größer", "income": 0.5, "floor": 12, "member": True},
    {"age": 70, "city": None, "income": 3.0, "floor": 3, "member": None},
    {"age": 18, "city": "Atlantis", "income": 0.0, "floor": 99, "member": False},
]


def u32(*values: int) -> np.ndarray[Any, Any]:
    """Return numbers of columns."""
    return np.array(values, dtype=np.uint32)


def impute(*values: float) -> Step:
    """Return a step that puts values in the place of missing ones."""
    return Step(op="impute", arrays={"value": np.array(values)})


def blocks() -> list[Any]:
    """Return a block of every kind, and of every form of it."""
    affine = {"offset": np.array([30.0, 1.0]), "scale": np.array([0.125, 2.0])}
    return [
        NumbersBlock(
            columns=u32(0, 2), steps=(impute(40.0, 0.0), Step(op="affine", arrays=affine))
        ),
        MissingBlock(columns=u32(0, 1), values=np.array([[0.0, -1.0], [1.0, 2.0]])),
        CategoriesBlock.of(
            column=1,
            outcomes={"Paris": 1, "Rome": 0, "größer": 2, "Kyōto": 2, "Oslo": -1},
            n_outcomes=4,
            unknown=-1,
            missing=3,
        ),
        CategoriesBlock.of(
            column=3,
            outcomes={3: 0, 0: 1, 12: 2, -(2**62): 1},
            n_outcomes=4,
            unknown=3,
            missing=None,
            values=[[0.5, 1.0], [1.5, -2.0], [0.25, 0.0], [9.0, 8.0]],
        ),
        CategoriesBlock.of(
            column=4, outcomes={False: 0, True: 1}, n_outcomes=2, unknown=None, missing=-1
        ),
        BinsBlock(
            columns=u32(0, 2),
            steps=(impute(0.0, 0.0),),
            edges=np.array([18.0, 65.0, 0.0]),
            starts=u32(0, 2, 3),
        ),
        BinsBlock(columns=u32(2), edges=np.array([-1.0, 1.0]), starts=u32(0, 2), one_hot=False),
        PolynomialBlock(
            columns=u32(0, 2),
            steps=(impute(1.0, 1.0), Step(op="affine", arrays=affine)),
            powers=np.array([[0, 0], [1, 0], [2, 1], [0, 3]], np.uint8),
        ),
    ]


def encoder(**changes: Any) -> Encoder:
    """Return an encoder of every kind of block."""
    return Encoder(**{"columns": COLUMNS, "blocks": tuple(blocks()), **changes})


def dense(n_in: int, n_out: int, activation: str = "identity") -> DenseLayer:
    """Return a layer with weights that are the same for the same shape."""
    random = np.random.default_rng([n_in, n_out])
    return DenseLayer(
        weight=random.normal(size=(n_out, n_in)).astype(np.float32),
        bias=random.normal(size=n_out).astype(np.float32),
        activation=activation,
    )


def model(of: Encoder | None = None, **stage: Any) -> sl.Model:
    """Return a classification of rows of a table."""
    of = encoder() if of is None else of
    return sl.Model(
        input=InputStage(n_features=of.n_features, encoder=of, **stage),
        layers=(dense(of.n_features, 3),),
        link="softmax",
        classes=np.array(["high", "low", "none"]),
    ).with_step("trained", {}, parent=None)


def network(of: Encoder | None = None) -> sl.Model:
    """Return a regression by a network."""
    of = encoder() if of is None else of
    return sl.Model(
        input=InputStage(n_features=of.n_features, encoder=of),
        layers=(dense(of.n_features, 4, "relu"), dense(4, 1)),
        link="identity",
        classes=None,
    ).with_step("trained", {}, parent=None)


def bare(made: sl.Model) -> sl.Model:
    """Return the model of the features of a model of a table."""
    stage = InputStage(
        n_features=made.input.n_features,
        selected=made.input.selected,
        offset=made.input.offset,
        scale=made.input.scale,
    )
    return sl.Model(input=stage, layers=made.layers, link=made.link, classes=made.classes)


def many(n: int = 200, seed: int = 0) -> tuple[list[dict[str, Any]], np.ndarray[Any, Any]]:
    """Return rows and labels that depend on them."""
    random = np.random.default_rng(seed)
    cities = ["Paris", "Rome", "größer", None, "Atlantis"]
    rows = [
        {
            "age": float(random.integers(10, 80)) if random.random() > 0.1 else None,
            "city": cities[random.integers(5)],
            "income": float(random.normal()),
            "floor": int(random.integers(0, 5)),
            "member": bool(random.integers(2)),
        }
        for _ in range(n)
    ]
    score = [2 * r["income"] + 3 * (r["city"] == "Paris") - 2 * r["member"] for r in rows]
    labels = np.array(["low", "none", "high"])[np.digitize(score, [-1, 1.5])]
    return rows, labels


def in_columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the columns of rows."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def _lists(rows: list[dict[str, Any]]) -> list[list[Any]]:
    return [[row[name] for name in NAMES] for row in rows]


def _objects(rows: list[dict[str, Any]]) -> np.ndarray[Any, Any]:
    out = np.empty((len(rows), len(NAMES)), dtype=object)
    out[:] = _lists(rows)
    return out


def _with_nan(rows: list[dict[str, Any]]) -> list[list[Any]]:
    return [[float("nan") if cell is None else cell for cell in row] for row in _lists(rows)]


def _nullable(rows: list[dict[str, Any]]) -> pd.DataFrame:
    types = {"age": "Float64", "city": "string", "income": "Float64", "floor": "Int64"}
    return pd.DataFrame(in_columns(rows)).astype({**types, "member": "boolean"})


CONTAINERS: Mapping[str, Callable[[list[dict[str, Any]]], Any]] = {
    "dicts": lambda rows: rows,
    "dicts in another order, with more": lambda rows: [
        {"more": "x", **dict(reversed(row.items()))} for row in rows
    ],
    "lists": _lists,
    "tuples": lambda rows: tuple(map(tuple, _lists(rows))),
    "lists with NaN": _with_nan,
    "arrays in a list": lambda rows: list(_objects(rows)),
    "objects": _objects,
    "pandas": lambda rows: pd.DataFrame(in_columns(rows)),
    "pandas objects": lambda rows: pd.DataFrame(in_columns(rows), dtype=object),
    "pandas nullable": _nullable,
    "pandas categories": lambda rows: pd.DataFrame(in_columns(rows)).astype({"city": "category"}),
    "pandas arrow": lambda rows: pa.table(in_columns(rows)).to_pandas(types_mapper=pd.ArrowDtype),
    "pandas in another order": lambda rows: pd.DataFrame(in_columns(rows))[
        ["member", "income", "city", "age", "floor"]
    ].assign(more=1),
    "polars": lambda rows: pl.DataFrame(in_columns(rows)),
    "polars categories": lambda rows: pl.DataFrame(in_columns(rows)).with_columns(
        pl.col("city").cast(pl.Categorical)
    ),
    "pyarrow": lambda rows: pa.table(in_columns(rows)),
    "pyarrow dictionaries": lambda rows: pa.table(
        {**in_columns(rows), "city": pa.array([r["city"] for r in rows]).dictionary_encode()}
    ),
}
