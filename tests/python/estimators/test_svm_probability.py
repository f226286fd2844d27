"""LinearSVC(probability=True): Platt scaling against scikit-learn and its own definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import log_loss
from slimline.estimators import LinearSVC, _platt


def noisy(n=600, *, n_classes=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 6))
    scores = X @ rng.standard_normal((6, n_classes)) + rng.standard_normal((n, n_classes))
    return X, scores.argmax(axis=1)


SCHEMES = [(2, "ovr"), (2, "ovo"), (4, "ovr"), (4, "ovo")]


@pytest.mark.parametrize(("n_classes", "multi_class"), SCHEMES)
def test_probabilities_are_calibrated_as_well_as_scikit_learns(n_classes, multi_class):
    X, y = noisy(1200, n_classes=n_classes)
    train, test = slice(0, 800), slice(800, None)
    ours = LinearSVC(multi_class=multi_class, probability=True).fit(X[train], y[train])
    p = ours.predict_proba(X[test])
    peer = CalibratedClassifierCV(LinearSVC(multi_class=multi_class), ensemble=False)
    peer.fit(X[train], y[train])
    assert p.shape == (400, n_classes)
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert log_loss(y[test], p) <= log_loss(y[test], peer.predict_proba(X[test])) + 0.01


def test_binary_equals_scikit_learns_sigmoid_on_the_same_folds():
    X, y = noisy()
    ours = LinearSVC(probability=True, tol=1e-8).fit(X, y)
    peer = CalibratedClassifierCV(LinearSVC(tol=1e-8), ensemble=False, cv=5).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), peer.predict_proba(X), atol=1e-3)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_sigmoid_is_the_minimum(scale, shift):
    rng = np.random.default_rng(0)
    margins = rng.standard_normal(200)
    positive = margins + shift + rng.standard_normal(200) > 0
    weights = rng.uniform(0.5, 2, 200)
    n_positive, n_negative = weights[positive].sum(), weights[~positive].sum()
    target = np.where(positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))

    def loss(line):
        exponent = line[0] * margins + line[1]
        return weights @ (
            target * np.logaddexp(0, exponent) + (1 - target) * np.logaddexp(0, -exponent)
        )

    A, B = _platt.fit_sigmoid(margins * scale, positive, weights)
    best = minimize(loss, [0.0, 0.0], method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose([A * scale, B], best.x, atol=1e-5)


@pytest.mark.parametrize("n_classes", [3, 5])
def test_coupling_recovers_consistent_pairs(n_classes):
    p = np.random.default_rng(0).dirichlet(np.ones(n_classes), size=50)
    i, j = np.triu_indices(n_classes, 1)
    np.testing.assert_allclose(
        _platt.couple(p[:, i] / (p[:, i] + p[:, j]), n_classes), p, atol=1e-10
    )


def test_csr_equals_dense_and_zero_weight_is_absence():
    X, y = noisy(n_classes=3)
    weights = np.random.default_rng(1).integers(0, 3, len(y)).astype(float)
    fit = LinearSVC(probability=True, tol=1e-10).fit
    used = weights > 0
    dense = fit(X[used], y[used], sample_weight=weights[used]).predict_proba(X)
    for data in (X, sparse.csr_array(X)):
        ours = LinearSVC(probability=True, tol=1e-10).fit(data, y, sample_weight=weights)
        np.testing.assert_allclose(ours.predict_proba(data), dense, atol=1e-5)


def test_off_by_default():
    X, y = noisy()
    ours = LinearSVC().fit(X, y)
    assert not hasattr(ours, "predict_proba")
    assert not hasattr(ours, "probA_")


def test_a_class_of_one_row_raises():
    with pytest.raises(ValueError, match="got a class with 1"):
        LinearSVC(probability=True).fit([[0.0], [1.0], [2.0]], [0, 1, 1])
