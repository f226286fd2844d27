"""Fuzz the reader: any bytes are either refused with FormatError or a file in good order.

Run from the project's folder, with Atheris installed (``pip install atheris``)::

    mkdir -p /tmp/fuzz_read
    python tests/fuzz/fuzz_read.py -max_total_time=3600 -timeout=2 -rss_limit_mb=1024 /tmp/fuzz_read

The first byte of an input says what the others are: 0, a file as it is; otherwise the header and,
after a zero byte, the tensors of a file whose header length and hash are then made right, so that
mutations reach the checks that lie behind them. An empty folder is first filled with seeds from
tests/corpus. A finding is kept as ``crash-*`` by libFuzzer; make it a test before mending it.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["slimline.persistence", "json"]):
    from slimline import persistence

import numpy as np
from safetensors.numpy import load

CORPUS = Path(__file__).parents[1] / "corpus"
SCRATCH = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)) / "x.slim"
DIGITS = re.compile(rb"[0-9a-f]{64}")


def sealed(header: bytes, data: bytes) -> bytes:
    """Return the file of this header and data with the right length and, if it can be, hash."""
    header += b" " * (-len(header) % 8)
    file = len(header).to_bytes(8, "little") + DIGITS.sub(b"0" * 64, header, count=1) + data
    digits = hashlib.sha256(file).hexdigest().encode()
    return file.replace(b"0" * 64, digits, 1)


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


def plant_seeds(folder: Path) -> None:
    """Write the corpus in both forms."""
    for path in CORPUS.glob("v*/*.slim"):
        file = path.read_bytes()
        end = 8 + int.from_bytes(file[:8], "little")
        name = f"{path.parent.name}-{path.stem}"
        (folder / f"{name}-raw").write_bytes(b"\0" + file)
        (folder / f"{name}-sealed").write_bytes(b"\1" + file[8:end] + b"\0" + file[end:])


if __name__ == "__main__":
    folders = [Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")]
    if folders and not any(folders[0].iterdir()):
        plant_seeds(folders[0])
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
