"""What int8 costs in accuracy: ``python benchmarks/bench_int8_accuracy.py [set ...]``.

Linear models (and one network) are trained in float32, quantized with dynamic and with static
activations, and scored on the test rows: per cent right, or of the variance explained. Every
quantized model predicts once more on every instruction set of this CPU: the number of predictions
that differ is printed last, and must be 0. Static ranges come from 4,000 training rows.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import slimline as sl
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from slimline import _core

DATA = Path(os.environ.get("SLIMLINE_DATA", Path(__file__).parents[2] / "shared" / "data"))
CALIBRATION_ROWS = 4000


def sgd():
    """Return an estimator for many rows of many features."""
    return sl.SGDClassifier(loss="log_loss", max_iter=20, tol=None, random_state=0)


def network():
    """Return the network of the latency benchmarks: 784-256-128-10."""
    return sl.MLPClassifier((256, 128), max_iter=5, random_state=0)


CASES = {  # set, how its features are made, estimator
    "digits": ("digits", "/16", LogisticRegression),
    "fashion_mnist": ("fashion_mnist", "/255", sgd),
    "fashion_mnist 784-256-128-10": ("fashion_mnist", "/255", network),
    "a9a": ("a9a", "as they are", LogisticRegression),
    "newsgroups20": ("newsgroups20", "tf-idf", sl.LinearSVC),
    "shuttle": ("shuttle", "raw", LogisticRegression),
    "adult": ("adult", "raw", LogisticRegression),
    "flights": ("flights", "raw", LogisticRegression),
    "magic": ("magic", "raw", LogisticRegression),
    "higgs_7k": ("higgs_7k", "raw", LogisticRegression),
    "movie_snippets": ("movie_snippets", "tf-idf", LogisticRegression),
    "pros_cons": ("pros_cons", "tf-idf", LogisticRegression),
    "sms_spam": ("sms_spam", "tf-idf", LogisticRegression),
    "bike": ("bike", "raw", Ridge),
    "california": ("california", "raw", Ridge),
    "compactiv": ("compactiv", "raw", Ridge),
    "diamonds": ("diamonds", "raw", Ridge),
}


def load(name, features):
    """Return X_train, y_train, X_test, y_test."""
    z = np.load(DATA / f"{name}.npz", allow_pickle=False)
    n = int(z["n_train"])
    if str(z["kind"]) == "csr":
        parts = (z["data"].astype(np.float32), z["indices"], z["indptr"])
        X = sparse.csr_matrix(parts, tuple(z["shape"]))
    else:
        X = z["X"].astype(np.float32)
    if features == "tf-idf":
        X = TfidfTransformer(sublinear_tf=True).fit(X[:n]).transform(X).astype(np.float32)
    if features.startswith("/"):
        X = X / np.float32(features[1:])
    return X[:n], z["y"][:n], X[n:], z["y"][n:]


def score(model, X, y):
    """Return per cent of rows that are right, or of the variance that is explained."""
    measure = r2_score if model.classes is None else accuracy_score
    return 100 * measure(y, model.predict(X))


def on_every_level(models, X):
    """Return how many predictions of these models differ between instruction sets."""
    code = (
        "import pickle, sys, numpy as np, slimline as sl;"
        "folder = sys.argv[1]; X = pickle.load(open(folder + '/X', 'rb'));"  # our own file
        "paths = sys.argv[2:];"
        "np.save(folder + '/predictions', [sl.load(p).predict(X) for p in paths])"
    )
    results = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "X").write_bytes(pickle.dumps(X))
        paths = [f"{folder}/{i}" for i in range(len(models))]
        for model, path in zip(models, paths, strict=True):
            sl.save(model, path)
        for isa in _core.available_isas():
            environment = {**os.environ, "SLIMLINE_ISA": isa}
            command = [sys.executable, "-c", code, folder, *paths]
            subprocess.run(command, env=environment, check=True)  # noqa: S603 - ourselves
            results.append(np.load(Path(folder) / "predictions.npy"))
    return sum(int((result != results[0]).sum()) for result in results)


def main():
    """Print the table."""
    print("| set | features | float32 | dynamic | static | differ between levels |")
    print("|---|---|---|---|---|---|")
    for name in sys.argv[1:] or CASES:
        source, features, make = CASES[name]
        X, y, X_test, y_test = load(source, features)
        estimator = make_pipeline(StandardScaler(), make()) if features == "raw" else make()
        with warnings.catch_warnings(action="ignore"):  # 100 iterations are enough here
            model = sl.convert(estimator.fit(X, y))
        rows = np.random.default_rng(0).permutation(X.shape[0])[:CALIBRATION_ROWS]
        small = [
            sl.quantize(model, X[rows], activations="dynamic"),
            sl.quantize(model, X[rows], activations="static"),
        ]
        scores = [score(each, X_test, y_test) for each in (model, *small)]
        differ = on_every_level(small, X_test)
        cells = [f"{scores[0]:.2f}", *(f"{s:.2f} ({s - scores[0]:+.2f})" for s in scores[1:])]
        print("|", " | ".join([name, features, *cells, str(differ)]), "|", flush=True)


if __name__ == "__main__":
    main()
