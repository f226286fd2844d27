"""Files with correct hashes whose models ask for more memory than the file can justify."""

from __future__ import annotations

import json
import os
import re
import resource
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slimline as sl
from persistence.forging import ZEROS, envelope, sealed
from scipy import sparse
from slimline.inputs import InputStage
from slimline.layers import DenseLayer, SparseInt8Layer, SparseLayer
from slimline.persistence import FormatError

ROOM = 2**24  # bytes that reading may take besides four times the file


def forged(tensors: Mapping[str, tuple[str, tuple[int, ...], bytes]], content: Any) -> bytes:
    """Return a file of tensors, each with the dtype and the shape that it claims, and content."""
    text = envelope(json.dumps(content, sort_keys=True, separators=(",", ":")), digits=ZEROS)
    header: dict[str, Any] = {"__metadata__": {"slimline": text}}
    at = 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    return sealed(
        json.dumps(header, separators=(",", ":")).encode(),
        b"".join(data for _, _, data in tensors.values()),
    )


def content(n_features: int, layer: Mapping[str, str], classes: Any = None) -> dict[str, Any]:
    return {
        "classes": classes,
        "history": [],
        "input": {"feature_names": None, "n_features": n_features},
        "layers": [layer],
        "link": "identity" if classes is None else "margin",
    }


DENSE = {"activation": "identity", "kind": "dense"}
SPARSE = {"activation": "identity", "encoding": "delta", "kind": "sparse"}


def floats(*shape: int) -> tuple[str, tuple[int, ...], bytes]:
    return "F32", shape, bytes(4 * int(np.prod(shape)))


def kept(n_out: int, n_in: int, values: int = 1) -> dict[str, Any]:
    shape = np.array([n_out, n_in], np.uint32).tobytes()
    return {
        "layers.0.bias": floats(min(n_out, 1)),
        "layers.0.index": ("U8", (values,), bytes(values)),
        "layers.0.shape": ("U32", (2,), shape),
        "layers.0.values": floats(values, 1),
    }


def without_entries(*shape: int) -> dict[str, Any]:
    return {"layers.0.bias": floats(shape[0]), "layers.0.weight": ("F32", shape, b"")}


REFUSED: dict[str, Callable[[], bytes]] = {
    "no outputs, 2^60 inputs": lambda: forged(without_entries(0, 2**60), content(2**60, DENSE)),
    "no outputs, 2^20 inputs": lambda: forged(without_entries(0, 2**20), content(2**20, DENSE)),
    "no inputs": lambda: forged({**without_entries(1, 0)}, content(0, DENSE)),
    "more inputs than int32 counts": lambda: forged(kept(1, 2**31), content(2**31, SPARSE)),
    "units that wrap": lambda: forged(kept(2**31, 2**31), content(2**31, SPARSE)),
    "outputs without a bias": lambda: forged(kept(2**30, 3), content(3, SPARSE)),
    "a reference without edges": lambda: forged(
        {
            "layers.0.bias": floats(1),
            "layers.0.weight": floats(1, 3),
            "reference.counts": ("I64", (2**27, 0), b""),
            "reference.edges": ("F32", (2**27, 0), b""),
            "reference.losses": ("F64", (3,), bytes(24)),
            "reference.predicted_counts": ("I64", (1, 0), b""),
            "reference.predicted_edges": ("F32", (0, 33), b""),
        },
        content(3, DENSE),
    ),
}


