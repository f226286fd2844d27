"""Every estimator with weights converts, or is refused by name with the reason."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import slimline as sl
from sklearn import ensemble, linear_model, multiclass, multioutput, naive_bayes, svm
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import all_estimators
from slimline.conversion.unsupported import REFUSALS

RNG = np.random.default_rng(0)
ROWS = np.abs(RNG.normal(size=(60, 3)))
VALUES = 0.1 + ROWS @ [1.0, 2, 3]
LABELS = (ROWS[:, 0] > ROWS[:, 1]).astype(int)
THREE = np.digitize(VALUES, [4, 6])
MANY = np.c_[LABELS, 1 - LABELS]
# Slow to fit.
WITHOUT_WEIGHTS = ("sklearn.ensemble", "sklearn.neural_network", "sklearn.gaussian_process")
TARGETS = (LABELS, VALUES, np.c_[VALUES, -VALUES])


def fitted(kind: Any, *targets: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for y in targets:
            try:
                estimator = clone(kind) if not isinstance(kind, type) else kind()
                return estimator.fit(ROWS, y)
            except (ValueError, TypeError, IndexError, AttributeError):
                pass
    return None


def test_every_estimator_with_weights_is_converted_or_refused_by_name() -> None:
    met = 0
    for name, kind in all_estimators():
        if not hasattr(kind, "predict") or kind.__module__.startswith(WITHOUT_WEIGHTS):
            continue
        estimator = fitted(kind, *TARGETS)
        if estimator is None or not hasattr(estimator, "coef_"):
            continue
        met += 1
        if name in REFUSALS:
            with pytest.raises(TypeError, match=f"cannot convert a {name}: "):
                sl.convert(estimator)
        else:
            assert isinstance(sl.convert(estimator), sl.Model), name
    assert met > 40


RIDGES = [("a", linear_model.Ridge()), ("b", linear_model.Lasso())]
LOGISTIC = linear_model.LogisticRegression()
REFUSED: list[tuple[Any, Any, str]] = [
    (linear_model.SGDOneClassSVM(), LABELS, "SGDOneClassSVM: .* SGDClassifier"),
    (multiclass.OneVsOneClassifier(svm.LinearSVC()), THREE, "OneVsOneClassifier: .*use"),
    (ensemble.StackingRegressor(RIDGES), VALUES, "StackingRegressor: .*VotingRegressor"),
    (ensemble.VotingClassifier([("a", LOGISTIC)]), LABELS, "VotingClassifier: "),
    (ensemble.BaggingClassifier(LOGISTIC), LABELS, "BaggingClassifier: "),
    (FixedThresholdClassifier(LOGISTIC, threshold=0.3), LABELS, "Threshold.*with the threshold"),
    (TunedThresholdClassifierCV(LOGISTIC), LABELS, "TunedThreshold.*with the threshold"),
    (multioutput.MultiOutputClassifier(LOGISTIC), MANY, "one label"),
    (multioutput.ClassifierChain(LOGISTIC), MANY, "ClassifierChain"),
    (naive_bayes.GaussianNB(), LABELS, "GaussianNB: .*LinearDiscriminantAnalysis"),
    (KMeans(2, n_init=1), LABELS, "KMeans: "),
    (CalibratedClassifierCV(svm.LinearSVC()), LABELS, "ensemble=False"),
    (
        CalibratedClassifierCV(svm.LinearSVC(), ensemble=False, method="isotonic"),
        LABELS,
        "method='sigmoid'",
    ),
    (CalibratedClassifierCV(svm.SVC(kernel="linear"), ensemble=False), THREE, "around a SVC"),
    (CalibratedClassifierCV(naive_bayes.MultinomialNB(), ensemble=False), LABELS, "MultinomialNB"),
    (multioutput.MultiOutputRegressor(make_pipeline(RIDGES[0][1])), MANY, "around a Pipeline: put"),
    (multioutput.RegressorChain(linear_model.PoissonRegressor()), MANY, "through 'log'"),
    (
        TransformedTargetRegressor(linear_model.Ridge(), func=np.log1p, inverse_func=np.expm1),
        VALUES,
        "inverse_func expm1: a Model has exp alone",
    ),
    (
        TransformedTargetRegressor(
            linear_model.Ridge(), transformer=FunctionTransformer(np.sqrt, np.square)
        ),
        VALUES,
        "inverse_func square",
    ),
    (multiclass.OneVsRestClassifier(naive_bayes.MultinomialNB()), THREE, "softmax"),
    (
        multiclass.OneVsRestClassifier(linear_model.SGDClassifier(loss="modified_huber")),
        THREE,
        "modified_huber",
    ),
]


@pytest.mark.parametrize(("estimator", "y", "message"), REFUSED, ids=[each[2] for each in REFUSED])
def test_refusals_say_why_and_what_to_use(estimator: Any, y: Any, message: str) -> None:
    made = fitted(estimator, y)
    assert made is not None
    with pytest.raises(TypeError, match=f"cannot convert a .*{message}"):
        sl.convert(made)
    with pytest.raises(TypeError, match=f"cannot convert a .*{message}"):
        sl.convert(make_pipeline(StandardScaler().fit(ROWS), made))


OF_OPTIONS: list[tuple[Any, Any, str]] = [
    (naive_bayes.BernoulliNB(), LABELS, "binarize=0.0"),
    (svm.NuSVC(), LABELS, "kernel='rbf'"),
    (svm.SVR(), VALUES, "kernel='rbf'"),
    (linear_model.RidgeClassifier(), MANY, "multi-label RidgeClassifier"),
    (multiclass.OneVsRestClassifier(LOGISTIC), MANY, "multi-label OneVsRestClassifier"),
    (GridSearchCV(LOGISTIC, {"C": [1]}, refit=False), LABELS, "refit=False"),
]


@pytest.mark.parametrize(("estimator", "y", "message"), OF_OPTIONS)
def test_options_that_a_model_has_not_are_refused(estimator: Any, y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sl.convert(fitted(estimator, y))


@pytest.mark.parametrize(
    "estimator",
    [
        linear_model.Lasso(),
        GridSearchCV(LOGISTIC, {"C": [1]}),
        multioutput.MultiOutputRegressor(linear_model.Ridge()),
        TransformedTargetRegressor(linear_model.Ridge()),
        CalibratedClassifierCV(svm.LinearSVC()),
        make_pipeline(StandardScaler(), linear_model.RANSACRegressor()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_fitted_is_refused(estimator: Any) -> None:
    with pytest.raises(NotFittedError):
        sl.convert(estimator)


def test_sparse_weights_are_unpacked() -> None:
    perceptron = linear_model.Perceptron(penalty="l1", random_state=0).fit(ROWS, THREE)
    chain = linear_model.Lasso(0.1).fit(ROWS, VALUES)
    expected = sl.convert(chain).predict(ROWS)
    chain.coef_ = chain.sparse_coef_
    assert np.array_equal(sl.convert(chain).predict(ROWS), expected)
    labels = sl.convert(perceptron).predict(ROWS)
    assert np.array_equal(sl.convert(perceptron.sparsify()).predict(ROWS), labels)


def test_a_frozen_estimator_is_calibrated() -> None:
    frozen = pytest.importorskip("sklearn.frozen").FrozenEstimator
    for base in (svm.LinearSVC(), LOGISTIC):
        estimator = CalibratedClassifierCV(frozen(base.fit(ROWS, THREE))).fit(ROWS, THREE)
        model = sl.convert(estimator)
        np.testing.assert_allclose(
            model.predict_proba(ROWS), estimator.predict_proba(ROWS), atol=1e-5
        )
        assert np.array_equal(model.predict(ROWS), estimator.predict(ROWS))


@pytest.mark.parametrize("y", [LABELS, THREE], ids=["two", "three"])
def test_temperatures_are_in_the_weights(y: Any) -> None:
    calibrated = CalibratedClassifierCV(svm.LinearSVC(), ensemble=False, method="temperature")
    estimator = fitted(calibrated, y)
    if estimator is None:
        pytest.skip("this scikit-learn has no temperatures")
    model = sl.convert(estimator)
    np.testing.assert_allclose(model.predict_proba(ROWS), estimator.predict_proba(ROWS), atol=1e-5)


def test_logarithms_fine_tune_and_shrink() -> None:
    counts = RNG.poisson(np.exp(ROWS[:, 0]))
    estimator = linear_model.PoissonRegressor(alpha=0, tol=1e-8).fit(ROWS, counts)
    model = sl.convert(estimator, X=ROWS, y=counts)
    assert model.history[-1].measured["output_error"] < 1e-5
    tuned = sl.finetune(model, ROWS, counts, alpha=0)
    np.testing.assert_allclose(tuned.predict(ROWS), estimator.predict(ROWS), rtol=1e-2)
    small = sl.quantize(model, X=ROWS)
    np.testing.assert_allclose(small.predict(ROWS), estimator.predict(ROWS), rtol=0.1)
    with pytest.raises(ValueError, match="negative values for a model with link 'log'"):
        sl.finetune(model, ROWS, -counts)
