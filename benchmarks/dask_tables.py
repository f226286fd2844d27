"""Training on dask: objectives, rounds, traffic, memory, workers and peers, as tables.

    python benchmarks/dask_tables.py [objectives] [rounds] [workers] [memory] [peers] [spark]

Data come from the folder SLIMLINE_DATA. Every worker is a process of one thread. Ratios belong to
one machine and one run. "spark" needs pyspark and Java, "peers" needs dask-ml.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

import dask
import dask.array as da
import distributed
import numpy as np
import slimline as sl
from slimline._text import table
from slimline.dask import LinearSVC, SGDClassifier

DATA = Path(os.environ.get("SLIMLINE_DATA", Path(__file__).parents[2] / "shared" / "data"))
N_PARTS = 8


def load(name):
    """Standardised training rows in float32, and labels."""
    file = np.load(DATA / f"{name}.npz")
    n = int(file["n_train"])
    X = file["X"][:n].astype(np.float32)
    spread = X.std(axis=0)
    X = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return np.ascontiguousarray(X, dtype=np.float32), file["y"][:n]


def cluster(n_workers, **options):
    """Return processes of one thread each."""
    return distributed.LocalCluster(
        n_workers=n_workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", **options
    )


def spread_out(client, X, y, n_parts=N_PARTS):
    """Partitions on the workers."""
    rows = -(-len(X) // n_parts)
    lazy = da.from_array(X, chunks=(rows, X.shape[1])), da.from_array(y, chunks=rows)
    kept = client.persist(lazy)
    distributed.wait(kept)
    return kept


def log_loss(model, X, y):
    """Objective of the classes, each against the rest, summed."""
    positive = model.classes_ if len(model.classes_) > 2 else model.classes_[1:]
    scores = X @ np.asarray(model.coef_, dtype=np.float64).T + model.intercept_
    signs = np.where(y[:, None] == positive, 1, -1)
    penalty = model.alpha / 2 * np.square(np.asarray(model.coef_, dtype=np.float64)).sum()
    return np.logaddexp(0, -signs * scores).mean(axis=0).sum() + penalty


def timed(call):
    """Seconds and result."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def objectives():
    """At most ten rounds against as many epochs on one machine."""
    lines = []
    with cluster(2) as two, distributed.Client(two) as client:
        for name, epochs in (("flights", 1), ("fashion_mnist", 8)):
            X, y = load(name)
            lazy = spread_out(client, X, y)
            options = {"loss": "log_loss", "learning_rate": "linear", "alpha": 1e-4, "eta0": 0.01}
            options |= {"max_iter": 10, "tol": None, "random_state": 0}
            alone = sl.SGDClassifier(**options).fit(X, y)
            model = SGDClassifier(**options, local_epochs=epochs).fit(*lazy)
            ratio = log_loss(model, X, y) / log_loss(alone, X, y)
            lines.append((name, f"SGD, 10 rounds of {epochs}", ratio, model.n_iter_, ""))
        X, y = load("flights")
        lazy = spread_out(client, X, y)
        for loss in ("squared_hinge", "hinge"):
            alone = sl.LinearSVC(loss=loss, C=0.01).fit(X, y)
            model = LinearSVC(loss=loss, C=0.01, max_iter=10).fit(*lazy)
            ratio = model.objective_ / alone.objective_
            gap = f"{model.dual_gap_:.2g}"
            lines.append(("flights", f"LinearSVC {loss}", ratio, model.n_iter_, gap))
        model = SGDClassifier(loss="log_loss", learning_rate="auto", random_state=0).fit(*lazy)
        alone = sl.SGDClassifier(loss="log_loss", learning_rate="auto", random_state=0).fit(X, y)
        ratio, gap = log_loss(model, X, y) / log_loss(alone, X, y), f"{model.dual_gap_:.2g}"
        lines.append(("flights", "log-loss, exact", ratio, model.n_iter_, gap))
    print(table(lines, ("data", "fit", "objective / one machine", "rounds", "gap")))


def moved(client):
    """Bytes that workers have sent to one another."""
    sent = client.run(lambda dask_worker: dask_worker.transfer_outgoing_bytes_total)
    return sum(sent.values())


