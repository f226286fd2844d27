"""Fuzz model files: tensors and JSON of models changed one by one, in files with correct hashes.

Run from the project's folder::

    python tests/fuzz/fuzz_files.py --cases 100000

A file raises FormatError, within four times its bytes and 16 MB of address space, or it is a model:
then that holds for describing it, binding it and predicting a row as well, and whatever else is
done with it ends in finite numbers or in a documented exception. Under AddressSanitizer, whose
memory is not the program's, the space is not limited.
"""

from __future__ import annotations

import copy
import json
import os
import pickle
import random
import resource
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import slimline as sl
from engine import Case, main
from mutations import EDGES, TEXTS, likely, mutated
from numpy.typing import NDArray
from scipy import sparse
from seeds import CORPUS, models, sealed
from slimline import persistence

ROOM = 2**24  # bytes of address space besides four times the file
MANY = (
    2_000  # features or outputs beyond which a model is only loaded, described and asked for a row
)
REFUSALS = (ValueError, TypeError)  # FormatError is a ValueError
JsonContainer = dict[str, Any] | list[Any]
LIMITED = "ASAN_OPTIONS" not in os.environ


class Parts:
    """A file taken apart: its tensors, in order, and what its metadata say."""

    def __init__(self, file: bytes) -> None:
        end = 8 + int.from_bytes(file[:8], "little")
        header = json.loads(file[8:end])
        self.metadata = json.loads(header.pop("__metadata__")["slimline"])
        self.tensors: list[tuple[str, str, list[int], bytes]] = []
        for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
            begin, stop = (end + offset for offset in entry["data_offsets"])
            self.tensors.append((name, entry["dtype"], entry["shape"], file[begin:stop]))

    def file(self) -> bytes:
        """Put the file together, with a correct hash where it has a place for one."""
        text = json.dumps(self.metadata, sort_keys=True, separators=(",", ":"))
        header: dict[str, Any] = {"__metadata__": {"slimline": text}}
        at = 0
        for name, dtype, shape, data in self.tensors:
            header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
            at += len(data)
        data = b"".join(data for *_, data in self.tensors)
        return sealed(json.dumps(header, separators=(",", ":")).encode(), data)


def seed_files() -> list[bytes]:
    """Return the corpus and a file of each model."""
    files = [path.read_bytes() for path in sorted(CORPUS.glob("v*/*.slim"))]
    with tempfile.TemporaryDirectory() as folder:
        for model in models().values():
            path = Path(folder, "x.slim")
            sl.save(model, path)
            files.append(path.read_bytes())
    return files


SEEDS: list[bytes] = []


def make(rng: random.Random) -> Case:
    """Return a file with one to three changes of its parts, or of its bytes."""
    if not SEEDS:
        SEEDS.extend(seed_files())
    file = rng.choice(SEEDS)
    if likely(rng, 0.1):
        end = 8 + int.from_bytes(file[:8], "little")
        return Case(sealed(mutated(rng, file[8:end]), mutated(rng, file[end:])), "x.slim")
    parts = Parts(file)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        rng.choice(CHANGES)(rng, parts)
    return Case(parts.file(), "x.slim")


EXTENTS = (0, 0, 1, 2, 3, 4, 5, 7, 16, 33, 2**16, 2**27, 2**31 - 1, 2**31, 2**32, 2**60, 2**62)
EXTENTS += (2**63, 2**64 - 1)
DTYPES = {"BOOL": 1, "I8": 1, "U8": 1, "I16": 2, "U16": 2, "F16": 2, "I32": 4, "U32": 4, "F32": 4}
DTYPES |= {"I64": 8, "U64": 8, "F64": 8}
VALUES = (0.0, -0.0, 1e-45, 3.4e38, -3.4e38, float("nan"), float("inf"), -1.0, 127.0, -128.0, 255.0)


