"""Saving and loading, on a memory file system: beside joblib and skops, and a mapped gigabyte."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import joblib
import numpy as np
import pytest
import skops.io
import slimline as sl
from slimline.inputs import InputStage
from slimline.layers import DenseLayer

MEMORY = Path("/dev/shm")  # noqa: S108 - a memory file system by its name


def load_by_skops(path):
    """Load with every type allowed that the file names, as most users do."""
    return skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))


PEERS = {
    "slimline": (sl.save, sl.load),
    "joblib": (joblib.dump, joblib.load),
    "skops": (skops.io.dump, load_by_skops),
}


@pytest.fixture
def folder():
    """Give a folder in memory, where there is a memory file system."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.mark.parametrize("library", PEERS)
def test_save_and_load(benchmark, fashion, folder, library):
    """Time save and load together; predictions must be the same afterwards."""
    benchmark.group = "save + load 784 x 10"
    estimator, X, _ = fashion
    model = sl.convert(estimator) if library == "slimline" else estimator
    save, load = PEERS[library]
    path = folder / "model"

    def there_and_back():
        save(model, path)
        return load(path)

    assert np.array_equal(there_and_back().predict(X), model.predict(X))
    benchmark(there_and_back)


MAP = """
import resource, sys, time
import slimline as sl
sl.load(sys.argv[2], mmap=True)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
model = sl.load(sys.argv[1], mmap=True)
seconds = time.perf_counter() - start
more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(model.nbytes, seconds, more)
"""


def test_map_a_gigabyte(benchmark, folder):
    """Map a model of 1 GB in a fresh process: milliseconds, and megabytes that become resident."""
    benchmark.group = "load(mmap=True), 1 GB"
    for name, width in (("large", 2**28), ("small", 1)):
        layer = DenseLayer(
            weight=np.ones((1, width), dtype=np.float32), bias=np.zeros(1, dtype=np.float32)
        )
        stage = InputStage(n_features=width)
        model = sl.Model(input=stage, layers=(layer,), link="identity", classes=None)
        sl.save(model, folder / name)
    command = [sys.executable, "-c", MAP, str(folder / "large"), str(folder / "small")]

    def mapped():
        run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        return [float(number) for number in run.stdout.split()]

    nbytes, seconds, kilobytes = benchmark.pedantic(mapped, rounds=1)
    benchmark.extra_info |= {"bytes": nbytes, "seconds": seconds, "resident_kb": kilobytes}
    print(f"\n{nbytes / 1e9:.2f} GB mapped in {1000 * seconds:.2f} ms, {kilobytes / 1000:.1f} MB")
    assert nbytes > 2**30
    assert kilobytes < 50_000
