"""Training goes on to the bit after a pickle or a copy at any epoch; other shapes start afresh."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn.base import clone

RNG = np.random.default_rng(0)
X = RNG.standard_normal((90, 5))
LABELS = (X[:, 0] + RNG.standard_normal(90) > 0).astype(int)
THREE = np.arange(90) % 3
VALUES = X[:, 0] + RNG.standard_normal(90)


def through_joblib(estimator: Any) -> Any:
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    return joblib.load(file)


PAUSES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda estimator: pickle.loads(pickle.dumps(estimator)),  # noqa: S301 - our own
    "deepcopy": copy.deepcopy,
    "joblib": through_joblib,
}
SGD = {"random_state": 0}
ESTIMATORS = {
    "plain": sl.SGDClassifier(**SGD),
    "averaged": sl.SGDClassifier(**SGD, average=True),
    "averaged later": sl.SGDClassifier(**SGD, average=500),
    "averaged batches": sl.SGDClassifier(**SGD, average=True, batch_size=7),
    "adaptive_scale": sl.SGDClassifier(**SGD, adaptive_scale=True, learning_rate="constant"),
    "both": sl.SGDClassifier(**SGD, adaptive_scale=True, average=True, loss="log_loss"),
    "momentum": sl.SGDClassifier(**SGD, batch_size=10, momentum=0.9, nesterov=True),
    "adaptive": sl.SGDClassifier(**SGD, learning_rate="adaptive", eta0=0.1),
    "l1": sl.SGDClassifier(**SGD, penalty="l1"),
    "instance": sl.SGDClassifier(random_state=np.random.RandomState(3)),
    "values": sl.SGDRegressor(**SGD, average=True),
    "auto": sl.SGDRegressor(**SGD, learning_rate="auto"),
    "adam": sl.MLPClassifier((6,), random_state=0, batch_size=20),
    "adamw": sl.MLPClassifier((6,), random_state=0, solver="adamw", dropout=0.2, l1=1e-4),
    "sgd": sl.MLPClassifier((6,), random_state=0, solver="sgd", learning_rate="invscaling"),
    "network of an instance": sl.MLPClassifier((6,), random_state=np.random.RandomState(3)),
    "network of values": sl.MLPRegressor(hidden_layer_sizes=(4, 3), random_state=0, loss="huber"),
}


def more(estimator: Any, rows: Any = X, y: Any = None, **arguments: Any) -> Any:
    """One epoch more."""
    if hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function"):
        return estimator.partial_fit(rows, LABELS if y is None else y, classes=[0, 1], **arguments)
    if isinstance(estimator, sl.MLPClassifier):
        return estimator.partial_fit(rows, LABELS if y is None else y, [0, 1], **arguments)
    return estimator.partial_fit(rows, VALUES if y is None else y, **arguments)


def learned(estimator: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(estimator).items() if name.endswith("_")}


def as_lists(*values: Any) -> list[list[Any]]:
    return [value if isinstance(value, list) else [value] for value in values]


def check_equal(a: Any, b: Any) -> None:
    """Whether they have learned the same, to the bit."""
    assert learned(a).keys() == learned(b).keys()
    for name, value in learned(a).items():
        other = getattr(b, name)
        assert type(value) is type(other), name
        for one, two in zip(*as_lists(value, other), strict=True):
            np.testing.assert_array_equal(one, two, err_msg=name)


@pytest.mark.parametrize("pause", PAUSES)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_training_goes_on_after_a_pause(name: str, pause: str) -> None:
    whole, paused = copy.deepcopy(ESTIMATORS[name]), copy.deepcopy(ESTIMATORS[name])
    for epoch in range(12):
        more(whole)
        more(paused)
        if epoch in {0, 3, 4, 9}:
            paused = PAUSES[pause](paused)
    check_equal(whole, paused)
    check_equal(more(whole), more(PAUSES[pause](paused)))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_fit_goes_on_after_a_pause(name: str) -> None:
    """From the weights of a fit by ``warm_start``; by ``partial_fit`` from its optimizer too."""
    y = LABELS if hasattr(ESTIMATORS[name], "classes_") or "values" not in name else VALUES
    y = VALUES if name == "auto" else y
    whole = copy.deepcopy(ESTIMATORS[name]).set_params(max_iter=3, warm_start=True).fit(X, y)
    paused = PAUSES["pickle"](whole)
    check_equal(whole.fit(X, y), paused.fit(X, y))
    check_equal(more(whole), more(PAUSES["pickle"](paused)))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_clone_begins_anew(name: str) -> None:
    first = more(copy.deepcopy(ESTIMATORS[name]))
    fresh = clone(ESTIMATORS[name])
    check_equal(first, more(fresh))


@pytest.mark.parametrize("solver", ["smo", "newton", "dcd"])
def test_a_warm_start_of_an_svm_goes_on_after_a_pause(solver: str) -> None:
    whole = sl.LinearSVC(warm_start=True, solver=solver, loss="hinge").fit(X, LABELS)
    paused = PAUSES["pickle"](whole)
    check_equal(whole.set_params(C=2).fit(X, LABELS), paused.set_params(C=2).fit(X, LABELS))


@pytest.mark.parametrize("average", [True, 300])
@pytest.mark.parametrize("batch_size", [1, 8])
def test_the_mean_of_weights_outlives_another_type_of_rows(average: Any, batch_size: int) -> None:
    model = sl.SGDClassifier(random_state=0, average=average, batch_size=batch_size)
    other = copy.deepcopy(model)
    for _ in range(6):
        more(model)
        more(other)
    more(model)
    more(other, X.astype(np.float32))
    np.testing.assert_allclose(other.coef_, model.coef_, rtol=1e-3, atol=1e-5)


def test_a_mean_that_begins_late_is_of_the_updates_since() -> None:
    plain = sl.SGDRegressor(random_state=0, batch_size="full", eta0=0.1)
    averaged = copy.deepcopy(plain)
    for _ in range(5):
        more(plain)
        more(averaged)
    averaged.set_params(average=True)
    seen = []
    for _ in range(4):
        seen.append(more(plain).coef_.copy())
        more(averaged)
    np.testing.assert_allclose(averaged.coef_, np.mean(seen, axis=0), rtol=1e-12)
    more(plain)
    np.testing.assert_array_equal(more(averaged.set_params(average=False)).coef_, plain.coef_)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("change", ["hidden_layer_sizes", "features"])
def test_a_network_of_other_sizes_starts_afresh(change: str) -> None:
    old = sl.MLPClassifier((6,), random_state=0, max_iter=3, warm_start=True).fit(X, LABELS)
    rows = X
    if change == "features":
        rows = X[:, :3]
    else:
        old.set_params(hidden_layer_sizes=(4, 3))
    fresh = clone(old).fit(rows, LABELS)
    check_equal(old.fit(rows, LABELS), fresh)


@pytest.mark.parametrize("network", [sl.MLPClassifier((6,)), sl.MLPRegressor("huber", (6,))])
def test_partial_fit_of_other_sizes_is_a_mistake(network: Any) -> None:
    more(network).set_params(hidden_layer_sizes=(5,))
    with pytest.raises(
        ValueError, match=r"hidden_layer_sizes .* sizes \[5, 6, 1\], got \[5, 5, 1\]"
    ):
        more(network)


def test_partial_fit_takes_the_parameters_of_the_moment() -> None:
    network = more(sl.MLPClassifier((6,), random_state=0))
    before = copy.deepcopy(network.coefs_)
    more(network.set_params(learning_rate_init=1e-30))
    np.testing.assert_allclose(network.coefs_[0], before[0], atol=1e-20)
    more(network.set_params(solver="sgd", learning_rate_init=0.1))
    assert not np.allclose(network.coefs_[0], before[0])


@pytest.mark.parametrize("multi_class", ["ovr", "ovo"])
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_a_warm_start_with_other_classes_starts_afresh(loss: str, multi_class: str) -> None:
    model = sl.LinearSVC(loss=loss, multi_class=multi_class, warm_start=True).fit(X, LABELS)
    for y in (np.arange(90) % 4, THREE, LABELS):
        check_equal(model.fit(X, y), clone(model).fit(X, y))
    other = "ovo" if multi_class == "ovr" else "ovr"
    y = np.arange(90) % 4
    model.fit(X, y)
    check_equal(model.set_params(multi_class=other).fit(X, y), clone(model).fit(X, y))


@pytest.mark.parametrize("rows", [X, sparse.csr_matrix(X)], ids=["dense", "sparse"])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_batch_without_weight_changes_nothing(name: str, rows: Any) -> None:
    model = more(copy.deepcopy(ESTIMATORS[name]), rows)
    before = copy.deepcopy(model)
    check_equal(more(model, rows, sample_weight=np.zeros(90)), before)
    check_equal(more(model, rows), more(before, rows))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_first_batch_without_weight_leaves_a_model_of_nothing(name: str) -> None:
    model = more(copy.deepcopy(ESTIMATORS[name]), sample_weight=np.zeros(90))
    assert np.isfinite(np.asarray(model.predict(X), dtype=float)).all()
    first = copy.deepcopy(ESTIMATORS[name])
    if name not in {"instance", "network of an instance"}:  # whose numbers it has drawn
        check_equal(more(model), more(first))
