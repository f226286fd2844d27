"""Exact fits on a cluster: the solutions of one machine, with a certificate over all partitions."""

from __future__ import annotations

import re

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from slimline import _core

pytest.importorskip("distributed")

import dask.array as da
from slimline.dask import LinearSVC, LinearSVR, SGDClassifier, SGDRegressor, _exact

X, Y = make_classification(
    n_samples=1500, n_features=10, n_informative=6, n_classes=3, random_state=1
)
CHUNKS = (500, 400, 400, 200)
WEIGHTS = np.random.default_rng(0).integers(0, 3, 1500).astype(float)


def rows(values=X, chunks=CHUNKS):
    return da.from_array(values, chunks=(chunks, *((n,) for n in values.shape[1:])))


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize(
    ("classes", "weighted", "fit_intercept"),
    [(2, False, True), (2, True, False), (3, False, False), (3, True, True)],
)
def test_the_certificate_holds_for_all_rows(client, classes, loss, weighted, fit_intercept):
    y = Y if classes == 3 else np.minimum(Y, 1)
    options = {"loss": loss, "C": 0.1, "fit_intercept": fit_intercept}
    options |= {"class_weight": {1: 2.0}, "tol": 1e-5}
    weight = WEIGHTS if weighted else None
    alone = sl.LinearSVC(**options | {"tol": 1e-9}).fit(X, y, sample_weight=weight)
    model = LinearSVC(**options, client=client)
    model.fit(rows(), rows(y), sample_weight=None if weight is None else rows(weight))
    assert model.dual_gap_ <= 1e-5
    best = np.atleast_1d(alone.objective_)
    np.testing.assert_allclose(np.atleast_1d(model.objective_), best, rtol=1e-5)
    assert (np.atleast_1d(model.dual_objective_) <= best * (1 + 1e-9)).all()
    np.testing.assert_allclose(model.decision_function(X), alone.decision_function(X), atol=0.06)


@pytest.mark.parametrize("share", [0.2, 0.4])
@pytest.mark.parametrize("C", [1e-4, 1e-2, 1.0])
def test_fits_whose_best_is_no_hyperplane_end(client, C, share):
    """Where w = 0 is nearly as good as any, no row may lie between kinks."""
    y = (np.random.default_rng(0).uniform(size=1500) < share).astype(int)
    model = LinearSVC(loss="hinge", C=C, tol=1e-5, max_iter=100, client=client)
    model.fit(rows(), rows(y))
    assert model.dual_gap_ <= 1e-5
    alone = sl.LinearSVC(loss="hinge", C=C, tol=1e-7).fit(X, y)
    assert model.objective_ == pytest.approx(alone.objective_, abs=1e-5 + 1e-5 * alone.objective_)


@pytest.mark.parametrize("loss", ["epsilon_insensitive", "squared_epsilon_insensitive"])
@pytest.mark.parametrize("epsilon", [0.0, 0.3])
def test_regression(client, loss, epsilon):
    y = X @ np.arange(10) + np.random.default_rng(0).normal(size=1500) + 3
    options = {"loss": loss, "epsilon": epsilon, "C": 0.5}
    alone = sl.LinearSVR(**options, tol=1e-8).fit(X, y)
    model = LinearSVR(**options, client=client).fit(rows(), rows(y))
    assert model.dual_gap_ <= 1e-4
    assert model.objective_ == pytest.approx(alone.objective_, rel=1e-4)
    assert model.dual_objective_ <= alone.objective_ * (1 + 1e-9)
    np.testing.assert_allclose(model.coef_, alone.coef_, atol=0.1)


@pytest.mark.parametrize("unit", [1e-8, 1e8])
def test_units_of_targets_change_nothing(client, unit):
    y = X @ np.arange(10) + np.random.default_rng(0).normal(size=1500) + 3
    for loss, C in (("epsilon_insensitive", 0.5 * unit), ("squared_epsilon_insensitive", 0.5)):
        options = {"loss": loss, "C": C, "epsilon": 0.3 * unit}
        alone = sl.LinearSVR(**options, tol=1e-8).fit(X, unit * y)
        model = LinearSVR(**options, client=client).fit(rows(), rows(unit * y))
        assert model.dual_gap_ <= 1e-4
        assert model.objective_ == pytest.approx(alone.objective_, rel=1e-4)


