"""Columns that no scaler made alike: int8 and pruning are as good as on standardised ones."""

from __future__ import annotations

import copy
import warnings
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
import slimline as sl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, RobustScaler, StandardScaler
from slimline.compression._knowledge import typical_rows
from slimline.compression.quantization.calibration import Moments
from slimline.inputs import InputStage
from slimline.layers import DenseLayer, Int8WeightsLayer
from slimline.model.effects import default_score, quietly, relative_error


class Table(NamedTuple):
    """Rows with targets, and the same optimum on standardised and on raw columns."""

    X: Any
    y: Any
    standardised: sl.Model
    raw: sl.Model


def diabetes() -> Any:
    X, y = load_diabetes(return_X_y=True, scaled=False)
    return X, y.astype(float)


def mixed() -> Any:
    """An income, a year, a share, an indicator and plain numbers; one column far from zero."""
    random = np.random.default_rng(0)
    Z = random.standard_normal((900, 8))
    X = Z * [3e4, 0.3, 1e-3, 1, 1, 1, 1, 40] + [5e4, 2013, 0.5, 0, 0, 0, 0, 1e4]
    X[:, 3] = Z[:, 3] > 1
    return X, (Z @ [2, 1, -1, 1, 0.5, 0, -2, 1] + 0.5 * random.standard_normal(900) > 0)


TABLES = {
    "wine": lambda: load_wine(return_X_y=True),
    "tumours": lambda: load_breast_cancer(return_X_y=True),
    "diabetes": diabetes,
    "mixed": mixed,
}


@pytest.fixture(scope="module", params=TABLES)
def table(request: Any) -> Table:
    X, y = TABLES[request.param]()
    last = Ridge(1.0) if y.dtype.kind == "f" else LogisticRegression(max_iter=300)
    scaler = StandardScaler().fit(X)
    last.fit(scaler.transform(X), y)
    unscaled = copy.copy(last)
    unscaled.coef_ = last.coef_ / scaler.scale_
    unscaled.intercept_ = last.intercept_ - unscaled.coef_ @ scaler.mean_
    return Table(X, y, sl.convert(make_pipeline(scaler, last)), sl.convert(unscaled))


def loss(table: Table, model: sl.Model) -> float:
    rows, y = table.X.astype(np.float32), np.asarray(table.y)
    return default_score(table.raw, rows, y) - default_score(model, rows, y)


@pytest.mark.parametrize("activations", ["auto", "dynamic", "float32", "static"])
def test_int8_of_raw_columns_with_rows(table: Table, activations: Any) -> None:
    """Warnings are errors here: that none comes is half of the test."""
    small = sl.quantize(table.raw, table.X, activations=activations)
    assert loss(table, small) < 0.012
    assert small.history[-1].measured["output_error"] < 0.08
    assert small.history[-1].measured["measured_on"] == "X"


def test_int8_of_raw_columns_by_their_reference(table: Table) -> None:
    for activations in ("auto", "dynamic"):
        known = table.raw.with_reference(table.X)
        small = sl.quantize(known, activations=activations)
        assert loss(table, small) < 0.012
        assert small.history[-1].measured["measured_on"] == "drawn from the model's reference"


def test_int8_of_raw_columns_of_which_nothing_is_known(table: Table) -> None:
    if np.abs(table.raw.layers[0].bias).max() > 1000:  # a year makes up most of the intercept
        with pytest.warns(sl.DegradationWarning, match=r"intercept of \d+,\d\d\d shows .* Give X"):
            sl.quantize(table.raw)
        return
    small = sl.quantize(table.raw)
    assert loss(table, small) < 0.012
    assert [layer.kind for layer in small.layers] == ["int8_weights"]
    assert small.history[-1].measured["measured_on"] == "nothing"
    assert small.nbytes < table.raw.nbytes


def test_integers_of_unknown_columns_are_a_risk_that_is_said(table: Table) -> None:
    with pytest.warns(sl.DegradationWarning, match=r"nothing is known.*give X.*'auto'"):
        sl.quantize(table.raw, activations="dynamic")


