"""MLPClassifier and MLPRegressor: scikit-learn's contract, its numbers, options, bad input."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn import neural_network
from sklearn.datasets import load_diabetes, load_digits, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils.estimator_checks import parametrize_with_checks

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@parametrize_with_checks(
    [sl.MLPClassifier(max_iter=100), sl.MLPRegressor(max_iter=100)],
)
def test_scikit_learn_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def digits() -> list[Any]:
    X, y = load_digits(return_X_y=True)
    return train_test_split((X / 16).astype(np.float32), y, random_state=0, stratify=y)


@pytest.fixture(scope="module")
def diabetes() -> tuple[Any, Any]:
    X, y = load_diabetes(return_X_y=True)
    return 20 * X, (y - y.mean()) / y.std()


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_without_shuffling_the_weights_are_scikit_learns(
    digits: list[Any], solver: str, activation: str
) -> None:
    X, _, y, _ = digits
    options = {
        "hidden_layer_sizes": (20, 12),
        "activation": activation,
        "solver": solver,
        "alpha": 0.1,
        "shuffle": False,
        "max_iter": 5,
        "random_state": 3,
    }
    weight = np.random.default_rng(0).uniform(0, 2, len(y))
    ours = sl.MLPClassifier(**options).fit(X, y, sample_weight=weight)
    theirs = neural_network.MLPClassifier(**options).fit(X.astype(float), y, sample_weight=weight)
    for a, b in zip(
        ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        np.testing.assert_allclose(a, b, atol=2e-4)
    np.testing.assert_allclose(ours.loss_, theirs.loss_, rtol=0.02)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-3)
    assert ours.out_activation_ == theirs.out_activation_
    assert ours.n_layers_ == theirs.n_layers_


def test_regression_agrees_with_scikit_learn(diabetes: tuple[Any, Any]) -> None:
    X, y = diabetes
    Y = np.column_stack([y, -y])
    options = {"hidden_layer_sizes": (16,), "shuffle": False, "max_iter": 20, "random_state": 1}
    for target in (y, Y):
        ours = sl.MLPRegressor(**options).fit(X, target)
        theirs = neural_network.MLPRegressor(**options).fit(X, target)
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-3)


def test_two_classes_agree_with_scikit_learn(digits: list[Any]) -> None:
    X, _, y, _ = digits
    labels = np.where(y > 4, "high", "low")
    options = {"hidden_layer_sizes": (16,), "shuffle": False, "max_iter": 5, "random_state": 1}
    ours = sl.MLPClassifier(**options).fit(X, labels)
    theirs = neural_network.MLPClassifier(**options).fit(X, labels)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-3)
    assert set(ours.predict(X)) == {"high", "low"}


def test_multilabel_agrees_with_scikit_learn() -> None:
    X, Y = make_multilabel_classification(200, n_classes=4, random_state=0)
    options = {"hidden_layer_sizes": (16,), "shuffle": False, "max_iter": 20, "random_state": 1}
    ours = sl.MLPClassifier(**options).fit(X, Y)
    theirs = neural_network.MLPClassifier(**options).fit(X, Y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-3)
    assert ours.predict(X).shape == Y.shape
    partial = sl.MLPClassifier(**options).partial_fit(X, Y, classes=[0, 1, 2, 3])
    assert partial.predict(X).shape == Y.shape


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("to_rows", [np.asarray, sparse.csr_array])
def test_a_weight_of_two_is_the_row_twice(
    diabetes: tuple[Any, Any], solver: str, to_rows: Any
) -> None:
    X, y = diabetes[0][:60], diabetes[1][:60]
    weight = np.arange(60) % 3
    twice, y_twice = np.repeat(X, weight, axis=0), np.repeat(y, weight)
    options = {"hidden_layer_sizes": (8,), "solver": solver, "max_iter": 100, "random_state": 0}
    weighted = sl.MLPRegressor(**options).fit(to_rows(X), y, sample_weight=weight)
    repeated = sl.MLPRegressor(**options).fit(to_rows(twice), y_twice)
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=2e-7)


def test_accuracy_on_digits(digits: list[Any]) -> None:
    X, X_test, y, y_test = digits
    ours = sl.MLPClassifier((64,), max_iter=100, random_state=0).fit(X, y)
    theirs = neural_network.MLPClassifier((64,), max_iter=100, random_state=0).fit(X, y)
    assert ours.score(X_test, y_test) >= theirs.score(X_test, y_test) - 0.01


@pytest.mark.parametrize(
    "options",
    [
        {"solver": "adamw", "weight_decay": 0.1},
        {"dropout": 0.2},
        {"activation": "gelu"},
        {"loss": "hinge"},
        {"solver": "sgd", "learning_rate_init": 0.1, "learning_rate": "linear"},
        {"solver": "sgd", "learning_rate_init": 0.1, "nesterovs_momentum": False},
        {"learning_rate": "power", "learning_rate_init": 0.01},
        {"early_stopping": True, "learning_rate_init": 0.01},
    ],
    ids=str,
)
def test_every_option_learns(digits: list[Any], options: dict[str, Any]) -> None:
    X, X_test, y, y_test = digits
    network = sl.MLPClassifier((32,), max_iter=100, random_state=0, **options).fit(X, y)
    assert network.score(X_test, y_test) > 0.93


def test_huber_is_not_moved_by_outliers() -> None:
    X = np.linspace(-1, 1, 200).reshape(-1, 1)
    y = 2 * X.ravel()
    y[::10] = 50
    options = {"activation": "identity", "max_iter": 500, "random_state": 0, "tol": 0}
    robust = sl.MLPRegressor("huber", (4,), learning_rate_init=0.01, **options).fit(X, y)
    plain = sl.MLPRegressor("squared_error", (4,), learning_rate_init=0.01, **options).fit(X, y)
    error = {m.loss: np.abs(m.predict(X) - 2 * X.ravel()).mean() for m in (robust, plain)}
    assert error["huber"] < 0.5 < error["squared_error"]


def test_l1_makes_zeros(digits: list[Any]) -> None:
    X, _, y, _ = digits
    network = sl.MLPClassifier((16,), l1=1.0, max_iter=60, random_state=0).fit(X, y)
    assert (network.coefs_[0] == 0).mean() > 0.2


def test_sparse_rows_give_the_same_network(digits: list[Any]) -> None:
    X, _, y, _ = digits
    options = {"hidden_layer_sizes": (16,), "max_iter": 5, "random_state": 0}
    dense = sl.MLPClassifier(**options).fit(X, y)
    rows = sparse.csr_matrix(X)
    rows.indices, rows.indptr = rows.indices.astype(np.int64), rows.indptr.astype(np.int64)
    csr = sl.MLPClassifier(**options).fit(rows, y)
    np.testing.assert_allclose(csr.predict_proba(rows), dense.predict_proba(X), atol=1e-3)


def test_the_same_bits_for_any_number_of_threads(digits: list[Any]) -> None:
    X, _, y, _ = digits
    options = {"hidden_layer_sizes": (200, 150), "max_iter": 2, "random_state": 0, "dropout": 0.1}
    serial = sl.MLPClassifier(**options).fit(X, y)
    for n_jobs in (2, 3, 8):
        threaded = sl.MLPClassifier(**options, n_jobs=n_jobs).fit(X, y)
        for a, b in zip(serial.coefs_, threaded.coefs_, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "labels", [[0, 1], ["a", "b"], np.array(["2020-01-01", "2020-01-02"], "M8[D]")]
)
def test_partial_fit_on_rows_without_weight_changes_nothing(labels: Any) -> None:
    classes = np.asarray(labels)
    X, y = np.random.default_rng(0).standard_normal((4, 2)), classes[[0, 1, 1, 0]]
    network = sl.MLPClassifier(random_state=0).partial_fit(X, y, classes=classes)
    before = [coef.copy() for coef in network.coefs_]
    network.partial_fit(X, y, sample_weight=np.zeros(4))
    for coef, other in zip(network.coefs_, before, strict=True):
        np.testing.assert_array_equal(coef, other)


def test_partial_fit_is_fit_epoch_by_epoch(digits: list[Any]) -> None:
    X, _, y, _ = digits
    options = {"hidden_layer_sizes": (16,), "random_state": 0}
    whole = sl.MLPClassifier(**options, max_iter=3).fit(X, y)
    steps = sl.MLPClassifier(**options)
    for _ in range(3):
        steps.partial_fit(X, y, classes=np.arange(10))
    np.testing.assert_array_equal(steps.coefs_[0], whole.coefs_[0])
    assert (steps.n_iter_, len(steps.loss_curve_)) == (1, 3)  # as in scikit-learn
    copy = pickle.loads(pickle.dumps(steps))  # noqa: S301 - its own
    np.testing.assert_array_equal(copy.predict(X), steps.predict(X))
    assert len(copy.partial_fit(X, y).loss_curve_) == 4


def test_warm_start_goes_on(digits: list[Any]) -> None:
    X, _, y, _ = digits
    network = sl.MLPClassifier((16,), max_iter=5, warm_start=True, random_state=0).fit(X, y)
    before = network.loss_
    assert network.fit(X, y).loss_ < before
    with pytest.raises(ValueError, match="same classes"):
        network.fit(X, np.where(y == 9, 10, y))


def test_adaptive_steps_end_small(digits: list[Any]) -> None:
    X, _, y, _ = digits
    network = sl.MLPClassifier(
        (8,), solver="sgd", learning_rate="adaptive", tol=10, n_iter_no_change=1, random_state=0
    )
    network.fit(X, y)
    # 0.001 can be divided by 5 four times before it is below 1e-6; each takes 2 stalled epochs.
    assert network.n_iter_ == 11


def test_early_stopping_keeps_the_best_weights(digits: list[Any]) -> None:
    X, _, y, _ = digits
    network = sl.MLPClassifier(
        (16,), early_stopping=True, max_iter=30, n_iter_no_change=3, random_state=0
    ).fit(X, y)
    assert network.best_validation_score_ == max(network.validation_scores_)
    assert network.best_loss_ is None
    assert len(network.validation_scores_) == network.n_iter_


def test_verbose_prints_every_epoch(digits: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    X, _, y, _ = digits
    sl.MLPClassifier((4,), max_iter=2, verbose=True, early_stopping=True).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["Iteration", "Validation"] * 2


def test_running_out_of_epochs_warns(digits: list[Any]) -> None:
    X, _, y, _ = digits
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(2\)"):
        sl.MLPClassifier((4,), max_iter=2).fit(X, y)


def test_bad_input_is_named(digits: list[Any]) -> None:
    X, _, y, _ = digits
    with pytest.raises(ValueError, match=r"hidden_layer_sizes must be > 0, got \[4, 0\]"):
        sl.MLPClassifier((4, 0)).fit(X, y)
    with pytest.raises(ValueError, match="does not support early_stopping"):
        sl.MLPRegressor(early_stopping=True).partial_fit(X, y)
    with pytest.raises(ValueError, match="infinite"):
        sl.MLPRegressor(solver="sgd", learning_rate_init=1e6).fit(1000 * X, y)
    with pytest.raises(ValueError, match="labels of the first partial_fit"):
        sl.MLPClassifier((4,)).partial_fit(X, y, classes=range(10)).partial_fit(X, y + 1)
    with pytest.raises(AttributeError, match="predict_proba"):
        sl.MLPClassifier((4,), loss="hinge", max_iter=1).fit(X, y).predict_proba(X)
    with pytest.raises(ValueError, match="validation set is too small"):
        sl.MLPRegressor(early_stopping=True).fit(X[:5], y[:5])
