"""Rows a second that a monitor takes in: 50 features, predictions given, one thread."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl


@pytest.mark.parametrize("window", [1000, 10_000])
def test_observe(benchmark, window):
    """Time 200,000 rows; each window is compared with the reference on the way."""
    benchmark.group = "monitor, 200,000 x 50"
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200_000, 50)).astype(np.float32)
    model = sl.convert(sl.LinearSVC(C=0.01).fit(X[:5000], X[:5000, 0] > 0))
    monitor = sl.Monitor(model, X[:20_000], window=window)
    predicted = model.predict(X)
    benchmark(monitor.observe, X, predicted)
    assert monitor.n_rows % len(X) == 0
    benchmark.extra_info["rows_per_second"] = len(X) / benchmark.stats.stats.median
