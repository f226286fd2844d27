"""Networks to Models and back: scikit-learn's, slimline's and torch's."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import slimline as sl
from sklearn import neural_network
from sklearn.datasets import load_digits, make_multilabel_classification
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def digits() -> tuple[Any, Any]:
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


@pytest.mark.parametrize("package", [sl, neural_network])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_mlp_classifier_becomes_a_model(
    digits: tuple[Any, Any], package: Any, activation: str
) -> None:
    X, y = digits
    for labels in (y, np.where(y > 4, "high", "low")):
        network = package.MLPClassifier((12, 7), activation, max_iter=3).fit(X, labels)
        model = sl.convert(network)
        np.testing.assert_allclose(model.predict_proba(X), network.predict_proba(X), atol=1e-5)
        assert (model.predict(X) == network.predict(X)).all()
        assert len(model.layers) == 3


@pytest.mark.parametrize("package", [sl, neural_network])
def test_mlp_regressor_becomes_a_model(digits: tuple[Any, Any], package: Any) -> None:
    X, y = digits
    network = make_pipeline(
        StandardScaler(), package.MLPRegressor(hidden_layer_sizes=(9,), max_iter=3)
    )
    for values in (y, np.column_stack([y, -y])):
        model = sl.convert(network.fit(X, values))
        np.testing.assert_allclose(model.predict(X), network.predict(X), rtol=1e-4, atol=1e-4)
        assert model.input.standardizes


def test_hinge_network_has_margins(digits: tuple[Any, Any]) -> None:
    X, y = digits
    network = sl.MLPClassifier((9,), loss="hinge", max_iter=3).fit(X, y)
    model = sl.convert(network)
    assert model.link == "margin"
    assert (model.predict(X) == network.predict(X)).all()


def test_a_file_keeps_a_network(digits: tuple[Any, Any], tmp_path: Any) -> None:
    X, y = digits
    model = sl.convert(sl.MLPClassifier((9,), "gelu", max_iter=3).fit(X, y))
    sl.save(model, tmp_path / "network.slimline")
    loaded = sl.load(tmp_path / "network.slimline")
    np.testing.assert_array_equal(loaded.outputs(X), model.outputs(X))


def test_what_no_model_can_be_is_named(digits: tuple[Any, Any]) -> None:
    X, Y = make_multilabel_classification(50, random_state=0)
    with pytest.raises(ValueError, match="multi-label"):
        sl.convert(sl.MLPClassifier((4,), max_iter=1).fit(X, Y))
    with pytest.raises(ValueError, match="classes go with a torch Sequential alone"):
        sl.convert(sl.MLPClassifier((4,), max_iter=1).fit(*digits), classes=range(10))


def test_to_torch_without_torch_names_the_extra(
    digits: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = sl.convert(sl.MLPClassifier((4,), max_iter=1).fit(*digits))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="pip install torch"):
        sl.to_torch(model)
