"""Pruning: how much, what, and how it is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import slimline as sl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from slimline._core import activation_names
from slimline.compression import CRITERIA, SCHEDULES
from slimline.compression.pruning.evidence import gather
from slimline.inputs import InputStage
from slimline.layers import DenseLayer


def linear(weight: Any) -> sl.Model:
    weight = np.asarray(weight, dtype=np.float32)
    layer = DenseLayer(weight=weight, bias=np.ones(len(weight), np.float32))
    stage = InputStage(n_features=weight.shape[1])
    return sl.Model(input=stage, layers=(layer,), link="identity", classes=None)


def rows(model: sl.Model, n: int = 40) -> Any:
    return np.random.default_rng(0).standard_normal((n, model.input.n_features)).astype(np.float32)


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # on purpose
@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("scope", ["global", "layer"])
@settings(max_examples=20)
@given(sparsity=st.floats(0, 0.999), seed=st.integers(0, 99))
def test_sparsity_is_met_within_a_weight(
    criterion: str, scope: Any, sparsity: float, seed: int
) -> None:
    model = linear(np.random.default_rng(seed).standard_normal((5, 13)))
    X = rows(model)
    pruned = sl.prune(
        model, X, model.predict(X), sparsity=sparsity, scope=scope, criterion=criterion
    )
    assert pruned.n_nonzero == max(5, 65 - int(sparsity * 65 + 1e-9))  # one an output
    assert pruned.layers[0].weight.any(axis=1).all()


@settings(max_examples=30)
@given(sparsity=st.floats(0, 0.999), n_in=st.integers(1, 19), seed=st.integers(0, 99))
def test_blocks_go_whole(sparsity: float, n_in: int, seed: int) -> None:
    model = linear(np.random.default_rng(seed).standard_normal((6, n_in)))
    pruned = sl.prune(model, sparsity=sparsity, granularity="block")
    weight = np.pad(pruned.layers[0].weight, ((0, 0), (0, -n_in % 4))).reshape(6, -1, 4)
    kept = weight.any(axis=2)
    assert kept.sum() == max(6, kept.size - int(sparsity * kept.size + 1e-9))  # one an output
    assert kept.any(axis=1).all()
    whole = kept[:, : n_in // 4]
    assert (weight[:, : n_in // 4][whole] != 0).all()


@settings(max_examples=30)
@given(
    pattern=st.tuples(st.integers(1, 7), st.integers(1, 4)),
    n_in=st.integers(1, 21),
    seed=st.integers(0, 99),
)
def test_n_of_m_holds_in_every_group(pattern: tuple[int, int], n_in: int, seed: int) -> None:
    n, m = pattern[0], pattern[0] + pattern[1]
    model = linear(np.random.default_rng(seed).standard_normal((3, n_in)))
    weight = sl.prune(model, granularity=f"{n}:{m}").layers[0].weight
    kept = np.pad(weight != 0, ((0, 0), (0, -n_in % m))).reshape(3, -1, m).sum(axis=2)
    sizes = np.minimum(m, n_in - m * np.arange(kept.shape[1]))
    assert (kept == np.minimum(n, sizes)).all()


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # on purpose
@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("offset", [None, 1.0])
def test_without_features_a_model_predicts_as_the_masked_one(
    criterion: str, offset: float | None
) -> None:
    random = np.random.default_rng(1)
    weight = random.standard_normal((3, 9)).astype(np.float32)
    ones = np.ones(9, np.float32)
    stage = InputStage(
        n_features=9,
        feature_names=tuple("abcdefghi"),
        offset=None if offset is None else ones,
        scale=None if offset is None else 2 * ones,
    )
    layer = DenseLayer(weight=weight, bias=np.zeros(3, np.float32))
    model = sl.Model(input=stage, layers=(layer,), link="identity", classes=None)
    X = rows(model)
    arguments: Any = {"granularity": "feature", "n_features": 4, "criterion": criterion}
    full = sl.prune(model, X, model.predict(X), **arguments)
    narrow = sl.prune(model, X, model.predict(X), reads="kept", **arguments)
    columns = full.input.selected
    assert full.layers[0].weight.shape == narrow.layers[0].weight.shape == (3, 4)
    masked = np.zeros_like(weight)
    masked[:, columns] = full.layers[0].weight
    wide = replace(layer, weight=masked, bias=full.layers[0].bias)
    expected = replace(model, layers=(wide,)).outputs(X)
    np.testing.assert_allclose(full.outputs(X), expected, atol=1e-4)
    assert np.array_equal(narrow.outputs(X[:, columns]), full.outputs(X))
    assert np.array_equal(full.outputs(sparse.csr_array(X)), full.outputs(X))
    assert narrow.input.feature_names == tuple("abcdefghi"[j] for j in columns)
    assert full.input.feature_names == stage.feature_names
    again = sl.prune(full, n_features=2, granularity="feature")
    assert set(again.input.selected) < set(columns)
    assert "(4 read)" in full.summary()


def test_a_pruned_model_survives_saving(digits_model: sl.Model, digits: Any, tmp_path: Any) -> None:
    thin = sl.prune(digits_model, n_features=30, granularity="feature")
    for model in (
        thin,
        sl.quantize(thin),
        sl.quantize(thin, digits.X_train, activations="static"),
        sl.prune(thin, sparsity=0.9, granularity="block"),
        sl.quantize(sl.prune(thin, sparsity=0.9, granularity="block")),
        sl.prune(digits_model, digits.X_train, sparsity=0.9, criterion="second_order"),
    ):
        sl.save(model, tmp_path / "model.slimline")
        loaded = sl.load(tmp_path / "model.slimline")
        assert loaded.sha256 == model.sha256
        assert loaded.history == model.history
        assert np.array_equal(loaded.outputs(digits.X_test), model.outputs(digits.X_test))


def test_nodes_are_taken_out_of_both_layers(network: sl.Model) -> None:
    pruned = sl.prune(network, n_nodes=4, granularity="node")
    assert [layer.weight.shape for layer in pruned.layers] == [(4, 5), (2, 4)]
    first, second = (layer.weight for layer in network.layers)
    scores = np.abs(first).sum(axis=1) * np.abs(second).sum(axis=0)
    kept = np.sort(np.argsort(scores)[-4:])
    assert np.array_equal(pruned.layers[0].weight, first[kept])
    assert np.array_equal(pruned.layers[0].bias, network.layers[0].bias[kept])
    assert np.array_equal(pruned.layers[1].weight, second[:, kept])
    idle = replace(network.layers[1], weight=np.where(np.isin(range(7), kept), second, 0))
    X = rows(network)
    expected = replace(network, layers=(network.layers[0], idle)).outputs(X)
    np.testing.assert_allclose(pruned.outputs(X), expected, atol=1e-5)
    small = sl.prune(sl.quantize(network), n_nodes=4, granularity="node")
    assert [layer.n_in for layer in small.layers] == [5, 4]


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # on purpose
def test_thresholds_overrides_keep_and_exclude(network: sl.Model) -> None:
    first, second = (layer.weight for layer in network.layers)
    cut = sl.prune(network, threshold=0.5)
    assert np.array_equal(cut.layers[0].weight, np.where(np.abs(first) < 0.5, 0, first))
    pruned = sl.prune(network, sparsity=0.5, overrides={1: 0.75})
    assert [layer.n_nonzero for layer in pruned.layers] == [18, 4]
    kept = sl.prune(network, sparsity=0.9, keep=["b", 3], exclude=[1])
    assert np.array_equal(kept.layers[1].weight, second)
    assert np.array_equal(kept.layers[0].weight[:, [1, 3]], first[:, [1, 3]])
    assert not kept.layers[0].weight[:, [0, 2, 4]].any()
    assert kept.history[-1].parameters["keep"] == "1, 3"


def test_second_order_takes_what_others_can_stand_in_for() -> None:
    random = np.random.default_rng(3)
    X = random.standard_normal((200, 4)).astype(np.float32)
    X[:, 3] = X[:, 0] + 0.01 * random.standard_normal(200)
    model = linear([[1.0, 0.6, -0.6, 1.0]])
    careless = sl.prune(model, X, sparsity=0.25, criterion="input_scaled")
    careful = sl.prune(model, X, sparsity=0.25, criterion="second_order")
    errors = [np.abs(each.outputs(X) - model.outputs(X)).max() for each in (careless, careful)]
    assert errors[1] < 0.1 < errors[0]
    assert np.count_nonzero(careful.layers[0].weight[0, [0, 3]]) == 1


def test_second_order_is_the_best_fit_within_its_mask(digits_model: sl.Model, digits: Any) -> None:
    X = digits.X_train
    pruned = sl.prune(digits_model, X, sparsity=0.8, criterion="second_order")
    masked = sl.prune(digits_model, X, sparsity=0.8, criterion="input_scaled")
    wanted = digits_model.outputs(X)
    errors = [np.square(each.outputs(X) - wanted).mean() for each in (pruned, masked)]
    assert errors[0] < errors[1] / 2


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_end_where_they_should(
    schedule: str, digits_model: sl.Model, digits: Any
) -> None:
    data = (digits.X_train, digits.y_train)
    pruned = sl.prune(digits_model, *data, sparsity=0.9, schedule=schedule, steps=3, refit=True)
    assert pruned.n_nonzero == 64
    assert [step.action for step in pruned.history] == ["trained", "converted", "pruned"]
    assert pruned.history[-1].parameters["schedule"] == schedule
    bare = sl.prune(digits_model, sparsity=0.9)
    accuracy = [np.mean(m.predict(digits.X_test) == digits.y_test) for m in (bare, pruned)]
    assert accuracy[1] > accuracy[0] + 0.1


def test_schedules_count_features_from_the_start(digits_model: sl.Model, digits: Any) -> None:
    thin = sl.prune(
        digits_model,
        digits.X_train,
        digits.y_train,
        sparsity=0.5,
        granularity="feature",
        schedule="linear",
        steps=3,
        reads="kept",
    )
    assert thin.input.n_features == thin.layers[0].n_in == 32


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_rise_to_the_end(name: str) -> None:
    shares = [SCHEDULES[name](t, 0.9) for t in (0.25, 0.5, 0.75, 1)]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(0.9)


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # on purpose
def test_networks_are_scored_layer_by_layer(network: sl.Model) -> None:
    X = rows(network)
    y = network.predict(X) + 1
    for name in CRITERIA:
        pruned = sl.prune(network, X, y, sparsity=0.5, criterion=name)
        assert pruned.n_nonzero == 49 - 24


@pytest.mark.parametrize("activation", activation_names())
def test_the_gradient_is_that_of_the_loss(network: sl.Model, activation: str) -> None:
    hidden, *rest = network.layers
    network = replace(network, layers=(replace(hidden, activation=activation), *rest))
    X = rows(network)
    y = network.predict(X) + np.float32(0.5)
    evidence = gather(network, X, y, np.random.default_rng(0))
    for i, each in enumerate(evidence):
        slope = each.errors.T @ each.inputs
        layer = network.layers[i]
        bumped = layer.weight.copy()
        bumped[1, 2] += 0.01
        layers = list(network.layers)
        values = []
        for weight in (bumped, layer.weight):
            layers[i] = replace(layer, weight=weight)
            out = replace(network, layers=tuple(layers)).outputs(X).astype(float)
            values.append(np.square(out - y).sum() / 2)
        assert (values[0] - values[1]) / 0.01 == pytest.approx(slope[1, 2], rel=0.1, abs=0.5)


def test_the_smallest_go_and_the_rest_stays() -> None:
    weight = [[1, -5, 0.5], [4, -0.1, 3]]
    pruned = sl.prune(linear(weight), sparsity=0.5)
    assert np.array_equal(pruned.layers[0].weight, [[0, -5, 0], [4, 0, 3]])
    assert np.array_equal(pruned.layers[0].bias, [1, 1])


def test_scope_layer_prunes_each(network: sl.Model) -> None:
    each = sl.prune(network, sparsity=0.5, scope="layer")
    assert [layer.n_nonzero for layer in each.layers] == [18, 7]
    together = sl.prune(network, sparsity=0.5)
    assert together.n_nonzero == 49 - 24


def test_prune_nothing_is_the_identity(digits_model: sl.Model) -> None:
    pruned = sl.prune(digits_model, sparsity=0)
    assert np.array_equal(pruned.layers[0].weight, digits_model.layers[0].weight)


def test_pruning_again_keeps_the_zeros(digits_model: sl.Model) -> None:
    half = sl.prune(digits_model, sparsity=0.5)
    more = sl.prune(half, sparsity=0.7)
    assert not (more.layers[0].weight[half.layers[0].weight == 0]).any()
    assert sl.prune(more, sparsity=0.5).n_nonzero == more.n_nonzero


def test_zeros_are_left_out_when_that_is_smaller(digits_model: sl.Model) -> None:
    light = sl.prune(digits_model, sparsity=0.1)
    heavy = sl.prune(digits_model, sparsity=0.9)
    assert (light.layers[0].kind, heavy.layers[0].kind) == ("dense", "sparse")
    assert light.nbytes == digits_model.nbytes
    assert heavy.nbytes < digits_model.nbytes / 3


def test_int8_layers_stay_int8(digits_model: sl.Model, digits: Any) -> None:
    dense = sl.quantize(digits_model, digits.X_train)
    pruned = sl.prune(dense, sparsity=0.6)
    assert pruned.layers[0].kind == "sparse_int8"
    assert pruned.n_nonzero <= 640 - 384
    assert pruned.nbytes < dense.nbytes
    first = sl.quantize(sl.prune(digits_model, sparsity=0.6), digits.X_train)
    assert first.layers[0].kind == "sparse_int8"
    agreement = np.mean(first.predict(digits.X_test) == pruned.predict(digits.X_test))
    assert agreement > 0.95


def test_pruned_predictions_are_those_of_the_masked_model(
    digits_model: sl.Model, digits: Any
) -> None:
    pruned = sl.prune(digits_model, sparsity=0.8)
    stage = digits_model.input
    expected = (digits.X_test - stage.offset) * stage.scale @ pruned.layers[0].weight.T
    np.testing.assert_allclose(
        pruned.outputs(digits.X_test), expected + pruned.layers[0].bias, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {},
            ValueError,
            "give one of sparsity, threshold, n_features and n_nodes, got none; .*sparsity=0.5",
        ),
        (
            {"sparsity": 0.5, "threshold": 1},
            ValueError,
            "give one of .*, got sparsity and threshold",
        ),
        ({"sparsity": 1.0}, ValueError, r"sparsity must be in \[0, 1\), got 1.0"),
        ({"sparsity": -0.1}, ValueError, "sparsity must be in"),
        ({"sparsity": float("nan")}, ValueError, "sparsity must be in"),
        ({"sparsity": "half"}, TypeError, "sparsity must be a number"),
        ({"sparsity": True}, TypeError, "sparsity must be a number"),
        ({"sparsity": 0.5, "scope": "all"}, ValueError, "scope must be one of 'global', 'layer'"),
        ({"sparsity": 0.5, "granularity": "atom"}, ValueError, "granularity must be one of"),
        ({"granularity": "4:2"}, ValueError, "0 < n < m, got '4:2'"),
        ({"granularity": "2:4", "sparsity": 0.5}, ValueError, "says how much: give no sparsity"),
        ({"n_features": 3}, ValueError, "n_features goes with granularity='feature'"),
        ({"n_features": 0, "granularity": "feature"}, ValueError, "whole number >= 1, got 0"),
        ({"n_nodes": 3, "granularity": "node"}, ValueError, "needs a hidden layer"),
        ({"sparsity": 0.5, "criterion": "luck"}, ValueError, "criterion must be one of 'magni"),
        ({"sparsity": 0.5, "criterion": "gradient"}, ValueError, "'gradient' needs X and y"),
        ({"sparsity": 0.5, "schedule": "cubic"}, ValueError, "schedule needs X and y"),
        ({"threshold": 0.5, "schedule": "cubic"}, ValueError, "needs a sparsity to work towards"),
        ({"sparsity": 0.5, "refit": True}, ValueError, "a refit needs X and y"),
        ({"sparsity": 0.5, "steps": 0}, ValueError, "steps must be a whole number >= 1"),
        ({"sparsity": 0.5, "exclude": [1]}, ValueError, "numbered 0 to 0, got 1"),
        ({"sparsity": 0.5, "overrides": {0: 1.5}}, ValueError, "overrides must be in"),
        ({"sparsity": 0.5, "keep": [64]}, ValueError, "features that the model reads, .* got 64"),
        ({"sparsity": 0.5, "keep": ["x"]}, ValueError, "by number or name, got 'x'"),
        ({"sparsity": 0.5, "reads": "some"}, ValueError, "reads must be one of 'full', 'kept'"),
    ],
)
def test_bad_arguments(
    digits_model: sl.Model, arguments: dict[str, Any], error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        sl.prune(digits_model, **arguments)


def test_int8_is_not_corrected_and_static_ranges_come_last(
    digits_model: sl.Model, digits: Any
) -> None:
    with pytest.raises(ValueError, match="second_order corrects float32 weights, but layer 0 is"):
        sl.prune(sl.quantize(digits_model), digits.X_train, sparsity=0.5, criterion="second_order")
    static = sl.quantize(digits_model, digits.X_train, activations="static")
    with pytest.raises(ValueError, match="prune first, then quantize"):
        sl.prune(static, sparsity=0.5)


def test_second_order_says_when_there_are_too_many_inputs() -> None:
    with pytest.raises(ValueError, match="at most 4096 inputs, got 4097"):
        sl.prune(
            linear(np.ones((1, 4097))), np.ones((2, 4097)), sparsity=0.5, criterion="second_order"
        )
