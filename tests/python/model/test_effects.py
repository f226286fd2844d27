"""What steps say of what they did: measured, recorded, warned of above limits, and not below."""

from __future__ import annotations

import threading
import warnings
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from slimline.compression import CRITERIA
from slimline.compression.pruning.spared import depends, lost_outputs, present
from slimline.inputs import InputStage
from slimline.layers import DenseLayer
from slimline.model import effects
from slimline.model.effects import Effect, ScoreChange, quietly, relative_error, some_rows


def linear(weight: Any, **more: Any) -> sl.Model:
    weight = np.asarray(weight, dtype=np.float32)
    layer = DenseLayer(weight=weight, bias=np.zeros(len(weight), np.float32))
    how = {"link": "identity", "classes": None, **more}
    return sl.Model(input=InputStage(n_features=weight.shape[1]), layers=(layer,), **how)


def test_errors_are_shares_of_the_deviation() -> None:
    outputs = np.array([[10.0, 0], [12, 0], [14, 0]])
    deviation = np.sqrt(outputs.var(axis=0).mean())
    assert relative_error(outputs, outputs + 0.5) == pytest.approx(0.5 / deviation)
    assert relative_error(outputs, outputs) == 0
    same = np.full((5, 1), 3.0)
    assert relative_error(same, same + 0.3) == pytest.approx(0.1)  # of their size
    nothing = np.zeros((5, 1))
    assert relative_error(nothing, nothing + 1e-9) == 1  # of the size of what came
    assert relative_error(nothing, nothing) == 0
    assert relative_error(np.empty((0, 2)), np.empty((0, 2))) == 0


def test_few_rows_prove_little() -> None:
    def effect(changed: float, n_rows: int, error: float = 0.0) -> Effect:
        return Effect(error=error, changed=changed, n_rows=n_rows, source="X")

    assert not effect(0.2, 5).is_much
    assert effect(0.2, 100).is_much
    assert not effect(0.03, 1000).is_much
    assert effect(0.06, 1000).is_much
    assert effect(0.0, 1000, error=0.3).is_much
    fell = ScoreChange(before=0.9, after=0.8, n_rows=10, name="accuracy")
    assert not fell.fell_by_more_than(0.05)
    assert replace(fell, n_rows=1000).fell_by_more_than(0.05)


def test_rows_are_taken_all_over() -> None:
    X = np.arange(10_000)[:, None]
    taken = some_rows(X)
    assert len(taken) == effects.MOST_ROWS
    assert taken[0] == 0
    assert taken[-1] > 9980
    np.testing.assert_array_equal(some_rows(sparse.csr_array(X), 5).toarray(), X[::2000])
    assert some_rows(X[:7]) is not None
    assert len(some_rows(X[:7])) == 7


def test_quiet_is_for_one_thread_alone() -> None:
    said = []

    def other() -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            effects.warn("something")
            said.extend(caught)

    with quietly():
        effects.warn("nothing")  # an error, if it were said
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert [str(each.message) for each in said] == ["something"]


def test_warnings_point_at_the_callers_line() -> None:
    model = linear(np.ones((1, 3)))
    with pytest.warns(sl.DegradationWarning) as caught:
        sl.quantize(model, activations="dynamic")
    assert caught[0].filename == __file__


# --- pruning


