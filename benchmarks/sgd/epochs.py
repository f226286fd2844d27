"""Seconds per epoch beside scikit-learn's SGD, and two threads against one.

    python benchmarks/sgd/epochs.py

Both libraries run the same five epochs of the same schedule on the same arrays, one thread each;
before that, slimline's accuracy on the training rows must be at most two points below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import slimline as sl
from problems import load
from reporting import DOCS, Report, arguments, race, seconds
from scipy import sparse
from sklearn import linear_model
from threadpoolctl import threadpool_limits

EPOCHS = 5
ROWS = 200_000
ROUNDS_SLOW = 3  # ten classes take scikit-learn seconds per epoch


def dense(dtype: str, n_columns: int = 100) -> tuple[Any, np.ndarray]:
    """Return two noisy classes."""
    random = np.random.default_rng(0)
    X = random.standard_normal((ROWS, n_columns)).astype(dtype)
    noise = random.standard_normal(ROWS)
    return X, (X @ random.standard_normal(n_columns) + noise > 0).astype(int)


def rows_of_text(n_columns: int = 50_000, n_nonzeros: int = 75) -> tuple[Any, np.ndarray]:
    """Return CSR rows with frequent and rare columns (Zipf's law) and length 1, like tf-idf."""
    random = np.random.default_rng(0)
    ranks = np.exp(random.random((ROWS, n_nonzeros)) * np.log(n_columns))
    indices = np.sort(ranks.astype(np.int32) % n_columns, axis=1).ravel()
    data = ((random.random(ROWS * n_nonzeros) + 0.5) / np.sqrt(n_nonzeros)).astype(np.float32)
    indptr = np.arange(0, ROWS * n_nonzeros + 1, n_nonzeros, dtype=np.int32)
    X = sparse.csr_matrix((data, indices, indptr), (ROWS, n_columns))
    X.sum_duplicates()
    scores = X @ random.standard_normal(n_columns).astype(np.float32)
    return X, (scores + 0.3 * random.standard_normal(ROWS) > 0).astype(int)


def fashion() -> tuple[Any, np.ndarray]:
    """Return the 60,000 images of fashion_mnist, standardised."""
    X, y, *_ = load("fashion_mnist")
    return X, y


CASES: dict[str, tuple[Callable[[], tuple[Any, np.ndarray]], float]] = {
    "dense float32 200k x 100": (partial(dense, "float32"), 12),
    "dense float64 200k x 100": (partial(dense, "float64"), 8),
    "CSR float32 200k x 50k, 75 per row": (rows_of_text, 3),
    "fashion_mnist, 10 classes": (fashion, 15),
}


def against_sklearn() -> Iterator[list[str]]:
    """Yield a row for each case and loss."""
    for name, (make, goal) in CASES.items():
        X, y = make()
        for loss in ("hinge", "log_loss"):
            options = {"loss": loss, "max_iter": EPOCHS, "tol": None, "random_state": 0}
            fits = {
                "slimline": sl.SGDClassifier(**options).fit,
                "scikit-learn": linear_model.SGDClassifier(**options).fit,
            }
            scores = {k: seconds(partial(fit, X, y))[1].score(X, y) for k, fit in fits.items()}
            if scores["slimline"] < scores["scikit-learn"] - 0.02:
                msg = f"{name}, {loss}: the accuracies differ: {scores}"
                raise SystemExit(msg)
            rounds = ROUNDS_SLOW if "classes" in name else 5
            times = race({k: partial(fit, X, y) for k, fit in fits.items()}, rounds)
            own, other = (times[k] / EPOCHS for k in ("slimline", "scikit-learn"))
            accuracy = f"{scores['slimline']:.4f} / {scores['scikit-learn']:.4f}"
            figures = [f"{own * 1e3:.2f}", f"{other * 1e3:.1f}", f"{other / own:.1f}x", f"{goal}x"]
            yield [f"{name}, {loss}", *figures, accuracy]


def threads() -> Iterator[list[str]]:
    """Yield a row for each size of batch, with the rate at which X passes through two threads."""
    X, y = dense("float32")
    options = {"loss": "log_loss", "max_iter": EPOCHS, "tol": None, "random_state": 0}
    schedule = {"learning_rate": "constant", "eta0": 0.05}
    for batch in (1, 1024, 8192, "full"):
        models = {
            n_jobs: sl.SGDClassifier(n_jobs=n_jobs, batch_size=batch, **options, **schedule)
            for n_jobs in (1, 2)
        }
        coefs = [model.fit(X, y).coef_ for model in models.values()]
        if not np.array_equal(*coefs):
            msg = f"batch_size={batch}: the result depends on the number of threads"
            raise SystemExit(msg)
        times = race({str(k): partial(model.fit, X, y) for k, model in models.items()})
        bandwidth = X.nbytes * EPOCHS / times["2"] / 1e9
        per_epoch = [f"{times[k] / EPOCHS * 1e3:.2f}" for k in ("1", "2")]
        lead = f"{times['1'] / times['2']:.2f}x"
        yield [f"200k x 100 float32, batch_size={batch}", *per_epoch, lead, f"{bandwidth:.1f}"]


def in_blocks(block: int = 50_000) -> list[str]:
    """Return a row: one epoch by fit against partial_fit over blocks."""
    X, y = dense("float32")
    options = {"loss": "log_loss", "random_state": 0}

    def partial_fits() -> sl.SGDClassifier:
        model = sl.SGDClassifier(**options)
        for start in range(0, ROWS, block):
            rows = slice(start, start + block)
            model.partial_fit(X[rows], y[rows], classes=[0, 1])
        return model

    whole = partial(sl.SGDClassifier(max_iter=1, tol=None, **options).fit, X, y)
    times = race({"fit": whole, "partial_fit": partial_fits})
    figures = [f"{1e3 * t:.2f}" for t in times.values()]
    ratio = f"{times['fit'] / times['partial_fit']:.2f}x"
    return ["200k x 100 float32, log_loss, blocks of 50k", *figures, ratio]


def main() -> None:
    """Print both tables."""
    args = arguments(__doc__).parse_args()
    page = DOCS / "benchmarks" / "sgd_epochs.md"
    report = Report("SGD: milliseconds per epoch", markdown=page if args.markdown else None)
    with threadpool_limits(1):
        columns = ["case", "slimline", "scikit-learn", "ratio", "goal", "accuracies"]
        report.table("One thread", columns, list(against_sklearn()))
        columns = ["case", "1 thread", "2 threads", "ratio", "GB/s read by 2"]
        report.table("Two threads, the same bits", columns, list(threads()))
        columns = ["case", "fit", "partial_fit", "ratio"]
        report.table("Out of core: one epoch in blocks", columns, [in_blocks()])
    report.close()


if __name__ == "__main__":
    main()
