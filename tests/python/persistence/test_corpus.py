"""Files that earlier versions wrote are read as they were meant, and predict what they did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slimline as sl
from slimline import _core
from slimline.inputs import BLOCKS
from slimline.inputs.steps import OPS
from slimline.layers import KINDS
from slimline.model.labels import _TYPES
from slimline.model.links import LINKS
from slimline.persistence import digest, inspect_file, read_file, verify_file
from slimline.persistence.envelope import FORMAT_VERSION

CORPUS = Path(__file__).parents[2] / "corpus"
FILES = sorted(CORPUS.glob("v*/*.slim"))
MODELS = [path for path in FILES if path.stem.startswith("model_")]

# Layers whose outputs are the same bits on every CPU: see docs/internals/file_format.md.
INTEGER = {"int8", "int8_static", "sparse_int8"}


def name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def known(path: Path) -> dict[str, Any]:
    return json.loads(path.with_suffix(".json").read_text("ascii"))


def test_every_version_has_files() -> None:
    expected = {f"v{version}" for version in range(1, FORMAT_VERSION + 1)}
    assert {path.parent.name for path in FILES} == expected


def test_the_newest_version_has_models_of_every_kind() -> None:
    newest = [sl.load(path) for path in MODELS if path.parent.name == f"v{FORMAT_VERSION}"]
    layers = [layer for model in newest for layer in model.layers]
    assert {layer.kind for layer in layers} == set(KINDS)
    assert {layer.activation for layer in layers} == set(_core.activation_names())
    assert {model.link for model in newest} == set(LINKS)
    classes = [model.classes for model in newest if model.classes is not None]
    types = {"str" if each.dtype.kind == "U" else each.dtype.name for each in classes}
    assert types == set(_TYPES)
    codes = {
        (layer.encoding, layer.index.dtype.name, layer.values.shape[1])
        for layer in layers
        if hasattr(layer, "encoding")
    }
    assert {("delta", "uint8", 1), ("delta", "uint8", 4), ("delta", "uint16", 1)} <= codes
    assert {("bitmap", "uint8", 1), ("bitmap", "uint8", 4)} <= codes
    tasks = {model.task for model in newest if model.spec and model.reference and model.history}
    assert tasks == {"classification", "regression"}
    encoders = [model.input.encoder for model in newest if model.input.encoder is not None]
    blocks = [block for encoder in encoders for block in encoder.blocks]
    assert {block.kind for block in blocks} == set(BLOCKS)
    assert {step.op for block in blocks for step in getattr(block, "steps", ())} == set(OPS)
    keys = {block.keys.kind for block in blocks if block.kind == "categories"}
    assert keys == {"texts", "integers", "floats", "booleans"}
    stages = {(m.input.selected is None, m.input.offset is None, m.input.is_exact) for m in newest}
    assert stages >= {(True, False, False), (True, False, True), (False, False, True)}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_file_of_the_corpus(path: Path) -> None:
    expected = known(path)
    verify_file(path)
    for mmap in (False, True):
        tensors, content = read_file(path, mmap=mmap)
        assert content == expected["content"]
        assert tensors.keys() == expected["tensors"].keys()
        for key, array in tensors.items():
            listed = expected["tensors"][key]
            values = np.array(listed["values"], listed["dtype"]).reshape(listed["shape"])
            np.testing.assert_array_equal(array, values, strict=True)
    described = inspect_file(path)
    assert path.parent.name == f"v{described['format_version']}"
    if described["format_version"] == FORMAT_VERSION:
        assert digest(tensors, content) == described["model_sha256"]
    if described["signed_by"] is not None:
        verify_file(path, trusted_keys=[bytes.fromhex(described["signed_by"])])


@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize("path", MODELS, ids=name)
def test_model_of_the_corpus(path: Path, mmap: bool) -> None:  # noqa: FBT001 - parametrised
    expected, model = known(path), sl.load(path, mmap=mmap)
    rows, outputs = expected["rows"], np.array(expected["outputs"], np.float32)
    rows = np.array(rows) if model.input.encoder is None else rows
    got = model.outputs(rows)
    if all(
        each.kind in INTEGER and each.activation in {"identity", "relu"} for each in model.layers
    ):
        np.testing.assert_array_equal(got, outputs, strict=True)
    else:
        np.testing.assert_allclose(got, outputs, atol=1e-5 * abs(outputs).max(), strict=True)
    if model.classes is None:
        values = np.exp(got.astype(np.float64)) if model.link == "log" else got
        np.testing.assert_array_equal(model.predict(rows).reshape(got.shape), values)
    else:
        assert model.predict(rows).tolist() == expected["predictions"]
        assert len(set(expected["predictions"])) > 1
    assert model.defines_probabilities == (expected.get("probabilities") is not None)
    if model.defines_probabilities:
        np.testing.assert_allclose(model.predict_proba(rows), expected["probabilities"], atol=1e-5)
    described = inspect_file(path)
    if described["format_version"] == FORMAT_VERSION:
        assert model.sha256 == described["model_sha256"]
