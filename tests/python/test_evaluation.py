"""Reports: scikit-learn's numbers, sizes, times, agreement."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn import metrics
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge


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
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        sl.evaluate(digits_model, X, y[:3])
    with pytest.raises(ValueError, match="at least one row"):
        sl.evaluate(digits_model, X[:0], y[:0])
    features, values = load_diabetes(return_X_y=True)
    other = sl.convert(Ridge().fit(features, values))
    with pytest.raises(ValueError, match="baseline must be a classification model"):
        sl.evaluate(digits_model, X, y, baseline=other)
