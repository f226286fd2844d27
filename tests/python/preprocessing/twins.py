"""Random tables, in every container, and scikit-learn's transformers of the same parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

CITIES = ["Oslo", "Paris", "Rome", "São Paulo", "Łódź", "paris", "東京", "a b", "missing", "10"]
RAREST = 0.02


def random_table(rng: Any, n_rows: int, *, missing: float = 0.1) -> pd.DataFrame:
    """Columns of all kinds: numbers are float64, texts objects, and None or NaN is missing."""
    share = np.geomspace(1, RAREST, len(CITIES))
    columns = {
        "age": rng.integers(18, 80, n_rows).astype(float),
        "income": np.round(rng.lognormal(10, 1, n_rows), 2),
        "flat": rng.integers(0, 2, n_rows).astype(float),
        "member": rng.random(n_rows) < 0.3,
        "city": rng.choice(CITIES, n_rows, p=share / share.sum()),
        "plan": rng.choice(["basic", "plus"], n_rows),
        "zone": rng.integers(0, 6, n_rows).astype(float),
        "when": pd.Timestamp("2023-11-05") + pd.to_timedelta(rng.integers(0, 9_000, n_rows), "h"),
    }
    frame = pd.DataFrame(columns).astype({"member": object, "city": object, "plan": object})
    for name in frame:
        gone = rng.random(n_rows) < missing * rng.integers(0, 2)
        frame.loc[gone, name] = None
    return frame


def unseen(rng: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Change some cells of a table to what a fit has not seen."""
    changed = frame.copy()
    some = rng.random(len(frame)) < 0.1
    changed.loc[some, "city"] = "Atlantis"
    changed.loc[~some & (rng.random(len(frame)) < 0.1), "city"] = None
    changed.loc[some, "zone"] = 17.0
    changed.loc[some, "age"] = None
    return changed


# --- containers


def _with_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as texts and missing cells as marks, as files have them."""
    texts = frame.copy()
    for name in ("age", "income", "city"):
        cells = texts[name].astype(object)
        there = cells.notna()
        marks = ["", "NA", "?", "null"]
        texts[name] = [
            str(cell) if here else marks[row % len(marks)]
            for row, (cell, here) in enumerate(zip(cells, there, strict=True))
        ]
        texts[name] = texts[name].astype(object)
    return texts


def _polars(frame: pd.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(
        {name: [None if pd.isna(cell) else cell for cell in frame[name]] for name in frame},
        schema_overrides={"member": pl.Boolean, "city": pl.String, "plan": pl.String},
    )


def _categorical(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({"city": "category", "plan": "category", "member": "boolean"})


def _plain(cell: Any) -> Any:
    return None if pd.isna(cell) else cell


CONTAINERS = {
    "pandas": lambda frame: frame,
    "pandas of files": _with_texts,
    "pandas nullable": lambda frame: frame.convert_dtypes(),
    "pandas categorical": _categorical,
    "pandas arrow": lambda frame: _polars(frame).to_arrow().to_pandas(types_mapper=pd.ArrowDtype),
    "polars": _polars,
    "polars categorical": lambda frame: _polars(frame).with_columns(
        pl.col("city").cast(pl.Categorical), pl.col("plan").cast(pl.Enum(["plus", "basic", "x"]))
    ),
    "polars small": lambda frame: _polars(frame).with_columns(
        pl.col("age").cast(pl.Int8), pl.col("zone").cast(pl.UInt16)
    ),
    "pyarrow": lambda frame: _polars(frame).to_arrow(),
    "pyarrow dictionary": lambda frame: _dictionary(_polars(frame).to_arrow()),
    "dicts": lambda frame: [
        {name: _plain(cell) for name, cell in row.items()} for row in frame.to_dict("records")
    ],
    "dicts of files": lambda frame: _with_texts(frame).to_dict("records"),
}
UNNAMED = {
    "array": lambda frame: frame.to_numpy(dtype=object),
    "lists": lambda frame: [[_plain(cell) for cell in row] for row in frame.to_numpy(object)],
}


def _dictionary(table: pa.Table) -> pa.Table:
    place = table.column_names.index("city")
    return table.set_column(place, "city", table["city"].dictionary_encode())


# --- scikit-learn's


def _parts(frame: pd.DataFrame) -> Any:
    """The year, month, day, weekday and hour of a column of dates."""
    dates = frame.iloc[:, 0].dt
    parts = [dates.year, dates.month, dates.day, dates.day_of_week, dates.hour]
    return np.column_stack([part.to_numpy(dtype=float) for part in parts])


def twin(preprocessor: Any, frame: pd.DataFrame) -> ColumnTransformer:
    """scikit-learn's transformers for the columns as a fitted preprocessor took them."""
    columns: dict[str, list[str]] = {kind: [] for kind in ("number", "boolean", "date", "category")}
    for name, kind in preprocessor.column_types_.items():
        columns[kind].append(name)
    impute = preprocessor.impute
    fill = {"strategy": impute} if isinstance(impute, str) else {"fill_value": impute}
    imputer = SimpleImputer(**{"strategy": "constant", **fill})
    scaler = {"standard": StandardScaler(), "minmax": MinMaxScaler(), None: "passthrough"}
    numbers = make_pipeline(imputer, scaler[preprocessor.scale])
    floats = FunctionTransformer(lambda X: X.astype(float))
    steps = [
        ("numbers", numbers, columns["number"]),
        (
            "booleans",
            make_pipeline(floats, SimpleImputer(strategy="most_frequent")),
            columns["boolean"],
        ),
        *(
            (name, make_pipeline(FunctionTransformer(_parts), numbers), [name])
            for name in columns["date"]
        ),
    ]
    if preprocessor.indicator:
        indicated = [*columns["number"], *columns["boolean"], *columns["date"]]
        isna = FunctionTransformer(lambda X: X.isna().astype(float).replace(1.0, np.nan))
        indicator = MissingIndicator(features="missing-only", error_on_new=False)
        steps.append(("indicators", make_pipeline(isna, indicator), indicated))
    for name in (name for name in frame if name in columns["category"]):
        encoder = OneHotEncoder(
            min_frequency=preprocessor.min_frequency_,
            max_categories=preprocessor.max_categories,
            handle_unknown=preprocessor.unknown,
            sparse_output=False,
        )
        if frame[name].dtype == object:
            missing = SimpleImputer(missing_values=None, strategy="constant", fill_value="missing")
            encoder = make_pipeline(missing, encoder)
        steps.append((f"{name} of categories", encoder, [name]))
    return ColumnTransformer(steps, sparse_threshold=0)