def _address_space() -> int:
    used = re.search(r"VmSize:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    assert used is not None
    return 1024 * int(used[1])


def within(room: int, action: Callable[[], object]) -> str:
    """Say what an action raises in a child whose address space may grow by so many bytes."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        if "ASAN_OPTIONS" not in os.environ:  # whose memory is not the program's
            limit = _address_space() + room
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        word = "fine"
        try:
            action()
        except BaseException as error:  # noqa: BLE001 - the parent judges it
            word = type(error).__name__
        os.write(writing, word.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as word:
        said = word.read()
    os.waitpid(child, 0)
    return said or "the process ended"


@pytest.fixture(scope="module", autouse=True)
def loaded_before(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let modules that are imported on first use count for no file."""
    path = tmp_path_factory.mktemp("first") / "x.slim"
    layer = SparseLayer.from_weight(np.eye(3, dtype=np.float32), np.zeros(3, np.float32), "relu")
    model = sl.Model(input=InputStage(n_features=3), layers=(layer,), link="identity", classes=None)
    sl.save(model, path)
    sl.load(path).predict(sparse.csr_matrix(np.eye(3)))


@pytest.mark.parametrize("name", REFUSED)
def test_refused_within_what_the_file_justifies(name: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.slim"
    size = path.write_bytes(REFUSED[name]())
    assert within(4 * size + ROOM, lambda: sl.load(path)) == "FormatError"
    with pytest.raises(FormatError):
        sl.load(path)


def labels(*texts: str) -> bytes:
    weight = {"layers.0.bias": floats(len(texts)), "layers.0.weight": floats(len(texts), 1)}
    return forged(weight, content(1, DENSE, {"dtype": "str", "values": list(texts)}))


def test_a_long_label_does_not_widen_the_others(tmp_path: Path) -> None:
    path = tmp_path / "labels.slim"
    texts = [f"{i:05}" for i in range(20_000)]
    size = path.write_bytes(labels(*texts, "x" * 10**6))
    assert within(4 * size + ROOM, lambda: sl.load(path)) == "fine"
    model = sl.load(path)
    assert model.classes is not None
    assert model.classes.dtype == object
    assert model.predict([[1.0]]).tolist() == ["00000"]
    assert model.bind().predict(np.ones((1, 1), np.float32)).tolist() == ["00000"]
    sl.save(model, path)
    assert sl.load(path).sha256 == model.sha256
    assert path.stat().st_size == size
    path.write_bytes(labels(*texts, "x" * 20))
    assert sl.load(path).classes.dtype == np.dtype("<U20")  # type: ignore[union-attr]


def wide(kind: str, n_in: int, density: float = 0.0005) -> sl.Model:
    """Return an honest model of sparse text features with one output per class."""
    random = np.random.default_rng(0)
    weight = np.zeros((3, n_in), dtype=np.float32)
    places = random.choice(3 * n_in, int(density * 3 * n_in), replace=False)
    weight.ravel()[places] = random.standard_normal(len(places))
    bias = np.zeros(3, np.float32)
    layer: Any
    if kind == "dense":
        layer = DenseLayer(weight=weight, bias=bias)
    elif kind == "sparse":
        layer = SparseLayer.from_weight(weight, bias, "identity")
    else:
        integers = np.sign(weight).astype(np.int8)
        layer = SparseInt8Layer.from_weight(integers, np.ones(3, np.float32), bias, "identity")
    return sl.Model(
        input=InputStage(n_features=n_in),
        layers=(layer,),
        link="softmax",
        classes=np.array(["a", "b", "c"]),
    )


@pytest.mark.parametrize(
    ("kind", "n_in"), [("dense", 3_000_000), ("sparse", 10_000_000), ("sparse_int8", 131_072)]
)
def test_wide_models_serve_within_what_their_file_justifies(
    kind: str, n_in: int, tmp_path: Path
) -> None:
    path = tmp_path / "wide.slim"
    model = wide(kind, n_in)
    sl.save(model, path)
    size = path.stat().st_size
    if kind == "sparse":
        assert size < 100_000
    row = sparse.csr_matrix(([1.0, -2.0], [5, n_in - 1], [0, 2]), shape=(1, n_in))
    places = model.layers[0].weight
    expected = places[:, 5] - 2 * places[:, n_in - 1]

    def serve() -> None:
        loaded = sl.load(path)
        assert "features" in repr(loaded) + loaded.summary()
        persistent = sl.persistence.inspect_file(path)
        assert persistent["bytes"] == size
        np.testing.assert_allclose(loaded.outputs(row)[0], expected, atol=1e-2)
        loaded.bind()

    assert within(4 * size + ROOM, serve) == "fine"
    serve()


def test_predicting_sparse_rows_of_an_empty_layer_cannot_reach_the_core() -> None:
    weight = np.empty((0, 2**20), np.float32)
    with pytest.raises(ValueError, match="the outputs of layer 0 must be 1 to"):
        sl.Model(
            input=InputStage(n_features=2**20),
            layers=(DenseLayer(weight=weight, bias=np.empty(0, np.float32)),),
            link="identity",
            classes=None,
        )


def test_steps_of_an_explanation_are_bounded(network: sl.Model) -> None:
    for n_steps in (2**62, 2**64, -1, 1_000_001):
        with pytest.raises(ValueError, match="n_steps must be 1 to 1,000,000"):
            sl.explain(network, np.zeros((1, 5)), n_steps=n_steps)
