"""int8 models: size, error bounds, accuracy, the same integers everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slimline as sl
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from slimline import _core
from slimline.compression.quantization.ranges import OBSERVERS, Histogram
from slimline.compression.quantization.weights import quantize_weight
from slimline.inputs import InputStage
from slimline.layers import DenseLayer


@pytest.mark.parametrize("per", ["channel", "tensor"])
@given(seed=st.integers(0, 50))
def test_rounding_error_is_at_most_half_a_step(per: Any, seed: int) -> None:
    random = np.random.default_rng(seed)
    weight = (random.standard_normal((4, 9)) * 10.0 ** random.integers(-5, 5)).astype(np.float32)
    layer = DenseLayer(weight=weight, bias=np.zeros(4, np.float32))
    stage = InputStage(n_features=9)
    model = sl.Model(input=stage, layers=(layer,), link="identity", classes=None)
    quantized: Any = sl.quantize(model, np.eye(9), per=per, activations="dynamic").layers[0]
    step = quantized.scale[:, None]
    assert (np.abs(quantized.weight - weight) <= step * 0.5001).all()
    assert np.abs(quantized.weight_int8).max() == 127
    assert (len(set(quantized.scale.tolist())) == 1) == (per == "tensor")


def test_int8_is_small_and_as_good(digits_model: sl.Model, digits: Any) -> None:
    small: Any = sl.quantize(digits_model, digits.X_train)
    accuracy = [
        np.mean(model.predict(digits.X_test) == digits.y_test) for model in (digits_model, small)
    ]
    assert accuracy[1] >= accuracy[0] - 0.005
    float_bytes = digits_model.layers[0].weight.nbytes
    assert float_bytes >= 3.5 * small.layers[0].tensors()["weight_int8"].nbytes


def test_the_file_of_a_wide_model_shrinks(tmp_path: Path) -> None:
    weight = np.random.default_rng(0).standard_normal((10, 784)).astype(np.float32)
    model = sl.Model(
        input=InputStage(n_features=784),
        layers=(DenseLayer(weight=weight, bias=np.zeros(10, np.float32)),),
        link="margin",
        classes=np.arange(10),
    )
    sizes = []
    rows = np.random.default_rng(1).standard_normal((99, 784)).astype(np.float32)
    for each in (model, sl.quantize(model, rows), sl.quantize(model)):
        sl.save(each, tmp_path / "model")
        sizes.append((tmp_path / "model").stat().st_size)
    assert sizes[0] >= 3.5 * sizes[1]
    assert sizes[0] >= 3.1 * sizes[2]  # a byte an input more


def test_quantizing_twice_changes_nothing(digits_model: sl.Model) -> None:
    once = sl.quantize(digits_model)
    assert sl.quantize(once).layers == once.layers


def test_zero_weights_stay_zero(digits_model: sl.Model) -> None:
    pruned = sl.prune(digits_model, sparsity=0.8)
    assert not sl.quantize(pruned).layers[0].weight[pruned.layers[0].weight == 0].any()


def test_standardised_raw_columns_survive() -> None:
    """The input stage is applied before rows are quantized, so a large column drowns no other."""
    random = np.random.default_rng(0)
    raw = random.standard_normal((200, 3)) * [1, 1e6, 1e-3] + [0, 1e7, 1]
    scale = (1 / raw.std(0)).astype(np.float32)
    model = sl.Model(
        input=InputStage(n_features=3, offset=raw.mean(0).astype(np.float32), scale=scale),
        layers=(DenseLayer(weight=np.ones((1, 3), np.float32), bias=np.zeros(1, np.float32)),),
        link="identity",
        classes=None,
    )
    difference = sl.quantize(model).predict(raw) - model.predict(raw)
    assert np.abs(difference).max() < 0.1


@pytest.mark.parametrize("activations", ["dynamic", "static"])
def test_same_bits_on_every_instruction_set(
    digits_model: sl.Model, digits: Any, activations: Any, tmp_path: Path
) -> None:
    sl.save(sl.quantize(digits_model, digits.X_train, activations=activations), tmp_path / "model")
    np.save(tmp_path / "X.npy", digits.X_test)
    code = (
        "import sys, numpy as np, slimline as sl; from slimline import _core;"
        "folder = sys.argv[1]; isa = _core.active_isa();"
        "X = np.load(folder + '/X.npy');"
        "np.save(folder + '/' + isa + '.npy', sl.load(folder + '/model').outputs(X))"
    )
    results = []
    for isa in _core.available_isas():
        environment = {**os.environ, "SLIMLINE_ISA": isa}
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=True)
        results.append(np.load(tmp_path / f"{isa}.npy"))
    for result in results[1:]:
        assert np.array_equal(result, results[0])


@pytest.fixture(scope="module")
def network() -> sl.Model:
    """Two layers of random weights on five raw columns of very different sizes."""
    random = np.random.default_rng(3)
    stage = InputStage(
        n_features=5,
        offset=np.array([0, 1e6, 10, -3, 0.5], dtype=np.float32),
        scale=np.array([1, 1e-4, 0.1, 2, 2], dtype=np.float32),
    )
    shapes = [(16, 5, "relu"), (3, 16, "identity")]
    layers = tuple(
        DenseLayer(
            weight=random.standard_normal((n_out, n_in)).astype(np.float32),
            bias=random.standard_normal(n_out).astype(np.float32),
            activation=activation,
        )
        for n_out, n_in, activation in shapes
    )
    return sl.Model(input=stage, layers=layers, link="identity", classes=None)


def raw_rows(network: sl.Model, n: int) -> Any:
    z = np.random.default_rng(4).standard_normal((n, 5))
    return (z / network.input.scale + network.input.offset).astype(np.float32)


def relative(expected: Any, got: Any) -> float:
    return float(np.sqrt(np.mean((expected - got) ** 2) / np.mean(expected**2)))


@pytest.mark.parametrize("per", ["channel", "tensor"])
@pytest.mark.parametrize("observer", OBSERVERS)
def test_static_layers_take_in_the_standardisation(
    network: sl.Model, observer: Any, per: Any
) -> None:
    X = raw_rows(network, 3000)
    small = sl.quantize(network, X, activations="static", observer=observer, per=per)
    assert [layer.kind for layer in small.layers] == ["int8_static", "int8_static"]
    assert not small.input.standardizes
    assert relative(network.outputs(X), small.outputs(X)) < 0.03
    measured = small.history[-1].measured
    assert measured["calibration_rows"] == 3000
    assert 0 < measured["error_layer_0"] < 0.03
    assert 0 < measured["error_layer_1"] < 0.03
    assert small.history[-1].parameters["observer"] == observer


def test_calibration_streams_over_parts(network: sl.Model) -> None:
    X = raw_rows(network, 2000)
    for observer in OBSERVERS:
        arguments: Any = {"activations": "static", "observer": observer}
        whole = sl.quantize(network, X, **arguments)
        parts = sl.quantize(network, iter(np.array_split(X, [256, 512, 1024])), **arguments)
        sparse_rows = sl.quantize(network, sparse.csr_matrix(X), **arguments)
        # Blocks have no fingerprint, and dense rows another one than sparse rows.
        states = {replace(each, history=()).sha256 for each in (whole, parts, sparse_rows)}
        assert len(states) == 1


def test_ranges_cut_outliers_and_minmax_keeps_them() -> None:
    X = np.random.default_rng(0).standard_normal((50_000, 2)).astype(np.float32)
    X[7] = [1000, -1000]
    highs = {}
    for name, observer in OBSERVERS.items():
        watcher = observer(2)
        for batch in np.array_split(X, 100):
            watcher.update(batch)
        low, high = watcher.ranges()
        highs[name] = high[0]
        assert -1000.2 < low[1] < -3
    assert 1000 <= highs["minmax"] < 1000.2
    assert 3 < highs["percentile"] < 6
    assert highs["mse"] < 1000


def test_minmax_leaves_room_where_little_was_seen() -> None:
    rows = np.zeros((1000, 4), dtype=np.float32)
    rows[:, 0] = np.linspace(0, 1, 1000)
    rows[:, 1] = np.linspace(0.25, 0.5, 1000)
    rows[3, 2] = 0.25
    rows[3:100, 3] = -0.25
    watcher = OBSERVERS["minmax"](4)
    for batch in np.array_split(rows, 3):
        watcher.update(batch)
    low, high = watcher.ranges()
    assert (low[0], high[0]) == (0, 1)  # the widest stays, and 0 is an end of its own
    assert 0.247 < low[1] < 0.25
    assert 0.5 < high[1] < 0.503
    assert (low[2], high[2]) == (0, 1)  # one value says little: as wide as the widest
    assert high[3] == 0
    assert low[3] == pytest.approx(-0.25 * (1 + 8 / 97))


def test_histograms_keep_every_count_and_grow_to_both_sides() -> None:
    watcher = Histogram(3)
    rows = np.array([[1, 0, 5], [1, 0, -5], [1, 100, 0], [-900, 0, 0.1]], dtype=np.float32)
    for row in rows:
        watcher.update(row[None])
    assert watcher.counts.sum(axis=1).tolist() == [4, 4, 4]
    edges = watcher.edges()
    for j, column in enumerate(rows.T):
        exact = np.histogram(column, edges[j])[0]
        moved = np.abs(np.cumsum(watcher.counts[j]) - np.cumsum(exact))
        assert moved.max() <= 1  # a value on an edge, or doubled bins, may lie one bin away


def test_clipped_weights_have_less_squared_error() -> None:
    W = np.random.default_rng(1).standard_normal((8, 4000)).astype(np.float32)
    for per in ("channel", "tensor"):
        errors = []
        for clip in ("none", "mse"):
            weight, scale = quantize_weight(W, per, clip)
            errors.append(np.square(W - weight * scale[:, None]).sum())
        assert errors[1] < errors[0]


def test_the_mean_output_survives_rounding(network: sl.Model) -> None:
    X = raw_rows(network, 4000)
    for activations in ("dynamic", "static"):
        for correct in (False, True):
            small = sl.quantize(network, X, activations=activations, correct_bias=correct)
            first = sl.Model(
                input=small.input, layers=small.layers[:1], link="identity", classes=None
            )
            before = sl.Model(
                input=network.input, layers=network.layers[:1], link="identity", classes=None
            )
            shift = np.abs((first.outputs(X) - before.outputs(X)).mean(axis=0)).max()
            assert shift < (0.01 if correct else 0.1)


def test_static_needs_rows_and_float_layers(network: sl.Model) -> None:
    with pytest.raises(ValueError, match="X must be given"):
        sl.quantize(network, activations="static")
    with pytest.raises(ValueError, match="at least one row"):
        sl.quantize(network, raw_rows(network, 0), activations="static")
    with pytest.raises(ValueError, match="layer 0 is int8"):
        sl.quantize(sl.quantize(network), raw_rows(network, 5), activations="static")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dtype": "int4"}, "dtype must be one of 'int8'"),
        ({"per": "row"}, "per must be one of"),
        ({"activations": "none"}, "activations must be one of"),
        ({"observer": "max"}, "observer must be one of"),
        ({"clip": "max"}, "clip must be one of"),
    ],
)
def test_bad_arguments(digits_model: sl.Model, arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sl.quantize(digits_model, **arguments)


def test_ranges_of_few_distinct_rows_are_said_to_be_so(network: sl.Model) -> None:
    rows = raw_rows(network, 400)
    for few in (rows[:1], np.repeat(rows[:2], 300, axis=0)):
        with pytest.warns(sl.DegradationWarning, match=r"ranges come from [12] distinct row"):
            small = sl.quantize(network, few, activations="static")
        measured = small.history[-1].measured
        assert measured["measured_on"] == "standard normal inputs"
        assert measured["output_error"] > 0.1
    raw = replace(network, input=InputStage(n_features=5))
    with pytest.warns(sl.DegradationWarning, match="19 distinct rows, and clip"):
        sl.quantize(raw, rows[:19], activations="static")
    assert sl.quantize(raw, rows, activations="static").history[-1].measured["measured_on"] == "X"
