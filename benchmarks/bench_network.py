"""Networks beside scikit-learn and PyTorch: ``python benchmarks/bench_network.py [case ...]``.

Needs ``pip install torch``. Cases: fashion, adult, california (seconds per epoch), quality (10
epochs of fashion_mnist), int8 (after training, pruned, trained as int8, beside torch.ao). Same
batch size, optimizer and step size; CPU time of one thread, turns alternate, medians. Prints
Markdown.
"""

from __future__ import annotations

import copy
import os
import statistics
import sys
import tempfile
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
SEEDS = range(3)

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

    def __init__(self, sizes, batch_size, *, regression, seed=0):
        torch.manual_seed(seed)
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
    """Print the median CPU time of an epoch for everybody."""
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
            begin = time.process_time()
            call()
            if turn > 0:
                times[n].append(time.process_time() - begin)
    seconds = {n: statistics.median(values) for n, values in times.items()}
    table(name, "seconds per epoch", "slimline is faster")
    for n, value in seconds.items():
        row(n, f"{value:.3f}", f"{value / seconds['slimline']:.2f}")


def table(*header):
    """Print the head of a Markdown table."""
    print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}", flush=True)


def row(*cells):
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def quality():
    """Print the test accuracy after 10 epochs of 784-256-128-10, batch 128, Adam."""
    X, y, X_test, y_test = load("fashion_mnist")
    scores = {"slimline": [], "scikit-learn": [], "PyTorch": []}
    for seed in SEEDS:
        for name, package in (("slimline", sl), ("scikit-learn", neural_network)):
            network = package.MLPClassifier(
                (256, 128), batch_size=128, max_iter=10, random_state=seed
            )
            scores[name].append(network.fit(X, y).score(X_test, y_test))
        peer = Torch([784, 256, 128, 10], 128, regression=False, seed=seed)
        for _ in range(10):
            peer.epoch(X, y)
        scores["PyTorch"].append(peer.accuracy(X_test, y_test))
    table("fashion_mnist", *(f"seed {seed}" for seed in SEEDS), "mean")
    for name, each in scores.items():
        row(name, *(f"{100 * score:.2f}" for score in each), f"{100 * np.mean(each):.2f}")


def ours(X, y):
    """Yield every Model of ours with its name: float32, int8, pruned, trained as int8."""
    network = sl.MLPClassifier((256, 128), batch_size=128, max_iter=10, random_state=0).fit(X, y)
    model = sl.convert(network)
    as_int8 = {"max_iter": 3, "learning_rate_init": 1e-4}
    yield "float32", model
    yield "float32, trained on", sl.finetune(model, X, y, max_iter=15)
    yield "int8 dynamic", sl.quantize(model, X[:4096], activations="dynamic")
    static = sl.quantize(model, X[:4096], activations="static")
    yield "int8 static", static
    yield "int8 static, trained as int8", sl.finetune(static, X, y, **as_int8)
    for granularity, share in (("weight", 0.9), ("block", 0.9), ("node", 0.5)):
        pruned = sl.finetune(model, X, y, sparsity=share, granularity=granularity, max_iter=15)
        name = f"{share:.0%} of {granularity}s pruned".replace("%", " %")
        yield name, pruned
        yield (
            f"{name}, trained as int8",
            sl.finetune(sl.quantize(pruned, X[:4096]), X, y, **as_int8),
        )


class TorchInt8(Torch):
    """A trained Torch as torch.ao quantizes it: dynamic, static, or trained as int8."""

    def __init__(self, peer, how, X, y):
        ao = torch.ao.quantization
        self.module = copy.deepcopy(peer.module)
        self.batch_size, self.regression, self.loss = peer.batch_size, False, peer.loss
        if how == "dynamic":
            config = {nn.Linear: ao.per_channel_dynamic_qconfig}
            self.module = ao.quantize_dynamic(self.module.eval(), config)
            return
        trained = how == "trained as int8"
        self.module = nn.Sequential(ao.QuantStub(), *self.module, ao.DeQuantStub())
        fuse = ao.fuse_modules_qat if trained else ao.fuse_modules
        pairs = [[str(i), str(i + 1)] for i in range(1, len(self.module) - 2, 2)]
        self.module = fuse(self.module.train(trained), pairs)
        if trained:
            self.module.qconfig = ao.get_default_qat_qconfig("x86")
            ao.prepare_qat(self.module, inplace=True)
            self.optimizer = torch.optim.Adam(self.module.parameters(), lr=1e-4)
            for _ in range(3):
                self.epoch(X, y)
        else:
            self.module.qconfig = ao.get_default_qconfig("x86")
            ao.prepare(self.module, inplace=True)
            self.accuracy(X[:4096], y[:4096])
        self.module = ao.convert(self.module.eval())


def theirs(X, y):
    """Yield PyTorch's module as float32 and int8, by its name."""
    peer = Torch([784, 256, 128, 10], 128, regression=False)
    for _ in range(10):
        peer.epoch(X, y)
    yield "PyTorch float32", peer
    for how in ("dynamic", "static", "trained as int8"):
        yield f"torch.ao {how}", TorchInt8(peer, how, X, y)


def file_bytes(made):
    """Return the size of the file that a model is saved in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model")
        if isinstance(made, Torch):
            torch.save(made.module.state_dict(), path)
        else:
            sl.save(made, path)
        return path.stat().st_size


def call_of(made, X):
    if not isinstance(made, Torch):
        return lambda: made.outputs(X)
    rows = torch.from_numpy(X)

    def call():
        with torch.inference_mode():
            made.module(rows)

    return call


def microseconds(calls):
    """Return the median CPU time of each call, turns alternating."""
    times = {name: [] for name in calls}
    for turn in range(25):
        for name, call in calls.items():
            begin = time.process_time()
            for _ in range(4):
                call()
            if turn > 3:
                times[name].append(1e6 / 4 * (time.process_time() - begin))
    return {name: statistics.median(each) for name, each in times.items()}


def int8():
    """Print accuracy, bytes and time of 256 rows, of ours and of what torch.ao makes."""
    X, y, X_test, y_test = load("fashion_mnist")
    made = {**dict(ours(X, y)), **dict(theirs(X, y))}
    times = microseconds({name: call_of(each, X_test[:256]) for name, each in made.items()})
    table("784-256-128-10", "accuracy", "lost", "bytes", "smaller", "us for 256 rows", "faster")
    for name, each in made.items():
        first = "PyTorch float32" if isinstance(each, Torch) else "float32"
        if name == first:
            before, most, longest = correct(each, X_test, y_test), file_bytes(each), times[name]
        accuracy, size = correct(each, X_test, y_test), file_bytes(each)
        row(
            name,
            f"{accuracy:.2f}",
            f"{before - accuracy:+.2f}",
            size,
            f"{most / size:.1f}",
            f"{times[name]:.0f}",
            f"{longest / times[name]:.2f}",
        )


def correct(made, X, y):
    """Return the rows that are right, in per cent."""
    if isinstance(made, Torch):
        return 100 * made.accuracy(X, y)
    return 100 * (made.predict(X) == y).mean()


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
