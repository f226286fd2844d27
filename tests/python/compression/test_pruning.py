"""Pruning: how much, what, and how it is stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slimline as sl
from hypothesis import given
from hypothesis import strategies as st
from slimline.compression import CRITERIA
from slimline.inputs import InputStage
from slimline.layers import DenseLayer


def linear(weight: Any) -> sl.Model:
    weight = np.asarray(weight, dtype=np.float32)
    layer = DenseLayer(weight=weight, bias=np.ones(len(weight), np.float32))
    stage = InputStage(n_features=weight.shape[1])
    return sl.Model(input=stage, layers=(layer,), link="identity", classes=None)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("scope", ["global", "layer"])
@given(sparsity=st.floats(0, 0.999), seed=st.integers(0, 99))
def test_sparsity_is_met_within_a_weight(
    criterion: str, scope: Any, sparsity: float, seed: int
) -> None:
    model = linear(np.random.default_rng(seed).standard_normal((5, 13)))
    pruned = sl.prune(model, sparsity=sparsity, scope=scope, criterion=criterion)
    assert pruned.n_nonzero == 65 - int(sparsity * 65)


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


def test_rows_are_compressed_when_that_is_smaller(digits_model: sl.Model) -> None:
    light = sl.prune(digits_model, sparsity=0.1)
    heavy = sl.prune(digits_model, sparsity=0.9)
    assert (light.layers[0].kind, heavy.layers[0].kind) == ("dense", "sparse")
    assert light.nbytes == digits_model.nbytes
    assert heavy.nbytes < digits_model.nbytes / 3


def test_int8_layers_stay_int8(digits_model: sl.Model) -> None:
    pruned = sl.prune(sl.quantize(digits_model), sparsity=0.6)
    assert pruned.layers[0].kind == "int8"
    assert pruned.n_nonzero <= 640 - 384


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
        ({"sparsity": 1.0}, ValueError, r"sparsity must be in \[0, 1\), got 1.0"),
        ({"sparsity": -0.1}, ValueError, "sparsity must be in"),
        ({"sparsity": float("nan")}, ValueError, "sparsity must be in"),
        ({"sparsity": "half"}, TypeError, "sparsity must be a number"),
        ({"sparsity": True}, TypeError, "sparsity must be a number"),
        ({"sparsity": 0.5, "scope": "all"}, ValueError, "scope must be one of 'global', 'layer'"),
        ({"sparsity": 0.5, "granularity": "atom"}, ValueError, "granularity must be one of"),
        (
            {"sparsity": 0.5, "criterion": "luck"},
            ValueError,
            "criterion must be one of 'magnitude'",
        ),
    ],
)
def test_bad_arguments(
    digits_model: sl.Model, arguments: dict[str, Any], error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        sl.prune(digits_model, **arguments)
