"""Random edits of what a model's file says: refused with FormatError, or a model in good order.

The quick relative of tests/fuzz/fuzz_read.py, which works on bytes.
"""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest
import slimline as sl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slimline.inputs import InputStage
from slimline.layers import DenseLayer, SparseLayer
from slimline.persistence import read_file, write_file

WEIGHT = np.array([[1, 0, -2], [0, 0.5, 0]], np.float32)


def models() -> list[sl.Model]:
    """Small models with all that a file may hold."""
    dense = sl.Model(
        input=InputStage(n_features=3, offset=WEIGHT[0], scale=abs(WEIGHT[0]) + 1),
        layers=(DenseLayer(weight=WEIGHT, bias=WEIGHT[:, 0], activation="relu"),),
        link="softmax",
        classes=np.array(["no", "yes"]),
    )
    spec = sl.ModelSpec(
        task="classification", features=dict.fromkeys("abc", "float32"), metrics={"accuracy": 0.5}
    )
    full = dense.with_spec(spec).with_reference(WEIGHT, ["no", "yes"])
    sparse = SparseLayer.from_weight(WEIGHT, WEIGHT[:, 0], "identity")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sl.DegradationWarning)  # of ranges of two rows
        static = sl.quantize(full, WEIGHT, activations="static")
    return [full, dense.derive([sparse], "pruned", {}), sl.quantize(full), static]


MODELS = models()
JSON = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "dense", "int8", "relu", "softmax", "f4,(01)f4", "\0", "float16"])
    | st.lists(st.integers(-5, 300) | st.text(max_size=3), max_size=3)
    | st.dictionaries(st.sampled_from(["dtype", "values", "kind"]), st.text(max_size=3), max_size=2)
)
ARRAYS = st.sampled_from(
    [
        np.zeros(0, np.float32),
        np.full((2, 3), -1, np.float32),
        np.full((2, 3), -128, np.int8),
        np.array([2**32 - 1, 0], np.uint32),
        np.array([65535], np.uint16),
        np.full((3, 33), 7, np.float32),
        np.full((1, 2), -(2**63), np.int64),
        np.array([-1.0, 1e30, 0.0]),
    ]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to every entry inside a JSON value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, entry in entries:
        found.append((*path, key))
        if isinstance(entry, dict | list):
            found += places(entry, (*path, key))
    return found


def edit(content: Any, path: tuple[Any, ...], value: Any, action: str) -> None:
    """Replace, remove or rename one entry; a path that an earlier edit has cut is left alone."""
    for key in path[:-1]:
        try:
            content = content[key]
        except (KeyError, IndexError, TypeError):
            return
    if not isinstance(content, dict | list) or (
        isinstance(content, list) and path[-1] >= len(content)
    ):
        return
    if action == "replace":
        content[path[-1]] = value
    elif action == "remove" and (isinstance(content, list) or path[-1] in content):
        del content[path[-1]]
    elif isinstance(content, dict):
        content["more"] = value


@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), which=st.integers(0, len(MODELS) - 1))
def test_edited_models(data, which, tmp_path):
    path = tmp_path / "x.slimline"
    sl.save(MODELS[which], path)
    tensors, content = read_file(path)
    tensors, content = dict(tensors), copy.deepcopy(content)
    for _ in range(data.draw(st.integers(1, 3))):
        if data.draw(st.booleans()):
            where = data.draw(st.sampled_from(places(content) or [()]))
            action = data.draw(st.sampled_from(["replace", "replace", "remove", "add"]))
            if where:
                edit(content, where, data.draw(JSON), action)
        elif tensors:
            name = data.draw(st.sampled_from(sorted(tensors)))
            changed = data.draw(ARRAYS)
            same_shape = tensors[name].shape == changed.shape
            with np.errstate(all="ignore"):
                tensors[name] = changed.astype(tensors[name].dtype) if same_shape else changed
    try:
        write_file(path, tensors, content)
    except (TypeError, ValueError):
        return  # no such file can be
    try:
        model = sl.load(path)
    except sl.FormatError:
        return
    again = tmp_path / "again.slimline"
    sl.save(model, again)
    assert sl.load(again).sha256 == model.sha256
    if model.input.n_features < 1000:
        X = np.zeros((2, model.input.n_features), dtype=np.float32)
        try:
            assert len(model.predict(X)) == 2
        except ValueError as error:
            assert "finite" in str(error)  # noqa: PT017 - most have no error


@pytest.mark.parametrize("model", MODELS)
def test_the_models_are_good(model, tmp_path):
    sl.save(model, tmp_path / "x.slimline")
    assert sl.load(tmp_path / "x.slimline").sha256 == model.sha256