def round_costs(client, n_features, n_parts, n_rounds=30):
    """Seconds and bytes of a round on rows so few that computing takes no time."""
    random = np.random.default_rng(0)
    X = random.normal(size=(n_parts * 4, n_features)).astype(np.float32)
    lazy = spread_out(client, X, np.arange(len(X)) % 2, n_parts)
    options = {"loss": "log_loss", "tol": None, "random_state": 0}
    seen = []

    def watch(number, *_):
        if number in {2, 2 + n_rounds}:  # asking for bytes takes time too
            now = time.perf_counter()
            seen.append((now, moved(client), time.perf_counter()))

    SGDClassifier(**options, max_iter=2 + n_rounds, callback=watch).fit(*lazy)
    first, last = seen
    return (last[0] - first[2]) / n_rounds, (last[1] - first[1]) / n_rounds


def rounds():
    """Overhead and traffic of a round, and what they extrapolate to."""
    lines = []
    with cluster(2) as two, distributed.Client(two) as client:
        for n_features in (100, 10_000):
            for n_parts in (8, 32):
                seconds, sent = round_costs(client, n_features, n_parts)
                weights = 4 * n_features
                lines.append((n_features, n_parts, 1e3 * seconds, sent / 1e3, sent / weights))
        overhead, sent_per_weight = lines[0][2] / 1e3, lines[0][4]
        X, y = load("flights")
        options = {"loss": "log_loss", "max_iter": 5, "tol": None, "random_state": 0}
        seconds, _ = timed(lambda: sl.SGDClassifier(**options).fit(X, y))
    rate = 5 * len(X) / seconds
    print(
        table(lines, ("columns", "partitions", "ms per round", "kB sent", "copies of the weights"))
    )
    print(f"\none thread, flights (79 columns): {rate:.3g} rows/s; extrapolated, not measured:")
    lines = [
        (workers, 1e10 / workers / rate + overhead, sent_per_weight / 2 * workers * 4 * 79 / 1e3)
        for workers in (2, 8, 64)
    ]
    print(table(lines, ("workers", "s per round of 1e10 rows", "kB sent per round")))