def test_standardised_columns_stay_as_they_were(table: Table) -> None:
    """Same layers with rows and without, the same input stage, and no word."""
    model = table.standardised
    for arguments in ({}, {"activations": "dynamic"}, {"X": table.X, "correct_bias": False}):
        small: Any = sl.quantize(model, **arguments)
        assert [layer.kind for layer in small.layers] == ["int8"]
        np.testing.assert_array_equal(small.input.offset, model.input.offset)
        direct = sl.ops.quantize_weight(model.layers[0].weight)
        np.testing.assert_array_equal(small.layers[0].weight_int8, direct[0])
        assert small.history[-1].measured["output_error"] < 0.05


@pytest.mark.parametrize(
    "scaler", [MaxAbsScaler(), RobustScaler(), StandardScaler(with_std=False)], ids=repr
)
def test_scalers_that_do_not_make_columns_alike(scaler: Any) -> None:
    random = np.random.default_rng(0)
    X = random.standard_normal((400, 4)) * [1, 1, 1e5, 1] + [0, 2013, 0, 0]
    X[:, 2] *= random.random(400) < 0.1  # no range between its quartiles
    f = X @ [1, 1, 2e-5, 1]
    model = sl.convert(make_pipeline(scaler, Ridge(1e-6)).fit(X, f))
    for small in (sl.quantize(model), sl.quantize(model, X, activations="dynamic")):
        assert relative_error(model.outputs(X), small.outputs(X)) < 0.06


def test_rows_say_what_dynamic_costs_where_it_stays_bad(network: sl.Model) -> None:
    """Hidden nodes have no input stage: one of another size takes all the steps."""
    first = network.layers[0]
    sizes = np.where(np.arange(7) == 2, np.float32(3e4), np.float32(1))
    weight = np.abs(first.weight) * sizes[:, None]
    hidden = DenseLayer(weight=weight, bias=first.bias * sizes + 1, activation="relu")
    last = DenseLayer(weight=network.layers[1].weight / sizes, bias=network.layers[1].bias)
    uneven = replace(network, layers=(hidden, last))
    X = typical_rows(network).rows  # type: ignore[union-attr]
    with pytest.warns(sl.DegradationWarning, match=r"outputs move by .* input 2 of layer 1 takes"):
        bad = sl.quantize(uneven, X, activations="dynamic")
    good = sl.quantize(uneven, X)
    assert [layer.kind for layer in good.layers] == ["int8", "int8_weights"]
    errors = [each.history[-1].measured["output_error"] for each in (good, bad)]
    assert errors[0] < 0.05
    assert errors[1] > 0.1


def test_static_ranges_that_hold_too_much_are_named() -> None:
    X = np.random.default_rng(0).standard_normal((3000, 5)).astype(np.float32)
    X[7, 3] = 1e4  # one row in an iterator, which cannot be read again to leave it out
    model = sl.Model(
        input=InputStage(n_features=5, feature_names=("a", "b", "c", "income", "e")),
        layers=(DenseLayer(weight=np.ones((1, 5), np.float32), bias=np.zeros(1, np.float32)),),
        link="identity",
        classes=None,
    )
    how: Any = {"activations": "static"}
    with pytest.warns(sl.DegradationWarning, match="column 'income' has a range of 1e\\+04"):
        sl.quantize(model, iter([X[8:], X[:8]]), **how)
    usual = np.repeat(X, 5, axis=0)  # 0.01 % at each end then leaves out none of five
    usual[36:40] = usual[35]
    usual[35:39] = 0
    with quietly():  # the row that is cut moves
        small = sl.quantize(model, usual, **how)
    assert small.history[-1].parameters["observer"] == "percentile"
    assert relative_error(model.outputs(X[8:]), small.outputs(X[8:])) < 0.05


