"""finetune of networks: pruned stays zero, int8 trains as it predicts, pruning meanwhile."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from slimline.compression._network_tuning import Tuner, TuningOptions

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
    model = small.derive(tuner.layers(), "finetuned", {})
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


@pytest.mark.parametrize("scope", ["global", "layer"])
def test_pruning_while_training_reaches_the_share(network: Any, digits: Any, scope: str) -> None:
    tuned = sl.finetune(network, *digits, sparsity=0.9, scope=scope, max_iter=15)
    weights = [layer.weight for layer in tuned.layers]
    zeros = sum((w == 0).sum() for w in weights) / sum(w.size for w in weights)
    assert zeros >= 0.9 - 1e-3
    assert accuracy(tuned, digits) > accuracy(sl.prune(network, sparsity=0.9), digits) + 0.05
    assert tuned.history[-1].parameters["sparsity"] == 0.9


def test_the_number_of_threads_changes_nothing(network: Any, digits: Any) -> None:
    small = sl.quantize(network, digits[0], activations="static")
    one, three = (sl.finetune(small, *digits, max_iter=1, n_threads=n) for n in (1, 3))
    np.testing.assert_array_equal(one.outputs(digits[0]), three.outputs(digits[0]))


def test_bad_input_is_named(network: Any, digits: Any) -> None:
    X, y = digits
    with pytest.raises(ValueError, match=r"labels of the model's classes, got \[11\]"):
        sl.finetune(network, X, np.where(y == 3, 11, y))
    with pytest.raises(ValueError, match="same number of rows"):
        sl.finetune(network, X, y[:5])
    with pytest.raises(ValueError, match="sparsity must be in"):
        sl.finetune(network, X, y, sparsity=1)
