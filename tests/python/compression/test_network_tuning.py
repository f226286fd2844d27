"""finetune of networks: pruned stays zero, int8 trains as it predicts, pruning meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from slimline.compression.pruning.request import Request
from slimline.compression.pruning.steps import at_step, prune_to
from slimline.compression.training.network import Tuner, TuningOptions

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

OPTIONS = TuningOptions(
    alpha=1e-4, max_iter=2, batch_size=64, learning_rate_init=1e-3, random_state=0, n_threads=1
)


@pytest.fixture(scope="module")
def digits() -> tuple[Any, Any]:
    X, y = load_digits(return_X_y=True)
    return X.astype(np.float32), y


@pytest.fixture(scope="module")
def network(digits: tuple[Any, Any]) -> Any:
    X, y = digits
    pipeline = make_pipeline(
        StandardScaler(), sl.MLPClassifier((40, 24), max_iter=30, random_state=0)
    )
    return sl.convert(pipeline.fit(X, y))


def accuracy(model: Any, digits: tuple[Any, Any]) -> float:
    X, y = digits
    return float((model.predict(X) == y).mean())


def test_pruned_networks_recover_and_keep_their_zeros(network: Any, digits: Any) -> None:
    pruned = sl.prune(network, sparsity=0.85)
    tuned = sl.finetune(pruned, *digits, max_iter=20)
    assert accuracy(pruned, digits) + 0.05 < accuracy(tuned, digits)
    for before, after in zip(pruned.layers, tuned.layers, strict=True):
        assert (after.weight[before.weight == 0] == 0).all()
    assert tuned.history[-1].action == "finetuned"


@pytest.mark.parametrize("activations", ["dynamic", "static"])
def test_int8_networks_stay_int8_and_improve(network: Any, digits: Any, activations: str) -> None:
    X, y = digits
    pruned = sl.prune(network, sparsity=0.8)
    small = sl.quantize(pruned, X, activations=activations)
    tuned = sl.finetune(small, X, y, max_iter=10)
    assert [layer.kind for layer in tuned.layers] == [layer.kind for layer in small.layers]
    assert accuracy(tuned, digits) > accuracy(small, digits)
    for before, after in zip(small.layers, tuned.layers, strict=True):
        assert (after.weight[before.weight == 0] == 0).all()


@pytest.mark.parametrize("activations", ["dynamic", "static"])
def test_outputs_in_training_have_the_bits_of_the_models(
    network: Any, digits: Any, activations: str
) -> None:
    X, y = digits
    small = sl.quantize(network, X, activations=activations)
    tuner = Tuner(small, X, y, OPTIONS)
    tuner.epoch()
    model = tuner.trained()
    np.testing.assert_array_equal(tuner.outputs(), model.outputs(X))


def test_regression_in_large_units() -> None:
    X, y = load_diabetes(return_X_y=True)
    y = 1000 * y + 50_000
    pipeline = make_pipeline(StandardScaler(), sl.MLPRegressor(max_iter=300, random_state=0))
    model = sl.convert(pipeline.fit(X, (y - 50_000) / 1000))
    tuned = sl.finetune(model, X, y, max_iter=300, learning_rate_init=0.01)
    assert np.abs(tuned.predict(X) - y).mean() < 0.6 * np.abs(y - y.mean()).mean()


@pytest.mark.parametrize("link", ["softmax", "logistic", "margin", "ovo"])
def test_int8_linear_models_of_every_link(digits: Any, link: str) -> None:
    X, y = digits
    estimators = {
        "softmax": LogisticRegression(max_iter=20),
        "logistic": sl.SGDClassifier("log_loss", alpha=1e-3, max_iter=20, random_state=0),
        "margin": sl.LinearSVC(C=1e-4),
        "ovo": sl.LinearSVC(C=1e-4, multi_class="ovo"),
    }
    model = sl.prune(sl.convert(estimators[link].fit(X, y)), sparsity=0.7)
    assert model.link == link
    small = sl.quantize(model)
    tuned = sl.finetune(small, X, y, max_iter=10)
    assert accuracy(tuned, digits) >= max(0.9, accuracy(small, digits))


def test_sparse_rows_train_the_same(digits: Any) -> None:
    X, y = digits
    model = sl.convert(sl.MLPClassifier((20,), max_iter=3, random_state=0).fit(X, y))
    for start in (model, sl.quantize(model)):
        dense = sl.finetune(start, X, y, max_iter=2)
        csr = sl.finetune(start, sparse.csr_matrix(X), y, max_iter=2)
        np.testing.assert_allclose(csr.outputs(X), dense.outputs(X), rtol=0.1, atol=0.5)


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # on purpose
@pytest.mark.parametrize("scope", ["global", "layer"])
def test_pruning_while_training_reaches_the_share(network: Any, digits: Any, scope: str) -> None:
    tuned = sl.finetune(network, *digits, sparsity=0.9, scope=scope, max_iter=15)
    weights = [layer.weight for layer in tuned.layers]
    zeros = sum((w == 0).sum() for w in weights) / sum(w.size for w in weights)
    assert zeros >= 0.9 - 1e-3
    assert accuracy(tuned, digits) > accuracy(sl.prune(network, sparsity=0.9), digits) + 0.05
    assert tuned.history[-1].parameters["sparsity"] == 0.9


def nonzero_of(model: Any, m: int) -> Any:
    """Return how many of every m weights in a row are not zero, over all layers."""
    counts = []
    for layer in model.layers:
        kept = np.pad(layer.weight != 0, ((0, 0), (0, -layer.n_in % m)))
        counts.append(kept.reshape(layer.n_out, -1, m).sum(axis=2).ravel())
    return np.concatenate(counts)


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # on purpose
@pytest.mark.parametrize("pattern", ["2:4", "1:4", "3:5"])
def test_n_of_m_holds_in_every_group_after_training(
    network: Any, digits: Any, pattern: str
) -> None:
    n, m = map(int, pattern.split(":"))
    while_training = sl.finetune(network, *digits, granularity=pattern, max_iter=9)
    by_schedule = sl.prune(network, *digits, granularity=pattern, schedule="cubic", steps=3)
    at_once = sl.prune(network, granularity=pattern)
    for model in (while_training, by_schedule, sl.finetune(at_once, *digits, max_iter=3)):
        assert nonzero_of(model, m).max() == n
        assert accuracy(model, digits) > accuracy(at_once, digits)
    for start in (sl.quantize(at_once), sl.quantize(at_once, digits[0], activations="static")):
        assert nonzero_of(sl.finetune(start, *digits, max_iter=2), m).max() <= n
    assert while_training.history[-1].parameters["granularity"] == pattern


@pytest.mark.parametrize("schedule", ["cubic", "linear", "iterative"])
def test_n_of_m_falls_step_by_step(network: Any, schedule: Any) -> None:
    request = Request(
        sparsity=None,
        granularity="2:8",
        scope="global",
        criterion="magnitude",
        schedule=schedule,
        random_state=0,
    )
    kept = []
    for step in range(1, 7):
        pruned = prune_to(network, at_step(network, request, step / 6), None, None)
        kept.append(int(nonzero_of(pruned, 8).max()))
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] == 2
    assert len(set(kept)) > 2


@pytest.mark.parametrize("start", ["float32", "int8"])
def test_nodes_leave_the_matrices_while_training(network: Any, digits: Any, start: str) -> None:
    model = network if start == "float32" else sl.quantize(network)
    tuned = sl.finetune(model, *digits, sparsity=0.5, granularity="node", max_iter=30)
    hidden = [layer.n_out for layer in tuned.layers[:-1]]
    assert sum(hidden) == 32
    assert [layer.n_in for layer in tuned.layers] == [64, *hidden]
    assert [layer.n_out for layer in tuned.layers] == [*hidden, 10]
    assert tuned.nbytes < 0.6 * model.nbytes
    at_once = sl.prune(model, sparsity=0.5, granularity="node")
    assert accuracy(tuned, digits) > max(0.95, accuracy(at_once, digits))


def test_a_layer_keeps_its_best_node(digits: Any) -> None:
    X, y = digits
    model = sl.convert(sl.MLPClassifier((8, 30), max_iter=2, random_state=0).fit(X, y))
    for n_nodes in (2, 3):
        small = sl.prune(model, n_nodes=n_nodes, granularity="node")
        assert [layer.n_out for layer in small.layers][-1] == 10
        assert sum(layer.n_out for layer in small.layers[:-1]) == n_nodes
        assert min(layer.n_out for layer in small.layers) >= 1
    faint = replace(model.layers[0], weight=model.layers[0].weight * np.float32(1e-6))
    small = sl.prune(
        replace(model, layers=(faint, *model.layers[1:])), n_nodes=4, granularity="node"
    )
    assert min(layer.n_out for layer in small.layers) >= 1


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # on purpose
def test_features_leave_while_training(network: Any, digits: Any, tmp_path: Any) -> None:
    tuned = sl.finetune(network, *digits, sparsity=0.75, granularity="feature", max_iter=12)
    assert tuned.layers[0].n_in == 16
    assert len(tuned.input.selected) == 16
    at_once = sl.prune(network, sparsity=0.75, granularity="feature")
    more = sl.finetune(at_once, *digits, max_iter=3)
    assert accuracy(more, digits) > accuracy(at_once, digits)
    assert accuracy(tuned, digits) > accuracy(at_once, digits)
    sl.save(tuned, tmp_path / "model.slimline")
    loaded = sl.load(tmp_path / "model.slimline")
    np.testing.assert_array_equal(loaded.outputs(digits[0]), tuned.outputs(digits[0]))


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # on purpose
@pytest.mark.parametrize("granularity", ["weight", "block", "2:4"])
def test_what_was_pruned_while_training_stays_pruned(
    network: Any, digits: Any, granularity: str
) -> None:
    sparsity = 0.0 if ":" in granularity else 0.8
    pruned = sl.finetune(network, *digits, sparsity=sparsity, granularity=granularity, max_iter=6)
    assert pruned.n_nonzero < network.n_nonzero
    for start in (
        pruned,
        sl.quantize(pruned),
        sl.quantize(pruned, digits[0], activations="static"),
    ):
        tuned = sl.finetune(start, *digits, max_iter=2)
        for before, after in zip(pruned.layers, tuned.layers, strict=True):
            assert (after.weight[before.weight == 0] == 0).all()


def test_criteria_see_the_data_while_training(network: Any, digits: Any) -> None:
    for criterion in ("gradient", "second_order"):
        tuned = sl.finetune(network, *digits, sparsity=0.8, criterion=criterion, max_iter=6)
        assert tuned.n_nonzero <= 0.2 * network.n_nonzero + 1
        assert accuracy(tuned, digits) > 0.9


def test_the_number_of_threads_changes_nothing(network: Any, digits: Any) -> None:
    small = sl.quantize(network, digits[0], activations="static")
    one, three = (sl.finetune(small, *digits, max_iter=1, n_threads=n) for n in (1, 3))
    np.testing.assert_array_equal(one.outputs(digits[0]), three.outputs(digits[0]))


def test_bad_input_is_named(network: Any, digits: Any) -> None:
    X, y = digits
    with pytest.raises(ValueError, match=r"labels of the model's classes 0, 1, .*, got \[11\]"):
        sl.finetune(network, X, np.where(y == 3, 11, y))
    with pytest.raises(ValueError, match="same number of rows"):
        sl.finetune(network, X, y[:5])
    with pytest.raises(ValueError, match="sparsity must be in"):
        sl.finetune(network, X, y, sparsity=1)
    with pytest.raises(ValueError, match="'2:4' says how much: give no sparsity"):
        sl.finetune(network, X, y, sparsity=0.5, granularity="2:4")
    with pytest.raises(ValueError, match="prune first, then quantize"):
        sl.finetune(sl.quantize(network, X, activations="static"), X, y, sparsity=0.5)
    with pytest.raises(ValueError, match="counts them over all layers"):
        sl.finetune(network, X, y, sparsity=0.5, granularity="node", scope="layer")
