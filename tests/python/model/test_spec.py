"""The design of a model as data: what it refuses, that it stays in the file, that it is checked."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl
from slimline.model.spec import METRICS

X = np.array([[1.0, 9], [2.0, 8], [9.0, 17], [8.0, 18]], dtype=np.float32)
y = np.array(["early", "early", "late", "late"])
FEATURES = {"distance": "float32", "hour": "int64"}
GOOD = {
    "task": "classification",
    "target": "late",
    "features": FEATURES,
    "classes": ["late", "early"],
    "metrics": {"accuracy": 0.9},
    "max_nbytes": 1000,
    "max_latency_us": 1e6,
    "owner": "operations",
    "approver": "the board",
}


@pytest.fixture
def model():
    return sl.convert(sl.LinearSVC().fit(X, y))


def test_spec_stays_with_the_model_and_in_its_file(model, tmp_path):
    spec = sl.ModelSpec(**GOOD)
    meant = model.with_spec(spec)
    assert meant.input.feature_names == ("distance", "hour")
    assert meant.history[-1].action == "specified"
    assert meant.history[-1].parent == model.sha256
    assert sl.quantize(meant).spec is spec
    sl.save(meant, tmp_path / "x.slimline")
    loaded = sl.load(tmp_path / "x.slimline")
    assert loaded.spec == spec
    assert list(loaded.spec.features) == ["distance", "hour"]
    assert loaded.sha256 == meant.sha256


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"task": "ranking"}, ValueError, "task must be one of"),
        ({"owner": 3}, TypeError, "owner must be a text"),
        ({"max_nbytes": 1.5}, TypeError, "max_nbytes must be a whole number"),
        ({"max_nbytes": True}, TypeError, "max_nbytes must be a whole number"),
        ({"max_nbytes": 0}, ValueError, "max_nbytes must be > 0"),
        ({"max_latency_us": "1"}, TypeError, "max_latency_us must be a number"),
        ({"max_latency_us": -1.0}, ValueError, "max_latency_us must be > 0"),
        ({"features": {}}, ValueError, "at least one feature"),
        ({"features": {"a": 1}}, TypeError, "must map names to dtypes"),
        ({"features": {"a": "float33"}}, ValueError, "of feature 'a' must be one of .*'float33'"),
        ({"features": {"a": "object"}}, ValueError, "of feature 'a' must be one of .*'object'"),
        # Found by fuzzing: numpy.dtype raises SyntaxError.
        ({"features": {"a": "f4,(01)f4"}}, ValueError, "of feature 'a' must be one of"),
        ({"classes": [None]}, TypeError, "classes of a spec must be"),
        ({"metrics": {"r2": 0.5}}, ValueError, "a metric of a classification must be one of"),
        ({"metrics": {"accuracy": "high"}}, TypeError, "threshold of accuracy must be a number"),
    ],
)
def test_refused_values(change, error, message):
    with pytest.raises(error, match=message):
        sl.ModelSpec(**GOOD | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "regression", "metrics": {}}, "for a regression, but the model does classif"),
        ({"features": {"distance": "float32"}}, "has 1 features, but the model 2"),
        ({"classes": ["late", "never"]}, "the classes .*'never'.* but the model .*'early'"),
    ],
)
def test_spec_must_fit_the_model(model, change, message):
    with pytest.raises(ValueError, match=message):
        model.with_spec(sl.ModelSpec(**GOOD | change))


def test_spec_must_name_the_features_of_the_model(model):
    named = model.with_spec(sl.ModelSpec(**GOOD))
    other = sl.ModelSpec(**GOOD | {"features": {"distance": "float32", "minute": "int64"}})
    with pytest.raises(ValueError, match="names a feature 'minute' where the model has 'hour'"):
        named.with_spec(other)


def test_damaged_specs_make_no_model(model, tmp_path):
    tensors, content = model.with_spec(sl.ModelSpec(**GOOD))._state()  # noqa: SLF001 - to damage it
    bad = [None, [], {}, content["spec"] | {"colour": "red"}, content["spec"] | {"metrics": []}]
    bad += [
        content["spec"] | {"features": value} for value in ("ab", [["a"]], [["a", "b", "c"]], 1)
    ]
    bad += [content["spec"] | {"features": [["hour", "int64"]] * 2}]
    for spec in bad:
        sl.persistence.write_file(tmp_path / "bad.slim", tensors, content | {"spec": spec})
        with pytest.raises(sl.FormatError, match="do not make a model"):
            sl.load(tmp_path / "bad.slim")


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_every_metric_is_measured_and_checked_in_its_direction(task):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 3))
    if task == "classification":
        labels = (rows[:, 0] + rng.normal(size=200) > 0).astype(int)
        model = sl.convert(
            sl.SGDClassifier(loss="log_loss", learning_rate="auto").fit(rows, labels)
        )
    else:
        labels = rows[:, 0] + rng.normal(size=200)
        model = sl.convert(sl.SGDRegressor(random_state=0).fit(rows, labels))
    measured = sl.evaluate(model, rows, labels).metrics
    assert set(measured) == {name for name, metric in METRICS.items() if metric.task == task}
    for name, value in measured.items():
        step = 0.01 if METRICS[name].more_is_better else -0.01
        for threshold, passes in [(value - step, True), (value, True), (value + step, False)]:
            spec = sl.ModelSpec(task=task, metrics={name: threshold})
            report = sl.evaluate(model.with_spec(spec), rows, labels)
            assert report.passed is passes, (name, threshold)
            assert ("FAIL" in str(report)) is not passes


def test_size_and_latency_budgets(model):
    for budget, passes in [(10**9, True), (1, False)]:
        for limit in ("max_nbytes", "max_latency_us"):
            spec = sl.ModelSpec(task="classification", **{limit: budget})
            assert sl.evaluate(model.with_spec(spec), X, y).passed is passes


def test_metric_that_is_not_defined_fails(model):
    spec = sl.ModelSpec(task="classification", metrics={"log_loss": 10.0})
    report = sl.evaluate(model.with_spec(spec), X, y)
    (check,) = report.checks
    assert (check.got, check.passed, report.passed) == (None, False, False)
    assert "not defined" in str(report)


def test_without_a_spec_nothing_passes_or_fails(model):
    assert sl.evaluate(model, X, y).passed is None


def test_redact(model):
    full = model.with_spec(sl.ModelSpec(**GOOD))
    for classes, labels in [(False, ["early", "late"]), (True, [0, 1])]:
        bare = full.redact(classes=classes)
        assert bare.input.feature_names is None
        assert bare.spec is None
        assert bare.classes.tolist() == labels
        (step,) = bare.history
        assert (step.action, step.parent) == ("redacted", full.sha256)
        np.testing.assert_array_equal(bare.outputs(X), full.outputs(X))
    text = str(bare._state()[1])  # noqa: SLF001 - all that a file says
    assert not any(word in text for word in ("distance", "operations", "board", "late", "SVC"))
