"""How the cost grows from 10^4 to 10^6 rows: a plot for the documentation.

python benchmarks/sgd/growth.py            # writes docs/images/sgd_growth.svg
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from reporting import DOCS, Report, arguments, race
from scipy import sparse
from sklearn import linear_model
from threadpoolctl import threadpool_limits

SIZES = (10_000, 31_623, 100_000, 316_228, 1_000_000)
EPOCHS = 2
COLUMNS = {"dense": 30, "sparse": 10_000}
NONZEROS = 30


def rows(kind: str, n: int) -> tuple[Any, np.ndarray]:
    """Return n rows of 30 values, dense or spread over 10,000 columns, of two noisy classes."""
    random = np.random.default_rng(0)
    values = random.standard_normal((n, NONZEROS), dtype=np.float32)
    noise = random.standard_normal(n, dtype=np.float32)
    y = (values.sum(axis=1) + noise > 0).astype(int)
    if kind == "dense":
        return values, y
    indices = random.integers(COLUMNS["sparse"] // NONZEROS, size=(n, NONZEROS), dtype=np.int32)
    indices += np.arange(NONZEROS, dtype=np.int32) * (COLUMNS["sparse"] // NONZEROS)
    indptr = np.arange(0, n * NONZEROS + 1, NONZEROS, dtype=np.int32)
    return sparse.csr_matrix((values.ravel(), indices.ravel(), indptr), (n, 10_000)), y


def slope(seconds: list[float]) -> float:
    """Return the exponent of the growth: 1 is linear."""
    return float(np.polyfit(np.log(SIZES), np.log(seconds), 1)[0])


def measure(kind: str) -> dict[str, list[float]]:
    """Return the seconds per epoch of each library for every size."""
    options = {"loss": "log_loss", "max_iter": EPOCHS, "tol": None, "random_state": 0}
    models = {
        "slimline": sl.SGDClassifier(**options),
        "scikit-learn": linear_model.SGDClassifier(**options),
    }
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for n in SIZES:
        X, y = rows(kind, n)
        for name, median in race({k: partial(m.fit, X, y) for k, m in models.items()}, 3).items():
            seconds[name].append(median / EPOCHS)
    return seconds


def draw(results: dict[str, dict[str, list[float]]], path: Path) -> None:
    """Draw seconds over rows, both logarithmic, with a line that grows linearly."""
    figure, panels = plt.subplots(1, len(results), figsize=(9, 3.6), layout="constrained")
    for panel, (kind, seconds) in zip(panels, results.items(), strict=True):
        for name, values in seconds.items():
            panel.loglog(SIZES, values, marker="o", label=f"{name}, n^{slope(values):.2f}")
        first = seconds["slimline"][0] / SIZES[0]
        panel.loglog(SIZES, [first * n for n in SIZES], "k:", label="linear")
        panel.set(title=f"{kind}, 30 values per row", xlabel="rows", ylabel="seconds per epoch")
        panel.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure, print and draw."""
    args = arguments(__doc__).parse_args()
    page = DOCS / "benchmarks" / "sgd_growth.md"
    title = "SGD: seconds per epoch over the number of rows"
    report = Report(title, markdown=page if args.markdown else None)
    with threadpool_limits(1):
        results = {kind: measure(kind) for kind in COLUMNS}
    columns = ["library", *(f"{n:,} rows" for n in SIZES), "exponent"]
    for kind, seconds in results.items():
        table = [
            [name, *(f"{s:.4f}" for s in values), f"{slope(values):.2f}"]
            for name, values in seconds.items()
        ]
        report.table(f"{kind}, 30 values per row", columns, table)
    draw(results, DOCS / "images" / "sgd_growth.svg")
    report.line("![Seconds per epoch over the number of rows](../images/sgd_growth.svg)")
    report.close()


if __name__ == "__main__":
    main()
