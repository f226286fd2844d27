"""The features of rows of a table, for the second reader, from the page of the format alone."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
from persistence.second_texts import text_features


def features(content: dict[str, Any], tensors: dict[str, Any], rows: Any) -> Any:
    """Return the features of rows, float64: each row a list with a cell for each column."""
    made = []
    for row in rows:
        cells = [_cell(content, j, cell) for j, cell in enumerate(row)]
        of_row: list[float] = []
        for i, block in enumerate(content["blocks"]):
            at = f"input.blocks.{i}."
            own = {n.removeprefix(at): t for n, t in tensors.items() if n.startswith(at)}
            of_row += BLOCKS[block["kind"]](block, own, cells)
        made.append(of_row)
    return np.array(made)


def _cell(content: dict[str, Any], column: int, cell: Any) -> Any:
    """Return a cell, or what a text stands for; None where it is missing."""
    texts = content.get("text_cells", {"missing_marks": [], "number_columns": []})
    kind = content["columns"][column][1]
    if cell != cell or (kind != "text" and cell in texts["missing_marks"]):  # noqa: PLR0124 - NaN
        return None
    return float(cell) if column in texts["number_columns"] and cell is not None else cell


def _numbers(block: Any, own: Any, cells: Any) -> list[float]:
    numbers = []
    for j, column in enumerate(own["columns"]):
        x = math.nan if cells[column] is None else float(cells[column])
        for k, step in enumerate(block["steps"]):
            at = f"steps.{k}."
            tensors = {n.removeprefix(at): t for n, t in own.items() if n.startswith(at)}
            x = _step(step, tensors, j, x)
        assert math.isfinite(x)
        numbers.append(x)
    return numbers


def _step(step: Any, tensors: Any, j: int, x: float) -> float:
    op = step["op"]
    if math.isnan(x):
        return float(tensors["value"][j]) if op == "impute" else x
    if op == "quantile":
        return _quantile(step["output"], tensors["references"], tensors["quantiles"][j], x)
    p = [float(t[j]) for t in tensors.values()]  # by name: those of affine, clip as here
    named = {name: float(t[j]) for name, t in tensors.items()}
    return {
        "impute": lambda: x,
        "affine": lambda: (x - named["offset"]) * named["scale"],
        "clip": lambda: min(max(x, named["low"]), named["high"]),
        "log": lambda: math.log(x),
        "log1p": lambda: math.log1p(x),
        "sqrt": lambda: math.sqrt(x),
        "square": lambda: x * x,
        "abs": lambda: abs(x),
        "exp": lambda: math.exp(x),
        "expm1": lambda: math.expm1(x),
        "yeo_johnson": lambda: _yeo_johnson(p[0], x),
        "box_cox": lambda: (x ** p[0] - 1) / p[0] if p[0] else math.log(x),
    }[op]()


def _yeo_johnson(p: float, x: float) -> float:
    if x >= 0:
        return ((x + 1) ** p - 1) / p if p else math.log1p(x)
    return -((1 - x) ** (2 - p) - 1) / (2 - p) if p != 2 else -math.log1p(-x)


def _quantile(output: str, references: Any, own: Any, x: float) -> float:
    place = np.interp(x, own, references) - np.interp(-x, -own[::-1], -references[::-1])
    place /= 2
    if output == "uniform":
        return 0.0 if x <= own[0] else 1.0 if x >= own[-1] else float(place)
    place = 0.0 if x - 1e-7 < own[0] else 1.0 if x + 1e-7 > own[-1] else float(place)
    low = 1e-7 - 2.0**-52
    return NormalDist().inv_cdf(min(max(place, low), 1 - low))


def _missing(_: Any, own: Any, cells: Any) -> list[float]:
    values = own["values"]
    return [float(values[int(cells[c] is None), j]) for j, c in enumerate(own["columns"])]


def _categories(block: Any, own: Any, cells: Any) -> list[float]:
    cell, values = cells[block["column"]], own["keys.values"]
    keys = values.tolist()
    if "keys.offsets" in own:
        places = own["keys.offsets"].tolist()
        keys = [values[begin:end].tobytes().decode() for begin, end in pairwise(places)]
    outcome = block["missing"] if cell is None else block["unknown"]
    if cell is not None and cell in keys:
        outcome = int(own["outcomes"][keys.index(cell)])
    assert outcome is not None
    table = own.get("values", np.eye(block["n_outcomes"]))
    return [0.0] * table.shape[1] if outcome < 0 else list(map(float, table[outcome]))


def _bins(block: Any, own: Any, cells: Any) -> list[float]:
    made: list[float] = []
    for j, x in enumerate(_numbers(block, own, cells)):
        edges = own["edges"][own["starts"][j] : own["starts"][j + 1]]
        place = int((edges <= x).sum())
        made += [float(i == place) for i in range(len(edges) + 1)] if block["one_hot"] else [place]
    return made


def _polynomial(block: Any, own: Any, cells: Any) -> list[float]:
    numbers, made = _numbers(block, own, cells), []
    for powers in own["powers"].tolist():
        factors = [x for x, power in zip(numbers, powers, strict=True) for _ in range(power)]
        product = 1.0
        for x in reversed(factors):
            product *= x
        made.append(product)
    return made


BLOCKS = {
    "numbers": _numbers,
    "missing": _missing,
    "categories": _categories,
    "bins": _bins,
    "polynomial": _polynomial,
    "text": text_features,
}