def test_constant_targets_are_met(client):
    for loss in ("epsilon_insensitive", "squared_epsilon_insensitive"):
        model = LinearSVR(loss=loss, client=client).fit(rows(), rows(np.full(1500, 0.1)))
        assert model.dual_gap_ <= 1e-4
        np.testing.assert_allclose(model.predict(rows()).compute(), 0.1)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_conjugate_gradients_where_hessians_are_large(monkeypatch, loss):
    monkeypatch.setattr(_exact, "_MOST_ENTRIES", 0)
    alone = sl.LinearSVC(loss=loss, C=0.01, tol=1e-8).fit(X, Y)
    model = LinearSVC(loss=loss, C=0.01).fit(rows().map_blocks(sparse.csr_matrix), rows(Y))
    assert model.dual_gap_ <= 1e-4
    np.testing.assert_allclose(model.objective_, alone.objective_, rtol=1e-4)


def test_the_number_of_workers_does_not_change_a_bit(client):
    two = LinearSVC(loss="hinge", client=client).fit(rows(), rows(Y))
    one = LinearSVC(loss="hinge").fit(rows(), rows(Y))
    assert np.array_equal(two.coef_, one.coef_)
    assert np.array_equal(two.intercept_, one.intercept_)
    assert two.dual_gap_ == one.dual_gap_


def test_a_partition_may_lack_a_class_and_labels_without_weight_are_none():
    order = np.argsort(Y, kind="stable")
    weight = np.where(Y == 2, 0.0, 1.0)
    model = LinearSVC(C=0.1)
    model.fit(rows(X[order]), rows(Y[order]), sample_weight=rows(weight[order]))
    assert model.classes_.tolist() == [0, 1]
    alone = sl.LinearSVC(C=0.1).fit(X, Y, sample_weight=weight)
    assert model.objective_ == pytest.approx(alone.objective_, rel=1e-4)


def test_warm_start_and_the_way_back(client, capsys):
    model = LinearSVC(C=0.1, warm_start=True, client=client).fit(rows(), rows(Y))
    cold = LinearSVC(C=0.1, client=client).fit(rows(), rows(Y)).n_iter_
    assert model.set_params(verbose=1).fit(rows(), rows(Y)).n_iter_ <= cold
    assert re.fullmatch(r"(round \d+: relative gap .+\n)+", capsys.readouterr().out)
    local = model.to_local()
    assert type(local) is sl.LinearSVC
    assert np.array_equal(local.predict(X), model.predict(rows()).compute())
    assert sl.convert(model).predict(X[:5]).tolist() == local.predict(X[:5]).tolist()


def test_what_is_not_offered_is_said():
    for parameters, text in (
        ({"multi_class": "ovo"}, "multi_class must be 'ovr' on a cluster"),
        ({"probability": True}, "probability must be False on a cluster"),
        ({"solver": "smo"}, "solver must be 'auto' or 'newton' on a cluster"),
        ({"penalty": "l1"}, "penalty='l1' is not offered"),
    ):
        with pytest.raises(ValueError, match=text):
            LinearSVC(**parameters).fit(rows(), rows(Y))
    with pytest.raises(ValueError, match="one value per row, got 2"):
        LinearSVR().fit(rows(), rows(X[:, :2]))
    with pytest.raises(ValueError, match="at least 2 classes"):
        LinearSVC().fit(rows(), rows(np.ones(1500)))
    with pytest.warns(ConvergenceWarning, match="stopped after 1 rounds with a relative duality"):
        LinearSVC(loss="hinge", max_iter=1).fit(rows(), rows(Y))


@pytest.mark.parametrize("loss", sorted({*_core.loss_names()} - {"perceptron"}))
def test_terms_are_derivatives_and_gains_are_bounds(loss):
    """The core's part_terms, against differences and against Fenchel's inequality."""
    random = np.random.default_rng(0)
    n = 200
    p, cost = random.normal(size=n) * 2, random.uniform(0.5, 2, n)
    y = np.where(random.uniform(size=n) < 0.5, -1.0, 1.0)
    kinked = loss in {"hinge", "epsilon_insensitive"}
    beta = y * cost / 2 if kinked else np.empty(0)
    arguments = (loss, 0.25, 3.0 if kinked else 0.0, beta, y, cost)
    found, curvature, sums = _core.part_terms(*arguments, p)
    step = 1e-6
    later = _core.part_terms(*arguments, p + step)[0]
    smooth = np.abs((found - later) / step - curvature) < 1e-3
    assert smooth.mean() > 0.97  # a few rows lie at a kink
    values = [_core.loss_at(loss, 0.25, a, b)[0] for a, b in zip(p, y, strict=True)]
    assert sums[4] == pytest.approx(cost @ values)
    assert sums[0] == pytest.approx(found[found > 0].sum())
    assert sums[1] == pytest.approx(found[found < 0].sum())
    # gain(beta) <= cost loss(q) + beta q for every q: what makes it a lower bound.
    for q in random.normal(size=(20, n)) * 3:
        there = [_core.loss_at(loss, 0.25, a, b)[0] for a, b in zip(q, y, strict=True)]
        assert sums[2] + sums[3] <= cost @ there + found @ q + 1e-9
    lengths = np.array([0.0, 0.5])
    along = random.normal(size=n)
    slopes = _core.part_slopes(*arguments, p, along, lengths)
    for slope, t in zip(slopes, lengths, strict=True):
        assert slope == pytest.approx(_core.part_terms(*arguments, p + t * along)[0] @ along)


