"""What SGD offers beyond plain updates: penalties, averages, continued training, auto, shards."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import optimize, sparse
from scipy.special import logsumexp
from sklearn import linear_model
from sklearn.datasets import load_digits, load_iris, make_regression
from slimline import _core


@pytest.fixture(scope="module")
def binary() -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    X = random.standard_normal((600, 8))
    return X, (X[:, 0] - X[:, 1] + random.standard_normal(600) > 0).astype(int)


@pytest.fixture(scope="module")
def iris() -> tuple[Any, Any]:
    X, y = load_iris(return_X_y=True)
    return (X - X.mean(0)) / X.std(0), y


def smooth_objective(v: Any, loss: str, X: Any, y: Any, alpha: float) -> float:
    """Evaluate a loss of one output at v = (w, b)."""
    scores = X @ v[:-1] + v[-1]
    values = [_core.loss_at(loss, 0.1, p, t)[0] for p, t in zip(scores, y, strict=True)]
    return float(np.mean(values) + alpha / 2 * v[:-1] @ v[:-1])


SMOOTH = [
    "log_loss",
    "squared_hinge",
    "modified_huber",
    "squared_error",
    "huber",
    "squared_epsilon_insensitive",
]


@pytest.mark.parametrize("loss", SMOOTH)
@pytest.mark.parametrize(("tol", "gap"), [(1e-3, 1e-3), (1e-6, 1e-6)])
def test_auto_comes_as_close_as_asked(
    loss: str, tol: float, gap: float, binary: tuple[Any, Any]
) -> None:
    X, y = binary
    alpha = 1e-3
    model = sl.SGDClassifier(
        loss=loss, alpha=alpha, learning_rate="auto", tol=tol, random_state=0
    ).fit(X, y)
    targets = 2.0 * y - 1
    start = np.append(model.coef_[0], model.intercept_)
    best = optimize.minimize(
        smooth_objective,
        start,
        (loss, X, targets, alpha),
        method="L-BFGS-B",
        options={"ftol": 1e-14, "gtol": 1e-9},
    ).fun
    assert smooth_objective(start, loss, X, targets, alpha) <= best * (1 + gap) + 1e-12


@pytest.mark.parametrize("alpha", [1e-2, 1e-3])
def test_multinomial_is_logistic_regression(alpha: float) -> None:
    X, y = load_digits(return_X_y=True)
    X = X / 16
    model = sl.SGDClassifier(loss="multinomial", alpha=alpha, learning_rate="auto", tol=1e-6)
    model.fit(X, y)

    def objective(W: Any, b: Any) -> float:
        scores = X @ W.T + b
        own = scores[np.arange(len(y)), y]
        return float((logsumexp(scores, axis=1) - own).mean() + alpha / 2 * (W**2).sum())

    peer = linear_model.LogisticRegression(C=1 / (alpha * len(y)), tol=1e-6, max_iter=2000)
    peer.fit(X, y)
    ours = objective(model.coef_, model.intercept_)
    assert ours <= objective(peer.coef_, peer.intercept_) * (1 + 1e-5)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert np.array_equal(sl.convert(model).predict(X.astype(np.float32)), model.predict(X))


def test_multinomial_with_two_classes_is_log_loss(binary: tuple[Any, Any]) -> None:
    one, other = (
        sl.SGDClassifier(loss=loss, random_state=0).fit(*binary)
        for loss in ("multinomial", "log_loss")
    )
    assert np.array_equal(one.coef_, other.coef_)
    assert np.array_equal(one.predict_proba(binary[0]), other.predict_proba(binary[0]))


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("loss", SMOOTH)
def test_auto_comes_as_close_as_asked_on_many_columns(loss: str, make: Any) -> None:
    """A convex function is at most |gradient|^2 / (2 alpha) above its least value."""
    random = np.random.default_rng(0)
    X = sparse.random(500, 300, 0.1, random_state=0).toarray()
    targets = np.sign(X @ random.standard_normal(300) + random.standard_normal(500) / 2)
    alpha = 1e-2
    model = sl.SGDClassifier(
        loss=loss, alpha=alpha, learning_rate="auto", tol=1e-7, random_state=0
    ).fit(make(X), targets)
    scores = model.decision_function(X)
    values = [_core.loss_at(loss, 0.1, p, t) for p, t in zip(scores, targets, strict=True)]
    loss_values, slopes = np.array(values).T
    gradient = X.T @ slopes / len(X) + alpha * model.coef_[0]
    objective = loss_values.mean() + alpha / 2 * model.coef_[0] @ model.coef_[0]
    assert gradient @ gradient / (2 * alpha) < 1e-6 * objective
    assert abs(slopes.mean()) < 1e-4


@pytest.mark.parametrize(
    ("n_classes", "n_columns"), [(3, 30), (4, 30), (16, 30), (17, 30), (5, 1100)]
)
@pytest.mark.parametrize("loss", ["multinomial", "log_loss", "squared_hinge"])
def test_auto_ends_where_the_gradient_is_zero(loss: str, n_classes: int, n_columns: int) -> None:
    """Whatever the rows are, four at a time or blocks of several outputs, and the threads."""
    random = np.random.default_rng(n_classes)
    X = random.standard_normal((701, n_columns)).astype(np.float32)
    y = np.argmax(X[:, :n_classes] + random.standard_normal((701, n_classes)), axis=1)
    weight = random.uniform(0, 2, 701)
    options: dict[str, Any] = {
        "loss": loss,
        "alpha": 1e-2,
        "learning_rate": "auto",
        "random_state": 0,
    }
    options["tol"] = 1e-9
    if n_columns > len(X):  # by conjugate gradients, to what float32 allows
        options["tol"], weight = 3e-5, np.ones(len(X))
    fits = [
        sl.SGDClassifier(**options, n_jobs=n_jobs).fit(rows, y, sample_weight=weight)
        for n_jobs, rows in ((1, X), (3, X), (1, sparse.csr_matrix(X)), (1, X.astype(np.float64)))
    ]
    assert np.array_equal(fits[0].coef_, fits[1].coef_)
    for fit in fits:
        np.testing.assert_allclose(fit.coef_, fits[3].coef_, atol=2e-3)
        scores = X @ fit.coef_.T.astype(np.float64) + fit.intercept_
        own = y[:, np.newaxis] == np.arange(n_classes)
        if loss == "multinomial":
            slopes = np.exp(scores - logsumexp(scores, axis=1, keepdims=True)) - own
        elif loss == "log_loss":
            slopes = 1 / (1 + np.exp(-scores)) - own
        else:
            sign = np.where(own, 1, -1)
            slopes = -2 * sign * np.maximum(0, 1 - sign * scores)
        slopes *= weight[:, np.newaxis]
        gradient = slopes.T @ X / len(X) + 1e-2 * fit.coef_
        assert np.abs(gradient).max() < (1e-5 if fit is fits[3] else 1e-4)
        assert np.abs(slopes.mean(axis=0)).max() < (1e-5 if fit is fits[3] else 1e-4)


def test_auto_survives_columns_without_a_scale(binary: tuple[Any, Any]) -> None:
    X, y = binary
    scaled = X * np.logspace(-4, 6, X.shape[1])
    model = sl.SGDClassifier(loss="log_loss", learning_rate="auto", random_state=0).fit(scaled, y)
    assert np.isfinite(model.coef_).all()


@pytest.mark.parametrize("loss", ["hinge", "epsilon_insensitive", "log_loss"])
def test_auto_does_not_mind_the_sizes_of_columns(loss: str) -> None:
    random = np.random.default_rng(0)
    X = random.standard_normal((1500, 8))
    y = X[:, 0] - X[:, 1] + random.standard_normal(1500) > 0
    options: dict[str, Any] = {"loss": loss, "penalty": None, "learning_rate": "auto"}
    plain = sl.SGDClassifier(**options).fit(X, y)
    scaled = X * np.logspace(-4, 6, X.shape[1]) + 1e6
    wide = sl.SGDClassifier(**options).fit(scaled, y)
    assert (wide.predict(scaled) == plain.predict(X)).mean() > 0.98


@pytest.mark.parametrize("penalty", ["l1", "elasticnet"])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("batch_size", [1, "full"])
def test_l1_gives_zeros_and_the_optimum(penalty: str, container: Any, batch_size: Any) -> None:
    X, y, w = make_regression(2000, 20, n_informative=4, coef=True, noise=1.0, random_state=0)
    y = y / 50
    model = sl.SGDRegressor(
        penalty=penalty,
        alpha=0.02,
        l1_ratio=0.9,
        learning_rate="linear",
        eta0=0.01 if batch_size == 1 else 0.5,
        max_iter=60,
        tol=None,
        batch_size=batch_size,
        random_state=0,
    ).fit(container(X), y)
    assert (model.coef_[w == 0] == 0).mean() >= 0.9
    assert (model.coef_[w != 0] != 0).all()
    ratio = 1.0 if penalty == "l1" else 0.9
    peer = linear_model.ElasticNet(alpha=0.02, l1_ratio=ratio, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(model.coef_, peer.coef_, atol=0.01)


@pytest.mark.parametrize("schedule", [s for s in _core.schedule_names() if s != "auto"])
@pytest.mark.parametrize("n_features", [1, 3, 4, 5, 33])
def test_four_rows_at_once_are_four_updates(schedule: str, n_features: int) -> None:
    # CSR goes row by row, dense rows by fours; 13 rows leave one over.
    random = np.random.default_rng(1)
    X = random.standard_normal((13, n_features))
    for loss, n_classes, alpha in itertools.product(("hinge", "log_loss"), (2, 3), (1e-3, 3.0)):
        if schedule.startswith("pa") and loss != "hinge":
            continue
        y = np.arange(13) % n_classes
        fits = [
            sl.SGDClassifier(
                loss=loss,
                alpha=alpha,
                learning_rate=schedule,
                max_iter=7,
                tol=None,
                random_state=0,
                fit_intercept=False,
            ).fit(container(X), y)
            for container in (np.asarray, sparse.csr_array)
        ]
        np.testing.assert_allclose(fits[0].coef_, fits[1].coef_, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("schedule", ["constant", "optimal", "invscaling", "power"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_four_rows_at_once_move_the_intercept_four_times(schedule: str, n_classes: int) -> None:
    X = np.random.default_rng(1).standard_normal((13, 5))
    y = np.arange(13) % n_classes
    for loss, alpha in itertools.product(("hinge", "log_loss"), (1e-3, 3.0)):
        options = {"loss": loss, "alpha": alpha, "learning_rate": schedule, "shuffle": False}
        whole = sl.SGDClassifier(**options, max_iter=3, tol=None).fit(X, y)
        steps = sl.SGDClassifier(**options)
        for i in [*range(13)] * 3:
            steps.partial_fit(X[i : i + 1], y[i : i + 1], classes=np.unique(y))
        np.testing.assert_allclose(whole.coef_, steps.coef_, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(whole.intercept_, steps.intercept_, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("average", [True, 150])
@pytest.mark.parametrize("batch_size", [1, 32])
@pytest.mark.parametrize("penalty", ["l2", "elasticnet"])
def test_averages_go_on_across_calls(
    average: Any, batch_size: int, penalty: str, binary: tuple[Any, Any]
) -> None:
    X, y = binary
    options = {
        "average": average,
        "batch_size": batch_size,
        "penalty": penalty,
        "shuffle": False,
        "learning_rate": "constant",
        "tol": None,
    }
    fitted = sl.SGDClassifier(max_iter=3, **options).fit(X, y)
    stepped = sl.SGDClassifier(**options)
    for _ in range(3):
        stepped.partial_fit(X, y, classes=[0, 1])
    tolerance = 1e-9 if penalty == "l2" else 0.05  # each call begins a new account of l1
    np.testing.assert_allclose(stepped.coef_, fitted.coef_, rtol=tolerance, atol=tolerance)
    assert stepped.t_ == fitted.t_


def test_partial_fit_is_fit_in_parts(binary: tuple[Any, Any]) -> None:
    X, y = binary
    options: dict[str, Any] = {"shuffle": False, "tol": None}
    fitted = sl.SGDClassifier(max_iter=2, **options).fit(X, y)
    stepped = sl.SGDClassifier(**options).partial_fit(X, y, classes=[0, 1]).partial_fit(X, y)
    np.testing.assert_allclose(stepped.coef_, fitted.coef_, rtol=1e-12)
    blocks = sl.SGDClassifier(**options)
    epochs = (
        (X[rows : rows + 100], y[rows : rows + 100])
        for _ in range(2)
        for rows in range(0, 600, 100)
    )
    blocks.partial_fit(epochs, classes=[0, 1])
    np.testing.assert_allclose(blocks.coef_, fitted.coef_, rtol=1e-12)
    assert blocks.t_ == fitted.t_ == 1201


def test_partial_fit_says_what_it_needs(binary: tuple[Any, Any]) -> None:
    X, y = binary
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        sl.SGDClassifier().partial_fit(X, y)
    with pytest.raises(ValueError, match="among classes, got \\[1\\]"):
        sl.SGDClassifier().partial_fit(X, y, classes=[0, 2])
    with pytest.raises(ValueError, match="balanced"):
        sl.SGDClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="cannot foresee"):
        sl.SGDClassifier(learning_rate="linear").partial_fit(X, y, classes=[0, 1])
    with pytest.raises(TypeError, match="tuples"):
        sl.SGDClassifier().partial_fit(iter([X]), classes=[0, 1])
    with pytest.raises(ValueError, match="2 targets"):
        sl.SGDRegressor().partial_fit(X, X[:, :2]).partial_fit(X, X[:, :3])


def test_warm_start_and_given_starts(binary: tuple[Any, Any]) -> None:
    X, y = binary
    first = sl.SGDClassifier(max_iter=1, tol=None, shuffle=False).fit(X, y)
    given = sl.SGDClassifier(max_iter=1, tol=None, shuffle=False).fit(
        X, y, coef_init=first.coef_, intercept_init=first.intercept_
    )
    warm = sl.SGDClassifier(max_iter=1, tol=None, shuffle=False, warm_start=True)
    warm.fit(X, y).fit(X, y)
    assert np.array_equal(warm.coef_, given.coef_)
    assert not np.array_equal(warm.coef_, first.coef_)
    with pytest.raises(ValueError, match="coef_init does not match dataset: it must have shape"):
        sl.SGDClassifier().fit(X, y, coef_init=np.zeros(3))


@pytest.mark.parametrize("loss", ["hinge", "multinomial"])
def test_early_stopping_leaves_rows_out(loss: str) -> None:
    X, y = load_digits(return_X_y=True)
    model = sl.SGDClassifier(
        loss=loss, early_stopping=True, n_iter_no_change=3, random_state=0, max_iter=200
    ).fit(X / 16, y)
    assert model.n_iter_ < 200
    assert model.score(X / 16, y) > 0.9
    regressor = sl.SGDRegressor(early_stopping=True, random_state=0).fit(X / 16, y)
    assert regressor.n_iter_ < 1000
    assert model.t_ == 1 + model.n_iter_ * round(0.9 * len(y) - 0.5)


@pytest.mark.filterwarnings("ignore:SGD ended worse:sklearn.exceptions.ConvergenceWarning")
def test_adaptive_rate_ends_lower_than_constant(binary: tuple[Any, Any]) -> None:
    X, y = binary
    objectives: dict[str, float] = {}
    for rate in ("adaptive", "constant"):
        sl.SGDClassifier(
            loss="log_loss",
            learning_rate=rate,
            eta0=0.5,
            max_iter=200,
            random_state=0,
            callback=lambda _epoch, objective, _coef, rate=rate: objectives.update(
                {rate: objective}
            ),
        ).fit(X, y)
    assert objectives["adaptive"] < objectives["constant"]


@pytest.mark.parametrize("batch_size", [1, 16])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_adaptive_scale_learns_columns_of_any_scale(
    batch_size: int, container: Any, binary: tuple[Any, Any]
) -> None:
    X, y = binary
    scaled = container(X * np.logspace(-3, 3, X.shape[1]))
    model = sl.SGDClassifier(
        loss="log_loss",
        adaptive_scale=True,
        learning_rate="constant",
        eta0=0.5,
        batch_size=batch_size,
        alpha=1e-9,
        max_iter=60,
        tol=None,
        random_state=0,
    ).fit(scaled, y)
    best = linear_model.LogisticRegression(C=1e6).fit(X, y).score(X, y)
    assert model.score(scaled, y) >= best - 0.03


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_is_faster_downhill(nesterov: bool) -> None:  # noqa: FBT001 - a parameter
    X, y = make_regression(300, 10, random_state=0)
    X = X * np.linspace(0.1, 1, 10)
    reached = {}
    for momentum in (0.0, 0.9):
        objectives: list[float] = []
        sl.SGDRegressor(
            batch_size="full",
            learning_rate="constant",
            eta0=0.1,
            momentum=momentum,
            nesterov=nesterov,
            max_iter=80,
            tol=None,
            callback=lambda _e, objective, _c, seen=objectives: seen.append(objective),
        ).fit(X, y)
        reached[momentum] = objectives[-1]
    assert reached[0.9] < reached[0.0] / 2


def test_several_targets_are_several_fits() -> None:
    X, y = make_regression(300, 6, n_targets=3, random_state=0)
    model = sl.SGDRegressor(random_state=0, max_iter=20, tol=None).fit(X, y)
    assert model.coef_.shape == (3, 6)
    assert model.predict(X).shape == (300, 3)
    for target in range(3):
        alone = sl.SGDRegressor(random_state=0, max_iter=20, tol=None).fit(X, y[:, target])
        np.testing.assert_allclose(model.coef_[target], alone.coef_, rtol=1e-9)
    np.testing.assert_allclose(
        sl.convert(model).predict(X.astype(np.float32)), model.predict(X), rtol=1e-3, atol=1e-3
    )


def test_sparsify_and_densify(iris: tuple[Any, Any]) -> None:
    model = sl.SGDClassifier(penalty="l1", alpha=0.05, random_state=0).fit(*iris)
    expected = model.predict(iris[0])
    model.sparsify()
    assert sparse.issparse(model.coef_)
    assert np.array_equal(model.predict(iris[0]), expected)
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes
    assert np.array_equal(again.predict(iris[0]), expected)
    again.partial_fit(*iris)
    assert isinstance(model.densify().coef_, np.ndarray)


@pytest.mark.parametrize("loss", ["hinge", "log_loss"])
def test_shards_of_large_data_do_not_depend_on_threads(loss: str) -> None:
    random = np.random.default_rng(0)
    X = random.standard_normal((101_000, 100), dtype=np.float32)
    y = X[:, 0] + random.standard_normal(101_000) > 0
    fits = [
        sl.SGDClassifier(loss=loss, n_jobs=n_jobs, max_iter=2, tol=None, random_state=0).fit(X, y)
        for n_jobs in (1, 2, 3, 8)
    ]
    for fit in fits[1:]:
        assert np.array_equal(fit.coef_, fits[0].coef_)
        assert np.array_equal(fit.intercept_, fits[0].intercept_)
    auto = [
        sl.SGDClassifier(loss=loss, n_jobs=n_jobs, learning_rate="auto", random_state=0).fit(X, y)
        for n_jobs in (1, 3)
    ]
    assert np.array_equal(auto[0].coef_, auto[1].coef_)
    assert auto[0].score(X, y) >= fits[0].score(X, y) - 0.001


def test_zero_columns_and_empty_input() -> None:
    y = np.arange(10) % 2
    with pytest.raises(ValueError, match="0 feature"):
        sl.SGDClassifier().fit(np.zeros((10, 0)), y)
    with pytest.raises(ValueError, match=r"minimum of 1|0 sample"):
        sl.SGDClassifier().fit(np.zeros((0, 3)), [])
    for seed in range(20):  # of some, what an epoch reports is noise that must not end in a warning
        model = sl.SGDClassifier(learning_rate="auto", random_state=seed).fit(np.zeros((10, 3)), y)
        assert not model.coef_.any()


def test_callback_sees_every_epoch(binary: tuple[Any, Any]) -> None:
    seen: list[tuple[int, float, Any]] = []

    def note(epoch: int, objective: float, coef: Any) -> None:
        seen.append((epoch, objective, coef.copy()))
        coef[...] = np.nan  # its own, which training does not see

    model = sl.SGDClassifier(max_iter=4, tol=None, random_state=0)
    expected = model.fit(*binary).coef_
    model.set_params(callback=note).fit(*binary)
    assert [epoch for epoch, _, _ in seen] == [1, 2, 3, 4]
    np.testing.assert_array_equal(model.coef_, expected)
    np.testing.assert_array_equal(seen[-1][2], expected)
    assert not np.array_equal(seen[0][2], seen[1][2])


def test_an_error_in_the_callback_ends_the_fit(binary: tuple[Any, Any]) -> None:
    def fail(*_arguments: object) -> None:
        msg = "enough"
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="enough"):
        sl.SGDClassifier(callback=fail).fit(*binary)