def reshape(rng: random.Random, parts: Parts) -> None:
    """Give a tensor another shape, with or without the bytes that this takes."""
    if not parts.tensors:
        return
    i = rng.randrange(len(parts.tensors))
    name, dtype, shape, data = parts.tensors[i]
    shape = list(shape)
    if shape and likely(rng, 0.7):
        shape[rng.randrange(len(shape))] = rng.choice(EXTENTS)
    elif shape and likely(rng, 0.5):
        shape.reverse()
    else:
        shape.insert(rng.randrange(len(shape) + 1), rng.choice(EXTENTS))
    size = int(np.prod([min(extent, 2**20) for extent in shape], dtype=object)) * DTYPES[dtype]
    if likely(rng, 0.8) and size <= 2**22:
        data = (data * (size // max(1, len(data)) + 1))[:size] if data else bytes(size)
    parts.tensors[i] = (name, dtype, shape, data)


def resize(rng: random.Random, parts: Parts) -> None:
    """Give all tensors an extent instead of another, and the input too: sizes that fit together."""
    old = rng.choice([1, 2, 3, 4])
    new = rng.choice((0, 1, 2, 5, 16, 17, 300, 70_000, 2**20, 2**31 - 1, 2**40))
    for i, (name, dtype, shape, data) in enumerate(parts.tensors):
        other = [new if extent == old else extent for extent in shape]
        size = int(np.prod(other, dtype=object)) * DTYPES[dtype]
        if size <= 2**21 and data:
            data = (data * (size // len(data) + 1))[:size]  # noqa: PLW2901 - of the next tuple
        parts.tensors[i] = (name, dtype, other, data)
    for container, key in paths(parts.metadata):
        if key == "n_features" and container[key] == old:
            container[key] = new
    for i, (name, dtype, shape, data) in enumerate(parts.tensors):
        if name.endswith(".shape") and dtype == "U32" and len(data) == 8 and new < 2**32:
            numbers = np.frombuffer(data, np.uint32)
            data = np.where(numbers == old, np.uint32(new), numbers).astype(np.uint32).tobytes()  # noqa: PLW2901
            parts.tensors[i] = (name, dtype, shape, data)


def revalue(rng: random.Random, parts: Parts) -> None:
    """Change values of a tensor."""
    if not parts.tensors:
        return
    i = rng.randrange(len(parts.tensors))
    name, dtype, shape, data = parts.tensors[i]
    whole = len(data) // DTYPES[dtype] * DTYPES[dtype]  # another change may have cut it
    if dtype.startswith("F") and whole and likely(rng, 0.7):
        array = np.frombuffer(data[:whole], f"<f{DTYPES[dtype]}").copy()
        with np.errstate(over="ignore"):
            array[rng.randrange(len(array)) :: rng.choice((1, 2, 10**6))] = rng.choice(VALUES)
        data = array.tobytes() + data[whole:]
    else:
        changed = bytearray(data)
        for _ in range(rng.choice((1, 1, 4))):
            if changed:
                at = rng.randrange(len(changed))
                width = rng.choice((1, DTYPES[dtype]))
                number = (rng.choice(EDGES) % 256**width).to_bytes(width, "little")
                changed[at : at + width] = number[: len(changed) - at]
        data = bytes(changed)
    parts.tensors[i] = (name, dtype, shape, data)


def retype(rng: random.Random, parts: Parts) -> None:
    """Give a tensor another dtype of the same size, or of another one."""
    if not parts.tensors:
        return
    i = rng.randrange(len(parts.tensors))
    name, dtype, shape, data = parts.tensors[i]
    other = rng.choice([*DTYPES])
    if likely(rng, 0.6):
        data = (data * DTYPES[other])[: len(data) // DTYPES[dtype] * DTYPES[other]]
    parts.tensors[i] = (name, other, shape, data)


def rename(rng: random.Random, parts: Parts) -> None:
    """Drop a tensor, double it under another name, or rename it."""
    if not parts.tensors:
        return
    i = rng.randrange(len(parts.tensors))
    name, *rest = parts.tensors[i]
    other = rng.choice(
        (f"{name}x", name.replace("0", "1"), rng.choice(parts.tensors)[0], "input.z")
    )
    other = rng.choice((other, *TEXTS)) if likely(rng, 0.1) else other
    if likely(rng, 0.6):
        del parts.tensors[i]
    if likely(rng, 0.7):
        parts.tensors.append((other, *rest))  # type: ignore[arg-type]


LEAVES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    0.5,
    1e308,
    "",
    [],
    {},
    [[]],
    {"": 0},
    ["a", "a"],
)
LEAVES += (*EDGES, *TEXTS, "identity", "relu", "softmax", "delta", "bitmap", "x" * 10**5)
LEAVES += ([0] * 50_000, [f"{i}" for i in range(30_000)], {f"{i}": i for i in range(5_000)})


def rewrite(rng: random.Random, parts: Parts) -> None:
    """Replace, drop, double or move a value of the metadata."""
    places = [*paths(parts.metadata)]
    container, key = rng.choice(places)
    way = rng.randrange(5)
    if way == 0 and isinstance(container, dict):
        del container[key]
    elif way == 1 and isinstance(container, list):
        container.insert(key, copy.deepcopy(container[key]))
    elif way == 2:
        other, place = rng.choice(places)
        value = other[place] if _holds(other, place) else None
        container[key] = copy.deepcopy(value)
    elif way == 3 and isinstance(container, dict):
        container[rng.choice((*TEXTS, "kind", "x"))] = rng.choice(LEAVES)
    else:
        container[key] = copy.deepcopy(rng.choice(LEAVES))


def _holds(container: JsonContainer, key: str | int) -> bool:
    return key in container if isinstance(container, dict) else int(key) < len(container)


def paths(value: JsonContainer) -> Iterator[tuple[Any, Any]]:
    """Yield every container in a JSON value with each of its keys or places."""
    keys = [*value] if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from paths(value[key])


CHANGES: tuple[Callable[[random.Random, Parts], None], ...] = (
    *(reshape, resize, resize, resize, revalue, revalue, revalue, retype, rename, rewrite, rewrite),
)


@contextmanager
def within(room: int) -> Iterator[None]:
    """Limit what the address space may grow by."""
    if not LIMITED:
        yield
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * os.sysconf("SC_PAGE_SIZE") + room
    resource.setrlimit(resource.RLIMIT_AS, (min(limit, before[1]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def check(case: Case, folder: Path) -> str:
    """Read a file in every way, and use what it holds."""
    warnings.simplefilter("ignore")
    path = folder / "x.slim"
    path.write_bytes(case.content)
    with within(4 * len(case.content) + ROOM):
        try:
            described = persistence.inspect_file(path)
            persistence.verify_file(path)
        except persistence.FormatError:
            described = None
        try:
            model = sl.load(path)
        except persistence.FormatError:
            model = None
        mapped(path)
        if model is None:
            return "refused" if described is None else "no model"
        serve(model)
    if max(model.input.n_features, *(layer.n_out for layer in model.layers)) > MANY:
        return "wide"
    use(model, folder)
    return "used"


def mapped(path: Path) -> None:
    """Load the file as a map, which checks less, and predict."""
    try:
        serve(sl.load(path, mmap=True), finite=False)
    except REFUSALS:  # of values: by the core, when it packs them
        return


def serve(model: sl.Model, *, finite: bool = True) -> None:
    """Describe a model and predict a row, as a service does with a file that it was given."""
    assert repr(model)
    assert model.summary()
    n = model.input.n_features
    columns = np.unique([0, n // 2, n - 1])
    for dtype in (np.int32, np.int64):
        row = sparse.csr_matrix((1, n), dtype=np.float32)
        row.data = np.linspace(-1, 1, len(columns), dtype=np.float32)
        row.indices, row.indptr = columns.astype(dtype), np.array([0, len(columns)], dtype)
        expect_finite(lambda row=row: model.outputs(row), finite=finite)
    bound = model.bind()
    if model.input.encoder is not None:
        for rows in tables(model):
            expect_finite(lambda rows=rows: model.outputs(rows), finite=finite)
            for cells in rows:
                expect_finite(lambda cells=cells: bound.outputs(cells), finite=finite)


CELLS: dict[str, tuple[Any, ...]] = {
    "number": (None, 0, 1.5, -2, True, 1e300, np.nan, 17),
    "category": (None, "no", "größer", 3, 0.5, True, ""),
    "text": (None, "a text", b"another", ""),
}


def tables(model: sl.Model) -> Iterator[list[list[Any]]]:
    """Yield single rows of a table, and all of them: most are refused by some column."""
    kinds = [column.kind for column in model.input.encoder.columns]
    rows = [[CELLS[kind][i % len(CELLS[kind])] for kind in kinds] for i in range(9)]
    yield from ([row] for row in rows)
    yield rows


def expect_finite(outputs: Callable[[], Any], *, finite: bool = True) -> None:
    """Call a function that gives finite numbers, or refuses because they would not be finite."""
    try:
        values = outputs()
    except REFUSALS:
        return
    assert not finite or np.isfinite(values).all()


ROWS = (0.0, 1.0, -1.5, 1e30, -3e38, 1e-42, 5.0)


def use(model: sl.Model, folder: Path) -> None:
    """Do everything with a model that a library of models does."""
    n = model.input.n_features
    X = np.resize(np.array(ROWS, np.float32), (3, n))
    small = np.linspace(-1, 1, 20 * n, dtype=np.float32).reshape(20, n)
    X, small = model.input.marked(X), model.input.marked(small)
    if model.input.encoder is not None:
        table_steps(model)
    for rows in (X, small):
        expect_finite(lambda rows=rows: model.outputs(rows, n_threads=2))
        expect_finite(lambda rows=rows: model.decision_function(sparse.csr_matrix(rows)))
    if model.defines_probabilities:
        expect_finite(lambda: model.predict_proba(small))
    for action in (
        lambda: model.predict(X),
        lambda: model.bind().predict(small[0]),
        lambda: sl.explain(model, small[:2], n_steps=3),
        lambda: model.with_reference(small),
        lambda: monitored(model, small),
        model.redact,
        lambda: sl.diff(model, model.redact()),
        lambda: sl.to_onnx(model),
        lambda: sl.to_c(model),
        *(
            step(model, small, granularity)
            for granularity in ("weight", "block", "feature", "node")
        ),
    ):
        try:
            action()
        except REFUSALS:
            continue
    path = folder / "again.slim"
    sl.save(model, path)
    assert sl.load(path).sha256 == model.sha256 == pickle.loads(pickle.dumps(model)).sha256  # noqa: S301
    assert persistence.inspect_file(path)["model_sha256"] == model.sha256


def table_steps(model: sl.Model) -> None:
    """Do what models of tables alone have, and steps on rows of the table."""
    for rows in [*tables(model)][::3]:
        for action in (
            lambda rows=rows: model.unseen(rows),
            lambda rows=rows: model.columns(rows),
            lambda rows=rows: sl.quantize(sl.prune(model, rows, sparsity=0.5), rows),
            lambda rows=rows: model.with_reference(rows),
        ):
            try:
                action()
            except REFUSALS:
                continue
    expect_finite(lambda: model.on_features().outputs(np.zeros((2, model.input.n_features))))


def step(model: sl.Model, X: NDArray[np.float32], granularity: str) -> Callable[[], None]:
    """Return a step that prunes and quantizes a model, which then predicts."""

    def steps() -> None:
        pruned = sl.prune(model, sparsity=0.5, granularity=granularity)
        for smaller in (
            pruned,
            sl.quantize(pruned),
            sl.quantize(pruned, X, activations="static", observer="percentile"),
        ):
            expect_finite(lambda smaller=smaller: smaller.outputs(X))

    return steps


def monitored(model: sl.Model, X: NDArray[np.float32]) -> None:
    """Watch rows and report."""
    monitor = sl.Monitor(model)
    monitor.predict(X)
    assert str(monitor.report())


if __name__ == "__main__":
    sys.exit(main("files", make, check))