def test_wrong_terms_raise():
    one = np.ones(1)
    with pytest.raises(ValueError, match="need sigma > 0 and one multiplier a row"):
        _core.part_terms("hinge", 0.0, 0.0, np.empty(0), one, one, one)
    with pytest.raises(ValueError, match="one entry per row"):
        _core.part_terms("log_loss", 0.0, 0.0, np.empty(0), one, np.ones(2), one)


@pytest.mark.parametrize("loss", ["log_loss", "squared_hinge", "modified_huber", "hinge"])
def test_sgd_with_automatic_steps_ends_exactly(client, loss):
    options = {"loss": loss, "learning_rate": "auto", "random_state": 0, "alpha": 1e-3}
    weight = WEIGHTS + 0.5
    model = SGDClassifier(**options, tol=1e-6, class_weight={0: 3.0}, client=client)
    model.fit(rows(), rows(Y), sample_weight=rows(weight))
    assert model.dual_gap_ <= 1e-6
    assert model.n_iter_ < (60 if loss == "hinge" else 20)
    if loss != "hinge":  # whose steps on one machine come within a tolerance of their own
        tight = sl.SGDClassifier(**options, tol=1e-9, class_weight={0: 3.0})
        tight.fit(X, Y, sample_weight=weight)
        np.testing.assert_allclose(model.coef_, tight.coef_, atol=0.02)
    losses = [
        [
            _core.loss_at(loss, 0.1, p, 1 if y == c else -1)[0]
            for p, y in zip(scores, Y, strict=True)
        ]
        for c, scores in enumerate(model.decision_function(X).T)
    ]
    weights = weight * np.where((np.arange(3)[:, None] == Y) & (np.arange(3)[:, None] == 0), 3, 1)
    objective = (weights * losses).sum(axis=1) / 1500 + 5e-4 * np.square(model.coef_).sum(axis=1)
    np.testing.assert_allclose(model.objective_, objective, rtol=1e-9)


def test_sgd_regression_with_a_kink_ends_exactly(client):
    y = X @ np.arange(10) + np.random.default_rng(0).standard_normal(1500)
    options = {"loss": "epsilon_insensitive", "epsilon": 0.2, "alpha": 1e-3}
    model = SGDRegressor(**options, learning_rate="auto", tol=1e-5, random_state=0, client=client)
    model.fit(rows(), rows(y))
    assert model.dual_gap_ <= 1e-5
    exact = sl.LinearSVR(epsilon=0.2, C=1 / (1e-3 * 1500), tol=1e-7).fit(X, y)
    assert model.objective_ == pytest.approx(1e-3 * exact.objective_, rel=1e-5)


def test_sgd_regression_ends_exactly():
    y = X @ np.arange(10) + 1
    model = SGDRegressor(learning_rate="auto", alpha=1e-2, tol=1e-8, random_state=0)
    model.fit(rows(), rows(y))
    mean, centred = X.mean(axis=0), X - X.mean(axis=0)
    ridge = np.linalg.solve(centred.T @ centred + 15 * np.eye(10), centred.T @ (y - y.mean()))
    np.testing.assert_allclose(model.coef_, ridge, rtol=1e-3)
    assert model.intercept_[0] == pytest.approx(y.mean() - mean @ ridge, rel=1e-3)


def test_sgd_says_when_rounds_end_before_the_gap():
    model = SGDClassifier(loss="log_loss", learning_rate="auto", max_iter=1, tol=1e-9)
    with pytest.warns(ConvergenceWarning, match="max_iter=1 rounds ended with a relative duality"):
        model.fit(rows(), rows(Y))
