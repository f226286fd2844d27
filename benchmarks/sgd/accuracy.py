"""Test accuracy (R2 of regressions) of learning_rate="auto" beside scikit-learn's best schedule.

    python benchmarks/sgd/accuracy.py

Everything else has its default value. The mean of three seeds counts; scikit-learn's best of four
schedules is chosen by the same test rows, which flatters it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import slimline as sl
from problems import load
from reporting import DOCS, Report, arguments
from sklearn import linear_model

CLASSIFICATION = (
    "flights", "adult", "a9a", "magic", "higgs_7k", "shuttle", "newsgroups20", "movie_snippets",
    "sms_spam", "pros_cons", "fashion_mnist_10k", "digits",
)  # fmt: skip
REGRESSION = ("diamonds", "california", "bike", "compactiv")
SCHEDULES = ("constant", "optimal", "invscaling", "adaptive")
SEEDS = range(3)


def mean_score(make: Callable[..., Any], data: tuple[Any, ...], **options: Any) -> float:
    """Return the mean score on the test rows over the seeds."""
    X, y, X_test, y_test = data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = [make(random_state=seed, **options).fit(X, y) for seed in SEEDS]
    return float(np.mean([model.score(X_test, y_test) for model in models]))


def main() -> None:
    """Print a row for each set and loss."""
    parser = arguments(__doc__)
    parser.add_argument("--sets", nargs="+", default=CLASSIFICATION + REGRESSION)
    args = parser.parse_args()
    page = DOCS / "benchmarks" / "sgd_accuracy.md"
    title = "SGD: test accuracy and R2 in points"
    report = Report(title, markdown=page if args.markdown else None)
    rows, leads = [], []
    for name in args.sets:
        data = load(name)
        regression = name in REGRESSION
        own = sl.SGDRegressor if regression else sl.SGDClassifier
        peer = linear_model.SGDRegressor if regression else linear_model.SGDClassifier
        for loss in ("squared_error",) if regression else ("hinge", "log_loss"):
            score = mean_score(own, data, loss=loss, learning_rate="auto")
            options = {"loss": loss, "eta0": 0.01}
            peers = {s: mean_score(peer, data, learning_rate=s, **options) for s in SCHEDULES}
            best = max(peers, key=lambda schedule: peers[schedule])
            leads.append(100 * (score - peers[best]))
            figures = [f"{100 * score:.2f}", f"{100 * peers[best]:.2f}", best, f"{leads[-1]:+.2f}"]
            rows.append([f"{name}, {loss}", *figures])
    columns = ["set", "slimline auto", "scikit-learn's best", "its schedule", "difference"]
    report.table("Means of three seeds", columns, rows)
    report.line(f"Mean difference {np.mean(leads):+.2f} points, least {min(leads):+.2f}.")
    report.close()


if __name__ == "__main__":
    main()
