"""Monitors: alarms when data move, few when they do not, and state that does not grow."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from scipy import stats
from slimline.inputs import InputStage
from slimline.layers import DenseLayer
from slimline.model.reference import N_EDGES, Reference, count_bins, quantile_edges

D = 5


def linear(classes=(0, 1), d=D):
    """The sign, or for no classes the value, of the sum of the features."""
    return sl.Model(
        input=InputStage(n_features=d),
        layers=(
            DenseLayer(weight=np.ones((1, d), np.float32), bias=np.zeros(1, dtype=np.float32)),
        ),
        link="margin" if classes else "identity",
        classes=np.array(classes) if classes else None,
    )


def rows(seed, n, d=D):
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


@pytest.fixture(scope="module")
def known():
    X = rows(0, 10_000)
    return linear().with_reference(X, (X.sum(axis=1) > 0.3).astype(int))


@pytest.mark.parametrize("classes", [(0, 1), ()])
@pytest.mark.parametrize("feature", [0, 3])
def test_a_shift_of_half_a_deviation_is_found_within_2000_rows(classes, feature):
    monitor = sl.Monitor(linear(classes), rows(0, 10_000), false_alarm_rate=0.001)
    assert monitor.observe(rows(1, 700)) == []
    X = rows(2, 2000)
    X[:, feature] += 0.5
    names = {alarm.name for alarm in monitor.observe(X)}
    assert f"x{feature}" in names
    assert names <= {f"x{feature}", "target 0"}


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.normal(size=(n, 8)),
        lambda rng, n: rng.integers(0, 3, size=(n, 8)) * (rng.random((n, 8)) < 0.5),
        lambda rng, n: np.repeat(rng.exponential(size=(n, 2)), 4, axis=1),
    ],
    ids=["normal", "counts", "copies"],
)
def test_200_stable_replicas_alarm_at_no_more_than_the_stated_rate(draw):
    rate, rng, alarms = 0.05, np.random.default_rng(5), 0
    for _ in range(10):
        monitor = sl.Monitor(linear(d=8), draw(rng, 3000), window=500, false_alarm_rate=rate)
        alarms += sum(bool(monitor.observe(draw(rng, 500))) for _ in range(20))
    # 20 windows share a reference, so that their alarms come together: twice the binomial's room.
    assert alarms <= 200 * rate + 2 * (stats.binom.ppf(0.999, 200, rate) - 200 * rate)


def test_missing_and_values_out_of_range(known):
    monitor = sl.Monitor(known)
    X = rows(3, 1000)
    X[:50, 1] = np.nan
    X[50:100, 2] = 100
    found = {(alarm.measure, alarm.name): alarm.value for alarm in monitor.observe(X)}
    assert found["missing", "x1"] == 0.05
    assert found["outside", "x2"] == 0.05


def test_predictions_that_move_alone_are_found(known):
    monitor = sl.Monitor(known)
    X = rows(4, 1000)
    (alarm,) = monitor.observe(X, np.ones(1000, dtype=int))
    assert (alarm.measure, alarm.name) == ("predicted", "target 0")


def test_measures_against_their_definitions(known):
    X = rows(0, 10_000)
    now = rows(6, 1000) * 1.3
    monitor = sl.Monitor(known)
    monitor.observe(now)
    drift = monitor.drift
    for j in range(D):
        assert drift.ks[j] == pytest.approx(stats.ks_2samp(X[:, j], now[:, j]).statistic, abs=0.03)
        spread = X[:, j].max() - X[:, j].min()
        inside = np.clip(now[:, j], X[:, j].min(), X[:, j].max())
        distance = stats.wasserstein_distance(X[:, j], inside) / spread
        assert drift.wasserstein[j] == pytest.approx(distance, rel=0.25)
        edges = quantile_edges(X[:, [j]])
        p, q = (count_bins(x[:, [j]].copy(), edges)[0, 1:-2] / len(x) for x in (X, now))
        psi = ((q - p) * np.log(q / p)).sum()
        assert drift.psi[j] == pytest.approx(psi, rel=0.05)


def test_delayed_labels(known):
    monitor = sl.Monitor(known)
    X = rows(7, 3000)
    y = (X.sum(axis=1) > 0.3).astype(int)
    predicted = known.predict(X)
    assert monitor.add_labels(y, predicted) == []
    assert monitor.report().loss == pytest.approx(np.mean(y[2000:] != predicted[2000:]))
    (alarm,) = monitor.add_labels(1 - y[:1000], predicted[:1000])
    assert (alarm.measure, alarm.name) == ("loss", "model")
    values = linear(()).with_reference(X, X.sum(axis=1) + rows(8, 3000)[:, 0])
    watch = sl.Monitor(values)
    assert (
        watch.add_labels(X[:1000].sum(axis=1) + rows(9, 1000)[:, 0], values.predict(X[:1000])) == []
    )
    assert len(watch.add_labels(X[:1000].sum(axis=1) + 1, values.predict(X[:1000]))) == 1
    assert sl.Monitor(linear(), X).loss_threshold == float("inf")


def test_windows_do_not_depend_on_how_rows_arrive(known):
    X = rows(10, 2500)
    at_once, in_parts = sl.Monitor(known), sl.Monitor(known)
    at_once.observe(X)
    for part in np.array_split(X, 13):
        in_parts.observe(part)
    assert at_once.n_windows == in_parts.n_windows == 2
    np.testing.assert_array_equal(at_once.last_counts, in_parts.last_counts)
    np.testing.assert_array_equal(at_once.counts, in_parts.counts)


def test_the_state_does_not_grow(known):
    monitor = sl.Monitor(known, window=100)
    sizes = []
    for seed in range(3):
        for _ in range(20):
            monitor.predict(rows(seed, 500) + 1)
        sizes.append(len(pickle.dumps({k: v for k, v in vars(monitor).items() if k != "model"})))
    assert len(monitor.alarms) == 100
    assert max(sizes[1:]) - min(sizes[1:]) < 200


def test_predict_counts_and_times(known):
    monitor = sl.Monitor(known)
    X = rows(11, 1500)
    np.testing.assert_array_equal(monitor.predict(X), known.predict(X))
    low, high = monitor.report().latency_us
    assert 0 < low <= high
    assert (monitor.latency.n_calls, monitor.latency.n_rows) == (1, 1500)


def test_rows_that_cannot_be_predicted_count(known):
    monitor = sl.Monitor(known)
    X = rows(15, 10)
    X[3, 1] = np.nan
    with pytest.raises(ValueError, match="finite"):
        monitor.predict(X)
    assert monitor.n_rows == 10
    assert monitor.counts[1, -1] == 1


def test_data_frames_are_checked(known):
    names = [f"f{j}" for j in range(D)]
    spec = sl.ModelSpec(task="classification", features=dict.fromkeys(names, "float32"))
    monitor = sl.Monitor(known.with_spec(spec))
    frame = pd.DataFrame(rows(12, 1000), columns=names)
    frame.loc[:200, "f2"] = None
    assert {alarm.name for alarm in monitor.observe(frame)} == {"f2"}
    with pytest.raises(ValueError, match="model's columns"):
        monitor.observe(frame[names[::-1]])


def test_report_as_table_and_page(known):
    monitor = sl.Monitor(known)
    assert "rows" in str(monitor.report())
    assert monitor.report().alarm is False
    X = rows(13, 1000)
    X[:, 1] += 1
    monitor.predict(X)
    monitor.add_labels(np.ones(1000, dtype=int), np.ones(1000, dtype=int))
    report = monitor.report()
    assert report.alarm
    assert str(report).splitlines()[-D].startswith("x1")
    page = report.to_html("Flights")
    assert "<h1>Flights" in page
    assert "ALARM" in page
    assert page.count("<svg") == 4


def test_the_reference_stays_in_the_file(known, tmp_path):
    path = tmp_path / "x.slimline"
    sl.save(known, path)
    loaded = sl.load(path)
    assert loaded.sha256 == known.sha256
    for one, other in zip(sl.Monitor(loaded).thresholds, sl.Monitor(known).thresholds, strict=True):
        np.testing.assert_array_equal(one, other)
    assert loaded.history[-1].action == "referenced"
    assert loaded.redact().reference is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"edges": np.zeros((D + 1, N_EDGES), np.float32)}, "must have shape"),
        ({"edges": np.full((D, N_EDGES), -np.arange(N_EDGES), np.float32)}, "must ascend"),
        ({"counts": np.zeros((D, N_EDGES + 2), np.int64)}, "the same rows, at least one"),
        ({"counts": np.full((D, N_EDGES + 2), -1, np.int64)}, "the same rows, at least one"),
        ({"predicted_counts": np.full((1, 3), 5, np.int64)}, "the same rows|another kind"),
        ({"losses": np.array([1.0, -1.0, 0.0])}, "must not be negative"),
        ({"losses": np.zeros(2)}, "must have 3 entries"),
    ],
)
def test_damaged_references_make_no_model(change, message, known, tmp_path):
    tensors, content = known._state()  # noqa: SLF001 - to damage it
    tensors |= {f"reference.{name}": value for name, value in change.items()}
    sl.persistence.write_file(tmp_path / "bad.slim", tensors, content)
    with pytest.raises(sl.FormatError, match=message):
        sl.load(tmp_path / "bad.slim")
    with pytest.raises(ValueError, match="another kind"):
        sl.Model(
            input=known.input,
            layers=known.layers,
            link="identity",
            classes=None,
            reference=known.reference,
        )


def test_references_keep_no_row():
    X = rows(14, 2000)
    reference = linear().with_reference(X).reference
    assert isinstance(reference, Reference)
    assert sum(array.size for array in reference.tensors().values()) < X.size
    columns = [set(edges.tolist()) for edges in reference.edges]
    held = [sum(float(value) in columns[j] for j, value in enumerate(row)) for row in X]
    assert max(held) < D


def test_refusals(known):
    with pytest.raises(TypeError, match="model must be a slimline Model"):
        sl.Monitor(3)
    with pytest.raises(ValueError, match="reference must be given"):
        sl.Monitor(linear())
    with pytest.raises(ValueError, match="window must be at least 1"):
        sl.Monitor(known, window=0)
    with pytest.raises(TypeError, match="window must be an int of at least 1, got str"):
        sl.Monitor(known, window="1000")
    with pytest.raises(TypeError, match="false_alarm_rate must be a number"):
        sl.Monitor(known, false_alarm_rate="0.01")
    with pytest.raises(ValueError, match="false_alarm_rate must be above 0"):
        sl.Monitor(known, false_alarm_rate=0)
    with pytest.raises(ValueError, match="X has 2 features"):
        sl.Monitor(known).observe(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="predicted must have 3 entries"):
        sl.Monitor(known).observe(np.zeros((3, D)), [1])
    with pytest.raises(ValueError, match="at least one row"):
        linear().with_reference(np.zeros((0, D)))
