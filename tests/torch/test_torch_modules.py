"""torch.nn.Sequential to Model and back; needs torch, hence a session of its own: nox -s torch."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl
import torch
from torch import nn


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((100, 20)).astype(np.float32)


def network(*ending):
    """Every kind of module that convert takes, with statistics of their own."""
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Flatten(),
        nn.BatchNorm1d(20),
        nn.Linear(20, 16),
        nn.BatchNorm1d(16),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.BatchNorm1d(16, affine=False),
        nn.Sequential(nn.Linear(16, 8, bias=False), nn.GELU()),
        nn.Linear(8, 6),
        nn.Tanh(),
        nn.Identity(),
        nn.Linear(6, 5),
        nn.Sigmoid(),
        nn.Linear(5, 3),
        *ending,
    )
    for _ in range(5):
        module(3 * torch.randn(50, 20) + 1)
    return module.eval()


def run(module, rows):
    with torch.no_grad():
        return module(torch.from_numpy(rows)).numpy()


def test_outputs_agree(rows):
    module = network()
    np.testing.assert_allclose(sl.convert(module).outputs(rows), run(module, rows), atol=1e-5)


def test_a_softmax_makes_classes(rows):
    for ending in (nn.Softmax(dim=1), nn.LogSoftmax(dim=1)):
        module = network(ending)
        model = sl.convert(module, classes=["a", "b", "c"])
        expected = run(module, rows)
        assert (model.predict(rows) == np.array(["a", "b", "c"])[expected.argmax(axis=1)]).all()
    assert sl.convert(module).classes.tolist() == [0, 1, 2]


def test_a_sigmoid_makes_probabilities(rows):
    module = nn.Sequential(nn.Linear(20, 1), nn.Sigmoid())
    model = sl.convert(module)
    np.testing.assert_allclose(model.predict_proba(rows)[:, 1:], run(module, rows), atol=1e-6)


def test_training_mode_and_precision_are_left_alone(rows):
    module = network().double().train()
    model = sl.convert(module)
    assert module.training
    assert module[2].weight.dtype == torch.float64
    assert model.outputs(rows).dtype == np.float32


def test_there_and_back(rows):
    model = sl.convert(network())
    np.testing.assert_allclose(run(sl.to_torch(model), rows), model.outputs(rows), atol=1e-6)


def test_standardised_pruned_and_int8_models_become_modules(rows):
    stage = sl.convert(network()).input
    model = sl.convert(network())
    scaled = sl.Model(
        input=type(stage)(
            n_features=20,
            offset=np.full(20, 0.5, np.float32),
            scale=np.full(20, 2.0, np.float32),
        ),
        layers=model.layers,
        link=model.link,
        classes=None,
    )
    np.testing.assert_allclose(run(sl.to_torch(scaled), rows), scaled.outputs(rows), atol=1e-5)
    pruned = sl.prune(scaled, sparsity=0.8)
    np.testing.assert_allclose(run(sl.to_torch(pruned), rows), pruned.outputs(rows), atol=1e-5)
    small = sl.quantize(scaled)
    np.testing.assert_allclose(run(sl.to_torch(small), rows), small.outputs(rows), atol=0.05)


@pytest.mark.parametrize(
    ("module", "error", "message"),
    [
        (nn.Linear(3, 2), TypeError, "only a Sequential"),
        (nn.Sequential(nn.ReLU(), nn.Linear(3, 2)), ValueError, "does not follow a Linear"),
        (nn.Sequential(nn.Linear(3, 2), nn.Conv1d(1, 1, 1)), TypeError, "cannot convert a Conv1d"),
        (nn.Sequential(nn.Linear(3, 2), nn.GELU(approximate="tanh")), ValueError, "approximate"),
        (nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.BatchNorm1d(2)), ValueError, "must end in"),
    ],
    ids=str,
)
def test_what_cannot_be_converted_is_named(module, error, message):
    with pytest.raises(error, match=message):
        sl.convert(module)


def test_a_forward_of_its_own_is_found_out():
    class Doubled(nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    Doubled.__name__ = "Linear"
    with pytest.raises(ValueError, match="outputs differ"):
        sl.convert(nn.Sequential(Doubled(3, 2)))
