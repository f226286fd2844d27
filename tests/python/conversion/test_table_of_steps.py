"""The table of the guide, "What convert takes", row by row: it says what happens, and all of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import slimline as sl
from conversion import tables
from sklearn import (
    cluster,
    compose,
    decomposition,
    feature_extraction,
    feature_selection,
    impute,
    kernel_approximation,
    linear_model,
    pipeline,
    preprocessing,
)
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from slimline.conversion.transformers import transformed

PAGE = Path(__file__).parents[3] / "docs" / "guide" / "tables.md"
ROW = re.compile(r"^\| (`.*`) \| ([\w -]+) \| (exact|refused: .*?)(?:[;,] .*)? \|$", re.MULTILINE)
MODULES = (
    cluster,
    compose,
    decomposition,
    feature_extraction,
    feature_selection,
    impute,
    kernel_approximation,
    linear_model,
    pipeline,
    preprocessing,
)
NAMES = {name: getattr(module, name) for module in MODULES for name in dir(module)} | {"np": np}
# The columns that a row of the table speaks of.
COLUMNS = {
    "numbers": tables.NUMBERS,
    "gaps": tables.GAPS,
    "categories": tables.CATEGORIES,
    "holes": tables.HOLES,
    "texts": ["city", "state"],
    "full texts": ["city"],
    "dicts": ["age", "city", "vip"],
}


class Case(NamedTuple):
    code: str
    of: str
    outcome: str


CASES = [
    Case(code, of, outcome)
    for codes, of, outcome in ROW.findall(PAGE.read_text("utf-8"))
    for code in re.findall(r"`(.*?)`", codes)
]


def step_of(case: Case) -> Any:
    return eval(case.code, dict(NAMES))  # noqa: S307 - the guide's own code


def rows_of(case: Case, n: int, seed: int, *, unseen: bool = False) -> Any:
    frame = tables.table(n, seed, unseen=unseen)
    if case.of == "full texts":
        frame["city"] = frame["city"].fillna("?")
    if case.of == "dicts":
        return frame[COLUMNS["dicts"]].to_dict("records")
    return frame


def pipeline_of(case: Case, last: Any) -> Any:
    step = step_of(case)
    if case.of == "dicts":
        return make_pipeline(step, last)
    return make_pipeline(make_column_transformer((step, COLUMNS[case.of])), last)


def test_every_row_of_the_table_is_read() -> None:
    text = PAGE.read_text("utf-8").partition("| step | of | convert |")[2]
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(ROW.findall(text)) > 40
    assert len(CASES) > 80


def test_every_transformer_is_in_the_table() -> None:
    kinds = [kind for kind in transformed.registry if kind is not object]
    code = " ".join(case.code for case in CASES) + PAGE.read_text("utf-8").partition("| step")[0]
    selectors = [kind for kind in kinds if kind is feature_selection.SelectorMixin]
    unnamed = [kind.__name__ for kind in kinds if kind.__name__ not in code]
    assert unnamed == [kind.__name__ for kind in selectors]


@pytest.mark.parametrize("last", [LogisticRegression(), Ridge()], ids=["class", "value"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.of}: {case.code}"[:90])
def test_the_table_says_what_happens(case: Case, last: Any) -> None:
    frame = tables.table(400, 1)
    y = tables.labels(frame, 3) if isinstance(last, LogisticRegression) else tables.target(frame)
    fitted = tables.fitted(pipeline_of(case, last), rows_of(case, 400, 1), y)
    if case.outcome != "exact":
        reason = case.outcome.removeprefix("refused: ")
        with pytest.raises(TypeError, match=re.escape(reason)) as caught:
            sl.convert(fitted)
        assert ": " in str(caught.value)
        return
    model = sl.convert(fitted, X=rows_of(case, 400, 1))
    tables.check_same(fitted, model, rows_of(case, 300, 2))
    tables.check_same(fitted, model, rows_of(case, 300, 3, unseen=True))
