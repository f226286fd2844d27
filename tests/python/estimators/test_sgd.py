"""SGDClassifier and SGDRegressor: optimality, scikit-learn's contract, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import optimize, sparse
from sklearn import linear_model
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.model_selection import train_test_split
from sklearn.utils.estimator_checks import parametrize_with_checks
from slimline import _core

SHUFFLED = "shuffled one-by-one updates depend on the order of the rows"
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": SHUFFLED,
    "check_sample_weight_equivalence_on_sparse_data": SHUFFLED,
}


@parametrize_with_checks(
    [sl.SGDClassifier(), sl.SGDRegressor()], expected_failed_checks=lambda _estimator: EXPECTED
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scikit_learn_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def digits() -> list[Any]:
    X, y = load_digits(return_X_y=True)
    return train_test_split(X / 16, y, random_state=0, stratify=y)


@pytest.fixture(scope="module")
def binary() -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    X = random.standard_normal((400, 7))
    return X, (X[:, 0] - X[:, 1] + random.standard_normal(400) > 0).astype(int)


def objective(loss: str, coef: Any, intercept: float, X: Any, targets: Any, alpha: float) -> float:
    scores = X @ coef + intercept
    values = [_core.loss_at(loss, 0.1, p, t)[0] for p, t in zip(scores, targets, strict=True)]
    return float(np.mean(values) + alpha / 2 * coef @ coef)


@pytest.mark.parametrize("loss", _core.loss_names())
def test_full_batch_reaches_the_optimum_of_every_loss(loss: str, binary: tuple[Any, Any]) -> None:
    X, y = binary
    alpha = 0.1
    model = sl.SGDClassifier(
        loss=loss,
        alpha=alpha,
        batch_size="full",
        learning_rate="power",
        eta0=0.5,
        decay=0.05,
        power_t=0.75,
        max_iter=5000,
        tol=None,
    ).fit(X, y)
    targets = 2.0 * y - 1
    reached = objective(loss, model.coef_[0], model.intercept_[0], X, targets, alpha)
    best = optimize.minimize(
        lambda v: objective(loss, v[:-1], v[-1], X, targets, alpha),
        np.append(model.coef_[0], model.intercept_),
        method="Powell",
        options={"ftol": 1e-9, "maxiter": 30},
    )
    assert reached <= best.fun * 1.002 + 5e-4


@pytest.mark.parametrize("loss", ["hinge", "log_loss"])
def test_digits_as_accurate_as_scikit_learn(loss: str, digits: list[Any]) -> None:
    X_train, X_test, y_train, y_test = digits
    ours, theirs = (
        np.mean(
            [
                cls(loss=loss, random_state=s).fit(X_train, y_train).score(X_test, y_test)
                for s in range(5)
            ]
        )
        for cls in (sl.SGDClassifier, linear_model.SGDClassifier)
    )
    assert ours >= theirs - 0.01


@pytest.mark.parametrize("schedule", _core.schedule_names())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_schedule_learns_and_keeps_the_dtype(schedule: str, dtype: Any) -> None:
    X, y = load_iris(return_X_y=True)
    X = ((X - X.mean(0)) / X.std(0)).astype(dtype)
    model = sl.SGDClassifier(learning_rate=schedule, max_iter=50, tol=None, random_state=0)
    assert model.fit(X, y).score(X, y) > 0.75
    assert model.coef_.dtype == model.intercept_.dtype == dtype


@pytest.mark.parametrize("batch_size", [1, 32, "full"])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_sparse_equals_dense(batch_size: Any, index: Any, binary: tuple[Any, Any]) -> None:
    X, y = binary
    X = np.where(np.abs(X) < 0.5, 0, X)
    csr = sparse.csr_array(X)
    csr.indices, csr.indptr = csr.indices.astype(index), csr.indptr.astype(index)
    model = sl.SGDClassifier(batch_size=batch_size, max_iter=5, tol=None, random_state=0)
    model.set_params(fit_intercept=batch_size != 1)  # which moves less on sparse rows
    dense = model.fit(X, y).coef_
    np.testing.assert_allclose(model.fit(csr, y).coef_, dense, rtol=1e-9)


@pytest.mark.parametrize("penalty", ["l2", "l1"])
@pytest.mark.parametrize("average", [False, True])
def test_on_sparse_rows_the_intercept_takes_a_hundredth_of_a_step(
    average: Any, penalty: str, binary: tuple[Any, Any]
) -> None:
    X, y = binary
    weights, b, sums = np.zeros(X.shape[1]), 0.0, np.zeros(X.shape[1] + 1)
    for row, label in zip(X, np.where(y == 1, 1, -1), strict=True):
        step = 0.1 * label * (label * (row @ weights + b) < 1)
        weights, b = weights + step * row, b + 0.01 * step
        sums += [*weights, b]
    model = sl.SGDClassifier(
        alpha=0, penalty=penalty, average=average, learning_rate="constant", eta0=0.1, shuffle=False
    ).partial_fit(sparse.csr_array(X), y, classes=[0, 1])
    expected = sums / len(X) if average else [*weights, b]
    np.testing.assert_allclose([*model.coef_[0], *model.intercept_], expected, rtol=1e-9)


@pytest.mark.parametrize("batch_size", [1, 100, "full"])
def test_same_bits_for_any_number_of_threads(batch_size: Any, digits: list[Any]) -> None:
    X, _, y, _ = digits
    fits = [
        sl.SGDClassifier(
            batch_size=batch_size, n_jobs=n_jobs, random_state=1, max_iter=3, tol=None
        ).fit(X, y)
        for n_jobs in (None, 1, 2, 3, 8, -1)
    ]
    for fit in fits[1:]:
        assert np.array_equal(fit.coef_, fits[0].coef_)
        assert np.array_equal(fit.intercept_, fits[0].intercept_)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_full_batch_weights_are_repetitions(container: Any, binary: tuple[Any, Any]) -> None:
    X, y = binary
    times = np.random.default_rng(1).integers(0, 4, len(y))
    model = sl.SGDClassifier(
        batch_size="full", learning_rate="constant", eta0=0.3, max_iter=40, tol=None
    )
    weighted = model.fit(container(X), y, sample_weight=times).coef_
    repeated = model.fit(container(np.repeat(X, times, axis=0)), np.repeat(y, times)).coef_
    np.testing.assert_allclose(weighted, repeated, rtol=1e-10)


def test_regression_finds_the_weights() -> None:
    random = np.random.default_rng(0)
    X, w = random.standard_normal((1000, 10)), random.standard_normal(10)
    model = sl.SGDRegressor(
        alpha=0, batch_size="full", learning_rate="constant", eta0=0.5, max_iter=200, tol=None
    ).fit(X, X @ w + 3)
    np.testing.assert_allclose(model.coef_, w, atol=1e-8)
    np.testing.assert_allclose(model.intercept_, [3], atol=1e-8)
    assert model.t_ == 201


def test_a_column_of_targets_is_ravelled_with_a_warning() -> None:
    X = np.random.default_rng(0).standard_normal((50, 2))
    with pytest.warns(DataConversionWarning):
        model = sl.SGDRegressor().fit(X, X[:, :1])
    assert model.coef_.shape == (2,)


def test_probabilities(digits: list[Any]) -> None:
    X_train, X_test, y_train, _ = digits
    for loss in ("log_loss", "modified_huber"):
        model = sl.SGDClassifier(loss=loss, random_state=0).fit(X_train, y_train)
        probabilities = model.predict_proba(X_test)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        if loss == "log_loss":  # modified_huber has many ties at 0 and 1
            assert np.array_equal(model.classes_[probabilities.argmax(1)], model.predict(X_test))
    with pytest.raises(AttributeError, match="predict_proba"):
        sl.SGDClassifier().fit(X_train, y_train).predict_proba(X_test)


def test_class_weight_moves_the_boundary(binary: tuple[Any, Any]) -> None:
    X, y = binary
    plain = sl.SGDClassifier(learning_rate="auto").fit(X, y)
    heavy = sl.SGDClassifier(learning_rate="auto", class_weight={1: 20}).fit(X, y)
    assert heavy.predict(X).mean() > plain.predict(X).mean()


def test_verbose_reports_epochs(
    capsys: pytest.CaptureFixture[str], binary: tuple[Any, Any]
) -> None:
    sl.SGDClassifier(verbose=1, max_iter=2, tol=None).fit(*binary)
    assert capsys.readouterr().out.splitlines()[1].startswith("epoch 2: objective ")


def test_divergence_warns_with_advice() -> None:
    X = np.random.default_rng(0).standard_normal((50, 3)) * 100
    with pytest.warns(ConvergenceWarning, match="diverged.*StandardScaler.*eta0=0.1"):
        sl.SGDRegressor(learning_rate="constant", eta0=0.1).fit(X, X[:, 0])


def test_unfinished_training_warns(binary: tuple[Any, Any]) -> None:
    with pytest.warns(ConvergenceWarning, match="max_iter=2"):
        sl.SGDClassifier(max_iter=2, tol=1e-9).fit(*binary)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "hingy"}, "'loss' parameter .*'hinge'"),
        ({"penalty": "l3"}, "'penalty' parameter"),
        ({"learning_rate": "fast"}, "'learning_rate' parameter"),
        ({"eta0": 0}, "'eta0' parameter"),
        ({"batch_size": 0}, "'batch_size' parameter"),
        ({"max_iter": 0}, "'max_iter' parameter"),
        ({"alpha": 0}, "learning_rate='optimal' needs alpha > 0"),
        ({"momentum": 0.9}, "momentum needs batch_size > 1"),
        ({"learning_rate": "pa1", "loss": "log_loss"}, "needs loss='hinge'"),
        ({"learning_rate": "pa2", "batch_size": 8}, "needs batch_size=1"),
        ({"learning_rate": "auto", "early_stopping": True}, "early_stopping should be False"),
        ({"penalty": "elasticnet", "l1_ratio": None}, "l1_ratio must be set"),
        ({"adaptive_scale": True, "penalty": "l1"}, "adaptive_scale with batch_size=1 needs"),
        ({"early_stopping": True, "validation_fraction": 1e-4}, "validation_fraction|test_size"),
        ({"learning_rate": "constant", "eta0": 1e200, "loss": "squared_error"}, "diverged.*eta0"),
    ],
)
def test_bad_parameters(arguments: dict[str, Any], message: str, binary: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError, match=message):
        sl.SGDClassifier(**arguments).fit(*binary)


@pytest.mark.parametrize(
    ("sample_weight", "message"),
    [(-np.ones(400), ">= 0"), (np.zeros(400), "zero"), (np.ones(3), r"must have shape \(400,\)")],
)
def test_bad_weights(sample_weight: Any, message: str, binary: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError, match=message):
        sl.SGDClassifier().fit(*binary, sample_weight=sample_weight)


def test_one_class_is_refused(binary: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError, match="one class"):
        sl.SGDClassifier().fit(binary[0], np.zeros(400))


@pytest.mark.parametrize("labels", [["b", "a"], [True, False], [2.0, -1.0]])
def test_labels_of_any_type(labels: list[Any], binary: tuple[Any, Any]) -> None:
    X, y = binary
    named = np.array(labels)[y]
    model = sl.SGDClassifier(random_state=0).fit(X, named)
    assert (model.predict(X) == named).mean() > 0.7


def test_read_only_and_strided_input(binary: tuple[Any, Any]) -> None:
    X, y = binary
    expected = sl.SGDClassifier(random_state=0).fit(X, y).coef_
    wide = np.zeros((400, 14))
    wide[:, ::2] = X
    read_only = X.copy()
    read_only.flags.writeable = False
    for other in (wide[:, ::2], np.asfortranarray(X), read_only):
        assert np.array_equal(sl.SGDClassifier(random_state=0).fit(other, y).coef_, expected)