@settings(max_examples=60)
@given(
    criterion=st.sampled_from(sorted(CRITERIA)),
    granularity=st.sampled_from(["weight", "block", "1:4", "2:4"]),
    scope=st.sampled_from(["global", "layer"]),
    sparsity=st.floats(0.5, 0.999),
    widths=st.lists(st.integers(1, 9), min_size=2, max_size=4),
    seed=st.integers(0, 99),
)
def test_every_output_keeps_a_way_from_some_input(
    criterion: str, granularity: str, scope: Any, sparsity: float, widths: list[int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    layers = []
    for n_in, n_out in pairwise(widths):
        weight = random.standard_normal((n_out, n_in)) * (random.random((n_out, n_in)) < 0.8)
        layers.append(
            DenseLayer(
                weight=weight.astype(np.float32),
                bias=np.ones(n_out, np.float32),
                activation="relu" if len(layers) < len(widths) - 2 else "identity",
            )
        )
    model = sl.Model(
        input=InputStage(n_features=widths[0]), layers=tuple(layers), link="identity", classes=None
    )
    X = random.standard_normal((30, widths[0])).astype(np.float32)
    y = model.predict(X) + random.standard_normal(model.predict(X).shape)
    how: Any = {"granularity": granularity, "criterion": criterion, "scope": scope}
    if ":" not in granularity:
        how["sparsity"] = sparsity
    with quietly():
        pruned = sl.prune(model, X, y, **how)
    was, left = (depends(present(each.layers))[-1] for each in (model, pruned))
    np.testing.assert_array_equal(left, was)


def test_thresholds_leave_the_strongest_weight() -> None:
    model = linear([[1, -2, 0.5], [0.1, 0, 0.2]])
    with quietly():
        pruned = sl.prune(model, threshold=5.0)
        column = sl.prune(model, threshold=5.0, granularity="feature")
    np.testing.assert_array_equal(pruned.layers[0].weight, np.float32([[0, -2, 0], [0, 0, 0.2]]))
    assert column.layers[0].n_in == 1


def test_nothing_else_changes_where_no_output_is_lost() -> None:
    weight = np.random.default_rng(0).standard_normal((4, 50))
    with quietly():
        pruned = sl.prune(linear(weight), sparsity=0.7)
    kept = np.sort(np.abs(weight).ravel())[140:]
    np.testing.assert_allclose(
        np.sort(np.abs(pruned.layers[0].weight[pruned.layers[0].weight != 0])), kept, rtol=1e-6
    )


def test_outputs_that_features_leave_without_weights_are_named() -> None:
    classes = np.array(["low", "mid", "high"])
    model = linear([[1, 1, 0], [1, -1, 0], [0, 0, 0.1]], link="margin", classes=classes)
    with pytest.warns(sl.DegradationWarning, match="output 'high' says the same of every row"):
        few = sl.prune(model, n_features=2, granularity="feature")
    assert lost_outputs(model.layers, few.layers).tolist() == [2]
    np.testing.assert_array_equal(few.layers[0].weight[2], [0, 0])


def test_pruning_that_ruins_is_said_with_the_layer(digits: Any) -> None:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300))
    model = sl.convert(pipeline.fit(digits.X_train, digits.y_train))
    how: Any = {"sparsity": 0.95, "criterion": "random", "scope": "layer"}
    with pytest.warns(sl.DegradationWarning, match=r"predictions change .*X\)\. Layer 0 keeps 5"):
        ruined = sl.prune(model, digits.X_train, **how)
    with pytest.warns(sl.DegradationWarning, match="standard normal inputs.*give X to measure"):
        sl.prune(model, **how)
    measured = ruined.history[-1].measured
    assert measured["measured_on"] == "X"
    changed = (ruined.predict(digits.X_train) != model.predict(digits.X_train)).mean()
    assert measured["changed_predictions"] == pytest.approx(changed, abs=0.05)


def test_a_schedule_is_judged_by_its_scores(digits: Any) -> None:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300))
    model = sl.convert(pipeline.fit(digits.X_train, digits.y_train))
    how: Any = {"schedule": "cubic", "steps": 2}
    good = sl.prune(model, digits.X_train, digits.y_train, sparsity=0.7, **how)
    measured = good.history[-1].measured
    score = (good.predict(digits.X_train) == digits.y_train).mean()
    assert measured["score"] == pytest.approx(score)
    assert measured["score_before"] == pytest.approx(
        (model.predict(digits.X_train) == digits.y_train).mean()
    )
    with pytest.warns(sl.DegradationWarning, match="prune: accuracy on the rows given fell from"):
        sl.prune(model, digits.X_train, digits.y_train, sparsity=0.98, criterion="random", **how)


# --- training


