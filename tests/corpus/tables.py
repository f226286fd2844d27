"""The models of tables of the corpus: every kind of block, step and key, and their rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import texts
from numpy.typing import ArrayLike
from slimline.inputs import (
    BinsBlock,
    Block,
    CategoriesBlock,
    Column,
    Encoder,
    InputStage,
    MissingBlock,
    NumbersBlock,
    PolynomialBlock,
    Step,
    TextCells,
)

KINDS = ("number", "number", "category", "category", "category", "category")
NAMES = ("größe", "b", "text", "whole", "part", "flag")
ROWS: list[list[Any]] = [
    [1.5, 2, "größer", 2**62, 0.5, True],
    [0.25, -1.75, "", -3, -1.5, False],
    [3, 0.5, "no", 7, 3, True],
    [None, 1, None, None, None, None],
    [20, None, "NA", 0, 0, False],
    [0.5, 8.125, "\U0001f642", 3.0, 1e300, True],
]


def places(*values: int) -> np.ndarray[Any, Any]:
    """Return numbers of columns."""
    return np.array(values, np.uint32)


def step(op: str, *, output: str | None = None, **arrays: ArrayLike) -> Step:
    """Return a step with the parameters of its op; ``power`` is called lambda there."""
    named = {name.replace("power", "lambda"): np.array(each) for name, each in arrays.items()}
    return Step(op=op, arrays=named, texts={} if output is None else {"output": output})


IMPUTE = step("impute", value=[1.5, -0.5])


def _numbers() -> list[Block]:
    quantiles = {"references": [0.0, 0.5, 1.0], "quantiles": [[0.0, 1, 10], [-2.0, 1, 1]]}
    chains = [
        [step("affine", offset=[0.5, -1], scale=[0.1, 3])],
        [step("clip", low=[0.5, 0], high=[2.5, 1])],
        [step("abs"), step("log1p"), step("sqrt"), step("expm1")],
        [step("square"), step("clip", low=[0.1, 0.1], high=[9.0, 9]), step("log"), step("exp")],
        [step("yeo_johnson", power=[0.0, 0.5])],
        [step("yeo_johnson", power=[2.0, 2.0])],
        [step("abs"), step("clip", low=[0.1, 0.1], high=[9.0, 9]), step("box_cox", power=[0, 1.5])],
        [step("quantile", output="uniform", **quantiles)],
        [step("quantile", output="normal", **quantiles)],
    ]
    return [NumbersBlock(columns=places(0, 1), steps=(IMPUTE, *chain)) for chain in chains]


def _categories() -> list[Block]:
    of = CategoriesBlock.of
    return [
        of(column=2, outcomes={"größer": 0, "no": 1, "": 1}, n_outcomes=3, unknown=2, missing=-1),
        of(column=3, outcomes={2**62: 0, -3: 1, 3: 2}, n_outcomes=3, unknown=-1, missing=0),
        of(column=4, outcomes={0.5: 0, -1.5: 1, 1e300: -1}, n_outcomes=2, unknown=0, missing=1),
        of(
            column=5,
            outcomes={False: 1, True: 0},
            n_outcomes=3,
            unknown=None,
            missing=2,
            values=[[0.5, -1], [2, 0.25], [1, 1]],
        ),
        of(column=0, outcomes={1.5: 0, 3.0: 1}, n_outcomes=2, unknown=-1, missing=-1),
    ]


def _bins() -> list[Block]:
    edges = {"edges": np.array([0.25, 1.5, 3, 1]), "starts": places(0, 3, 4)}
    return [
        BinsBlock(columns=places(0, 1), steps=(IMPUTE,), **edges),
        BinsBlock(columns=places(0, 1), steps=(IMPUTE,), **edges, one_hot=False),
    ]


def encoders() -> dict[str, Encoder]:
    """Return an encoder of each kind of block."""
    powers = np.array([[0, 0], [1, 0], [2, 1], [0, 3]], np.uint8)
    blocks: dict[str, list[Block]] = {
        "numbers": _numbers(),
        "missing": [
            MissingBlock(columns=places(0, 2, 5), values=np.array([[0, -1, 0.5], [1, 2, -0.5]]))
        ],
        "categories": _categories(),
        "bins": _bins(),
        "polynomial": [PolynomialBlock(columns=places(0, 1), steps=(IMPUTE,), powers=powers)],
    }
    named = tuple(Column(name, kind) for name, kind in zip(NAMES, KINDS, strict=True))
    made = {name: Encoder(columns=named, blocks=tuple(own)) for name, own in blocks.items()}
    marks = TextCells(missing_marks=("NA", "größer"), number_columns=(1,))
    some = (*_numbers()[:1], *_categories()[:1])
    return made | {"text_cells": Encoder(columns=named, blocks=some, text_cells=marks)}


def stages() -> dict[str, dict[str, Any]]:
    """Return the arguments of an input stage by the names of models, each with another form."""
    all_of_them = encoders() | {"text": texts.encoder()}
    stages = {
        name: {"n_features": encoder.n_features, "encoder": encoder}
        for name, encoder in all_of_them.items()
    }
    n = stages["polynomial"]["n_features"]
    stages["polynomial"] |= {
        "offset": np.linspace(-0.9, 0.9, n),
        "scale": np.full(n, 0.3, np.float32),
    }
    stages["bins"]["selected"] = places(0, 1, 2, 3, 6, 7)
    stages["missing"]["encoder"] = stages["missing"]["encoder"].without_names()
    return stages


def n_inputs(stage: dict[str, Any]) -> int:
    """Return the number of inputs of the first layer."""
    return InputStage(**stage).n_inputs
