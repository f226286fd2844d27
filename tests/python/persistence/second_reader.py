"""A second reader of model files, written from docs/internals/file_format.md alone.

It shares no code with slimline: what it makes of a file is what the page says.
"""

from __future__ import annotations

import hashlib
import json
import math
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from persistence.second_tables import features

F32 = np.float32
TYPES = {"BOOL": "?", "F16": "<f2", "F32": "<f4", "F64": "<f8"} | {
    f"{sign}{8 * size}": f"<{kind}{size}"
    for sign, kind in (("I", "i"), ("U", "u"))
    for size in (1, 2, 4, 8)
}


def read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the tensors and the metadata of a file after checking its hash."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    text = header.pop("__metadata__")["slimline"]
    meta = json.loads(text)
    assert text == _canonical(meta)
    assert meta["format_version"] == 1
    blank = raw.replace(meta["sha256"].encode(), b"0" * 64, 1)
    assert hashlib.sha256(blank).hexdigest() == meta["sha256"]
    tensors, position = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        assert begin == position
        array = np.frombuffer(raw[start + begin : start + end], TYPES[entry["dtype"]])
        tensors[name] = array.reshape(entry["shape"])
        position = end
    assert start + position == len(raw)
    return tensors, meta


def hash_without_signature(path: Path) -> str:
    """Return what a signed file signs."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    text = json.loads(raw[8:start])["__metadata__"]["slimline"]
    meta = {**json.loads(text), "sha256": "0" * 64}
    del meta["ed25519"]
    old, new = (json.dumps(each)[1:-1].encode() for each in (text, _canonical(meta)))
    header = raw[8:start].rstrip(b" ").replace(old, new, 1)
    header += b" " * (-len(header) % 8)
    unsigned = len(header).to_bytes(8, "little") + header + raw[start:]
    return hashlib.sha256(unsigned).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


class Reader:
    """A model, from its tensors and its content."""

    def __init__(self, path: Path) -> None:
        self.tensors, meta = read(path)
        self.content = meta["content"]

    def outputs(self, rows: Any) -> Any:
        """Return the outputs of the last layer."""
        offset, scale = self.tensors.get("input.offset"), self.tensors.get("input.scale")
        exact = offset is not None and offset.dtype == np.float64
        if "blocks" in self.content["input"]:
            rows = features(self.content["input"], self.tensors, rows)
        x = np.asarray(rows, np.float64 if exact else F32)
        assert x.shape[1] == self.content["input"]["n_features"]
        if "input.selected" in self.tensors:
            x = x[:, self.tensors["input.selected"]]
        if offset is not None:
            x = ((x - offset) * scale).astype(F32)
        for i in range(len(self.content["layers"])):
            x = self.layer(i).forward(x)
        return x

    def layer(self, i: int) -> Layer:
        """Return a layer with its tensors."""
        at = f"layers.{i}."
        own = {n.removeprefix(at): t for n, t in self.tensors.items() if n.startswith(at)}
        return Layer(self.content["layers"][i], own)

    def predict(self, rows: Any) -> tuple[Any, Any]:
        """Return the predictions, and the probabilities or None."""
        s, link, classes = self.outputs(rows), self.content["link"], self.content["classes"]
        if classes is None:
            assert link == "identity"
            return s, None
        dtype = None if classes["dtype"] == "str" else classes["dtype"]
        labels = np.array(classes["values"], dtype)
        if link == "ovo":
            votes = np.zeros((len(s), len(labels)))
            for column, (i, j) in enumerate(combinations(range(len(labels)), 2)):
                votes[:, i] += s[:, column] > 0
                votes[:, j] += s[:, column] <= 0
            return labels[votes.argmax(axis=1)], None
        places = (s[:, 0] > 0).astype(int) if s.shape[1] == 1 else s.argmax(axis=1)
        return labels[places], _probabilities(link, s.astype(float))


def _probabilities(link: str, s: Any) -> Any:
    if link == "margin":
        return None
    if link == "softmax":
        p = np.exp(s - s.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)
    p = 1 / (1 + np.exp(-s)) if link == "logistic" else (np.clip(s, -1, 1) + 1) / 2
    if s.shape[1] == 1:
        return np.hstack([1 - p, p])
    total = p.sum(axis=1, keepdims=True)
    return np.where(total == 0, 1 / s.shape[1], p / np.where(total == 0, 1, total))


ACTIVATIONS = {
    "identity": lambda z: z,
    "relu": lambda z: np.where(z < 0, F32(0), z),
    "tanh": np.tanh,
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
    "gelu": lambda z: z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2,
}


class Layer:
    """One entry of ``layers``, its weights unpacked."""

    def __init__(self, params: dict[str, str], tensors: dict[str, Any]) -> None:
        self.kind, self.params, self.tensors = params["kind"], params, tensors
        self.stored = self._stored()

    def _stored(self) -> Any:
        """Return the matrix (n_out, n_in) that is stored: weights, or integers."""
        if "values" not in self.tensors:
            return self.tensors["weight" if self.kind == "dense" else "weight_int8"]
        values, (n_out, n_in) = self.tensors["values"], map(int, self.tensors["shape"])
        unit = values.shape[1]
        m = -(-n_in // unit)
        units = np.zeros((n_out * m, unit), values.dtype)
        units[self._numbers(n_out * m)] = values
        cells = units.reshape(n_out, m * unit)
        assert not cells[:, n_in:].any()
        return cells[:, :n_in]

    def _numbers(self, n_units: int) -> Any:
        index = self.tensors["index"]
        if self.params["encoding"] == "bitmap":
            assert len(index) == -(-n_units // 8)
            return np.flatnonzero(np.unpackbits(index))
        longest, after, numbers = np.iinfo(index.dtype).max, 0, []
        for code in map(int, index):
            after += code
            if code < longest:
                numbers.append(after)
                after += 1
        return np.array(numbers, int)

    def weight(self) -> Any:
        """Return W, float32."""
        if self.kind in {"dense", "sparse"}:
            return self.stored
        scaled = self.stored * self.tensors["scale"][:, None]
        if self.kind == "int8_static":
            return (scaled.astype(float) / self.tensors["input_step"]).astype(F32)
        if self.kind == "int8_weights":
            used = self.stored.any(axis=0)
            power = np.zeros(len(used), int)
            power[used] = self.tensors["exponent"]
            return np.ldexp(scaled, power)
        return scaled

    def forward(self, x: Any) -> Any:
        """Return the outputs of rows, float32."""
        f, t = ACTIVATIONS[self.params["activation"]], self.tensors
        if self.kind in {"dense", "sparse", "int8_weights"}:
            return f(x.astype(float) @ self.weight().T.astype(float) + t["bias"]).astype(F32)
        integers = self.stored.astype(np.int64)
        if self.kind == "int8_static":
            q = np.clip((x - t["input_low"]) * (F32(1) / t["input_step"]), 0, 127)
            sums = np.rint(q).astype(np.int64) @ integers.T
            return f(sums.astype(F32) * t["scale"] + t["offset"]).astype(F32)
        assert self.kind in {"int8", "sparse_int8"}
        low = x.min(axis=1, keepdims=True, initial=0)
        high = x.max(axis=1, keepdims=True, initial=0)
        least = F32(2.0**-126)
        step = high / F32(127) - low / F32(127)
        step = np.where(step < least, np.where(high > low, least, F32(1)), step)
        inverse = F32(1) / step
        zero = np.rint(-low * inverse)
        q = np.clip(np.rint(x * inverse) + zero, 0, 127).astype(np.int64)
        sums = q @ integers.T - zero.astype(np.int64) * integers.sum(axis=1)
        return f(sums.astype(F32) * (step * t["scale"]) + t["bias"]).astype(F32)