def test_training_that_ruins_is_said() -> None:
    """A penalty knows no units: the weight of a column of 1e-4s is large, and goes."""
    X = np.random.default_rng(0).standard_normal((500, 3))
    y = X[:, 0] + X[:, 1] > 0
    X[:, 0] *= 1e-4
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    weight = pipeline[-1].coef_ / pipeline[0].scale_
    layer = DenseLayer(weight=weight.astype(np.float32), bias=np.zeros(1, np.float32))
    model = replace(sl.convert(pipeline), input=InputStage(n_features=3), layers=(layer,))
    for step, action in ((sl.finetune, "finetune"), (sl.update, "finetune")):
        with pytest.warns(sl.DegradationWarning, match=f"{action}: accuracy .* fell .* alpha"):
            worse = step(model, X, y)
        measured = worse.history[-1].measured
        assert measured["score_before"] > 0.95
        assert measured["score"] < 0.9
        better = step(model, X, y, alpha=0.0)
        assert better.history[-1].measured["score"] > 0.95


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_updates_of_estimators_that_ruin_are_said(digits: Any) -> None:
    X = digits.X_train / 16
    estimator = sl.SGDClassifier(random_state=0).fit(X, digits.y_train)
    fine = sl.update(estimator, X, digits.y_train)
    assert fine.history[-1].measured["score"] > 0.9
    wild = sl.SGDClassifier(random_state=0, learning_rate="constant", eta0=1e-3).fit(
        X, digits.y_train
    )
    parent = sl.convert(wild)
    wild.set_params(eta0=1e6)
    with pytest.warns(sl.DegradationWarning, match="update: accuracy on the rows given fell"):
        sl.update(wild, X[:200], digits.y_train[:200], parent=parent)


def test_regressions_are_judged_by_r2() -> None:
    random = np.random.default_rng(0)
    X = random.standard_normal((300, 6)).astype(np.float32)
    f = X @ [3, 2, 1, 0.5, 0.1, 0]
    model = sl.convert(make_pipeline(StandardScaler(), LinearRegression()).fit(X, f))
    with pytest.warns(sl.DegradationWarning, match=r"finetune: R\^2 on the rows given fell"):
        sl.finetune(model, X, f, alpha=5.0)


# --- conversion


def times() -> Any:
    random = np.random.default_rng(0)
    X = np.column_stack([1.7e9 + 3e3 * random.standard_normal(500), random.standard_normal(500)])
    return X, (X[:, 0] - 1.7e9) / 3e3 + 2 * X[:, 1]


@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_rows_show_columns_that_float32_cannot_hold(container: Any) -> None:
    X, f = times()
    rows = container(X)
    if isinstance(rows, pd.DataFrame):
        rows.columns = ["time", "number"]
    estimator = LinearRegression().fit(rows, f)
    blind = sl.convert(estimator)
    assert relative_error(f, blind.predict(rows)) > 0.005
    seen = sl.convert(estimator, X=rows)
    assert seen.input.is_exact
    assert relative_error(f, seen.predict(rows)) < 1e-5
    assert seen.history[-1].measured["output_error"] < 1e-5
    np.testing.assert_allclose(seen.layers[0].weight[0], estimator.coef_, rtol=1e-6)


def test_where_centring_cannot_help_the_column_is_named() -> None:
    X, f = times()
    rows = sparse.csr_array(X)
    estimator = LinearRegression().fit(rows, f)
    with pytest.warns(sl.DegradationWarning, match=r"convert: .* column 0, from 1.69.*Scaler"):
        sl.convert(estimator, X=rows)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # few steps are meant
def test_networks_are_centred_too() -> None:
    X, f = times()
    scaled = MLPClassifier(hidden_layer_sizes=(4,), max_iter=5, random_state=0)
    pipeline = make_pipeline(StandardScaler(), scaled).fit(X, f > 0)
    expected = pipeline.predict_proba(X)
    first = pipeline[-1].coefs_[0] / pipeline[0].scale_[:, None]
    network = pipeline[-1]
    network.intercepts_[0] = network.intercepts_[0] - pipeline[0].mean_ @ first
    network.coefs_[0] = first
    model = sl.convert(network, X=X)
    assert model.input.is_exact
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-5)


def test_ordinary_rows_change_nothing(digits: Any) -> None:
    estimator = LogisticRegression(max_iter=300).fit(digits.X_train / 16, digits.y_train)
    blind = sl.convert(estimator)
    seen = sl.convert(estimator, X=digits.X_train / 16, y=digits.y_train)
    assert not seen.input.standardizes
    np.testing.assert_array_equal(seen.layers[0].weight, blind.layers[0].weight)
    np.testing.assert_array_equal(seen.layers[0].bias, blind.layers[0].bias)
    assert seen.history[-1].measured["output_error"] < 1e-5
