"""Evaluating and monitoring dask collections: the numbers of one machine."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl
from sklearn.datasets import make_classification

pytest.importorskip("distributed")

import dask.array as da
import dask.dataframe as dd
import pandas as pd

X, Y = make_classification(
    n_samples=1200, n_features=6, n_informative=5, n_redundant=0, n_classes=3, random_state=0
)
X = X.round(1)  # so that scores tie
CHUNKS = (300, 500, 100, 299, 1)
NAMES = [f"c{j}" for j in range(6)]


def rows(values=X, chunks=CHUNKS):
    return da.from_array(values, chunks=(chunks, *((n,) for n in values.shape[1:])))


def model_of(kind):
    two = np.minimum(Y, 1)
    options = {"random_state": 0, "max_iter": 5, "tol": None}
    estimators = {
        "multinomial": (sl.SGDClassifier(loss="log_loss", **options), Y),
        "binary": (sl.SGDClassifier(loss="log_loss", **options), two),
        "margins": (sl.LinearSVC(C=0.1), Y),
        "texts": (sl.LinearSVC(C=0.1), np.array(["no", "yes"])[two]),
        "values": (sl.LinearSVR(C=0.1), X[:, 0] - Y),
        "targets": (
            sl.SGDRegressor(**options, learning_rate="constant"),
            np.column_stack([X[:, 0], Y]),
        ),
    }
    estimator, y = estimators[kind]
    return sl.convert(estimator.fit(X, y)), y


@pytest.mark.parametrize("kind", ["multinomial", "binary", "margins", "texts", "values", "targets"])
def test_metrics_are_those_of_all_rows(client, kind):
    model, y = model_of(kind)
    small = sl.prune(model, sparsity=0.5)
    whole = sl.evaluate(small, X, y, baseline=model)
    with client.as_current():
        report = sl.evaluate(small, rows(), rows(y), baseline=model)
    assert report.metrics.keys() == whole.metrics.keys()
    for name, value in whole.metrics.items():
        assert report.metrics[name] == pytest.approx(value, rel=1e-6), name
    assert report.n_samples == 1200
    assert report.agreement == pytest.approx(whole.agreement)
    for name in ("labels", "confusion"):
        np.testing.assert_array_equal(getattr(report, name), getattr(whole, name))
    for name in ("calibration", "residuals"):
        if getattr(whole, name) is not None:
            np.testing.assert_allclose(getattr(report, name), getattr(whole, name), rtol=1e-6)
    assert "rows" in str(report)


def test_partitions_may_be_empty_of_unknown_size_or_lack_classes():
    model, y = model_of("margins")
    kept = rows(np.arange(1200)) >= 300
    report = sl.evaluate(model, rows()[kept], rows(y)[kept])
    whole = sl.evaluate(model, X[300:], y[300:])
    assert report.metrics == pytest.approx(dict(whole.metrics))
    only = Y == 1
    report = sl.evaluate(model, rows(X[only], (only.sum(),)), rows(y[only], (only.sum(),)))
    assert "roc_auc" not in report.metrics
    with pytest.raises(ValueError, match="at least one row"):
        sl.evaluate(model, rows()[:0], rows(y)[:0])


@pytest.mark.parametrize("kind", ["margins", "multinomial"])
def test_labels_that_a_model_does_not_know_are_errors_as_in_one_place(kind):
    model, y = model_of(kind)
    y = np.where(np.arange(len(y)) < 100, 99, y)
    with pytest.warns(UserWarning, match="does not know, 99"):
        whole = sl.evaluate(model, X, y)
    with pytest.warns(UserWarning, match="does not know, 99"):
        report = sl.evaluate(model, rows(), rows(y))
    assert report.metrics == pytest.approx(dict(whole.metrics))
    assert "log_loss" not in report.metrics


def test_evaluating_data_frames():
    frame = pd.DataFrame(X, columns=NAMES)
    model = sl.convert(sl.LinearSVC(C=0.1).fit(frame, Y))
    lazy = dd.from_pandas(frame.assign(y=Y), npartitions=4)
    report = sl.evaluate(model, lazy[NAMES], lazy["y"])
    assert report.metrics == pytest.approx(dict(sl.evaluate(model, frame, Y).metrics))


@pytest.mark.parametrize("kind", ["margins", "values"])
@pytest.mark.parametrize("unknown", [False, True])
def test_a_monitor_counts_partitions_as_one_place(client, kind, unknown):
    model, _ = model_of(kind)
    new = X + np.where(np.arange(1200)[:, None] > 700, [0, 0, 2, 0, 0, 0], 0)
    new[5, 1] = np.nan
    alone, spread = (sl.Monitor(model, X, window=250) for _ in range(2))
    first, second = new[:130], new[130:]
    expected = alone.observe(first) + alone.observe(second)
    lazy = rows(second, (300, 400, 370))
    if unknown:
        lazy = lazy[da.from_array(np.ones(1070, dtype=bool), chunks=(300, 400, 370))]
    with client.as_current():
        found = spread.observe(first) + spread.observe(lazy)
    assert found == expected
    assert found
    assert (spread.n_rows, spread.n_windows) == (alone.n_rows, alone.n_windows) == (1200, 4)
    assert np.array_equal(spread.counts, alone.counts)
    assert np.array_equal(spread.last_counts, alone.last_counts)
    assert str(spread.report()) == str(alone.report())


def test_a_monitor_takes_what_was_said():
    model, _ = model_of("margins")
    alone, spread = (sl.Monitor(model, X, window=500) for _ in range(2))
    said = model.predict(X)
    assert spread.observe(rows(), sl.dask.predict(model, rows())) == alone.observe(X, said)
    with pytest.raises(ValueError, match="X has 5 features, but the model expects 6"):
        spread.observe(rows(X[:, :5]))
