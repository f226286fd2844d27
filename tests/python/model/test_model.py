"""Models: predictions, files, history, what they refuse."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from slimline.inputs import InputStage
from slimline.layers import KINDS, DenseLayer
from slimline.model.labels import labels_from_json, labels_to_json
from slimline.model.links import LINKS
from slimline.persistence import read_file, write_file


def naive(model: sl.Model, X: Any) -> Any:
    """Outputs of a float model, in float64."""
    functions = {"identity": lambda z: z, "relu": lambda z: np.maximum(z, 0)}
    z = np.asarray(X, dtype=float)
    if model.input.standardizes:
        z = (z - model.input.offset) * model.input.scale
    for layer in model.layers:
        z = functions[layer.activation](z @ layer.weight.T.astype(float) + layer.bias)
    return z


@pytest.fixture
def X() -> Any:
    return np.random.default_rng(1).standard_normal((33, 5)).astype(np.float32)


def test_outputs_are_those_of_the_formula(network: sl.Model, X: Any) -> None:
    np.testing.assert_allclose(network.predict(X), naive(network, X), rtol=1e-4, atol=1e-5)
    assert network.predict(X[:0]).shape == (0, 2)


@pytest.mark.parametrize("make", [np.asarray, np.asfortranarray, np.ndarray.tolist, np.float64])
def test_any_array_like(network: sl.Model, X: Any, make: Any) -> None:
    assert np.array_equal(network.predict(make(X)), network.predict(X))


@pytest.mark.parametrize("container", [sparse.csr_array, sparse.csc_array, sparse.csr_matrix])
def test_sparse_input(network: sl.Model, X: Any, container: Any) -> None:
    X[np.abs(X) < 0.7] = 0
    assert np.array_equal(network.predict(container(X)), network.predict(X))
    wide = sparse.csr_array(X)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    assert np.array_equal(network.predict(wide), network.predict(X))


@pytest.mark.parametrize("change", [lambda m: m, lambda m: sl.prune(m, sparsity=0.5), sl.quantize])
def test_a_row_is_the_same_alone_in_a_batch_and_on_threads(
    network: sl.Model, X: Any, change: Any
) -> None:
    model = change(network)
    batch = model.outputs(X)
    for n_threads in (1, 2, 3, 8):
        assert np.array_equal(model.outputs(X, n_threads=n_threads), batch)
    for i in range(len(X)):
        assert np.array_equal(model.outputs(X[i : i + 1])[0], batch[i])


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.zeros((2, 4)), ValueError, "X has 4 features, but the model expects 5"),
        (np.zeros(5), ValueError, r"X must have 2 dimensions, got shape \(5,\); use X.reshape"),
        (np.full((1, 5), np.nan), ValueError, "X must be finite"),
        (np.full((1, 5), np.inf), ValueError, "X must be finite"),
        (np.full((1, 5), 1e300), ValueError, "X must be finite and within float32"),
        (np.array([["a"] * 5]), TypeError, "X must hold real numbers"),
        ([{"a": 1.0}], TypeError, "lists of numbers in the order of the features"),
        ([[1, 2], [3]], ValueError, "X must be a rectangular array"),
        (sparse.csr_array((2, 4)), ValueError, "X has 4 features"),
        (sparse.csr_array(np.full((1, 5), np.nan)), ValueError, "X must be finite"),
    ],
)
def test_bad_input(network: sl.Model, X: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        network.predict(X)


@pytest.mark.parametrize("change", [lambda m: m, sl.quantize])
def test_an_overflow_inside_is_reported(network: sl.Model, change: Any) -> None:
    stage = replace(network.input, scale=np.full(5, 1e3, dtype=np.float32))
    model = change(replace(network, input=stage))
    with pytest.raises(ValueError, match="what the model makes of X must be finite"):
        model.predict([[3e38, -3e38, 3e38, 0, 0]])


def test_repr_is_one_short_line(network: sl.Model, digits_model: sl.Model) -> None:
    assert repr(digits_model) == "<Model: 64 features, dense 64x10, 10 classes, 3,112 bytes>"
    assert repr(network) == "<Model: 5 features, dense 5x7, dense 7x2, regression, 272 bytes>"


@pytest.mark.parametrize(
    "step",
    [
        sl.prune,
        sl.quantize,
        sl.explain,
        *(partial(f, y=[0, 1]) for f in (sl.finetune, sl.compress)),
    ],
)
def test_what_is_no_model_is_refused(step: Any) -> None:
    pipeline = make_pipeline(StandardScaler(), LinearSVC())
    with pytest.raises(TypeError, match=r"a slimline Model, got Pipeline; see slimline\.convert"):
        step(pipeline, X=[[1.0], [2.0]])


def test_huge_finite_values_pass(network: sl.Model) -> None:
    assert network.predict(np.full((1, 5), 3e37)).shape == (1, 2)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_links(link: str, n_classes: int) -> None:
    kind = LINKS[link]
    width = kind.n_outputs(n_classes) or 2
    random = np.random.default_rng(0)
    weight = random.standard_normal((width, 4)).astype(np.float32)
    classes = None if kind.winners is None else np.array(list("abcde"[:n_classes]))
    model = sl.Model(
        input=InputStage(n_features=4),
        layers=(DenseLayer(weight=weight, bias=np.zeros(width, np.float32)),),
        link=link,
        classes=classes,
    )
    X = random.standard_normal((50, 4))
    decision = model.decision_function(X)
    assert decision.shape[0] == 50
    if classes is not None:
        winners = (decision > 0).astype(int) if decision.ndim == 1 else decision.argmax(axis=1)
        if link != "ovo":  # whose scores break ties of votes; compared with SVC elsewhere
            assert np.array_equal(classes[winners], model.predict(X))
    if model.defines_probabilities:
        probabilities = model.predict_proba(X)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        assert probabilities.shape == (50, n_classes)
    else:
        with pytest.raises(AttributeError, match="no probabilities"):
            model.predict_proba(X)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"link": "magic"}, "link must be one of"),
        ({"layers": ()}, "at least one layer"),
        ({"input": InputStage(n_features=4)}, "layer 0 must take 4 inputs"),
        ({"classes": np.arange(2)}, "classes must not be given"),
        ({"link": "margin"}, "classes must be given"),
        ({"link": "margin", "classes": np.arange(3)}, "do not fit 2 outputs"),
        ({"link": "softmax", "classes": np.zeros(2)}, "distinct"),
    ],
)
def test_parts_must_fit(network: sl.Model, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(network, **changes)


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # on purpose
@pytest.mark.parametrize("change", KINDS)
def test_save_and_load_keep_everything(
    network: sl.Model, X: Any, change: str, tmp_path: Path
) -> None:
    models = {
        "dense": network,
        "sparse": sl.prune(network, sparsity=0.8),
        "int8": sl.quantize(network),
        "int8_static": sl.quantize(network, X, activations="static"),
        "int8_weights": sl.quantize(network, activations="float32"),
        "sparse_int8": sl.prune(sl.quantize(network), sparsity=0.9, scope="layer"),
    }
    assert set(models) == set(KINDS)
    model = models[change]
    path = tmp_path / "model.slimline"
    sl.save(model, path)
    loaded = sl.load(path)
    assert loaded.layers[0].kind == change
    assert np.array_equal(loaded.predict(X), model.predict(X))
    assert loaded.sha256 == model.sha256
    assert loaded.history == model.history
    assert loaded.input.feature_names == tuple("abcde")
    assert loaded.summary() == model.summary()


@pytest.mark.parametrize(
    "labels",
    [np.array(["b", "ä"]), np.array([True, False]), np.array([3, 1], dtype=np.uint8), [0.5, 1.5]],
)
def test_labels_keep_their_type(labels: Any) -> None:
    labels = np.asarray(labels)
    again = labels_from_json(json.loads(json.dumps(labels_to_json(labels))))
    assert again.dtype.kind == labels.dtype.kind
    assert np.array_equal(again, labels)


def test_labels_of_other_types_are_refused() -> None:
    with pytest.raises(TypeError, match="classes must be"):
        labels_to_json(np.array([1j, 2j]))
    for dtype, values in (("int8", [1000]), ("int8", ["a"]), ("object", [1]), ("int8", [True])):
        with pytest.raises((TypeError, ValueError, KeyError, OverflowError)):
            labels_from_json({"dtype": dtype, "values": values})


def test_every_step_names_its_parent(digits_model: sl.Model) -> None:
    pruned = sl.prune(digits_model, sparsity=0.5)
    small = sl.quantize(pruned)
    actions = [step.action for step in small.history]
    assert actions == ["trained", "converted", "pruned", "quantized"]
    parents = [step.parent for step in small.history]
    assert (parents[0], parents[2:]) == (None, [digits_model.sha256, pruned.sha256])
    sizes = {"nbytes": small.nbytes, "n_nonzero": small.n_nonzero}
    assert small.history[-1].measured == {**sizes, "measured_on": "nothing"}
    assert small.history[2].parameters["sparsity"] == 0.5


def test_files_that_are_no_models(network: sl.Model, tmp_path: Path) -> None:
    path = tmp_path / "model.slimline"
    sl.save(network, path)
    tensors, content = read_file(path)

    def refuses(tensors: Any, content: Any) -> None:
        write_file(path, tensors, content)
        with pytest.raises(sl.FormatError, match="do not make a model"):
            sl.load(path)

    refuses({}, {})
    refuses({**tensors, "more": np.zeros(2)}, content)
    refuses(tensors, {**content, "more": 1})
    for name in tensors:
        refuses({key: value for key, value in tensors.items() if key != name}, content)
        refuses({**tensors, name: np.zeros((1, 1, 1), dtype=np.float32)}, content)
        refuses({**tensors, name: tensors[name].astype(np.float16)}, content)
    for name in content:
        refuses(tensors, {key: value for key, value in content.items() if key != name})
        for wrong in (0, "x", [1], {"a": 1}, [[]], True):
            refuses(tensors, {**content, name: wrong})
    for name, wrong in (("n_features", -5), ("n_features", 5.0), ("feature_names", ["a"])):
        refuses(tensors, {**content, "input": {**content["input"], name: wrong}})
    refuses(tensors, {**content, "layers": [{"kind": "dense"}]})
    refuses(tensors, {**content, "layers": [{"kind": "os.system", "activation": "relu"}]})
    stored = [{"dtype": "int8", "values": [1000, 1]}, {"dtype": "uint8", "values": [-1, 1]}]
    stored += [{"dtype": "float32", "values": [1e300, 1.0]}, {"dtype": "str", "values": [[], "a"]}]
    for classes in stored:
        refuses(tensors, {**content, "classes": classes, "link": "softmax"})
    step = {"action": "x", "library": "1", "parent": None, "parameters": {}, "measured": {}}
    refuses(tensors, {**content, "history": [{**step, "action": 1}]})
    refuses(tensors, {**content, "history": [{**step, "parameters": {"a": []}}]})


def test_any_flipped_byte_and_any_truncation_is_found(
    digits_model: sl.Model, tmp_path: Path
) -> None:
    path = tmp_path / "model.slimline"
    sl.save(sl.quantize(digits_model), path)
    good = path.read_bytes()
    for i in range(len(good)):
        path.write_bytes(good[:i] + bytes([good[i] ^ 1 << i % 8]) + good[i + 1 :])
        with pytest.raises(sl.FormatError):
            sl.load(path)
        path.write_bytes(good[:i])
        with pytest.raises(sl.FormatError):
            sl.load(path)
    path.write_bytes(good)
    sl.load(path)


def test_save_refuses_other_objects(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"slimline\.convert"):
        sl.save([1, 2], tmp_path / "x")  # type: ignore[arg-type]


def test_summary_names_layers(network: sl.Model) -> None:
    text = sl.quantize(network).summary()
    assert "int8" in text
    assert "5 -> 7" in text
    assert "relu" in text
    assert "standardised input" in text


@pytest.mark.parametrize("make", [sl.quantize, lambda model: sl.prune(model, sparsity=0.7)])
def test_models_travel_between_processes(digits_model, digits, make):
    model = make(digits_model.with_reference(digits.X_train))
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 - ours
    assert again.sha256 == model.sha256
    assert np.array_equal(again.predict(digits.X_test), model.predict(digits.X_test))
    assert not again.reference.edges.flags.writeable
