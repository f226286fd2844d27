"""LinearSVC and LinearSVR: scikit-learn's checks, agreement with SVC and SVR, the certificate."""

from __future__ import annotations

import os
import signal
import threading
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC, SVR
from sklearn.utils.estimator_checks import parametrize_with_checks
from slimline.estimators import LinearSVC, LinearSVR, _svm_fit, svm_path

CLASSIFIER_LOSSES = ["hinge", "squared_hinge"]
SOLVERS = ["auto", "smo", "newton"]  # dcd crawls on few columns; it has its own test
REGRESSOR_LOSSES = ["epsilon_insensitive", "squared_epsilon_insensitive"]


@parametrize_with_checks(
    [LinearSVC(), LinearSVC(loss="hinge", multi_class="ovo"), LinearSVR()],
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # what scikit-learn's own checks provoke
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def zero_objective(loss, cost, y, *, fit_intercept):
    """Objective of w = 0 with the best intercept, for targets -1 and 1 and no epsilon."""
    up, down = cost[y > 0].sum(), cost[y < 0].sum()
    if not fit_intercept:
        return up + down
    return 4 * up * down / (up + down) if loss.startswith("squared") else 2 * min(up, down)


def noisy(n=300, d=6, *, n_classes=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    scores = X @ rng.standard_normal((d, n_classes)) + rng.standard_normal((n, n_classes))
    return X, scores.argmax(axis=1)


def margin_loss(loss, margin):
    excess = np.maximum(0, 1 - margin)
    return excess if loss == "hinge" else excess**2


def tube_loss(loss, residual, epsilon):
    excess = np.maximum(0, np.abs(residual) - epsilon)
    return excess if loss == "epsilon_insensitive" else excess**2


@pytest.mark.parametrize("load", [load_iris, load_digits])
def test_ovo_hinge_is_svc(load):
    X, y = load(return_X_y=True)
    X = X / X.max()
    X, X_test, y, _ = train_test_split(X, y, test_size=0.2, random_state=0)
    svc = SVC(kernel="linear", tol=1e-6).fit(X, y)
    ours = LinearSVC(loss="hinge", multi_class="ovo", tol=1e-8).fit(X, y)
    assert (ours.predict(X_test) == svc.predict(X_test)).all()
    np.testing.assert_allclose(ours.coef_, svc.coef_, atol=5e-5)
    np.testing.assert_allclose(ours.intercept_, svc.intercept_, atol=5e-5)
    np.testing.assert_allclose(
        ours.decision_function(X_test), svc.decision_function(X_test), atol=2e-4
    )
    np.testing.assert_allclose(ours.dual_objective_, svc_dual_objectives(svc, y), rtol=1e-6)


def svc_dual_objectives(svc, y):
    """SVC's dual objective, one a pair; dual_coef_ holds a class's rows against each other one."""
    y_support = y[svc.support_]
    k = len(svc.classes_)
    objectives = []
    for row, (i, j) in zip(svc.coef_, zip(*np.triu_indices(k, 1), strict=True), strict=True):
        of_i = np.abs(svc.dual_coef_[j - 1, y_support == svc.classes_[i]]).sum()
        of_j = np.abs(svc.dual_coef_[i, y_support == svc.classes_[j]]).sum()
        objectives.append(of_i + of_j - row @ row / 2)
    return objectives


def test_binary_signs_are_svcs():
    X, y = noisy()
    labels = np.array(["b", "a"])[y]
    svc = SVC(kernel="linear", tol=1e-6).fit(X, labels)
    ours = LinearSVC(loss="hinge", tol=1e-8).fit(X, labels)
    np.testing.assert_allclose(ours.coef_, svc.coef_, atol=1e-4)
    np.testing.assert_allclose(ours.decision_function(X), svc.decision_function(X), atol=1e-3)


def test_regression_is_svr():
    X, _ = noisy()
    y = X @ np.arange(6.0) + np.random.default_rng(1).standard_normal(300)
    svr = SVR(kernel="linear", epsilon=0.3, tol=1e-6).fit(X, y)
    ours = LinearSVR(epsilon=0.3, tol=1e-9).fit(X, y)
    np.testing.assert_allclose(ours.coef_, svr.coef_[0], atol=1e-4)
    np.testing.assert_allclose(ours.predict(X), svr.predict(X), atol=1e-3)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_classification_certificate(loss, fit_intercept, solver):
    X, y = noisy(500)
    C = 0.7
    ours = LinearSVC(loss=loss, C=C, tol=1e-8, fit_intercept=fit_intercept, solver=solver)
    ours.fit(X, y)
    signs = 2 * y - 1
    w, beta = ours.coef_[0], ours.dual_coef_[0]
    alpha = beta * signs[ours.support_]
    primal = w @ w / 2 + C * margin_loss(loss, signs * ours.decision_function(X)).sum()
    ridge = alpha @ alpha / (4 * C) if loss == "squared_hinge" else 0
    dual = alpha.sum() - w @ w / 2 - ridge
    assert (alpha > 0).all()
    assert loss != "hinge" or (alpha <= C).all()
    assert not fit_intercept or abs(beta.sum()) < 1e-10
    assert fit_intercept or ours.intercept_ == 0
    np.testing.assert_allclose(w, beta @ X[ours.support_], atol=1e-12)
    np.testing.assert_allclose(ours.objective_, primal, rtol=1e-12)
    np.testing.assert_allclose(ours.dual_objective_, dual, rtol=1e-12)
    assert ours.dual_gap_ == pytest.approx((primal - dual) / max(1, primal), abs=1e-12)
    assert ours.dual_gap_ <= ours.tol
    assert ours.solver_ == {"auto": "newton"}.get(solver, solver)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", REGRESSOR_LOSSES)
def test_regression_certificate(loss, solver):
    X, _ = noisy(500)
    y = X[:, 0] + 0.5 * np.random.default_rng(1).standard_normal(500)
    C, epsilon = 2.0, 0.2
    ours = LinearSVR(loss=loss, C=C, epsilon=epsilon, tol=1e-8, solver=solver).fit(X, y)
    w, beta = ours.coef_, ours.dual_coef_[0]
    primal = w @ w / 2 + C * tube_loss(loss, y - ours.predict(X), epsilon).sum()
    ridge = beta @ beta / (4 * C) if loss == "squared_epsilon_insensitive" else 0
    dual = y[ours.support_] @ beta - epsilon * np.abs(beta).sum() - w @ w / 2 - ridge
    assert abs(beta.sum()) < 1e-10
    assert loss != "epsilon_insensitive" or (np.abs(beta) <= C).all()
    np.testing.assert_allclose(ours.objective_, primal, rtol=1e-12)
    np.testing.assert_allclose(ours.dual_objective_, dual, rtol=1e-10)
    assert primal - dual <= 1e-8 * max(1, primal)


@pytest.mark.parametrize("multi_class", ["ovr", "ovo"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_csr_equals_dense(multi_class, dtype, index):
    X, y = noisy(n_classes=4)
    X = np.where(np.abs(X) < 1, 0, X).astype(dtype)
    csr = sparse.csr_array(X)
    csr.indices, csr.indptr = csr.indices.astype(index), csr.indptr.astype(index)
    dense = LinearSVC(multi_class=multi_class, tol=1e-10).fit(X, y)
    ours = LinearSVC(multi_class=multi_class, tol=1e-10).fit(csr, y)
    np.testing.assert_allclose(ours.coef_, dense.coef_, atol=1e-5)
    assert (ours.predict(csr) == dense.predict(X)).all()
    target = X[:, 0].astype(np.float64)
    np.testing.assert_allclose(
        LinearSVR(tol=1e-10).fit(csr, target).coef_,
        LinearSVR(tol=1e-10).fit(X, target).coef_,
        atol=1e-5,
    )


@given(
    n=st.integers(4, 60),
    d=st.integers(1, 12),
    log_C=st.floats(-2, 2),
    log_scale=st.floats(-2, 2),
    fit_intercept=st.booleans(),
    loss=st.sampled_from(CLASSIFIER_LOSSES + REGRESSOR_LOSSES),
    seed=st.integers(0, 1000),
)
@settings(max_examples=200, deadline=None)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_engines_agree(n, d, log_C, log_scale, fit_intercept, loss, seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    X[:, 0] *= 10**log_scale  # unscaled
    X[n // 2 :: 3] = X[0]  # duplicates
    y = np.where(X[:, -1] + rng.standard_normal(n) > 0, 1, -1)
    y[:2] = 1, -1
    weights = rng.integers(0, 3, n)
    weights[:2] = 1
    estimator = LinearSVC if loss in CLASSIFIER_LOSSES else LinearSVR
    fits = {
        solver: estimator(
            loss=loss, C=10**log_C, fit_intercept=fit_intercept, tol=1e-6, solver=solver
        ).fit(X, y, sample_weight=weights)
        for solver in ("auto", "newton", "smo", "dcd")
    }
    best = max(fit.dual_objective_ for fit in fits.values())
    zero = zero_objective(loss, 10**log_C * weights, y, fit_intercept=fit_intercept)
    for fit in fits.values():
        # Where coordinate steps crawl along nearly collinear rows, the gap says how far they came.
        unit = max(fit.objective_, zero / 100)
        assert fit.dual_gap_ == pytest.approx((fit.objective_ - fit.dual_objective_) / unit)
        assert fit.objective_ <= zero * (1 + 1e-12)
        allowed = fit.dual_gap_ * unit + 1e-9 * abs(best)
        assert fit.objective_ - best <= allowed
    assert fits["auto"].dual_gap_ <= 1e-6
    assert log_scale > 0 or fits["smo"].dual_gap_ <= 1e-6


def few_rows_of_a_wide_scale():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((10, 7))
    X[:, 0] *= 100
    X[5::3] = X[0]
    y = np.where(X[:, -1] + rng.standard_normal(10) > 0, 1, -1)
    y[:2] = 1, -1
    weights = rng.integers(0, 3, 10)
    weights[:2] = 1
    return X, y, weights


def rare_columns(n, d=60):
    rng = np.random.default_rng(0)
    X = np.eye(d)[np.minimum(rng.geometric(0.15, n) - 1, d - 1)]  # the last ones: a few rows each
    X = np.hstack([X, np.exp(2 * rng.standard_normal((n, 4)))])
    y = np.where(X[:, :5].sum(axis=1) + 0.5 * rng.standard_normal(n) > 0.5, 1, -1)
    return (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-12), y, np.ones(n)


@pytest.mark.parametrize("problem", [few_rows_of_a_wide_scale(), rare_columns(12_000)])
@pytest.mark.parametrize("tol", [1e-3, 1e-6])
def test_newton_alone_reaches_its_tolerance_where_kinks_are_sharp(problem, tol):
    X, y, weights = problem
    ours = LinearSVC(loss="hinge", C=100, tol=tol, solver="newton").fit(X, y, weights)
    assert ours.dual_gap_ <= tol
    assert ours.n_iter_ <= 300


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_dcd_solves_sparse_wide_problems(loss, dtype, index):
    X = sparse.random_array((300, 2000), density=0.01, rng=np.random.default_rng(0)).tocsr()
    X = X.astype(dtype)
    X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
    y = (X @ np.random.default_rng(1).standard_normal(2000) > 0.1).astype(int)
    auto, dcd, newton = (
        LinearSVC(loss=loss, tol=1e-5, solver=solver).fit(X, y)
        for solver in ("auto", "dcd", "newton")
    )
    assert auto.solver_ == dcd.solver_ == "dcd"
    assert dcd.dual_gap_ <= 1e-5
    assert abs(dcd.dual_coef_.sum()) < 1e-10
    np.testing.assert_allclose(dcd.objective_, newton.objective_, rtol=2e-5)


@pytest.mark.parametrize(("shape", "solver"), [((100, 90), "newton"), ((200, 150), "dcd")])
def test_auto_takes_coordinate_steps_where_columns_are_many_for_the_rows(shape, solver):
    X, y = noisy(*shape)
    ours = LinearSVC(loss="hinge", tol=1e-3).fit(X, y)
    assert ours.solver_ == solver
    assert ours.dual_gap_ <= 1e-3


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_kkt_conditions_hold(solver, fit_intercept):
    X, y = noisy(400)
    C = 0.8
    ours = LinearSVC(loss="hinge", C=C, tol=1e-9, fit_intercept=fit_intercept, solver=solver)
    ours.fit(X, y)
    signs = 2 * y - 1
    alpha = np.zeros(len(X))
    alpha[ours.support_] = ours.dual_coef_[0] * signs[ours.support_]
    margin = signs * ours.decision_function(X)
    # Complementary slackness: outside the margin alpha = 0, inside alpha = C.
    slack = alpha * np.maximum(0, margin - 1) + (C - alpha) * np.maximum(0, 1 - margin)
    assert slack.sum() <= 1e-9 * ours.objective_ * 1.01
    np.testing.assert_allclose(alpha[margin > 1 + 1e-4], 0, atol=1e-4)
    np.testing.assert_allclose(alpha[margin < 1 - 1e-4], C, atol=1e-4)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_odd_data(loss, solver):
    def solved(X, y, **parameters):
        ours = LinearSVC(loss=loss, solver=solver, tol=1e-6, **parameters).fit(X, y)
        assert ours.dual_gap_ <= 1e-6
        return ours

    two = solved([[0.0, 1.0], [2.0, 1.0]], [0, 1], C=10.0)  # n = 2, a constant column
    np.testing.assert_allclose(two.predict([[-1.0, 1.0], [3.0, 1.0]]), [0, 1])
    X, y = noisy(12, 40)  # n < d
    assert (solved(X, y).predict(X) == y).all()
    X, y = noisy(60)
    X[::4] = X[1]  # duplicates, with both labels
    X[::5] = 0
    solved(X, y)
    alike = solved(np.ones((4, 2)), [0, 1, 1, 1])  # nothing to learn from
    assert (alike.predict(np.ones((1, 2))) == 1).all()


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30])
@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_magnitudes_work_or_warn_with_a_true_gap(loss, scale):
    X, y = noisy(80)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ours = LinearSVC(loss=loss).fit(X * scale, y)
    assert np.isfinite(ours.coef_).all()
    assert np.isfinite(ours.objective_)
    assert ours.dual_objective_ <= ours.objective_
    warned = any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
    assert warned == (ours.dual_gap_ > ours.tol)


@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_more_columns_than_the_cholesky_takes(loss):
    X, y = noisy(80, 1200)
    smo, newton = (
        LinearSVC(loss=loss, C=0.01, tol=1e-8, solver=solver).fit(X, y)
        for solver in ("smo", "newton")
    )
    np.testing.assert_allclose(newton.objective_, smo.objective_, rtol=0, atol=2e-8)


@pytest.mark.parametrize("multi_class", ["ovr", "ovo"])
def test_threads_do_not_change_the_result(multi_class):
    X, y = noisy(2000, n_classes=3)
    one = LinearSVC(multi_class=multi_class, n_jobs=1).fit(X, y)
    two = LinearSVC(multi_class=multi_class, n_jobs=2).fit(X, y)
    assert (one.coef_ == two.coef_).all()
    assert (one.intercept_ == two.intercept_).all()


@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_weights_are_repetitions_and_zero_is_absence(loss):
    X, y = noisy(120, n_classes=3)
    weights = np.random.default_rng(0).integers(0, 4, 120)
    y[weights == 0] = 7  # a class that only rows of weight 0 have
    weighted = LinearSVC(loss=loss, tol=1e-10).fit(X, y, sample_weight=weights)
    repeated = LinearSVC(loss=loss, tol=1e-10).fit(
        np.repeat(X, weights, axis=0), np.repeat(y, weights)
    )
    assert weighted.classes_.tolist() == [0, 1, 2]
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-4)
    np.testing.assert_allclose(weighted.objective_, repeated.objective_, rtol=1e-8)


def test_class_weight_multiplies_costs():
    X, y = noisy()
    by_class = LinearSVC(class_weight={0: 3, 1: 0.5}, tol=1e-9).fit(X, y)
    by_row = LinearSVC(tol=1e-9).fit(X, y, sample_weight=np.array([3, 0.5])[y])
    np.testing.assert_allclose(by_class.coef_, by_row.coef_, atol=1e-7)


def test_infinite_cost_is_a_hard_margin():
    X, y = np.array([[-3.0, 0], [-1, 0], [1, 0], [2, 5]]), [0, 0, 1, 1]
    for C in (np.inf, 1e10):
        # Rounding in y f, some 1e-16, costs 1e10 times as much.
        ours = LinearSVC(loss="hinge", C=C, tol=1e-5).fit(X, y)
        assert ours.dual_gap_ <= 1e-5
        # The objective is strongly convex in w: |w - w*|^2 / 2 is at most the gap.
        np.testing.assert_allclose(ours.coef_, [[1, 0]], atol=4.5e-3)
        np.testing.assert_allclose(ours.intercept_, [0], atol=4.5e-3)


def test_stopping_early_warns_with_the_gap():
    X, y = noisy(3000)
    with pytest.warns(ConvergenceWarning, match="relative duality gap of .*, above tol=1e-12"):
        ours = LinearSVC(loss="hinge", tol=1e-12, max_iter=1).fit(X, y)
    assert ours.n_iter_ == 1
    assert ours.dual_gap_ > 1e-12


def test_column_targets_warn():
    X, y = noisy()
    for estimator in (LinearSVC(), LinearSVR()):
        with pytest.warns(DataConversionWarning):
            estimator.fit(X, y.reshape(-1, 1).astype(float))


def test_sparsify_keeps_predictions():
    X, y = noisy(n_classes=3)
    ours = LinearSVC().fit(X, y)
    scores = ours.decision_function(X)
    assert sparse.issparse(ours.sparsify().coef_)
    np.testing.assert_allclose(ours.decision_function(X), scores, atol=1e-12)
    assert isinstance(ours.densify().coef_, np.ndarray)


@pytest.mark.parametrize("solver", SOLVERS)
def test_verbose_prints_progress_and_how_each_problem_ended(capsys, solver):
    X, y = noisy(n_classes=3)
    LinearSVC(verbose=1, solver=solver).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    ends = [line for line in lines if "support vectors" in line]
    assert [line.split(":")[0] for line in ends] == ["problem 0", "problem 1", "problem 2"]
    assert any(line.startswith("problem 1, iteration 0: relative gap") for line in lines)


@pytest.mark.parametrize("multi_class", ["ovr", "ovo"])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_warm_start_saves_iterations_and_keeps_the_solution(loss, solver, multi_class):
    X, y = noisy(1500, n_classes=3)
    parameters = {"loss": loss, "solver": solver, "multi_class": multi_class, "tol": 1e-6}
    cold = LinearSVC(C=1.2, **parameters).fit(X, y)
    warm = LinearSVC(C=1.0, warm_start=True, **parameters).fit(X, y)
    warm.set_params(C=1.2).fit(X, y)
    assert warm.dual_gap_ <= 1e-6
    np.testing.assert_allclose(warm.objective_, cold.objective_, rtol=1e-6)
    assert warm.n_iter_ <= cold.n_iter_
    warm.fit(X, y)  # the same problem again
    assert warm.n_iter_ <= 5


def test_warm_start_takes_other_data():
    X, y = noisy(300)
    ours = LinearSVC(warm_start=True, tol=1e-8).fit(X, y)
    for rows, columns in ((200, 6), (300, 4)):
        part = X[:rows, :columns]
        expected = LinearSVC(tol=1e-8).fit(part, y[:rows]).objective_
        assert ours.fit(part, y[:rows]).objective_ == pytest.approx(expected, rel=1e-7)
    flipped = LinearSVC(tol=1e-8).fit(part, 1 - y).objective_
    assert ours.sparsify().fit(part, 1 - y).objective_ == pytest.approx(flipped, rel=1e-7)


@pytest.mark.parametrize("estimator", [None, LinearSVC(loss="hinge"), LinearSVR(epsilon=0.1)])
def test_path_equals_separate_fits(estimator):
    X, y = noisy(400)
    Cs = [10.0, 0.01, 1.0]
    models = svm_path(X, y, Cs, estimator=estimator)
    assert [model.C for model in models] == Cs
    for model in models:
        assert not model.warm_start
        alone = clone(model).fit(X, y)
        assert model.dual_gap_ <= model.tol
        assert model.objective_ == pytest.approx(alone.objective_, rel=2 * model.tol)
    assert estimator is None or not hasattr(estimator, "coef_")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"penalty": "l1"}, r"use SGDClassifier\(penalty='l1'\)"),
        ({"multi_class": "crammer_singer"}, "SGDClassifier"),
        ({"C": 0}, "'C' parameter"),
        ({"tol": 0}, "'tol' parameter"),
        ({"loss": "log_loss"}, "'loss' parameter"),
    ],
)
def test_what_is_not_offered_raises(parameters, message):
    X, y = noisy()
    with pytest.raises(ValueError, match=message):
        LinearSVC(**parameters).fit(X, y)


def test_one_class_raises():
    with pytest.raises(ValueError, match="at least two classes, got one class"):
        LinearSVC().fit([[1.0], [2.0]], [3, 3])


@pytest.mark.parametrize("solver", ["smo", "newton", "dcd"])
def test_ctrl_c_stops_a_fit(solver, monkeypatch):
    X, y = noisy(60_000, 40)
    begun = threading.Event()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job ignores it
    monkeypatch.setattr(_svm_fit, "_progress", lambda _: lambda *_: begun.set())

    def press():
        begun.wait()
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            LinearSVC(loss="hinge", C=1e4, tol=1e-15, max_iter=10**9, solver=solver).fit(X, y)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_a_class_of_one_row_is_no_trap_for_starts_from_a_sample(loss: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2500, 3))
    y = np.zeros(2500, dtype=int)
    y[1] = 1
    model = LinearSVC(loss=loss, tol=1e-3, solver="newton").fit(X, y)
    assert model.dual_gap_ <= 1e-3
    assert model.n_iter_ < 100
