"""Every estimator inside scikit-learn's machinery: one test for each part of it."""

from __future__ import annotations

import pickle

import joblib
import numpy as np
import pytest
import sklearn
from integration.zoo import (
    CLASSES,
    CLASSIFIERS,
    data,
    every_classifier,
    every_estimator,
    make,
    pipeline,
)
from scipy import sparse
from scipy.stats import loguniform
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - unlocks the next import
from sklearn.inspection import permutation_importance
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
    cross_validate,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

FLOOR = {"classifier": 0.85, "regressor": 0.2}  # accuracy, r2


def floor(model):
    return FLOOR["classifier" if is_classifier(model) else "regressor"]


def strength(model):
    """Name of the parameter that sets how strong the penalty is."""
    return "C" if "C" in model.get_params() else "alpha"


def test_the_zoo_holds_classifiers_and_regressors():
    assert {"SGDClassifier", "LinearSVC"} <= {estimator.__name__ for estimator in CLASSIFIERS}
    assert {"SGDRegressor", "LinearSVR"} <= {estimator.__name__ for estimator in CLASSES}


@every_estimator
def test_pipeline(estimator):
    X, y = data(estimator)
    model = pipeline(estimator, **reach(estimator)).fit(X, y)
    assert model.score(X, y) > floor(model)


def reach(estimator):
    """Parameters that reach the targets of diabetes, which are far from 0, in few iterations."""
    known = estimator().get_params()
    if "hidden_layer_sizes" in known:
        return {"learning_rate_init": 0.05, "max_iter": 60}
    if "C" in known:
        return {"C": 10.0} if "epsilon" in known else {}
    return {"learning_rate": "invscaling", "eta0": 0.01}


@every_estimator
def test_grid_search(estimator):
    X, y = data(estimator)
    model = make(estimator)
    search = GridSearchCV(model, {strength(model): [1e-3, 1e-1, 1.0]}, cv=3).fit(X, y)
    assert set(search.best_params_) == {strength(model)}
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@every_estimator
def test_halving_grid_search_over_a_pipeline(estimator):
    X, y = data(estimator)
    model = pipeline(estimator)
    name = f"{model.steps[-1][0]}__{strength(model.steps[-1][1])}"
    search = HalvingGridSearchCV(model, {name: [1e-4, 1e-2, 1e-1]}, cv=3, random_state=0, factor=2)
    search.fit(X, y)
    assert search.n_iterations_ > 1
    assert set(search.best_params_) == {name}


@every_estimator
def test_randomized_search(estimator):
    X, y = data(estimator)
    model = make(estimator)
    space = {strength(model): loguniform(1e-4, 1e-1)}
    search = RandomizedSearchCV(model, space, n_iter=3, cv=2, random_state=0).fit(X, y)
    assert len(search.cv_results_["params"]) == 3


@every_estimator
def test_cross_val_score(estimator):
    X, y = data(estimator)
    scores = cross_val_score(pipeline(estimator, **reach(estimator)), X, y, cv=3)
    assert scores.shape == (3,)
    assert scores.mean() > floor(estimator())


@every_classifier
@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibrated_classifier(estimator, method):
    X, y = data(estimator)
    model = CalibratedClassifierCV(pipeline(estimator), method=method, cv=3).fit(X, y)
    probabilities = model.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert model.score(X, y) > FLOOR["classifier"]


@every_estimator
def test_clone_gives_the_same_fit(estimator):
    X, y = data(estimator)
    model = make(estimator).fit(X, y)
    twin = clone(model)
    assert not hasattr(twin, "n_features_in_")
    np.testing.assert_array_equal(twin.fit(X, y).predict(X), model.predict(X))


@every_estimator
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(estimator, protocol):
    X, y = data(estimator)
    model = make(estimator).fit(X, y)
    copy = pickle.loads(pickle.dumps(model, protocol))  # noqa: S301 - our own bytes
    assert copy.get_params() == model.get_params()
    np.testing.assert_array_equal(copy.predict(X), model.predict(X))


@every_estimator
@pytest.mark.parametrize("mmap_mode", [None, "r"])
def test_joblib_dump_and_load(estimator, mmap_mode, tmp_path):
    X, y = data(estimator)
    model = make(estimator).fit(X, y)
    joblib.dump(model, tmp_path / "model.joblib")
    loaded = joblib.load(tmp_path / "model.joblib", mmap_mode=mmap_mode)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


@every_estimator
def test_feature_names_in(estimator):
    X, y = data(estimator, as_frame=True)
    model = make(estimator).fit(X, y)
    assert list(model.feature_names_in_) == list(X.columns)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X[X.columns[::-1]])
    assert not hasattr(make(estimator).fit(X.to_numpy(), y), "feature_names_in_")


@every_estimator
def test_metadata_routing(estimator):
    """Sample weights reach fit and score through a search: zeros must act as missing rows."""
    X, y = data(estimator)
    weight = np.ones(len(y))
    with sklearn.config_context(enable_metadata_routing=True):
        model = make(estimator).set_fit_request(sample_weight=True)
        model = model.set_score_request(sample_weight=True)
        plain = cross_validate(model, X, y, cv=3, params={"sample_weight": weight})
        half = np.where(np.arange(len(y)) % 2, 0.0, 1.0)
        weighted = cross_validate(model, X, y, cv=3, params={"sample_weight": half})
    assert np.isfinite(plain["test_score"]).all()
    assert not np.array_equal(plain["test_score"], weighted["test_score"])


@every_estimator
@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_csr_with_both_index_types(estimator, kind, index):
    X, y = data(estimator)
    X = np.where(np.median(X, axis=0) < X, X / np.abs(X).max(axis=0), 0)
    rows = kind(X)
    rows.indices = rows.indices.astype(index)
    rows.indptr = rows.indptr.astype(index)
    model = make(estimator).fit(rows, y)
    assert rows.indices.dtype == rows.indptr.dtype == index
    np.testing.assert_allclose(model.predict(rows), model.predict(X), rtol=1e-6)
    other = make(estimator).fit(sparse.csr_array(X), y)
    np.testing.assert_array_equal(model.predict(rows), other.predict(rows))


@every_estimator
def test_permutation_importance(estimator):
    X, y = data(estimator)
    X = np.hstack([X, np.zeros((len(X), 1))])  # a column that cannot matter
    model = pipeline(estimator, **reach(estimator)).fit(X, y)
    importance = permutation_importance(model, X, y, n_repeats=2, random_state=0)
    assert importance.importances_mean.max() > 0
    assert importance.importances_mean[-1] == 0
