"""Reports: scikit-learn's numbers, sizes, times, agreement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn import metrics
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from slimline.evaluation import speed


def test_classification(digits_model: sl.Model, digits: Any) -> None:
    report = sl.evaluate(digits_model, digits.X_test, digits.y_test)
    predicted = digits_model.predict(digits.X_test)
    probabilities = digits_model.predict_proba(digits.X_test)
    assert report.metrics == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(digits.y_test, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(digits.y_test, predicted),
            "f1_macro": metrics.f1_score(digits.y_test, predicted, average="macro"),
            "log_loss": metrics.log_loss(digits.y_test, probabilities),
            "roc_auc": metrics.roc_auc_score(digits.y_test, probabilities, multi_class="ovr"),
            "calibration_error": report.metrics["calibration_error"],
        }
    )
    assert (report.task, report.n_samples) == ("classification", 450)
    assert report.nbytes == digits_model.nbytes
    assert report.n_parameters == 650
    assert 0 < report.latency_p50_us <= report.latency_p99_us
    assert report.throughput > 0
    assert report.agreement is None


def test_regression_and_agreement() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = sl.convert(Ridge().fit(X, y))
    small = sl.quantize(model)
    report = sl.evaluate(small, X, y, baseline=model)
    predicted = small.predict(X)
    assert report.metrics == pytest.approx(
        {
            "r2": metrics.r2_score(y, predicted),
            "mae": metrics.mean_absolute_error(y, predicted),
            "rmse": metrics.root_mean_squared_error(y, predicted),
        }
    )
    assert report.agreement == pytest.approx(np.abs(predicted - model.predict(X)).max())


def test_a_model_agrees_with_itself_and_prints(digits_model: sl.Model, digits: Any) -> None:
    report = sl.evaluate(digits_model, digits.X_test, digits.y_test, baseline=digits_model)
    assert report.agreement == 1
    text = str(report)
    for word in ("accuracy", "bytes", "one row, p99", "share of rows as baseline"):
        assert word in text


def test_sparse_rows(digits_model: sl.Model, digits: Any) -> None:
    dense = sl.evaluate(digits_model, digits.X_test, digits.y_test)
    rows = sl.evaluate(digits_model, sparse.coo_array(digits.X_test), digits.y_test)
    assert rows.metrics == dense.metrics


def test_bad_arguments(digits_model: sl.Model, digits: Any) -> None:
    X, y = digits.X_test, digits.y_test
    with pytest.raises(TypeError, match="model must be a slimline Model, got str"):
        sl.evaluate("model", X, y)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="baseline must be a slimline Model, got int"):
        sl.evaluate(digits_model, X, y, baseline=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"labels such as the model's \[0, 1, 2\], got '.'$"):
        sl.evaluate(digits_model, X, y.astype(str))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        sl.evaluate(digits_model, X, y[:3])
    with pytest.raises(ValueError, match="at least one row"):
        sl.evaluate(digits_model, X[:0], y[:0])
    features, values = load_diabetes(return_X_y=True)
    other = sl.convert(Ridge().fit(features, values))
    with pytest.raises(ValueError, match="baseline must be a classification model"):
        sl.evaluate(digits_model, X, y, baseline=other)


def test_tables_behind_the_pictures(digits_model: sl.Model, digits: Any) -> None:
    report = sl.evaluate(digits_model, digits.X_test, digits.y_test)
    predicted = digits_model.predict(digits.X_test)
    expected = metrics.confusion_matrix(digits.y_test, predicted)
    np.testing.assert_array_equal(report.confusion, expected)
    assert report.labels.tolist() == list(range(10))
    certainty = digits_model.predict_proba(digits.X_test).max(axis=1)
    right = predicted == digits.y_test
    bins = [(certainty * 10 // 1 == i) for i in range(10)]
    rows = [(certainty[b].mean(), right[b].mean(), b.sum()) for b in bins if b.any()]
    np.testing.assert_allclose(report.calibration, rows)
    gap = sum(abs(c - r) * n for c, r, n in rows) / len(right)
    assert report.metrics["calibration_error"] == pytest.approx(gap)


def test_residuals_and_roc_auc_of_margins() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = sl.convert(Ridge().fit(X, y))
    residuals = y - model.predict(X)
    expected = np.quantile(residuals, [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1])
    np.testing.assert_allclose(sl.evaluate(model, X, y).residuals, expected)
    label = y > np.median(y)
    classifier = sl.convert(sl.LinearSVC().fit(X, label))
    area = metrics.roc_auc_score(label, classifier.decision_function(X))
    assert sl.evaluate(classifier, X, label).metrics["roc_auc"] == pytest.approx(area)
    assert "roc_auc" not in sl.evaluate(classifier, X[label], label[label]).metrics


def test_energy_is_read_from_the_counters_or_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = np.eye(3, dtype=np.float32)
    model = sl.convert(Ridge().fit(X, X[0]))
    assert "no energy counters" in speed.energy(model, X, tmp_path).reason
    zone = tmp_path / "intel-rapl:0"
    zone.mkdir()
    assert "cannot be read" in speed.energy(model, X, tmp_path).reason
    (zone / "max_energy_range_uj").write_text("999\n")
    readings = iter([995, 95])  # the counter begins anew after 999: 100 used
    monkeypatch.setattr(
        speed,
        "_counter",
        lambda _, name: 999 if name == "max_energy_range_uj" else next(readings),
    )
    monkeypatch.setattr(speed, "ENERGY_SECONDS", 0.5)
    monkeypatch.setattr(speed, "elapsed_ns", lambda _: 10**8)
    assert speed.energy(model, X, tmp_path) == (100 / (5 * 3), None)


@pytest.mark.parametrize("loss", ["log_loss", "hinge", "modified_huber"])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("as_objects", [False, True])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_rows_of_unknown_labels_are_errors_whatever_the_model(
    loss: str, n_classes: int, *, as_objects: bool
) -> None:
    X = np.random.default_rng(0).normal(size=(90, 4))
    y = np.array(["a", "b", "c"])[np.arange(90) % n_classes]
    model = sl.convert(sl.SGDClassifier(loss=loss, random_state=0).fit(X, y))
    y = np.where(np.arange(90) < 20, "rare\x1b", y)
    expected = float(np.mean(model.predict(X) == y))
    with pytest.warns(UserWarning, match=r"does not know, rare\\x1b: their rows count as errors"):
        report = sl.evaluate(model, X, y.astype(object) if as_objects else y)
    assert report.metrics["accuracy"] == pytest.approx(expected)
    assert not {"log_loss", "roc_auc"} & set(report.metrics)
    assert report.labels is not None
    assert report.labels.tolist() == sorted({*y.tolist(), *model.classes.tolist()})  # type: ignore[union-attr]


def test_a_demand_on_a_measure_that_is_not_defined_fails(
    digits_model: sl.Model, digits: Any
) -> None:
    spec = sl.ModelSpec(task="classification", metrics={"log_loss": 100.0})
    y = digits.y_test.copy()
    y[0] = 77
    with pytest.warns(UserWarning, match="log_loss is not defined"):
        report = sl.evaluate(digits_model.with_spec(spec), digits.X_test, y)
    assert report.passed is False
    assert "not defined" in str(report)
