"""Files of rows and audit logs, honest ones changed by their structure."""

from __future__ import annotations

import contextlib
import io
import json
import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from functools import cache

import fuzz_audit
import numpy as np
from mutations import EDGES, TEXTS, likely, mutated, mutated_text

ROWS = 24


@cache
def rows() -> tuple[np.ndarray, np.ndarray]:
    """Return three columns of numbers and two classes."""
    X = np.random.default_rng(0).normal(size=(ROWS, 3)).round(2)
    return X, (X[:, 0] > 0).astype(np.int64)


def a_csv(rng: random.Random) -> bytes:
    """Return CSV with numbers, a category and a target of texts."""
    X, y = rows()
    names = rng.choice((("no", "yes"), ("=1+1", "\x1b[31mred")))
    lines = ["a,b,c,d,target"]
    for x, label, kind in zip(X.tolist(), y.tolist(), "uv" * (ROWS // 2), strict=True):
        lines.append(",".join(map(str, (*x, kind, names[label]))))
    return "\n".join(lines).encode()


def csv_file(rng: random.Random) -> bytes:
    """Mutate cells, lines or bytes of CSV."""
    content = a_csv(rng)
    if likely(rng, 0.7):
        return mutated_text(rng, content, ",")
    return mutated(rng, content)


def json_lines(rng: random.Random) -> bytes:
    """Return objects of JSON, a line each, whose cells, lines or bytes are changed."""
    header, *lines = a_csv(rng).decode().split("\n")
    others = (None, True, 10**400, float("inf"), [], {}, "\x1b[2J", 2**63, "NA", "1.5")
    rows = []
    for line in lines:
        row: dict[str, object] = dict(zip(header.split(","), line.split(","), strict=True))
        row |= {name: float(str(row[name])) for name in "abc"}
        if likely(rng, 0.05):
            row[rng.choice((*row, "new"))] = rng.choice(others)
        if likely(rng, 0.02):
            del row[rng.choice(tuple(row))]
        rows.append(json.dumps(row))
    content = "\n".join(rows).encode()
    if likely(rng, 0.4):
        return content
    return mutated_text(rng, content, ",:") if likely(rng, 0.7) else mutated(rng, content)


def svmlight_file(rng: random.Random) -> bytes:
    """Mutate cells, lines or bytes of svmlight."""
    X, y = rows()
    lines = [
        f"{label} " + " ".join(f"{j}:{value}" for j, value in enumerate(x, 1))
        for x, label in zip(X.tolist(), y.tolist(), strict=True)
    ]
    content = "\n".join(lines).encode()
    return mutated_text(rng, content, " :") if likely(rng, 0.7) else mutated(rng, content)


Arrays = dict[str, np.ndarray]


def npz_file(rng: random.Random) -> bytes:
    """Mutate arrays, members or bytes of an .npz file, dense or CSR."""
    X, y = rows()
    arrays: Arrays = {"X": X, "y": y}
    if likely(rng, 0.6):
        parts = np.tile(np.arange(3), ROWS), np.arange(0, 3 * ROWS + 1, 3)
        arrays = {"data": X.reshape(-1), "indices": parts[0], "indptr": parts[1], "y": y}
        arrays["shape"] = np.array(X.shape)
    for _ in range(rng.choice((0, 1, 1, 2))):
        rng.choice(ARRAY_CHANGES)(rng, arrays, rng.choice(list(arrays)))
    members = {name: npy(array) for name, array in arrays.items()}
    if likely(rng, 0.3):
        name = rng.choice(list(members))
        members[name] = forged_header(rng, members[name])
    content = zipped(rng, members)
    return mutated(rng, content) if likely(rng, 0.3) else content


def npy(array: np.ndarray) -> bytes:
    """Return an array in NumPy's format; objects are pickled."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=True)
    return file.getvalue()


def _entry(rng: random.Random, arrays: Arrays, name: str) -> None:
    array = arrays[name].copy()
    if array.size:
        number = rng.choice((*EDGES, *(float(text) for text in ("nan", "inf", "1e308"))))
        with contextlib.suppress(ValueError, OverflowError, TypeError):
            array.reshape(-1)[rng.randrange(array.size)] = number
    arrays[name] = array


def _dtype(rng: random.Random, arrays: Arrays, name: str) -> None:
    names = ("i1", ">i4", "u8", "f2", ">f8", "f4", "c16", "O", "U5", "S3", "M8[s]", "?", "g", "V4")
    with contextlib.suppress(ValueError, TypeError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arrays[name] = arrays[name].astype(rng.choice(names))


def _shape(rng: random.Random, arrays: Arrays, name: str) -> None:
    array = arrays[name]
    shapes = ((-1,), (-1, 1), (1, -1), (1, 1, -1), (-1, 2), (0, -1))
    with contextlib.suppress(ValueError):
        arrays[name] = array.reshape(rng.choice(shapes))


def _length(rng: random.Random, arrays: Arrays, name: str) -> None:
    arrays[name] = np.resize(arrays[name], rng.choice((0, 1, 2, ROWS, ROWS + 1, 1000)))


def _without(_: random.Random, arrays: Arrays, name: str) -> None:
    if len(arrays) > 1:
        del arrays[name]


def _with(rng: random.Random, arrays: Arrays, name: str) -> None:
    others = (np.array("csc"), np.array(b"csr"), np.array(3), np.array([{}]), np.zeros((2, 3)))
    arrays[rng.choice(("format", "X", "y", "shape", "../X", name + ".npy"))] = rng.choice(others)


def _order(_: random.Random, arrays: Arrays, name: str) -> None:
    arrays[name] = np.asfortranarray(np.flip(arrays[name]))


ARRAY_CHANGES = (_entry, _entry, _entry, _dtype, _shape, _length, _without, _with, _order)


def forged_header(rng: random.Random, member: bytes) -> bytes:
    """Return a member whose header declares something else."""
    shape = rng.choice(
        ("(2**40,)", "(1099511627776,)", "(9223372036854775807, 9223372036854775807)")
    )
    shape = rng.choice(
        (shape, "(4611686018427387904, 0)", "(-1,)", "()", "(1,)" * 3000, "-" * 9000)
    )
    descr = rng.choice(
        ("'<f8'", "'O'", "'|u1'", "'<U1000000'", "[('a','<f8')]", "'(2,3)f4'", "'g'")
    )
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    length = rng.choice((len(text), len(text), 65535, 0))
    version = rng.choice((1, 1, 2, 3, 9))
    size = struct.pack("<H", length % 65536) if version == 1 else struct.pack("<I", length)
    body = member[128:] if likely(rng, 0.8) else b""
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + body


def zipped(rng: random.Random, members: Mapping[str, bytes]) -> bytes:
    """Return an archive; now and then a member comes twice, packed otherwise, or of zeros alone."""
    file = io.BytesIO()
    ways = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    with zipfile.ZipFile(file, "w", rng.choice((*ways[:2], *ways))) as archive:
        for name, member in members.items():
            archive.writestr(f"{name}.npy", member)
        if likely(rng, 0.1):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                archive.writestr("X.npy", bytes(10**6))
    content = bytearray(file.getvalue())
    if likely(rng, 0.2):
        at = content.rfind(b"PK\x01\x02") + rng.choice((16, 20, 24))
        content[at : at + 4] = struct.pack("<I", rng.choice(EDGES) % 2**32)
    return bytes(content)


def parquet_file(rng: random.Random) -> bytes:
    """Return a Parquet file of unusual columns, or one with changed bytes."""
    import pyarrow as pa  # noqa: PLC0415 - in the child: its threads do not survive a fork
    from pyarrow import parquet  # noqa: PLC0415 - the same

    X, y = rows()
    columns = {name: pa.array(X[:, j]) for j, name in enumerate("abc")}
    columns |= {"d": pa.array(["u", "v"] * (ROWS // 2)), "target": pa.array(y)}
    if likely(rng, 0.5):
        name = rng.choice(list(columns))
        columns[name] = rng.choice(_unusual(pa))
        columns[rng.choice((*TEXTS, "e"))] = rng.choice(_unusual(pa))
    names = [rng.choice((*TEXTS[:5], "a")) if likely(rng, 0.05) else n for n in columns]
    table = pa.table(list(columns.values()), names)
    file = io.BytesIO()
    parquet.write_table(table, file, compression=rng.choice(("none", "snappy", "gzip")))
    content = file.getvalue()
    return mutated(rng, content) if likely(rng, 0.7) else content


def _unusual(pa: object) -> list[object]:
    array = pa.array  # type: ignore[attr-defined]
    n = range(ROWS)
    return [
        array([None] * ROWS),
        array([None, 1] * (ROWS // 2)),
        array([None, True] * (ROWS // 2)),
        array([None, "x"] * (ROWS // 2)),
        array([[1, 2]] * ROWS),
        array([{"x": 1}] * ROWS),
        array([b"\xff\x1b"] * ROWS),
        array([2**63 + i for i in n], pa.uint64()),  # type: ignore[attr-defined]
        array([i * 86_400_000 for i in n], pa.timestamp("ms")),  # type: ignore[attr-defined]
        array([i * 100 for i in n]).cast(pa.decimal128(22, 3)),  # type: ignore[attr-defined]
        array(["x", "y"] * (ROWS // 2)).dictionary_encode(),
        array(["t" * 100_000, *["u"] * (ROWS - 1)]),
        array([float("nan"), *[1e300] * (ROWS - 1)]),
        array(list(TEXTS[:2]) * (ROWS // 2)),
        array([0.5] * ROWS, pa.float32()).cast(pa.float16()),  # type: ignore[attr-defined]
    ]


def audit_file(rng: random.Random) -> bytes:
    """Return an audit log as the other target makes them."""
    return fuzz_audit.make(rng).content


FILES: Mapping[str, Callable[[random.Random], bytes]] = {
    ".csv": csv_file,
    ".parquet": parquet_file,
    ".npz": npz_file,
    ".svm": svmlight_file,
    ".jsonl": audit_file,
    ".ndjson": json_lines,
}
