"""Networks in place of scikit-learn's: its arguments, attributes and answers; L-BFGS, counts."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from scipy import sparse
from sklearn import neural_network
from sklearn.datasets import load_diabetes, load_digits, make_multilabel_classification
from sklearn.ensemble import StackingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import PoissonRegressor
from sklearn.multioutput import MultiOutputClassifier

QUIET = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
PAIRS = [
    (sl.MLPClassifier, neural_network.MLPClassifier),
    (sl.MLPRegressor, neural_network.MLPRegressor),
]


@pytest.fixture(scope="module")
def digits() -> tuple[Any, Any]:
    X, y = load_digits(return_X_y=True)
    return (X / 16)[:600], y[:600]


@pytest.fixture(scope="module")
def diabetes() -> tuple[Any, Any]:
    X, y = load_diabetes(return_X_y=True)
    return 20 * X, (y - y.mean()) / y.std()


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("method", ["fit", "partial_fit", "score"])
def test_arguments_come_in_scikit_learns_order(ours: Any, theirs: Any, method: str) -> None:
    expected = list(inspect.signature(getattr(theirs, method)).parameters)
    found = inspect.signature(getattr(ours, method)).parameters
    # What is ours alone, the validation set, goes by name.
    assert [name for name, one in found.items() if one.kind != one.KEYWORD_ONLY] == expected


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_parameters_have_scikit_learns_names_and_defaults(ours: Any, theirs: Any) -> None:
    known = ours().get_params()
    assert {name: known[name] for name in theirs().get_params()} == theirs().get_params()


def test_classes_by_position_are_not_taken_for_weights(digits: tuple[Any, Any]) -> None:
    X, y = digits
    with pytest.raises(ValueError, match="the third argument by position is sample_weight"):
        sl.MLPClassifier((4,)).partial_fit(X, y, np.arange(10))


@QUIET
@pytest.mark.parametrize(
    "order", [np.asfortranarray, pd.DataFrame, sparse.csr_array, np.ndarray.tolist]
)
def test_several_labels_per_row_come_in_any_form(order: Any) -> None:
    X, Y = make_multilabel_classification(60, n_classes=3, random_state=0)
    options = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0}
    plain = sl.MLPClassifier(**options).fit(X, Y)
    other = sl.MLPClassifier(**options).fit(X, order(Y))
    np.testing.assert_array_equal(plain.predict_proba(X), other.predict_proba(X))
    stepped = sl.MLPClassifier(**options).partial_fit(X, order(Y), classes=[0, 1, 2])
    assert stepped.predict(X).shape == Y.shape


@QUIET
def test_stacks_of_networks_take_several_labels_per_row() -> None:
    X, Y = make_multilabel_classification(120, n_classes=3, random_state=0)
    network = sl.MLPClassifier((6,), max_iter=5, random_state=0)
    stack = StackingClassifier(
        [("one", network), ("other", sl.MLPClassifier((4,), max_iter=5, random_state=1))],
        final_estimator=network,
        cv=2,
    ).fit(X, Y)
    assert stack.predict(X).shape == Y.shape
    assert len(MultiOutputClassifier(network).fit(X, Y).predict_proba(X)) == 3


@QUIET
@pytest.mark.parametrize("learning_rate", ["invscaling", "adaptive"])
def test_adam_takes_no_notice_of_schedules_as_in_scikit_learn(
    digits: tuple[Any, Any], learning_rate: str
) -> None:
    X, y = digits
    options = {"hidden_layer_sizes": (6,), "max_iter": 30, "tol": 0.1, "random_state": 0}

    def fitted(**more: Any) -> Any:
        return sl.MLPClassifier(**options, **more).fit(X, y)

    plain, other = fitted(), fitted(learning_rate=learning_rate)
    np.testing.assert_array_equal(plain.coefs_[0], other.coefs_[0])
    assert plain.n_iter_ == other.n_iter_ < 30
    for solver in ("sgd", "adamw"):
        plain, other = fitted(solver=solver), fitted(solver=solver, learning_rate=learning_rate)
        assert plain.loss_curve_ != other.loss_curve_


@QUIET
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("alpha", [1e-4, 10])
def test_the_loss_curve_is_scikit_learns_with_weights_too(
    digits: tuple[Any, Any], ours: Any, theirs: Any, alpha: float
) -> None:
    X, y = digits
    options = {
        "hidden_layer_sizes": (8,),
        "alpha": alpha,
        "shuffle": False,
        "max_iter": 5,
        "random_state": 0,
    }
    for weight in (None, np.random.default_rng(0).uniform(0, 3, len(y))):
        mine = ours(**options).fit(X, y, sample_weight=weight)
        other = theirs(**options).fit(X, y, sample_weight=weight)
        np.testing.assert_allclose(mine.loss_curve_, other.loss_curve_, rtol=1e-4)


@QUIET
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_epochs_are_counted_as_in_scikit_learn(
    digits: tuple[Any, Any], ours: Any, theirs: Any
) -> None:
    X, y = digits
    for estimator in (ours, theirs):
        network = estimator(hidden_layer_sizes=(4,), max_iter=3)
        assert network.fit(X, y).n_iter_ == 3
        assert network.partial_fit(X, y).n_iter_ == 1
        assert len(network.loss_curve_) == 4


@QUIET
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_weights_that_somebody_sets_may_be_float64(
    digits: tuple[Any, Any], ours: Any, theirs: Any
) -> None:
    X, y = digits
    network = ours(hidden_layer_sizes=(4,), max_iter=2, warm_start=True, random_state=0).fit(X, y)
    expected = network.predict(X)
    network.coefs_ = [coef.astype(np.float64) for coef in network.coefs_]
    network.intercepts_ = [list(bias) for bias in network.intercepts_]
    np.testing.assert_array_equal(network.predict(X), expected)
    assert network.partial_fit(X, y).fit(X, y).coefs_[0].dtype == np.float32
    assert theirs.__name__ == ours.__name__


@pytest.mark.parametrize("estimator", [sl.MLPClassifier, sl.MLPRegressor])
def test_widths_that_are_no_whole_numbers_are_refused(
    digits: tuple[Any, Any], estimator: Any
) -> None:
    for sizes in ((5.7,), 5.0, ("5",), (5, None)):
        with pytest.raises((TypeError, ValueError), match="hidden_layer_sizes"):
            estimator(hidden_layer_sizes=sizes).fit(*digits)
    for sizes in ((np.int64(3),), np.array([3, 2]), [3], 3, ()):
        with pytest.warns(ConvergenceWarning):
            estimator(hidden_layer_sizes=sizes, max_iter=1).fit(*digits)


@pytest.mark.parametrize("estimator", [sl.MLPClassifier, sl.MLPRegressor])
def test_early_stopping_on_a_frame_is_silent(diabetes: tuple[Any, Any], estimator: Any) -> None:
    X, y = pd.DataFrame(diabetes[0]).add_prefix("column "), pd.Series(diabetes[1] > 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        network = estimator(early_stopping=True, max_iter=3, random_state=0).fit(X, y)
    array = estimator(early_stopping=True, max_iter=3, random_state=0)
    with pytest.warns(ConvergenceWarning):
        array.fit(X.to_numpy(), y)
    assert network.validation_scores_ == array.validation_scores_


@QUIET
def test_a_single_class_is_what_is_predicted(diabetes: tuple[Any, Any]) -> None:
    X = diabetes[0]
    for early_stopping in (False, True):
        network = sl.MLPClassifier((4,), max_iter=2, early_stopping=early_stopping)
        network.fit(X, ["only"] * len(X))
        assert set(network.predict(X)) == {"only"}
        np.testing.assert_array_equal(network.predict_proba(X), np.ones((len(X), 1)))


def test_a_network_that_diverges_keeps_its_best_weights(diabetes: tuple[Any, Any]) -> None:
    X, y = diabetes
    network = sl.MLPRegressor(
        hidden_layer_sizes=(100,),
        activation="identity",
        solver="sgd",
        learning_rate_init=1,
        max_iter=50,
        early_stopping=True,
        n_iter_no_change=50,
        random_state=0,
    )
    with pytest.warns(ConvergenceWarning, match="became infinite in epoch"):
        network.fit(10 * X, y)
    assert np.isnan(network.validation_scores_[-1])
    assert np.isfinite(network.predict(10 * X)).all()


@pytest.mark.parametrize("to_rows", [np.asarray, sparse.csr_matrix, sparse.csc_array])
@pytest.mark.parametrize("activation", ["identity", "tanh"])
def test_lbfgs_ends_where_the_gradient_is_small(
    diabetes: tuple[Any, Any], activation: str, to_rows: Any
) -> None:
    X, y = diabetes
    network = sl.MLPRegressor(
        hidden_layer_sizes=(3,),
        activation=activation,
        solver="lbfgs",
        alpha=1.0,
        tol=2e-5,
        max_iter=5000,
        random_state=0,
    ).fit(to_rows(X), y)
    theirs = neural_network.MLPRegressor(
        **{name: network.get_params()[name] for name in neural_network.MLPRegressor().get_params()}
    )
    theirs.set_params(warm_start=True, max_iter=1, max_fun=1)
    with pytest.warns(ConvergenceWarning):
        theirs.fit(X, y)
    theirs.coefs_ = [coef.astype(np.float64) for coef in network.coefs_]
    theirs.intercepts_ = [bias.astype(np.float64) for bias in network.intercepts_]
    packed = np.concatenate([part.ravel() for part in theirs.coefs_ + theirs.intercepts_])
    layers = [X, *[None] * 2]
    grads = (
        [np.empty_like(c) for c in theirs.coefs_],
        [np.empty_like(b) for b in theirs.intercepts_],
    )
    loss, gradient = theirs._loss_grad_lbfgs(  # noqa: SLF001 - float64, to check ours with
        packed, X, y.reshape(-1, 1), None, layers, [None] * 2, *grads
    )
    assert abs(gradient).max() < 2e-4
    np.testing.assert_allclose(network.loss_, loss, rtol=1e-5)
    assert 1 < network.n_iter_ < 5000


def test_lbfgs_says_what_it_cannot_do(diabetes: tuple[Any, Any]) -> None:
    X, y = diabetes
    with pytest.warns(ConvergenceWarning, match="L-BFGS stopped after .* max_fun=7"):
        sl.MLPRegressor(solver="lbfgs", max_fun=7).fit(X, y)
    for options in ({"l1": 0.1}, {"dropout": 0.5}):
        with pytest.raises(ValueError, match="solver='lbfgs' needs l1=0 and dropout=0"):
            sl.MLPRegressor(solver="lbfgs", **options).fit(X, y)
    assert not hasattr(sl.MLPClassifier(solver="lbfgs"), "partial_fit")
    assert not hasattr(sl.MLPRegressor(solver="lbfgs"), "partial_fit")


@QUIET
def test_lbfgs_goes_on_from_a_warm_start(digits: tuple[Any, Any]) -> None:
    X, y = digits
    network = sl.MLPClassifier((8,), solver="lbfgs", max_iter=10, warm_start=True, random_state=0)
    first = network.fit(X, y).loss_
    assert network.fit(X, y).loss_ < first
    assert network.set_params(max_iter=1000).fit(X, y).score(X, y) == 1


def test_counts_have_the_means_of_a_poisson_regression() -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(300, 2))
    y = rng.poisson(np.exp(X @ [1.5, -1] + 1))
    expected = PoissonRegressor(alpha=0, tol=1e-7).fit(X, y).predict(X)
    options = {"loss": "poisson", "hidden_layer_sizes": (), "alpha": 0, "random_state": 0}
    exact = sl.MLPRegressor(**options, solver="lbfgs", tol=1e-5).fit(X, y)
    np.testing.assert_allclose(exact.predict(X), expected, rtol=1e-4)
    stepped = sl.MLPRegressor(**options, learning_rate_init=0.05, max_iter=300, tol=1e-7)
    np.testing.assert_allclose(stepped.fit(X, y).predict(X), expected, rtol=0.05)
    assert exact.out_activation_ == "exp"
    with pytest.raises(
        ValueError, match="y must hold no negative values with loss='poisson', got -1"
    ):
        stepped.fit(X, y - 1.0 * (y == 0))


@pytest.mark.parametrize("estimator", [sl.MLPRegressor, neural_network.MLPRegressor])
def test_a_network_of_counts_becomes_a_model(estimator: Any) -> None:
    network = estimator(loss="poisson", hidden_layer_sizes=(3,), max_iter=1000, tol=0.01)
    network.fit(np.eye(4), np.arange(4))
    model = sl.load(sl.save(sl.convert(network)))
    assert model.link == "log"
    np.testing.assert_allclose(model.predict(np.eye(4)), network.predict(np.eye(4)), rtol=1e-5)
