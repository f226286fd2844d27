"""Rows of a table to predictions beside scikit-learn's pipeline, one thread, one run: a table.

``python benchmarks/table_rows.py [--threads N] [--markdown]``: 14 columns like those of the census
set "adult" (6 numbers, 8 categories of 2 to 42 keys, some cells missing), imputed, scaled and
one-hot, and a logistic regression. Labels are compared before anything is timed; times are medians
of five turns, taken alternately.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import slimline as sl
from sgd.reporting import DOCS, Report, arguments, race
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from slimline.inputs import CategoriesBlock, Column, Encoder, InputStage, NumbersBlock, Step
from threadpoolctl import threadpool_limits

N = 10_000
CALLS = 2_000  # single rows in a turn of ours; of scikit-learn there are 10
N_KEYS = (9, 16, 7, 15, 6, 5, 2, 42)
NUMBERS = [f"number {i}" for i in range(6)]
CATEGORIES = [f"category {i}" for i in range(len(N_KEYS))]


def table(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Return rows and labels that depend on them."""
    random = np.random.default_rng(seed)
    numbers = random.normal(50, 20, (n, len(NUMBERS))).round(1)
    numbers[random.random(numbers.shape) < 0.02] = np.nan
    codes = [random.geometric(0.3, n) % k for k in N_KEYS]
    columns: dict[str, Any] = dict(zip(NUMBERS, numbers.T, strict=True))
    for name, own in zip(CATEGORIES, codes, strict=True):
        texts = np.array([f"Key-of-{i}" for i in range(own.max() + 1)], dtype=object)[own]
        texts[random.random(n) < 0.02] = None
        columns[name] = texts
    score = np.nan_to_num(numbers[:, 0]) / 20 + np.sum(codes, axis=0) / 5 + random.normal(size=n)
    order = [column for pair in zip(CATEGORIES, NUMBERS, strict=False) for column in pair]
    order += CATEGORIES[len(NUMBERS) :]
    frame = pd.DataFrame(columns)[order]
    return frame, np.where(score > np.median(score), "more", "less")


def pipeline() -> Any:
    """Return what people write."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    missing = SimpleImputer(strategy="constant", fill_value="missing", missing_values=None)
    categories = make_pipeline(missing, OneHotEncoder(handle_unknown="ignore"))
    columns = make_column_transformer((numbers, NUMBERS), (categories, CATEGORIES))
    return make_pipeline(columns, LogisticRegression(max_iter=1000))


def model_of(fitted: Any, names: list[str]) -> sl.Model:
    """Return the Model of a fitted pipeline."""
    columns, classifier = fitted[0], fitted[-1]
    impute, scale = columns.transformers_[0][1]
    one_hot = columns.transformers_[1][1][-1]
    places = np.array([names.index(name) for name in NUMBERS], dtype=np.uint32)
    steps = (
        Step(op="impute", arrays={"value": impute.statistics_.astype(np.float64)}),
        Step(op="affine", arrays={"offset": scale.mean_, "scale": 1 / scale.scale_}),
    )
    blocks: list[Any] = [NumbersBlock(columns=places, steps=steps)]
    for name, keys in zip(CATEGORIES, one_hot.categories_, strict=True):
        outcomes = {str(key): i for i, key in enumerate(keys)}
        missing = outcomes.get("missing", -1)
        blocks.append(
            CategoriesBlock.of(
                column=names.index(name),
                outcomes=outcomes,
                n_outcomes=len(keys),
                unknown=-1,
                missing=missing,
            )
        )
    kinds = [Column(name, "number" if name in NUMBERS else "category") for name in names]
    encoder = Encoder(columns=tuple(kinds), blocks=tuple(blocks))
    layer = sl.layers.DenseLayer(
        weight=classifier.coef_.astype(np.float32), bias=classifier.intercept_.astype(np.float32)
    )
    return sl.Model(
        input=InputStage(n_features=encoder.n_features, encoder=encoder),
        layers=(layer,),
        link="logistic",
        classes=classifier.classes_,
    )


def repeated(call: Callable[[Any], Any], row: Any, times: int) -> Callable[[], None]:
    """Return a function that predicts one row many times."""

    def run() -> None:
        for _ in range(times):
            call(row)

    return run


def single_rows(model: sl.Model, fitted: Any, frame: pd.DataFrame) -> list[list[str]]:
    """Time one row at a time."""
    row = frame.iloc[0].to_dict()
    line = frame.iloc[:1].to_csv(index=False, header=False).rstrip("\n")
    one = frame.iloc[:1]
    predictor = model.bind()
    cells = np.array(list(row.values()), dtype=object)
    calls = {
        "a dict": (predictor.predict, row, lambda r: fitted.predict(pd.DataFrame([r]))),
        "a line of CSV": (predictor.predict, line, None),
        "a list": (predictor.predict, list(row.values()), None),
        "an array of objects": (predictor.predict, cells, None),
        "a pandas frame of one row": (model.predict, one, fitted.predict),
        "a polars frame of one row": (model.predict, pl.from_pandas(one), None),
    }
    rows = []
    for title, (ours, form, theirs) in calls.items():
        pair = {"slimline": repeated(ours, form, CALLS)}
        if theirs is not None:
            pair["scikit-learn"] = repeated(theirs, form, 10)
        times = race(pair)
        mine = times["slimline"] / CALLS * 1e6
        other = times["scikit-learn"] / 10 * 1e6 if theirs is not None else None
        figures = ["", ""] if other is None else [f"{other:,.0f}", f"{other / mine:,.0f}"]
        rows.append([title, f"{mine:.2f}", *figures])
    return rows


def batches(model: sl.Model, fitted: Any, frame: pd.DataFrame) -> list[list[str]]:
    """Time all rows at once, in every container."""
    objects = frame.astype(object).where(frame.notna(), None)
    forms = {
        "pandas": frame,
        "pandas, objects": objects,
        "pandas, categories": frame.astype(dict.fromkeys(CATEGORIES, "category")),
        "polars": pl.from_pandas(frame),
        "pyarrow": pa.Table.from_pandas(frame, preserve_index=False),
        "a list of dicts": frame.to_dict("records"),
    }
    expected = fitted.predict(objects)
    rows = []
    for title, form in forms.items():
        np.testing.assert_array_equal(model.predict(form), expected)
        times = race(
            {
                "slimline": lambda form=form: model.predict(form),
                "scikit-learn": lambda: fitted.predict(objects),
            }
        )
        mine, right = times["slimline"] * 1e3, times["scikit-learn"] * 1e3
        rows.append([title, f"{mine:.2f}", f"{right:.1f}", f"{right / mine:.1f}"])
    return rows


def main() -> None:
    """Print the tables."""
    options = arguments(__doc__).parse_args()
    page = DOCS / "benchmarks" / "table_rows.md" if options.markdown else None
    report = Report("Rows of a table to predictions", markdown=page)
    frame, labels = table(N, seed=0)
    train, train_labels = table(N, seed=1)
    fitted = pipeline().fit(train.astype(object).where(train.notna(), None), train_labels)
    model = model_of(fitted, list(frame.columns))
    with threadpool_limits(options.threads):
        columns = ["one row", "slimline, us", "scikit-learn, us", "ratio"]
        report.table("One row at a time", columns, single_rows(model, fitted, frame))
        columns = [f"{N:,} rows", "slimline, ms", "scikit-learn, ms", "ratio"]
        report.table("Many rows", columns, batches(model, fitted, frame))
    report.line(f"Accuracy of both: {np.mean(model.predict(frame) == labels):.4f}")
    report.close()


if __name__ == "__main__":
    main()