def test_a_column_that_calibration_rows_do_not_change() -> None:
    random = np.random.default_rng(0)
    X = random.standard_normal((500, 6)) * [1, 1e4, 1, 1, 1, 1]
    X[:, 5] = 7
    layer = DenseLayer(
        weight=np.array([[1, 1e-4, -1, 0.5, 1, 1]], np.float32), bias=np.zeros(1, np.float32)
    )
    model = sl.Model(input=InputStage(n_features=6), layers=(layer,), link="identity", classes=None)
    for activations in ("dynamic", "static"):
        small = sl.quantize(model, X, activations=activations)
        other = X.copy()
        other[:, 5] += random.standard_normal(500)
        assert relative_error(model.outputs(other), small.outputs(other)) < 0.5
        assert relative_error(model.outputs(X), small.outputs(X)) < 0.03


def test_sorted_rows_are_measured_all_over() -> None:
    """Evenly spaced ones: the first thousand may be all of one class."""
    X, _ = mixed()
    X = np.repeat(X, 4, axis=0)
    X = X[np.argsort(X[:, 0])]
    layer = DenseLayer(
        weight=np.array([[3e-5, 0, 0, 0, 1, 0, 0, 0]], np.float32), bias=np.zeros(1, np.float32)
    )
    model = sl.Model(input=InputStage(n_features=8), layers=(layer,), link="identity", classes=None)
    small = sl.quantize(model, X, activations="dynamic")
    everywhere = relative_error(model.outputs(X), small.outputs(X))
    measured = small.history[-1].measured["output_error"]
    assert everywhere == pytest.approx(measured, rel=0.2)
    parts = sl.quantize(model, iter(np.array_split(X, 7)), activations="dynamic")
    np.testing.assert_array_equal(parts.layers[0].weight, small.layers[0].weight)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 99),
    n_out=st.integers(1, 4),
    spread=st.floats(0, 12),
    per=st.sampled_from(["channel", "tensor"]),
)
def test_weights_alone_are_rounded_by_what_their_input_has(
    seed: int, n_out: int, spread: float, per: Any
) -> None:
    random = np.random.default_rng(seed)
    W = random.standard_normal((n_out, 9)) * 10.0 ** random.uniform(-spread, spread, 9)
    W[:, 4] = 0
    W = W.astype(np.float32)
    layer = Int8WeightsLayer.from_weight(W, np.zeros(n_out, np.float32), "identity", per=per)
    largest = np.abs(W).max(axis=0, initial=0)
    if per == "channel" and n_out > 1:
        # Beside the largest of its output: see input_exponents.
        shares = np.abs(W) / np.abs(W).max(axis=1, keepdims=True)
        largest = shares.max(axis=0) * np.abs(W).max(axis=1, keepdims=True)
    assert (np.abs(layer.weight - W) <= 2.0**-7 * largest).all()
    assert not layer.weight[:, 4].any()
    again = sl.layers.KINDS["int8_weights"].from_state(layer.tensors(), layer.params())
    np.testing.assert_array_equal(again.weight, layer.weight)


def test_weights_alone_stay_so_through_pruning_and_training(table: Table) -> None:
    small = sl.quantize(table.raw, table.X, activations="float32")
    pruned = sl.prune(small, table.X, sparsity=0.3)
    tuned = sl.finetune(pruned, table.X, table.y, alpha=1e-9)  # a penalty knows no units
    few = sl.prune(small, table.X, sparsity=0.3, granularity="feature")
    for made in (pruned, tuned, few):
        assert [layer.kind for layer in made.layers] == ["int8_weights"]
    assert not tuned.layers[0].weight[pruned.layers[0].weight == 0].any()
    assert few.layers[0].n_in < small.layers[0].n_in
    assert loss(table, tuned) < 0.03


