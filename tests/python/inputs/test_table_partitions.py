"""Dask data frames of tables: evaluated and watched where their partitions lie."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from inputs.tables import in_columns, many, model

dd = pytest.importorskip("dask.dataframe")

ROWS, LABELS = many(200)
FRAME = pd.DataFrame(in_columns(ROWS))


def partitioned():
    y = dd.from_pandas(pd.Series(LABELS, dtype=object), npartitions=3)
    return dd.from_pandas(FRAME, npartitions=3), y


def test_evaluation():
    made = sl.finetune(model(), FRAME, LABELS, max_iter=3)
    smaller = sl.prune(made, n_features=3, granularity="feature")
    X, y = partitioned()
    report = sl.evaluate(made, X, y, baseline=smaller)
    expected = sl.evaluate(made, FRAME, LABELS, baseline=smaller)
    assert report.n_samples == len(ROWS)
    assert report.metrics["accuracy"] == expected.metrics["accuracy"]
    assert report.agreement == pytest.approx(expected.agreement)


def test_monitors():
    known = model().with_reference(FRAME, LABELS)
    X, _ = partitioned()
    monitors = [sl.Monitor(known, window=50) for _ in range(2)]
    monitors[0].observe(X)
    monitors[1].observe(FRAME)
    np.testing.assert_array_equal(monitors[0].last_counts, monitors[1].last_counts)
