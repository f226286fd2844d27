"""Fine-tuning: zeros stay, the objective falls to the optimum, every link, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import optimize, sparse
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from slimline import _core
from slimline.compression.training.losses import LOSSES

ESTIMATORS = {
    "margin": sl.LinearSVC(C=0.01),
    "ovo": sl.LinearSVC(C=0.01, multi_class="ovo"),
    "logistic": sl.SGDClassifier(loss="log_loss", random_state=0),
    "modified_huber": SGDClassifier(loss="modified_huber", random_state=0),
    "softmax": LogisticRegression(tol=1e-3),
}


@pytest.mark.parametrize("link", ESTIMATORS)
def test_zeros_stay_and_accuracy_comes_back(link: str, digits: Any) -> None:
    pipeline = make_pipeline(StandardScaler(), ESTIMATORS[link])
    model = sl.convert(pipeline.fit(digits.X_train, digits.y_train))
    assert model.link == link
    pruned = sl.prune(model, sparsity=0.8)
    tuned = sl.finetune(pruned, digits.X_train, digits.y_train)
    zeros = pruned.layers[0].weight == 0
    assert not tuned.layers[0].weight[zeros].any()
    assert tuned.layers[0].kind == "sparse"
    accuracy = [np.mean(m.predict(digits.X_test) == digits.y_test) for m in (model, pruned, tuned)]
    assert accuracy[2] > accuracy[1]


def test_eighty_per_cent_pruned_int8_digits_lose_at_most_a_point_and_a_half(digits: Any) -> None:
    pipeline = make_pipeline(StandardScaler(), ESTIMATORS["ovo"])
    model = sl.convert(pipeline.fit(digits.X_train, digits.y_train))
    pruned = sl.prune(model, sparsity=0.8)
    small = sl.quantize(sl.finetune(pruned, digits.X_train, digits.y_train))
    before, after = (
        np.mean(each.predict(digits.X_test) == digits.y_test) for each in (model, small)
    )
    assert after >= before - 0.015


def test_the_masked_optimum_is_reached() -> None:
    X, y = load_diabetes(return_X_y=True)
    X, y = StandardScaler().fit_transform(X), y / y.std()
    pruned = sl.prune(sl.convert(Ridge().fit(X, y)), sparsity=0.5)
    tuned = sl.finetune(pruned, X, y, alpha=0.01, max_iter=300)
    kept = np.flatnonzero(pruned.layers[0].weight[0])

    def objective(v: Any) -> float:
        values = [
            _core.loss_at("squared_error", 0, p, t)[0]
            for p, t in zip(X[:, kept] @ v[:-1] + v[-1], y, strict=True)
        ]
        return float(np.mean(values) + 0.005 * v[:-1] @ v[:-1])

    reached = objective(np.append(tuned.layers[0].weight[0, kept], tuned.layers[0].bias))
    best = optimize.minimize(objective, np.zeros(len(kept) + 1)).fun
    assert reached <= best * 1.002


@pytest.mark.parametrize("name", LOSSES)
def test_slopes_are_those_of_the_losses(name: str) -> None:
    random = np.random.default_rng(0)
    F = random.standard_normal((30, 4)) * 2
    Y = np.where(np.arange(4) == random.integers(0, 4, (30, 1)), 1.0, -1.0)
    step = 1e-6 * random.standard_normal(F.shape)
    change = LOSSES[name](F + step, Y)[0].sum() - LOSSES[name](F - step, Y)[0].sum()
    assert change == pytest.approx(2 * (LOSSES[name](F, Y)[1] * step).sum(), rel=1e-3)


def test_the_loss_can_be_the_estimators(digits: Any) -> None:
    model = sl.convert(sl.SGDClassifier(random_state=0).fit(digits.X_train / 16, digits.y_train))
    pruned = sl.prune(model, sparsity=0.8)
    tuned = sl.finetune(pruned, digits.X_train / 16, digits.y_train, loss="hinge")
    accuracy = [
        np.mean(m.predict(digits.X_test / 16) == digits.y_test) for m in (model, pruned, tuned)
    ]
    assert accuracy[2] > (accuracy[0] + accuracy[1]) / 2
    assert tuned.history[-1].parameters["loss"] == "hinge"


def test_sparse_rows_give_the_same(digits: Any) -> None:
    model = sl.convert(sl.LinearSVC(C=1e-4).fit(digits.X_train, digits.y_train))
    pruned = sl.prune(model, sparsity=0.8)
    dense = sl.finetune(pruned, digits.X_train, digits.y_train, max_iter=10)
    rows = sl.finetune(pruned, sparse.csr_array(digits.X_train), digits.y_train, max_iter=10)
    np.testing.assert_allclose(rows.layers[0].weight, dense.layers[0].weight, atol=1e-3)
    assert rows.history[-1].action == "finetuned"


def test_several_targets() -> None:
    X, y = load_diabetes(return_X_y=True)
    Y = np.c_[y, -y] / y.std()
    tuned = sl.finetune(sl.prune(sl.convert(Ridge().fit(X, Y)), sparsity=0.3), X, Y, alpha=0)
    assert tuned.predict(X).shape == Y.shape


def test_what_is_refused(digits: Any, digits_model: sl.Model, network: sl.Model) -> None:
    X, y = digits.X_train, digits.y_train
    with pytest.raises(ValueError, match="loss must be one of"):
        sl.finetune(digits_model, X, y, loss="luck")
    with pytest.raises(ValueError, match="loss must be None where Adam trains, got 'hinge'"):
        sl.finetune(network, np.zeros((1, 5)), [[0, 0]], loss="hinge")
    with pytest.raises(ValueError, match="granularity='node' needs a hidden layer"):
        sl.finetune(digits_model, X, y, sparsity=0.5, granularity="node")
    with pytest.raises(ValueError, match="granularity must be one of 'weight', 'block'"):
        sl.finetune(digits_model, X, y, sparsity=0.5, granularity="atom")
    model = sl.convert(sl.LinearSVC(C=1e-4).fit(X, y))
    with pytest.raises(ValueError, match="same number of rows"):
        sl.finetune(model, X, y[:3])
    with pytest.raises(ValueError, match=r"labels of the model's classes 0, 1, .*, got .*11"):
        sl.finetune(model, X, np.full(len(X), 11))
    with pytest.raises(ValueError, match="max_iter must be >= 1"):
        sl.finetune(model, X, y, max_iter=0)
    with pytest.raises(ValueError, match="alpha must be >= 0"):
        sl.finetune(model, X, y, alpha=-1)
    for wrong in ({"learning_rate_init": -1.0}, {"learning_rate_init": np.inf}, {"batch_size": 0}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be >"):
            sl.finetune(model, X, y, **wrong)
    with pytest.raises(ValueError, match="alpha must be >= 0, got nan"):
        sl.finetune(model, X, y, alpha=float("nan"))
    binary = sl.convert(LogisticRegression(max_iter=1000).fit(X / 16, y > 4))
    assert sl.finetune(binary, X / 16, y > 4).link == "logistic"


@pytest.mark.parametrize("size", [1e-30, 1e15, 1e35])
def test_values_of_any_size_that_float32_holds_are_learned(size: float) -> None:
    X = np.random.default_rng(0).normal(size=(300, 4))
    y = X @ [1.0, 2.0, 3.0, -1.0] + 2
    model = sl.convert(Ridge(alpha=1e3).fit(X, y))
    tuned = sl.finetune(model, X, y * size, alpha=1e-6)
    assert tuned.outputs(X) / size == pytest.approx(y[:, None], abs=1e-2)
    raw = sl.finetune(model, X * 1e10, y * 1e5, alpha=0)
    assert raw.outputs(X * 1e10) / 1e5 == pytest.approx(y[:, None], abs=1e-2)


def test_columns_too_large_to_train_on_are_refused() -> None:
    X = np.random.default_rng(0).normal(size=(300, 4))
    y = X @ [1.0, 2.0, 3.0, -1.0]
    for estimator in (Ridge(), make_pipeline(StandardScaler(), Ridge())):
        model = sl.convert(estimator.fit(X, y))
        for rows in (X * 1e20, sparse.csr_matrix(X * 1e20)):
            with pytest.raises(ValueError, match=r"^X must hold columns.* too large"):
                sl.finetune(model, rows, y)
        with pytest.raises(ValueError, match=r"^X must hold columns.* too large"):
            sl.prune(model, X * 1e20, y, sparsity=0.5, criterion="second_order")


def test_a_history_holds_no_nan(tmp_path: Any) -> None:
    X = np.random.default_rng(0).normal(size=(300, 4))
    model = sl.convert(Ridge().fit(X, X[:, 0]))
    known = model.with_report(sl.evaluate(model, X[:1], X[:1, 0]))  # R^2 of one row is NaN
    assert np.isfinite([v for v in known.history[-1].measured.values() if type(v) is float]).all()
    sl.save(known, tmp_path / "model.slm")
