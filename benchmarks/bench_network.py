"""Networks beside scikit-learn and PyTorch: ``python benchmarks/bench_network.py [case ...]``.

Needs ``pip install torch``. Cases: fashion, adult, california (seconds an epoch), quality (10
epochs of fashion_mnist), int8 (after training, pruned, trained as int8). Same batch size, optimizer
and step size, one thread each, turns alternate, medians of ROUNDS.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import slimline as sl
from sklearn import neural_network
from threadpoolctl import threadpool_limits

DATA = Path(os.environ.get("SLIMLINE_DATA", Path(__file__).parents[2] / "shared/data"))
ROUNDS = 5

try:
    import torch
    from torch import nn
except ModuleNotFoundError:  # pytest collects this module without it
    torch = nn = None


def load(name):
    """Return X, y, X_test, y_test: pixels to 0..1, other columns standardised by training rows."""
    path = DATA / f"{name}.npz"
    if not path.exists():
        sys.exit(f"{path} is missing: set SLIMLINE_DATA to the folder of the data sets")
    z = np.load(path, allow_pickle=False)
    X, y, n = z["X"].astype(np.float32), z["y"], int(z["n_train"])
    if z["X"].dtype == np.uint8:
        X /= 255
    else:
        scale = X[:n].std(axis=0)
        X = (X - X[:n].mean(axis=0)) / np.where(scale > 0, scale, 1)
    if str(z["task"]) == "regression":
        y = ((y - y[:n].mean()) / y[:n].std()).astype(np.float32)
    return np.ascontiguousarray(X[:n]), y[:n], np.ascontiguousarray(X[n:]), y[n:]


class Torch:
    """A Sequential trained by Adam on shuffled mini-batches, indexed out of one tensor."""

    def __init__(self, sizes, batch_size, *, regression):
        torch.manual_seed(0)
        parts = []
        for n_in, n_out in pairwise(sizes):
            parts += [nn.Linear(n_in, n_out), nn.ReLU()]
        self.module = nn.Sequential(*parts[:-1])
        self.optimizer = torch.optim.Adam(self.module.parameters(), lr=1e-3)
        self.loss = nn.MSELoss() if regression else nn.CrossEntropyLoss()
        self.batch_size, self.regression = batch_size, regression

    def epoch(self, X, y):
        """Make one pass over the rows."""
        X, y = torch.from_numpy(X), torch.from_numpy(y)
        y = y[:, None] if self.regression else y.long()
        for rows in torch.randperm(len(X)).split(self.batch_size):
            self.optimizer.zero_grad()
            self.loss(self.module(X[rows]), y[rows]).backward()
            self.optimizer.step()

    def accuracy(self, X, y):
        """Return the share of rows that are right."""
        with torch.no_grad():
            return float((self.module(torch.from_numpy(X)).argmax(1).numpy() == y).mean())


def estimators(hidden, batch_size, *, regression):
    kind = "MLPRegressor" if regression else "MLPClassifier"
    return {
        package.__name__.partition(".")[0]: getattr(package, kind)(
            hidden_layer_sizes=hidden, batch_size=batch_size, random_state=0
        )
        for package in (sl, neural_network)
    }


def epochs(name, hidden, batch_size, *, regression=False):
    """Print the median seconds of an epoch for everybody."""
    X, y, _, _ = load(name)
    n_out = 1 if regression else len(np.unique(y))
    ours = estimators(hidden, batch_size, regression=regression)
    peer = Torch([X.shape[1], *hidden, n_out], batch_size, regression=regression)
    extra = {} if regression else {"classes": np.unique(y)}
    calls = {n: (lambda e=e: e.partial_fit(X, y, **extra)) for n, e in ours.items()}
    calls["torch"] = lambda: peer.epoch(X, y)
    times = {n: [] for n in calls}
    for turn in range(ROUNDS + 1):
        for n, call in calls.items():
            begin = time.perf_counter()
            call()
            if turn > 0:
                times[n].append(time.perf_counter() - begin)
    seconds = {n: statistics.median(values) for n, values in times.items()}
    for n, value in seconds.items():
        print(f"{name:14} {n:10} {value:8.3f} s an epoch, {value / seconds['slimline']:.2f} x")


def quality():
    """Print the test accuracy after 10 epochs, seeds 0 to 2."""
    X, y, X_test, y_test = load("fashion_mnist")
    scores = []
    for seed in range(3):
        network = sl.MLPClassifier((256, 128), batch_size=128, max_iter=10, random_state=seed)
        scores.append(network.fit(X, y).score(X_test, y_test))
    print(f"fashion_mnist  slimline   accuracy after 10 epochs {np.mean(scores):.4f} {scores}")
    network = neural_network.MLPClassifier((256, 128), batch_size=128, max_iter=10, random_state=0)
    print(f"fashion_mnist  sklearn    {network.fit(X, y).score(X_test, y_test):.4f}")
    peer = Torch([784, 256, 128, 10], 128, regression=False)
    for _ in range(10):
        peer.epoch(X, y)
    print(f"fashion_mnist  torch      {peer.accuracy(X_test, y_test):.4f}")


def microseconds(model, X):
    times = []
    for _ in range(21):
        begin = time.perf_counter()
        model.outputs(X)
        times.append(1e6 * (time.perf_counter() - begin))
    return statistics.median(times)


def int8():
    """Print accuracy, bytes and time of 256 rows: float32, int8 after training, trained as int8."""
    X, y, X_test, y_test = load("fashion_mnist")
    network = sl.MLPClassifier((256, 128), batch_size=128, max_iter=10, random_state=0).fit(X, y)
    model = sl.convert(network)
    static = sl.quantize(model, X[:4096], activations="static")
    pruned = sl.finetune(model, X, y, sparsity=0.9, max_iter=9)
    made = {
        "float32": model,
        "int8 static": static,
        "int8 static, trained as int8": sl.finetune(
            static, X, y, max_iter=3, learning_rate_init=1e-4
        ),
        "90 % of weights pruned": pruned,
        "90 % pruned, trained as int8": sl.finetune(
            sl.quantize(pruned), X, y, max_iter=3, learning_rate_init=1e-4
        ),
    }
    for name, each in made.items():
        accuracy = (each.predict(X_test) == y_test).mean()
        time_of = microseconds(each, X_test[:256])
        print(f"{name:30} {accuracy:.4f} {each.nbytes:8} bytes {time_of:8.1f} us for 256 rows")


CASES = {
    "fashion": lambda: epochs("fashion_mnist", (256, 128), 128),
    "adult": lambda: epochs("adult", (64, 32), 64),
    "california": lambda: epochs("california", (64, 32), 64, regression=True),
    "quality": quality,
    "int8": int8,
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        for case in sys.argv[1:] or CASES:
            CASES[case]()
