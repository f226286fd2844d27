"""Rows in every container: those that a pipeline is fitted on, and those that a Model takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import slimline as sl
from conversion import tables
from conversion.fronts import FILLED, FRAME, NEW, ONE_HOT, WHOLE, Y, check
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    StandardScaler,
)


@pytest.mark.parametrize("unseen", [False, True])
def test_every_container_gives_the_same_answers(*, unseen: bool, tmp_path: Any) -> None:
    pipeline = tables.fitted(make_pipeline(WHOLE, LogisticRegression()), FRAME, Y)
    model = sl.convert(pipeline)
    rows = tables.table(150, 3, unseen=unseen)
    bare = rows.astype(object).where(rows.notna(), None)
    used = [column.name for column in model.input.columns]
    shuffled = rows[[*reversed(tables.COLUMNS)]].assign(more="not read")
    others = [
        shuffled,
        rows.convert_dtypes(),
        pl.from_pandas(rows),
        pa.Table.from_pandas(rows),
        bare.to_dict("records"),
        bare[used].to_numpy(dtype=object),
        bare[used].to_numpy(dtype=object).tolist(),
    ]
    tables.check_same(pipeline, model, rows, others)
    sl.save(model, tmp_path / "m")
    np.testing.assert_array_equal(sl.load(tmp_path / "m").outputs(rows), model.outputs(rows))


KINDS = {
    "objects": lambda frame: frame,
    "texts": lambda frame: frame.astype({"city": "str", "state": "str"}),
    "nullable": lambda frame: frame.convert_dtypes(),
    "arrow in pandas": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "categories": lambda frame: frame.astype({"city": "category", "state": "category"}),
    "polars": pl.from_pandas,
    "pyarrow": pa.Table.from_pandas,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [np.nan, pd.NA, None], ids=repr)
def test_pipelines_fitted_on_frames_of_every_kind(kind: str, missing: Any) -> None:
    filled = SimpleImputer(strategy="constant", fill_value="old", missing_values=missing)
    front = make_column_transformer(
        (StandardScaler(), tables.NUMBERS),
        (SimpleImputer(add_indicator=True), tables.GAPS),
        (ONE_HOT, [*tables.CATEGORIES, "grade"]),
        (make_pipeline(filled, ONE_HOT), ["state"]),
    )
    rows, new = KINDS[kind](FRAME), KINDS[kind](NEW)
    pipeline = make_pipeline(front, LogisticRegression())
    try:
        tables.fitted(pipeline, rows, Y)
    except (TypeError, ValueError):
        pytest.skip("scikit-learn does not take this mark of missing cells in such columns")
    tables.check_same(pipeline, sl.convert(pipeline, X=rows), new)


def test_arrays_of_objects_have_columns_without_names() -> None:
    rows, new = (frame.to_numpy(dtype=object) for frame in (FRAME, NEW))
    front = make_column_transformer((StandardScaler(), [0, 1]), (FILLED, [-2, 5]))
    model = check(front, rows=rows, new=new)
    assert len(model.input.columns) == len(tables.COLUMNS)
