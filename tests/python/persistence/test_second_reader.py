"""The page of the file format is enough to read every file: a reader written from it alone does."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import slimline as sl
from persistence import second_reader, second_tables
from slimline.history import Step
from slimline.inputs import BLOCKS
from slimline.layers import KINDS
from slimline.model.labels import _TYPES
from slimline.model.links import LINKS
from slimline.model.state import KNOWN
from slimline.persistence import read_file
from slimline.persistence.envelope import FORMAT_VERSION
from slimline.persistence.formats.safetensors import CODES

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "tests" / "corpus").glob("v*/*.slim"))
MODELS = [path for path in FILES if path.stem.startswith("model_")]
PAGE = (ROOT / "docs" / "internals" / "file_format.md").read_text("utf-8")

EXACT = {"int8", "sparse_int8", "int8_static"}  # what the page calls the same to the bit
TOLERANCE = 1e-5  # of the largest output, where the page leaves the order of sums open


def name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def is_exact(model: sl.Model) -> bool:
    return all(
        layer.kind in EXACT and layer.activation in {"identity", "relu"} for layer in model.layers
    )


def test_the_second_reader_is_short_and_shares_no_code() -> None:
    for part in (second_reader, second_tables):
        source = Path(part.__file__).read_text("utf-8")
        modules = {
            alias.name
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert modules <= {"hashlib", "json", "math", "numpy"}
        assert "from slimline" not in source
        assert source.count("\n") < 210


@pytest.mark.parametrize("path", FILES, ids=name)
def test_tensors_and_content(path: Path) -> None:
    tensors, meta = second_reader.read(path)
    known, content = read_file(path)
    assert meta["content"] == content
    assert tensors.keys() == known.keys()
    for key, array in tensors.items():
        np.testing.assert_array_equal(array, known[key], strict=True)


@pytest.mark.parametrize("path", MODELS, ids=name)
def test_weights_and_predictions(path: Path) -> None:
    model, reader = sl.load(path), second_reader.Reader(path)
    random = np.random.default_rng(0)
    rows = random.uniform(-3, 3, (40, model.input.n_features))
    if model.input.encoder is not None:
        rows = json.loads(path.with_suffix(".json").read_text("ascii"))["rows"]
    elif model.input.offset is not None:
        columns = slice(None) if model.input.selected is None else model.input.selected
        rows[:, columns] += model.input.offset
    outputs, expected = reader.outputs(rows), model.outputs(rows)
    assert outputs.dtype == np.float32
    if is_exact(model):
        np.testing.assert_array_equal(outputs, expected)
    else:
        np.testing.assert_allclose(outputs, expected, atol=TOLERANCE * abs(expected).max())
    predictions, probabilities = reader.predict(rows)
    if model.classes is None:
        known = model.predict(rows).reshape(outputs.shape)
        np.testing.assert_allclose(predictions, known, atol=TOLERANCE * abs(known).max())
    else:
        np.testing.assert_array_equal(predictions, model.predict(rows), strict=True)
    assert (probabilities is not None) == model.defines_probabilities
    if probabilities is not None:
        np.testing.assert_allclose(probabilities, model.predict_proba(rows), atol=TOLERANCE)


@pytest.mark.parametrize("path", MODELS, ids=name)
def test_dense_weights(path: Path) -> None:
    reader = second_reader.Reader(path)
    for i, layer in enumerate(sl.load(path).layers):
        read = reader.layer(i)
        stored = layer.weight_int8 if hasattr(layer, "weight_int8") else layer.weight
        np.testing.assert_array_equal(read.stored, stored, strict=True)
        np.testing.assert_array_equal(read.weight(), layer.weight, strict=True)


def test_a_signature() -> None:
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    path = next(path for path in MODELS if path.stem == "model_signed")
    _, meta = second_reader.read(path)
    digits = second_reader.hash_without_signature(path)
    assert digits == sl.load(path).sha256
    key = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(meta["ed25519"]["key"]))
    signature = bytes.fromhex(meta["ed25519"]["signature"])
    key.verify(signature, f"slimline model, ed25519, 1\n{digits}".encode())


def test_an_encrypted_file() -> None:
    aead = pytest.importorskip("cryptography.hazmat.primitives.ciphers.aead")
    model, key = sl.load(MODELS[0]), bytes(range(32))
    encrypted = sl.save(model, encrypt_with=key)
    assert encrypted[:8] == b"slimAES1"
    plain = aead.AESGCM(key).decrypt(encrypted[8:20], encrypted[20:], b"slimAES1")
    assert plain == sl.save(model)


@pytest.mark.parametrize(
    "names",
    [
        KINDS,
        BLOCKS,
        LINKS,
        _TYPES,
        CODES,
        KNOWN,
        [each.name for each in fields(Step)],
        [each.name for each in fields(sl.ModelSpec)],
    ],
    ids=["kinds", "blocks", "links", "labels", "dtypes", "content", "history", "spec"],
)
def test_the_prose_names_everything(names: list[str]) -> None:
    prose = re.sub(r"<!-- table .*?<!-- end of table -->", "", PAGE, flags=re.DOTALL)
    assert [each for each in names if not re.search(rf"[`\"]{each}[`\"]", prose)] == []
    assert prose.startswith(f"# The file format, version {FORMAT_VERSION}\n")
