"""Fuzz reader and loader: bytes raise FormatError, or are a file, or a model, in good order.

Run from the project's folder, with Atheris installed (``pip install atheris``)::

    mkdir -p /tmp/fuzz_read
    python tests/fuzz/fuzz_read.py -max_total_time=3600 -timeout=2 -rss_limit_mb=1024 /tmp/fuzz_read

The first byte of an input says what the others are: 0, a file as it is; otherwise the header and,
after a zero byte, the tensors of a file whose header length and hash are then made right, so that
mutations reach the checks that lie behind them. An empty folder is first filled with seeds from
tests/corpus and with small models of every kind of layer. A finding is kept as ``crash-*`` by
libFuzzer; make it a test before mending it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["slimline", "json"]):
    import slimline as sl
    from slimline import persistence

import numpy as np
from safetensors.numpy import load
from seeds import CORPUS, models, sealed

SCRATCH = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)) / "x.slim"
MOST_FEATURES = 1000


def read(fuzzed: bytes) -> None:
    """Check one input; raise whatever is not FormatError."""
    header, _, data = fuzzed[1:].partition(b"\0")
    file = fuzzed[1:] if fuzzed[:1] == b"\0" else sealed(header, data)
    SCRATCH.write_bytes(file)
    try:
        tensors, content = persistence.read_file(SCRATCH)
    except persistence.FormatError:
        return
    # What is read could have been written, and other readers see the same.
    persistence.digest(tensors, content)
    described = persistence.inspect_file(SCRATCH)
    assert [entry["name"] for entry in described["tensors"]] == list(tensors)
    mapped, _ = persistence.read_file(SCRATCH, mmap=True)
    library = load(file)
    assert library.keys() == tensors.keys() == mapped.keys()
    for name, array in tensors.items():
        np.testing.assert_array_equal(array, library[name], strict=True)
        np.testing.assert_array_equal(array, mapped[name], strict=True)
    use_model()


def use_model() -> None:
    """Load the file as a model and predict; FormatError, or outputs that are finite or refused."""
    try:
        model = sl.load(SCRATCH)
    except persistence.FormatError:
        return
    sl.save(model, SCRATCH)  # in the canonical form, which the fuzzed file need not have
    assert persistence.inspect_file(SCRATCH)["model_sha256"] == model.sha256
    assert sl.load(SCRATCH).sha256 == model.sha256
    if model.input.n_features > MOST_FEATURES:
        return
    X = np.linspace(-3, 3, 2 * model.input.n_features, dtype=np.float32).reshape(2, -1)
    try:
        outputs = model.outputs(X)
    except ValueError as error:
        assert "finite" in str(error)  # noqa: PT017 - no pytest here
        return
    assert np.isfinite(outputs).all()
    assert len(model.predict(X)) == len(X)


def plant_seeds(folder: Path) -> None:
    """Write the corpus in both forms."""
    for path in CORPUS.glob("v*/*.slim"):
        file = path.read_bytes()
        end = 8 + int.from_bytes(file[:8], "little")
        name = f"{path.parent.name}-{path.stem}"
        (folder / f"{name}-raw").write_bytes(b"\0" + file)
        (folder / f"{name}-sealed").write_bytes(b"\1" + file[8:end] + b"\0" + file[end:])
    for name, model in models().items():
        sl.save(model, SCRATCH)
        file = SCRATCH.read_bytes()
        end = 8 + int.from_bytes(file[:8], "little")
        (folder / f"model-{name}").write_bytes(b"\1" + file[8:end] + b"\0" + file[end:])


if __name__ == "__main__":
    folders = [Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")]
    if folders and not any(folders[0].iterdir()):
        plant_seeds(folders[0])
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
