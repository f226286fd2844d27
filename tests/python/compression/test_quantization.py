"""int8 models: size, error bounds, accuracy, the same integers everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slimline as sl
from hypothesis import given
from hypothesis import strategies as st
from slimline import _core
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
    quantized: Any = sl.quantize(model, per=per).layers[0]
    step = quantized.scale[:, None]
    assert (np.abs(quantized.weight - weight) <= step * 0.5001).all()
    assert np.abs(quantized.weight_int8).max() == 127
    assert (len(set(quantized.scale.tolist())) == 1) == (per == "tensor")


def test_int8_is_small_and_as_good(digits_model: sl.Model, digits: Any) -> None:
    small = sl.quantize(digits_model)
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
    for each in (model, sl.quantize(model)):
        sl.save(each, tmp_path / "model")
        sizes.append((tmp_path / "model").stat().st_size)
    assert sizes[0] >= 3.5 * sizes[1]


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


def test_same_bits_on_every_instruction_set(
    digits_model: sl.Model, digits: Any, tmp_path: Path
) -> None:
    sl.save(sl.quantize(digits_model), tmp_path / "model")
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"dtype": "int4"}, "dtype must be one of 'int8'"), ({"per": "row"}, "per must be one of")],
)
def test_bad_arguments(digits_model: sl.Model, arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sl.quantize(digits_model, **arguments)
