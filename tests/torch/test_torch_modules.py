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


def with_statistics(*parts):
    """Return a module whose running statistics are not those of its birth."""
    torch.manual_seed(1)
    module = nn.Sequential(*parts).train()
    for _ in range(3):
        module(2 * torch.randn(40, 20) - 1)
    return module.eval()


EACH = {
    "ReLU": lambda: (nn.Linear(20, 7), nn.ReLU(), nn.Linear(7, 3)),
    "Tanh": lambda: (nn.Linear(20, 7), nn.Tanh(), nn.Linear(7, 3)),
    "Sigmoid": lambda: (nn.Linear(20, 7), nn.Sigmoid(), nn.Linear(7, 3)),
    "GELU": lambda: (nn.Linear(20, 7), nn.GELU(), nn.Linear(7, 3)),
    "Dropout": lambda: (nn.Dropout(0.5), nn.Linear(20, 7), nn.Dropout(0.5), nn.Linear(7, 3)),
    "Flatten": lambda: (nn.Flatten(), nn.Linear(20, 3)),
    "Identity": lambda: (nn.Identity(), nn.Linear(20, 3)),
    "BatchNorm1d first": lambda: (nn.BatchNorm1d(20), nn.Linear(20, 3)),
    "BatchNorm1d last": lambda: (nn.Linear(20, 3), nn.BatchNorm1d(3)),
    "BatchNorm1d before": lambda: (nn.Linear(20, 7), nn.BatchNorm1d(7), nn.ReLU(), nn.Linear(7, 3)),
    "BatchNorm1d after": lambda: (nn.Linear(20, 7), nn.ReLU(), nn.BatchNorm1d(7), nn.Linear(7, 3)),
    "BatchNorm1d plain": lambda: (nn.BatchNorm1d(20, affine=False), nn.Linear(20, 3)),
}


@pytest.mark.parametrize("name", EACH)
def test_each_module_there_and_back(rows, name):
    module = with_statistics(*EACH[name]())
    model = sl.convert(module)
    expected = run(module, rows)
    np.testing.assert_allclose(model.outputs(rows), expected, atol=1e-5)
    back = sl.to_torch(model)
    np.testing.assert_allclose(run(back, rows), expected, atol=1e-5)
    np.testing.assert_allclose(sl.convert(back).outputs(rows), expected, atol=1e-5)


def test_a_flatten_takes_pictures(rows):
    module = nn.Sequential(nn.Flatten(), nn.Linear(20, 3)).eval()
    expected = run(module, rows.reshape(100, 4, 5))
    np.testing.assert_allclose(sl.convert(module).outputs(rows), expected, atol=1e-5)


@pytest.mark.parametrize("n_out", [1, 3])
def test_probabilities_there_and_back(rows, n_out):
    ending = nn.Softmax(dim=1) if n_out > 1 else nn.Sigmoid()
    module = nn.Sequential(nn.Linear(20, 6), nn.GELU(), nn.Linear(6, n_out), ending)
    model = sl.convert(module)
    expected = run(module, rows)
    np.testing.assert_allclose(model.predict_proba(rows)[:, -n_out:], expected, atol=1e-6)
    back = sl.to_torch(model, probabilities=True)
    assert isinstance(back[-1], type(ending))
    np.testing.assert_allclose(run(back, rows), expected, atol=1e-6)
    assert (sl.convert(back).predict(rows) == model.predict(rows)).all()
    with pytest.raises(ValueError, match="got 'identity' with 2"):
        sl.to_torch(sl.convert(nn.Sequential(nn.Linear(20, 2))), probabilities=True)


def test_features_that_are_not_read_get_zeros(rows):
    model = sl.prune(sl.convert(network()), n_features=6, granularity="feature")
    back = sl.to_torch(model)
    assert back[0].in_features == 20
    np.testing.assert_allclose(run(back, rows), model.outputs(rows), atol=1e-5)


def test_there_and_back(rows):
    model = sl.convert(network())
    np.testing.assert_allclose(run(sl.to_torch(model), rows), model.outputs(rows), atol=1e-6)


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # a random network
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


def test_offsets_that_float32_cannot_hold_make_a_module_of_float64():
    rows = np.random.default_rng(0).standard_normal((50, 3)) * [1e4, 1, 1] + [1.7e9, 0, 0]
    stage = sl.inputs.InputStage(
        n_features=3, offset=rows.mean(axis=0), scale=(1 / rows.std(axis=0)).astype(np.float32)
    )
    layer = sl.layers.DenseLayer(weight=np.ones((1, 3), np.float32), bias=np.zeros(1, np.float32))
    model = sl.Model(input=stage, layers=(layer,), link="identity", classes=None)
    with torch.no_grad():
        outputs = sl.to_torch(model)(torch.from_numpy(rows)).numpy()
    np.testing.assert_allclose(outputs, model.outputs(rows), atol=1e-5)


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