def made(n_rows, n_features, n_parts):
    """Rows made on the workers, and their labels."""
    chunks = (n_rows // n_parts, n_features)
    X = da.random.default_rng(0).standard_normal((n_rows, n_features), chunks=chunks, dtype="f4")
    return X, (X[:, 0] + X[:, 1] > 0).astype(np.int64)


def loop():
    """Time a loop that touches no memory: what the machine's cores give at the moment."""
    start = time.perf_counter()
    sum(i * i for i in range(5_000_000))
    return time.perf_counter() - start


def stream():
    """Time reading 400 MB of memory: the bound of what reads rows once per round."""
    values = np.ones(100_000_000, dtype=np.float32)
    seconds = [timed(lambda: values @ values)[0] for _ in range(9)]
    return sorted(seconds)[4]


def workers():
    """One worker and two on the same partitions; as controls a loop and a stream on each."""
    lines = []
    for n in (1, 2):
        with cluster(n) as some, distributed.Client(some) as client:
            X, y = client.persist(made(10_000_000, 100, 16))
            distributed.wait([X, y])
            model = SGDClassifier(loss="log_loss", max_iter=6, tol=None, random_state=0)
            model.set_params(max_iter=1).fit(X, y)
            short, _ = timed(lambda m=model, X=X, y=y: m.fit(X, y))
            long, _ = timed(lambda m=model, X=X, y=y: m.set_params(max_iter=6).fit(X, y))
            loops = n / max(client.run(loop).values())
            read = 0.4 * n / max(client.run(stream).values())
            line = (n, (long - short) / 5, loops, read, float(np.abs(model.coef_).sum()))
            lines.append(line)
    print(table(lines, ("workers", "s per round (1e7 x 100)", "loops/s", "GB/s read", "sum |w|")))
    one, two = lines
    print(f"{one[1] / two[1]:.2f} times as fast; loops: {two[2] / one[2]:.2f} times", end="")
    print(f", reading memory: {two[3] / one[3]:.2f} times")


def most_held():
    """Most bytes that this process has held at once; getrusage would count what forked it, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (line,) = [line for line in status if line.startswith("VmHWM:")]
    return 1024 * int(line.split()[1])


def memory():
    """Fit on four times what a worker may hold."""
    limit = 400 * 2**20
    with (
        tempfile.TemporaryDirectory() as folder,
        dask.config.set({"temporary-directory": folder}),
        cluster(1, memory_limit=limit) as one,
        distributed.Client(one) as client,
    ):
        X, y = made(4_000_000, 100, 160)
        peaks = []

        def watch(*_):
            used = client.run(lambda dask_worker: dask_worker.monitor.recent()["memory"])
            peaks.append(max(used.values()))

        model = SGDClassifier(loss="log_loss", max_iter=3, tol=None, random_state=0, callback=watch)
        seconds, _ = timed(lambda: model.fit(X, y))
        peak = max(client.run(most_held).values())
    line = (X.nbytes / 2**20, limit / 2**20, max(peaks) / 2**20, peak / 2**20, seconds)
    names = ("data MiB", "limit MiB", "at rounds' ends", "peak MiB", "seconds")
    print(table([line], names))


def peers():
    """Incremental of dask-ml, which visits the partitions one after another."""
    from dask_ml.wrappers import Incremental  # noqa: PLC0415 - a peer
    from sklearn.linear_model import SGDClassifier as Sequential  # noqa: PLC0415 - its estimator

    lines = []
    with cluster(2) as two, distributed.Client(two) as client:
        for name in ("flights", "fashion_mnist"):
            X, y = load(name)
            lazy = spread_out(client, X, y)
            classes = np.unique(y)
            wrapped = Incremental(Sequential(loss="log_loss", random_state=0))

            def passes(wrapped=wrapped, lazy=lazy, classes=classes):
                for _ in range(5):
                    wrapped.partial_fit(*lazy, classes=classes)

            theirs, _ = timed(passes)
            goal = log_loss(wrapped.estimator_, X, y)
            for n in (1, 2, 3, 5, 10):
                model = SGDClassifier(
                    loss="log_loss", learning_rate="linear", max_iter=n, tol=None, random_state=0
                )
                ours, _ = timed(lambda m=model, lazy=lazy: m.fit(*lazy))
                reached = log_loss(model, X, y)
                if reached <= goal:
                    break
            lines.append((name, goal, theirs, reached, n, ours, theirs / ours))
    names = ("data", "Incremental, 5 passes", "s", "slimline.dask", "rounds", "s", "ratio")
    print(table(lines, names))


def spark():
    """LinearSVC of Spark MLlib in local mode, on the same Parquet file of flights."""
    import dask.dataframe as dd  # noqa: PLC0415 - reads the file
    import pandas as pd  # noqa: PLC0415 - the file
    from pyspark.ml.classification import LinearSVC as Peer  # noqa: PLC0415 - a peer
    from pyspark.ml.feature import VectorAssembler  # noqa: PLC0415 - a peer
    from pyspark.sql import SparkSession  # noqa: PLC0415 - a peer

    X, y = load("flights")
    names = [f"c{j}" for j in range(X.shape[1])]
    C = 0.01
    with tempfile.TemporaryDirectory() as folder:
        frame = pd.DataFrame(X, columns=names).assign(label=y.astype(np.float64))
        dd.from_pandas(frame, npartitions=N_PARTS).to_parquet(folder)
        session = SparkSession.builder.master("local[2]").getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        rows = VectorAssembler(inputCols=names, outputCol="features").transform(
            session.read.parquet(folder)
        )
        rows = rows.select("features", "label").cache()
        rows.count()
        peer = Peer(regParam=1 / (C * len(X)), standardization=False, maxIter=100, tol=1e-6)
        theirs, model = timed(lambda: peer.fit(rows))
        w, b = model.coefficients.toArray(), model.intercept
        signs = np.where(y == 1, 1, -1)
        goal = w @ w / 2 + C * np.maximum(0, 1 - signs * (X @ w + b)).sum()
        session.stop()
        with cluster(2) as two, distributed.Client(two) as client:
            lazy = client.persist(dd.read_parquet(folder))
            distributed.wait(lazy)
            lines = []
            for n in (1, 2, 4, 8, 16, 32):
                exact = LinearSVC(loss="hinge", C=C, max_iter=n)
                ours, _ = timed(lambda m=exact, lazy=lazy: m.fit(lazy[names], lazy["label"]))
                if exact.objective_ <= goal:
                    break
            lines.append((goal, theirs, exact.objective_, n, exact.dual_gap_, ours, theirs / ours))
    header = ("MLlib, 100 steps", "s", "slimline.dask", "rounds", "its gap", "s", "ratio")
    print(table(lines, header))


SECTIONS = {f.__name__: f for f in (objectives, rounds, workers, memory, peers, spark)}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for chosen in sys.argv[1:] or SECTIONS:
        print(f"\n## {chosen}\n")
        SECTIONS[chosen]()
