"""Linear models of scikit-learn and wrappers around them: Models answer as they do."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slimline as sl
from numpy.typing import NDArray
from scipy import sparse
from sklearn import linear_model as lm
from sklearn import naive_bayes, svm
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import CCA, PLSCanonical, PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import VotingRegressor
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, RobustScaler, StandardScaler

RNG = np.random.default_rng(0)
ROWS = np.abs(RNG.normal(size=(90, 4))).round(1)  # rounded, so that rows tie; of counts too
ROWS[0] = 0
ZERO_ONE = 0.6  # what is above is 1 for those that take zeros and ones alone
SCORES = ROWS @ [1.0, -2, 0.5, 0.1] + 0.1 * RNG.normal(size=90)
TARGETS: dict[str, NDArray[Any]] = {
    "two": np.array(["no", "yes"])[(SCORES > -0.3).astype(int)],
    "three": np.digitize(SCORES, [-0.9, 0.2]),
    "value": np.exp(0.3 * SCORES),
    "values": np.exp(0.3 * np.c_[SCORES, -SCORES + ROWS[:, 3]]),
}


def target(regressor: Any, **how: Any) -> Any:
    return TransformedTargetRegressor(regressor, **how)


REGRESSORS = [
    lm.Lasso(0.01),
    lm.Lasso(0.01, fit_intercept=False),
    lm.LassoCV(cv=3),
    lm.LassoLars(0.01),
    lm.LassoLarsCV(cv=3),
    lm.LassoLarsIC(),
    lm.Lars(),
    lm.LarsCV(cv=3),
    lm.ElasticNet(0.01),
    lm.ElasticNetCV(cv=3),
    lm.MultiTaskLasso(0.01),
    lm.MultiTaskLassoCV(cv=3),
    lm.MultiTaskElasticNet(0.01),
    lm.MultiTaskElasticNetCV(cv=3),
    lm.RidgeCV(),
    lm.HuberRegressor(),
    lm.QuantileRegressor(alpha=0.01),
    lm.TheilSenRegressor(random_state=0),
    lm.RANSACRegressor(random_state=0),
    lm.RANSACRegressor(lm.Lasso(0.01), min_samples=0.6, random_state=0),
    lm.OrthogonalMatchingPursuit(),
    lm.OrthogonalMatchingPursuitCV(cv=3),
    lm.BayesianRidge(),
    lm.ARDRegression(),
    lm.PoissonRegressor(),
    lm.GammaRegressor(),
    *(lm.TweedieRegressor(power=power) for power in (0, 1.5, 3)),
    lm.TweedieRegressor(power=0, link="log"),
    svm.SVR(kernel="linear"),
    svm.NuSVR(kernel="linear"),
    MultiOutputRegressor(lm.Lasso(0.01)),
    MultiOutputRegressor(lm.PoissonRegressor()),
    RegressorChain(lm.Ridge()),
    RegressorChain(lm.Lasso(0.01), order=[1, 0]),
    RegressorChain(lm.LinearRegression(), cv=3),
    PLSRegression(1),
    PLSRegression(2, scale=False),
    PLSCanonical(1),
    CCA(1),
    VotingRegressor([("a", lm.Ridge()), ("b", lm.Lasso(0.01))]),
    VotingRegressor([("a", lm.Ridge()), ("b", "drop"), ("c", lm.Lars())], weights=[1, 9, 3]),
    target(lm.Ridge()),
    target(lm.Ridge(), func=np.log, inverse_func=np.exp),
    target(lm.Ridge(), transformer=FunctionTransformer(np.log, np.exp)),
    target(svm.SVR(kernel="linear"), transformer=StandardScaler()),
    target(lm.LinearRegression(), transformer=MinMaxScaler((-1, 3))),
    target(lm.LinearRegression(), transformer=RobustScaler()),
    GridSearchCV(lm.Ridge(), {"alpha": [0.1, 1]}),
    GridSearchCV(make_pipeline(StandardScaler(), lm.Ridge()), {"ridge__alpha": [0.1, 1]}),
    make_pipeline(MinMaxScaler(), GridSearchCV(make_pipeline(StandardScaler(), lm.Ridge()), {})),
    target(GridSearchCV(lm.Ridge(), {"alpha": [0.1, 1]}), func=np.log, inverse_func=np.exp),
]
CLASSIFIERS = [
    lm.RidgeClassifier(),
    lm.RidgeClassifier(class_weight="balanced", fit_intercept=False),
    lm.RidgeClassifierCV(),
    lm.Perceptron(),
    lm.LogisticRegressionCV(Cs=3, cv=3),
    LinearDiscriminantAnalysis(),
    LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    LinearDiscriminantAnalysis(solver="eigen", priors=None),
    svm.NuSVC(kernel="linear", nu=0.2),
    svm.SVC(kernel="linear"),
    OneVsRestClassifier(lm.LogisticRegression()),
    OneVsRestClassifier(svm.LinearSVC()),
    GridSearchCV(lm.LogisticRegression(), {"C": [0.1, 1]}),
    RandomizedSearchCV(svm.LinearSVC(), {"C": [0.1, 1, 10]}, n_iter=2, random_state=0),
    CalibratedClassifierCV(svm.LinearSVC(), ensemble=False),
    CalibratedClassifierCV(lm.LogisticRegression(), ensemble=False, cv=3),
    naive_bayes.MultinomialNB(),
    naive_bayes.MultinomialNB(alpha=0.1, fit_prior=False),
    naive_bayes.ComplementNB(),
    naive_bayes.ComplementNB(norm=True),
    naive_bayes.BernoulliNB(binarize=None),
]
for _known, _name in ((CLASSIFIERS, "Classifier"), (REGRESSORS, "Regressor")):
    if hasattr(lm, f"PassiveAggressive{_name}"):  # deprecated in scikit-learn 1.8
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _known.append(getattr(lm, f"PassiveAggressive{_name}")(random_state=0))


def label(estimator: Any) -> str:
    return f"{estimator}".replace(" ", "").replace("\n", "")


def fitted_on(estimator: Any, rows: Any, y: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return clone(estimator).fit(rows, y)


def takes(estimator: Any, y: NDArray[Any]) -> bool:
    """Whether an estimator learns such targets, which it says itself."""
    if is_classifier(estimator) != (y.dtype.kind in "Ui"):
        return False
    try:
        fitted_on(estimator, ROWS, y)
    except (ValueError, IndexError):
        return False
    return True


def rows_of(kind: str, dtype: type) -> Any:
    rows = ROWS.astype(dtype)
    return sparse.csr_matrix(rows) if kind == "csr" else rows


def answers(estimator: Any, how: str, rows: Any) -> NDArray[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(getattr(estimator, how)(rows))


def check_same(fitted: Any, model: sl.Model, rows: Any) -> None:
    """Compare everything that both have."""
    if is_classifier(fitted):
        assert np.array_equal(model.predict(rows), answers(fitted, "predict", rows))
        assert model.defines_probabilities == hasattr(fitted, "predict_proba")
    else:
        expected = answers(fitted, "predict", rows)
        got = model.predict(rows).reshape(expected.shape)
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
        bound = model.bind()
        one = np.ravel(rows[:1].toarray() if sparse.issparse(rows) else rows[0])
        one = one.astype(np.float64 if model.input.is_exact else np.float32)
        np.testing.assert_allclose(bound.predict(one), got[0], rtol=1e-6, atol=1e-6)
    if hasattr(fitted, "predict_proba"):
        expected = answers(fitted, "predict_proba", rows)
        np.testing.assert_allclose(model.predict_proba(rows), expected, atol=1e-5)
    if hasattr(fitted, "decision_function"):
        expected = answers(fitted, "decision_function", rows)
        scale = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(model.decision_function(rows), expected, atol=1e-5 * scale)


CASES = [
    (estimator, name)
    for estimator in (*REGRESSORS, *CLASSIFIERS)
    for name, y in TARGETS.items()
    if takes(estimator, y)
]


def test_every_estimator_learns_something() -> None:
    met = {id(estimator) for estimator, _ in CASES}
    assert met == {id(estimator) for estimator in (*REGRESSORS, *CLASSIFIERS)}


@pytest.mark.parametrize(("kind", "dtype"), [("dense", np.float64), ("csr", np.float32)])
@pytest.mark.parametrize(
    ("estimator", "y"), CASES, ids=[f"{label(estimator)}-{y}" for estimator, y in CASES]
)
def test_models_answer_alike(
    estimator: Any, y: str, kind: str, dtype: type, tmp_path: Path
) -> None:
    rows = rows_of(kind, dtype)
    if isinstance(estimator, naive_bayes.BernoulliNB):
        rows = (rows > ZERO_ONE).astype(dtype)  # it takes nothing else
    try:
        fitted = fitted_on(estimator, rows, TARGETS[y])
    except (TypeError, ValueError):
        assert kind == "csr"  # not all of them take it
        fitted = fitted_on(estimator, rows.toarray(), TARGETS[y])
        rows = rows.toarray()
    path = tmp_path / "model.slim"
    sl.save(sl.convert(fitted), path)
    check_same(fitted, sl.load(path), rows)
