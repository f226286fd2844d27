"""Whether onnxruntime, the C header and slimline agree on every row of the data sets.

Run with SLIMLINE_DATA set; prints, for each data set, model and kind of layer, how many rows get
another class. With ``--prefix``, the folder of an installed C++ library, also by a C++ project that
uses its layers and the header::

    cmake --preset release && cmake --build --preset release
    cmake --install build/release --prefix /tmp/slimline
    python benchmarks/check_exports.py --prefix /tmp/slimline
"""

from __future__ import annotations

import argparse
import ctypes
import os
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import slimline as sl
from exports_consumer import classes_by_consumer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler
from slimline.layers import DenseLayer

DATA = Path(os.environ.get("SLIMLINE_DATA", "../shared/data"))
NAMES = ("digits", "adult", "fashion_mnist")
FLAGS = ["-std=c99", "-O2", "-shared", "-fPIC"]


def load(name):
    """Return all rows, the labels, and how many rows are for training."""
    path = DATA / f"{name}.npz"
    if not path.exists():
        msg = f"{path} is missing: set SLIMLINE_DATA to the folder of the data sets"
        raise SystemExit(msg)
    arrays = np.load(path, allow_pickle=False)
    return arrays["X"].astype(np.float32), arrays["y"], int(arrays["n_train"])


def models(X, y, n_train):
    """Yield a name and a model for each way to store it."""
    scaler = MaxAbsScaler() if X.min() >= 0 and X.max() <= 255 else StandardScaler()
    rows, labels = X[:n_train], y[:n_train]
    linear = sl.SGDClassifier(loss="log_loss", max_iter=5, tol=None, random_state=0)
    made = {"linear": sl.convert(make_pipeline(scaler, linear).fit(rows, labels))}
    made["mlp 64"] = network(made["linear"], scaler.transform(rows), labels)
    for name, model in made.items():
        yield f"{name}, float32", model
        yield f"{name}, sparse", sl.prune(model, sparsity=0.9)
        yield f"{name}, by feature", sl.prune(model, sparsity=0.5, granularity="feature")
        calibration = {"X": rows[:5000], "activations": "dynamic"}
        yield f"{name}, int8", sl.quantize(model, **calibration)
        yield f"{name}, int8 weights", sl.quantize(model, activations="float32")
        yield f"{name}, sparse int8", sl.quantize(sl.prune(model, sparsity=0.9), **calibration)
        yield f"{name}, int8 static", sl.quantize(model, rows[:5000], activations="static")


def network(linear, Z, labels):
    """Train a hidden layer of 64 in front, with the linear model's input and classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # three epochs are enough here
        mlp = MLPClassifier((64,), max_iter=3, random_state=0).fit(Z, labels)
    layers = [
        DenseLayer(
            weight=weight.T.astype(np.float32), bias=bias.astype(np.float32), activation=name
        )
        for weight, bias, name in zip(
            mlp.coefs_, mlp.intercepts_, ("relu", "identity"), strict=True
        )
    ]
    return sl.Model(
        input=linear.input,
        layers=tuple(layers),
        link="logistic" if len(mlp.classes_) == 2 else "softmax",
        classes=mlp.classes_,
    )


def by_onnxruntime(model, X):
    """Classes by onnxruntime."""
    session = onnxruntime.InferenceSession(sl.to_onnx(model).SerializeToString())
    return session.run(["label"], {"X": X})[0]


def by_header(model, X):
    """Classes by the compiled header."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "m.h").write_text(sl.to_c(model, "m"))
        (Path(folder) / "m.c").write_text(
            '#include "m.h"\n'
            "void run(const float *X, long n, int *c) {\n"
            "  for (long i = 0; i < n; ++i) c[i] = m_class(X + i * M_N_FEATURES);\n}\n"
        )
        command = ["gcc", *FLAGS, "-o", "m.so", "m.c"]
        subprocess.run(command, check=True, cwd=folder)  # noqa: S603 - a compiler
        classes = np.empty(len(X), dtype=np.intc)
        pointer = ctypes.c_void_p
        ctypes.CDLL(f"{folder}/m.so").run(
            X.ctypes.data_as(pointer), ctypes.c_long(len(X)), classes.ctypes.data_as(pointer)
        )
    return model.classes[classes]


def main(prefix):
    """Print the table."""
    ways = ["onnxruntime", "C header", *(["C++ layers", "C++ header"] if prefix else [])]
    print(f"{'data':14} {'model':24} {'rows':>7}", *(f"{way:>11}" for way in ways))
    for name in NAMES:
        X, y, n_train = load(name)
        X = np.ascontiguousarray(X)
        made = dict(models(X, y, n_train))
        found = {title: [by_onnxruntime(m, X), by_header(m, X)] for title, m in made.items()}
        if prefix:
            with tempfile.TemporaryDirectory() as folder:
                consumed = classes_by_consumer(made, X, prefix, Path(folder))
            found = {title: [*found[title], *consumed[title]] for title in made}
        for title, model in made.items():
            expected = model.predict(X)
            different = (f"{np.sum(classes != expected):11}" for classes in found[title])
            print(f"{name:14} {title:24} {len(X):7,}", *different)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prefix", type=Path, help="where the C++ library is installed")
    main(parser.parse_args().prefix)
