"""Random tables with everything that people have in them, and what compares answers on them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import slimline as sl
from sklearn.base import is_classifier

NUMBERS = ["age", "hours", "pay"]
GAPS = ["debt", "score"]  # numbers, some missing
CATEGORIES = ["city", "size", "vip"]  # texts, whole numbers, booleans
HOLES = ["state", "grade"]  # texts and numbers, some missing
COLUMNS = [*NUMBERS, *GAPS, *CATEGORIES, *HOLES]

METHODS = ("decision_function", "predict_proba", "predict")  # the first that there is

CITIES = ["Paris", "Rome", "Oslo", "São Paulo", "東京", "", "NA", "rare 1", "rare 2", "rare 3"]
SHARES = [0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.04, 0.02, 0.02, 0.02]


def table(n: int, seed: int, *, unseen: bool = False) -> pd.DataFrame:
    """Return a random table; with ``unseen`` also categories and sizes of no other seed."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": random.integers(17, 90, n),
            "hours": random.normal(40, 12, n).clip(1, 99).round(1),
            "pay": np.exp(random.normal(3, 1, n)).round(2),
            "debt": random.normal(0, 100, n).round(1),
            "score": random.integers(0, 5, n).astype(float),
            "city": random.choice(CITIES, n, p=SHARES),
            "size": random.choice([1, 2, 3, 7, 2**40], n, p=[0.4, 0.3, 0.2, 0.06, 0.04]),
            "vip": random.random(n) < 0.3,
            "state": random.choice(["new", "old", "?", "lost"], n, p=[0.5, 0.3, 0.15, 0.05]),
            "grade": random.choice([1.0, 2.5, 4.0], n),
        }
    ).astype({"city": object, "state": object})
    for name in GAPS + HOLES:
        frame.loc[random.random(n) < 0.15, name] = np.nan
    if unseen:
        for name, value in (("city", "Ulm"), ("size", 5), ("state", "odd"), ("grade", 9.0)):
            frame.loc[random.random(n) < 0.15, name] = value
    return frame


def labels(frame: pd.DataFrame, k: int = 2) -> Any:
    """Return labels that depend on the columns."""
    return np.digitize(target(frame), np.linspace(-1, 1, k + 1)[1:-1])


def target(frame: pd.DataFrame) -> Any:
    """Return values that depend on the columns."""
    return (
        (frame["age"] - 50) / 30
        + frame["debt"].fillna(0) / 200
        + frame["city"].map({"Paris": 1.0, "Rome": -1.0}).fillna(0.2)
        + 0.5 * frame["state"].eq("old")
        - 0.7 * frame["vip"]
    ).to_numpy(dtype=float)


def fitted(pipeline: Any, rows: Any, y: Any) -> Any:
    """Fit without the warnings of few steps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pipeline.fit(rows, y)


def answers(estimator: Any, rows: Any, how: str) -> Any:
    """Return what a method of an estimator or Model returns, or the error that it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return np.asarray(getattr(estimator, how)(rows))
        except (ValueError, TypeError) as error:
            return error


def check_same(pipeline: Any, model: sl.Model, rows: Any, others: Any = ()) -> None:
    """Check answers on rows, row by row where scikit-learn refuses some; then of other containers.

    A row that scikit-learn refuses the Model refuses too.
    """
    how = next(name for name in METHODS if hasattr(pipeline, name))
    expected = answers(pipeline, rows, how)
    if isinstance(expected, Exception):
        for i in range(min(len(rows), 15)):
            row = rows.iloc[i : i + 1] if hasattr(rows, "iloc") else rows[i : i + 1]
            expected, got = answers(pipeline, row, how), answers(model, row, how)
            refused = isinstance(expected, Exception)
            assert isinstance(got, Exception) == refused, (row, expected, got)
            if not refused:
                _check_close(got, expected)
        return
    for given in (rows, *others):
        _check_close(answers(model, given, how), expected)
    if is_classifier(pipeline):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = pipeline.predict(rows)
        assert np.array_equal(model.predict(rows)[_clear(expected)], wanted[_clear(expected)])


def _check_close(got: Any, expected: Any) -> None:
    assert not isinstance(got, Exception), repr(got)
    size = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * size)


def _clear(decision: Any) -> Any:
    """Whether rows are no ties, which float32 may decide otherwise."""
    wide = np.c_[0 * decision, decision] if decision.ndim == 1 else np.sort(decision, axis=1)
    return np.abs(wide[:, -1] - wide[:, -2]) > 1e-4
