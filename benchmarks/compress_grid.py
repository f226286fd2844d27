"""What compress finds beside an exhaustive grid: ``python benchmarks/compress_grid.py [case ...]``.

Models are trained on 70 % of the training rows; the others are the validation rows. The grid is
the model as int8, and 5 sparsities x 4 granularities x float32 and dynamic int8, each trained on
the rows that compress trains on, for as long. Admissible is what loses at most MAX_DROP on both
halves of the validation rows, with a standard error to spare, as for compress. Prints Markdown:
bytes, and the points of accuracy lost on test rows, which nobody saw. The grids of newsgroups20 and
fashion_mnist take twenty minutes. Two threads. SLIMLINE_DATA names the data's folder.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
import slimline as sl
from sgd.problems import load
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from slimline.compression.search.candidates import Scores, split_rows
from slimline.compression.search.recipe import epochs

MAX_DROP = 0.005
THREADS = 2
SPARSITIES = (0.5, 0.7, 0.8, 0.9, 0.95)


def digits():
    """Return digits cut like the other sets."""
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(
        (X / 16).astype(np.float32), y, random_state=0, stratify=y
    )
    return X, y, X_test, y_test


def trained(hidden, X, y):
    """Return a network, or a linear model fitted to its optimum."""
    if hidden:
        estimator = sl.MLPClassifier(hidden, max_iter=20, random_state=0)
    else:
        estimator = sl.SGDClassifier("log_loss", alpha=1e-5, learning_rate="auto", random_state=0)
    return sl.convert(estimator.fit(X, y))


def accuracy(model, X, y):
    """Return the share of rows that are right."""
    return float((model.predict(X) == y).mean())


def as_int8(model, X, y, n_epochs):
    """Return the model trained as int8."""
    small = sl.quantize(model, X[:4096], activations="dynamic")
    return sl.finetune(
        small,
        X,
        y,
        max_iter=max(1, n_epochs // 2),
        learning_rate_init=3e-4,
        n_threads=THREADS,
    )


def exhaustive(model, X, y):
    """Yield every Model of the grid."""
    n_epochs = epochs(model, len(y))
    yield as_int8(model, X, y, n_epochs)
    fourth = "node" if len(model.layers) > 1 else "n:m"
    for granularity in ("weight", "block", "feature", fourth):
        for sparsity in SPARSITIES:
            how = {"sparsity": sparsity, "granularity": granularity}
            if granularity == "n:m":
                how = {"granularity": f"{round(16 * (1 - sparsity))}:16"}
            pruned = sl.finetune(model, X, y, max_iter=n_epochs, n_threads=THREADS, **how)
            yield pruned
            yield as_int8(pruned, X, y, n_epochs)


def smallest(model, X, y, validation):
    """Return the smallest admissible Model of the grid."""
    _, *halves = split_rows(X, y, validation, 0)
    scores = [Scores(accuracy, half, model) for half in halves]
    admissible = [
        each
        for each in exhaustive(model, X, y)
        if all(half.allow(each, MAX_DROP) for half in scores)
    ]
    return min([model, *admissible], key=lambda each: each.nbytes)


def compare(name, data, hidden):
    """Print a row of the table."""
    X, y, X_test, y_test = data
    X, X_val, y, y_val = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
    model = trained(hidden, X, y)
    begin = time.perf_counter()
    result = sl.compress(
        model, X, y, validation=(X_val, y_val), max_drop=MAX_DROP, n_threads=THREADS
    )
    seconds = time.perf_counter() - begin
    before, found = accuracy(model, X_test, y_test), result.model
    lost = 100 * (before - accuracy(found, X_test, y_test))
    cells = [name, model.nbytes, found.nbytes, f"{model.nbytes / found.nbytes:.1f}", f"{lost:+.2f}"]
    cells += [len(result.candidates), f"{seconds:.0f}"]
    best = smallest(model, X, y, (X_val, y_val))
    cells += [best.nbytes, f"{found.nbytes / best.nbytes:.2f}"]
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


CASES = {
    "digits": (digits, ()),
    "digits-mlp": (digits, (64, 32)),
    "adult": (lambda: load("adult"), ()),
    "adult-mlp": (lambda: load("adult"), (64, 32)),
    "newsgroups20": (lambda: load("newsgroups20"), ()),
    "fashion_mnist": (lambda: load("fashion_mnist"), ()),
    "fashion_mnist-mlp": (lambda: load("fashion_mnist"), (256, 128)),
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print("| model | bytes | compress | smaller | points lost | tried | seconds | grid | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for case in sys.argv[1:] or CASES:
        make, layers = CASES[case]
        compare(case, make(), layers)
