"""Conversion: every estimator and scaler gives a Model that predicts like it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import slimline as sl
from sklearn import linear_model, preprocessing, svm
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.decomposition import KernelPCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

CLASSIFIERS = [
    sl.SGDClassifier(random_state=0),
    sl.SGDClassifier(loss="log_loss", random_state=0),
    sl.SGDClassifier(loss="modified_huber", random_state=0),
    sl.LinearSVC(),
    sl.LinearSVC(loss="hinge", multi_class="ovo"),
    linear_model.SGDClassifier(random_state=0),
    linear_model.SGDClassifier(loss="log_loss", random_state=0),
    linear_model.SGDClassifier(loss="modified_huber", random_state=0),
    linear_model.LogisticRegression(max_iter=1000),
    svm.LinearSVC(),
    svm.SVC(kernel="linear"),
]
REGRESSORS = [
    sl.SGDRegressor(random_state=0),
    sl.LinearSVR(max_iter=100, tol=0.1),
    linear_model.SGDRegressor(random_state=0),
    linear_model.Ridge(),
    linear_model.LinearRegression(),
    svm.LinearSVR(),
]
SCALERS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    StandardScaler(with_std=False),
    preprocessing.MinMaxScaler((-1, 2)),
    preprocessing.MaxAbsScaler(),
    preprocessing.RobustScaler(),
]


def name(estimator: Any) -> str:
    return f"{type(estimator).__module__.partition('.')[0]}-{estimator}".replace(" ", "")


def check_classifier(estimator: Any, model: sl.Model, X: Any) -> None:
    decision = estimator.decision_function(X)
    tolerance = 1e-5 * max(1, float(np.abs(decision).max()))
    np.testing.assert_allclose(model.decision_function(X), decision, atol=tolerance)
    ordered = np.sort(
        np.atleast_2d(decision if decision.ndim > 1 else np.c_[0 * decision, decision])
    )
    clear = ordered[:, -1] - ordered[:, -2] > 2 * tolerance  # float32 may decide ties differently
    assert clear.mean() > 0.97
    assert np.array_equal(model.predict(X)[clear], estimator.predict(X)[clear])
    assert model.predict(X).dtype.kind == estimator.predict(X).dtype.kind
    if hasattr(estimator, "predict_proba"):
        np.testing.assert_allclose(model.predict_proba(X), estimator.predict_proba(X), atol=1e-5)
    else:
        assert not model.defines_probabilities


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
@pytest.mark.parametrize("labels", ["int", "str"])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=name)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_classifiers(estimator: Any, labels: str, load: Any) -> None:
    data = load()
    y = data.target if labels == "int" else data.target_names[data.target]
    pipeline = make_pipeline(StandardScaler(), estimator).fit(data.data, y)
    check_classifier(pipeline, sl.convert(pipeline), data.data)
    scaled = pipeline[0].transform(data.data)
    check_classifier(pipeline[-1], sl.convert(pipeline[-1]), scaled)


@pytest.mark.parametrize("estimator", REGRESSORS, ids=name)
def test_regressors(estimator: Any) -> None:
    X, y = load_diabetes(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's LinearSVR does not converge here
        pipeline = make_pipeline(StandardScaler(), estimator).fit(X, y)
    model = sl.convert(pipeline)
    assert model.task == "regression"
    np.testing.assert_allclose(model.predict(X), pipeline.predict(X), rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
@pytest.mark.parametrize("second", [None, "passthrough", preprocessing.RobustScaler()], ids=str)
def test_scalers_become_the_input_stage(scaler: Any, second: Any) -> None:
    X, y = load_iris(return_X_y=True)
    X = X * [1, 100, 0.01, 1] + [0, 1000, 5, -3]
    steps = [scaler, *([second] if second is not None else [])]
    pipeline = make_pipeline(*steps, linear_model.LogisticRegression(max_iter=1000)).fit(X, y)
    model = sl.convert(pipeline)
    assert model.input.standardizes
    np.testing.assert_allclose(
        model.decision_function(X), pipeline.decision_function(X), rtol=1e-3, atol=1e-2
    )


def test_feature_names_are_kept() -> None:
    X, y = load_iris(return_X_y=True)
    estimator = linear_model.LogisticRegression(max_iter=1000).fit(X, y)
    assert sl.convert(estimator).input.feature_names is None
    estimator.feature_names_in_ = np.array(["a", "b", "c", "d"], dtype=object)
    assert sl.convert(estimator).input.feature_names == ("a", "b", "c", "d")


def test_sparse_coefficients_are_unpacked() -> None:
    X, y = load_iris(return_X_y=True)
    dense = linear_model.SGDClassifier(penalty="l1", random_state=0).fit(X, y)
    expected = sl.convert(dense).predict(X)
    assert np.array_equal(sl.convert(dense.sparsify()).predict(X), expected)


def test_what_cannot_be_converted_is_refused() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(TypeError, match="cannot convert a RandomForestClassifier"):
        sl.convert(RandomForestClassifier(n_estimators=1).fit(X, y))
    with pytest.raises(TypeError, match=r"isolation: cannot convert a KernelPCA; .* use PCA"):
        sl.convert(Pipeline([("isolation", KernelPCA(2)), ("last", svm.LinearSVC())]).fit(X, y))
    with pytest.raises(TypeError, match="is a slimline Model already"):
        sl.convert(sl.convert(svm.LinearSVC().fit(X, y)))
    with pytest.raises(ValueError, match="kernel='rbf'"):
        sl.convert(svm.SVC().fit(X, y))
    with pytest.raises(NotFittedError):
        sl.convert(svm.LinearSVC())
    broken = linear_model.Ridge().fit(X, y)
    broken.coef_[0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        sl.convert(broken)
