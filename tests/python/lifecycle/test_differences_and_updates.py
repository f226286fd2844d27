"""How two models are related, and training on."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from slimline.history import fingerprint


@pytest.fixture
def estimator(digits):
    chain = make_pipeline(
        StandardScaler(with_std=False), SGDClassifier(loss="log_loss", random_state=0)
    )
    return chain.fit(digits.X_train, digits.y_train)


def test_relations(digits_model, digits):
    pruned = sl.prune(digits_model, sparsity=0.5)
    small = sl.quantize(pruned)
    other = sl.quantize(digits_model)
    assert sl.diff(digits_model, digits_model).relation == "same"
    assert sl.diff(digits_model, small).relation == "b descends from a"
    assert sl.diff(digits_model, small).steps == ("b: pruned", "b: quantized")
    assert sl.diff(small, pruned).relation == "a descends from b"
    assert sl.diff(small, other).relation == "siblings"
    assert sl.diff(small, other).steps == ("a: pruned", "a: quantized", "b: quantized")
    stranger = sl.convert(LogisticRegression().fit(digits.X_train[:, :9] / 16, digits.y_train))
    result = sl.diff(digits_model, stranger)
    assert (result.relation, result.weights) == ("unrelated", ())
    assert ("features", "64", "9") in result.changes


def test_changes_and_weights(digits_model):
    small = sl.quantize(digits_model)
    result = sl.diff(digits_model, small)
    changed = {name: (a, b) for name, a, b in result.changes}
    assert changed["layer 0"] == ("dense, 64 -> 10, identity", "int8_weights, 64 -> 10, identity")
    gap = np.abs(digits_model.layers[0].weight - small.layers[0].weight).max()
    assert result.weights == (("layer 0", pytest.approx(gap)),)
    assert "b descends from a: b: quantized" in str(result)
    meant = digits_model.with_spec(sl.ModelSpec(task="classification", owner="us"))
    assert ("spec: owner", "-", "us") in sl.diff(digits_model, meant).changes
    with pytest.raises(TypeError, match="b must be a slimline Model"):
        sl.diff(digits_model, 3)


def test_update_of_a_model_trains_on(digits):
    y = (digits.y_train + 1) % 10  # the world has changed
    linear = sl.convert(sl.LinearSVC(C=1e-4).fit(digits.X_train, digits.y_train))
    newer = sl.update(linear, digits.X_train, y, max_iter=5)
    assert np.mean(newer.predict(digits.X_train) == y) > 0.8
    step = newer.history[-1]
    assert (step.action, step.parent) == ("updated", linear.sha256)
    assert step.parameters["data"] == fingerprint(digits.X_train, y)
    assert step.parameters["max_iter"] == 5
    assert sl.diff(linear, newer).relation == "b descends from a"


def test_update_of_an_estimator_continues_and_leaves_it_alone(estimator, digits):
    before = estimator[-1].coef_.copy()
    spec = sl.ModelSpec(task="classification", owner="us")
    parent = sl.convert(estimator).with_spec(spec)
    newer = sl.update(estimator, digits.X_test, digits.y_test, parent=parent)
    np.testing.assert_array_equal(estimator[-1].coef_, before)
    reference = SGDClassifier(loss="log_loss", random_state=0)
    rows = digits.X_train - digits.X_train.mean(axis=0)
    reference.fit(rows, digits.y_train)
    reference.partial_fit(digits.X_test - digits.X_train.mean(axis=0), digits.y_test)
    np.testing.assert_allclose(newer.layers[0].weight, reference.coef_, rtol=1e-2, atol=1e-2)
    assert newer.history[-1].parent == parent.sha256
    assert newer.spec == spec
    assert sl.diff(parent, newer).relation == "b descends from a"
    alone = sl.update(estimator, digits.X_test, digits.y_test)
    assert [step.action for step in alone.history] == ["trained", "converted", "updated"]


def test_refusals(estimator, digits):
    fitted = sl.LinearSVC(C=1e-4).fit(digits.X_train, digits.y_train)
    with pytest.raises(TypeError, match="LinearSVC has no partial_fit"):
        sl.update(fitted, digits.X_test, digits.y_test)
    with pytest.raises(
        TypeError, match=r"options are for Models, got \['max_iter'\] with a Pipeline"
    ):
        sl.update(estimator, digits.X_test, digits.y_test, max_iter=3)


def test_fingerprints_tell_data_apart(digits):
    import pandas as pd  # noqa: PLC0415
    from scipy import sparse  # noqa: PLC0415

    X, y = digits.X_test, digits.y_test
    seen = [fingerprint(X), fingerprint(X, y), fingerprint(X[::-1], y[::-1]), fingerprint(X.T)]
    seen += [
        fingerprint(X.astype(np.float64)),
        fingerprint(X + 1),
        fingerprint(sparse.csr_array(X)),
    ]
    assert len(set(seen)) == len(seen)
    assert fingerprint(pd.DataFrame(X)) == fingerprint(X.copy()) == fingerprint(X)
    assert fingerprint(np.array(["a", "b"], object)) == fingerprint(["a", "b"])


def test_metrics_join_the_history(digits_model, digits, tmp_path):
    report = sl.evaluate(digits_model, digits.X_test, digits.y_test)
    recorded = digits_model.with_report(report)
    step = recorded.history[-1]
    assert (step.action, step.parent) == ("evaluated", digits_model.sha256)
    assert step.measured["accuracy"] == report.metrics["accuracy"]
    assert step.parameters["data"] == fingerprint(digits.X_test, digits.y_test)
    sl.save(recorded, tmp_path / "x.slimline")
    assert sl.load(tmp_path / "x.slimline").sha256 == recorded.sha256


@pytest.fixture(scope="module")
def columns():
    """Rows, values and labels."""
    X = np.random.default_rng(0).normal(size=(200, 5))
    f = X @ [1.0, 2.0, 3.0, 0.0, -1.0]
    return X, f, (f > 0).astype(int)


def _taking_targets(model, ridge, X):
    """Everything that takes values of a regression beside a fit."""
    stopped = sl.MLPRegressor(hidden_layer_sizes=(4,), tol=10.0, n_iter_no_change=1)
    network = sl.convert(stopped.fit(X, X[:, 0]))
    report = sl.Monitor(model.with_reference(X), window=50)
    return {
        "update": lambda y: sl.update(model, X, y),
        "finetune": lambda y: sl.finetune(model, X, y),
        "finetune of a network": lambda y: sl.finetune(network, X, y, max_iter=1),
        "prune by gradient": lambda y: sl.prune(model, X, y, sparsity=0.5, criterion="gradient"),
        "prune and refit": lambda y: sl.prune(model, X, y, sparsity=0.5, schedule="cubic"),
        "compress": lambda y: sl.compress(model, X, y, max_iter=1, budget_seconds=1),
        "compress, validation": lambda y: sl.compress(
            model, X, X[:, 0], validation=(X, y), max_iter=1, budget_seconds=1
        ),
        "compare": lambda y: sl.compare([model, model], X, y),
        "evaluate": lambda y: sl.evaluate(model, X, y),
        "convert": lambda y: sl.convert(ridge, X=X, y=y),
        "with_reference": lambda y: model.with_reference(X, y),
        "add_labels": lambda y: report.add_labels(y, model.predict(X)),
    }


def test_values_that_are_no_finite_numbers_are_refused_everywhere(columns):
    X, f, _ = columns
    ridge = Ridge().fit(X, f)
    takers = _taking_targets(sl.convert(ridge), ridge, X)
    for wrong in (np.nan, np.inf, None, "many", 1e200):
        y = f.astype(object)
        y[7] = wrong
        y = y.astype(float) if isinstance(wrong, float) else y
        for name, take in takers.items():
            with pytest.raises(ValueError, match=r"^y must hold finite numbers.*, got"):
                pytest.fail(f"{name} took {wrong}: {take(y)}")


def test_targets_of_the_wrong_shape_or_without_a_label_are_refused(columns):
    X, f, y = columns
    values, labels = (sl.convert(e.fit(X, t)) for e, t in ((Ridge(), f), (LogisticRegression(), y)))
    for wrong in (np.c_[f, f], 3.0):
        with pytest.raises(ValueError, match=r"^y must have"):
            sl.update(values, X, wrong)
    known = labels.with_reference(X, y)
    for missing in (np.nan, None):
        gap = y.astype(object)
        gap[3] = missing
        for take in (
            lambda gap: sl.evaluate(labels, X, gap),
            lambda gap: sl.compare([labels, labels], X, gap),
            lambda gap: sl.update(labels, X, gap),
            lambda gap: labels.with_reference(X, gap),
            lambda gap: sl.Monitor(known).add_labels(gap, y),
        ):
            with pytest.raises(ValueError, match=r"^y must hold a label in every row, got"):
                take(gap)


def test_rows_of_one_class_are_refused_where_they_would_leave_no_other(columns):
    X, _, y = columns
    model = sl.convert(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y))
    one, labels = X[y == 0], y[y == 0]
    for take in (
        lambda: sl.update(model, one[:50], labels[:50]),
        lambda: sl.finetune(model, one[:1], labels[:1]),
        lambda: sl.finetune(sl.quantize(model, X, activations="dynamic"), one, labels),
        lambda: sl.compress(model, one, labels),
        lambda: sl.prune(model, one, labels, sparsity=0.5, schedule="cubic"),
    ):
        with pytest.raises(ValueError, match=r"^y must hold at least two classes, got one class"):
            take()


def test_an_update_says_that_rows_of_one_class_took_the_others(columns):
    X, _, y = columns
    one, labels = X[y == 0], y[y == 0]
    options = {"loss": "log_loss", "learning_rate": "constant", "random_state": 0}
    chain = make_pipeline(StandardScaler(), SGDClassifier(eta0=0.01, **options)).fit(X, y)
    assert sl.update(chain, one[:5], labels[:5]).history[-1].action == "updated"
    fast = make_pipeline(StandardScaler(), SGDClassifier(eta0=0.01, **options)).fit(X, y)
    fast[-1].set_params(eta0=100.0)
    with pytest.warns(sl.DegradationWarning, match="all rows are of the class 0"):
        sl.update(fast, np.tile(one, (20, 1)), np.tile(labels, 20))