def test_more_inputs_than_int32_can_sum() -> None:
    n = 131_073
    random = np.random.default_rng(0)
    weight = random.standard_normal((1, n)).astype(np.float32)
    layer = DenseLayer(weight=weight, bias=np.zeros(1, np.float32))
    model = sl.Model(input=InputStage(n_features=n), layers=(layer,), link="identity", classes=None)
    rows = sparse.random_array((5, n), density=1e-3, rng=random, format="csr", dtype=np.float32)
    for activations in ("dynamic", "static"):
        with pytest.raises(ValueError, match=r"layer 0 must have at most 131,072 .*'float32'"):
            sl.quantize(model, rows, activations=activations)
    for small in (sl.quantize(model), sl.quantize(model, rows)):
        assert small.layers[0].kind == "int8_weights"
        assert relative_error(model.outputs(rows), small.outputs(rows)) < 0.01
    with pytest.raises(ValueError, match="at most 131,072 inputs"):
        sl.layers.Int8Layer(
            weight_int8=np.zeros((1, n), np.int8),
            scale=np.ones(1, np.float32),
            bias=np.zeros(1, np.float32),
        )


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # 40 % of the weights is much
@pytest.mark.parametrize("criterion", ["magnitude", "magnitude_l2", "second_order"])
@pytest.mark.parametrize("granularity", ["weight", "feature"])
def test_pruning_raw_columns_is_pruning_standardised_ones(
    table: Table, criterion: str, granularity: str
) -> None:
    how: Any = {"sparsity": 0.4, "criterion": criterion, "granularity": granularity}
    alike = sl.prune(table.standardised, table.X, **how)
    raw = sl.prune(table.raw, table.X, **how)
    np.testing.assert_array_equal(raw.layers[0].weight != 0, alike.layers[0].weight != 0)
    scale = np.abs(alike.outputs(table.X)).max()
    np.testing.assert_allclose(raw.outputs(table.X), alike.outputs(table.X), atol=2e-3 * scale)


def test_pruning_knows_columns_by_the_reference(table: Table) -> None:
    known = table.raw.with_reference(table.X)
    without = sl.prune(table.raw, sparsity=0.4)
    assert without.history[-1].measured["measured_on"] == "nothing"
    pruned = sl.prune(known, sparsity=0.4)
    assert pruned.history[-1].measured["measured_on"] == "drawn from the model's reference"
    assert loss(table, pruned) < 0.06


def test_moments_of_batches_are_those_of_all_rows() -> None:
    X = np.random.default_rng(0).standard_normal((1000, 3)) * [1, 1e-3, 1e5] + [0, 1e6, -1]
    moments = Moments(3)
    for batch in np.array_split(X, 9):
        moments.update(batch)
    np.testing.assert_allclose(moments.mean, X.mean(axis=0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(moments.deviation(), X.std(axis=0), rtol=1e-8)


def test_rows_drawn_from_a_reference_have_its_quantiles() -> None:
    random = np.random.default_rng(0)
    X = np.stack([random.exponential(5, 4000), random.random(4000) < 0.2], axis=1)
    layer = DenseLayer(weight=np.ones((1, 2), np.float32), bias=np.zeros(1, np.float32))
    stage = InputStage(n_features=2)
    model = sl.Model(input=stage, layers=(layer,), link="identity", classes=None).with_reference(X)
    known = typical_rows(model)
    assert known is not None
    rows = known.rows
    quarters = [0.25, 0.5, 0.75]
    np.testing.assert_allclose(
        np.quantile(rows[:, 0], quarters), np.quantile(X[:, 0], quarters), rtol=0.25
    )
    assert set(np.unique(rows[:, 1].round(6))) == {0, 1}
    assert rows[:, 1].mean() == pytest.approx(0.2, abs=0.08)


def test_no_word_about_healthy_models(digits: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipeline = make_pipeline(StandardScaler(), sl.LinearSVC(C=0.01))
        model = sl.convert(pipeline.fit(digits.X_train, digits.y_train), X=digits.X_train)
        for sparsity in (0.5, 0.8, 0.95):
            pruned = sl.prune(model, sparsity=sparsity)
            tuned = sl.finetune(pruned, digits.X_train, digits.y_train)
            for arguments in ({}, {"X": digits.X_train}, {"per": "tensor"}):
                sl.quantize(tuned, **arguments)
            sl.quantize(tuned, digits.X_train, activations="static")
            sl.update(tuned, digits.X_train[:300], digits.y_train[:300], max_iter=5)
