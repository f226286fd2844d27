"""What benchmarks share: real data from SLIMLINE_DATA, and the machine in the report."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from slimline import _config

DEFAULT = Path(__file__).parents[2] / "shared" / "data"


def load(name):
    """Return X_train, y_train, X_test, y_test of a real data set; skip, saying so, without it."""
    folder = Path(os.environ.get("SLIMLINE_DATA", DEFAULT))
    path = folder / f"{name}.npz"
    if not path.is_file():
        pytest.skip(f"no data set {name}: {path} is missing; set SLIMLINE_DATA to its folder")
    z = np.load(path, allow_pickle=False)
    n = int(z["n_train"])
    if str(z["kind"]) == "dense":
        X = z["X"].astype(np.float32)
    else:
        parts = (z["data"].astype(np.float32), z["indices"], z["indptr"])
        X = sparse.csr_matrix(parts, tuple(z["shape"]))
    return X[:n], z["y"][:n], X[n:], z["y"][n:]


@pytest.fixture(scope="session")
def dataset():
    """Give the loader of real data sets."""
    return load


def pytest_benchmark_update_machine_info(config, machine_info):  # noqa: ARG001 - the hook's arguments
    """Put instruction set, compiler and version into every report."""
    machine_info["slimline"] = _config.config()


def pytest_benchmark_update_json(config, benchmarks, output_json):  # noqa: ARG001 - as above
    """Keep the statistics alone: single times would make the files of results huge."""
    for benchmark in output_json["benchmarks"]:
        benchmark["stats"].pop("data", None)


@pytest.fixture(scope="session")
def fashion(dataset):
    """Train a linear model of the 784-pixel images of fashion_mnist_10k, scaled to 0..1."""
    X, y, X_test, y_test = dataset("fashion_mnist_10k")
    estimator = sl.SGDClassifier(loss="log_loss", max_iter=5, tol=None, random_state=0)
    return estimator.fit(X / 255, y), X_test / 255, y_test
