"""The vectorizers beside scikit-learn's, one thread, one run: tables.

``python benchmarks/text_tables.py [--threads N] [--markdown]``, with SLIMLINE_DATA set: short
messages, sentences, and long texts made of the sentences, 300 at a time. Values are compared to the
bit before anything is timed; times are medians of five turns, taken alternately.
"""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import slimline as sl
from sgd.reporting import DOCS, Report, arguments, race
from sklearn.feature_extraction import text as theirs
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

DATA = Path(os.environ.get("SLIMLINE_DATA", Path(__file__).parents[2] / "shared" / "data"))
SETS = ("sms_spam", "movie_snippets")
LONG = 300  # sentences in a long text
CASES: dict[str, dict[str, Any]] = {
    "words": {},
    "words, 1-2": {"ngram_range": (1, 2)},
    "words, 1-2, sublinear, English stop words": {
        "ngram_range": (1, 2),
        "sublinear_tf": True,
        "stop_words": "english",
    },
    "char_wb, 2-5": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}
Pair = dict[str, Callable[[], Any]]


def load(name: str) -> tuple[list[str], list[str]]:
    """Return raw texts and their labels."""
    path = DATA / f"{name}.tsv.gz"
    if not path.exists():
        sys.exit(f"{path} is missing: set SLIMLINE_DATA to the folder of the data sets")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t", 1) for line in file]
    return [text for _, text in rows], [label for label, _ in rows]


def long_texts() -> list[str]:
    """Return texts of about 30,000 characters."""
    texts, _ = load("movie_snippets")
    shuffled = np.random.default_rng(0).choice(texts, (100, LONG))
    return [" ".join(row) for row in shuffled]


def check(ours: Any, reference: Any) -> None:
    """Stop unless two matrices are equal to the bit."""
    reference.sort_indices()
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(reference, name))


def rows_of_table(texts: list[str], threads: int) -> list[list[str]]:
    """Time fit_transform and transform of one set."""
    rows = []
    for title, parameters in CASES.items():
        ours = sl.TfidfVectorizer(**parameters, n_jobs=threads)
        reference = theirs.TfidfVectorizer(**parameters)
        check(ours.fit_transform(texts), reference.fit_transform(texts))
        check(ours.transform(texts), reference.transform(texts))
        calls: dict[str, Pair] = {
            "fit_transform": {
                "slimline": lambda v=ours: v.fit_transform(texts),
                "scikit-learn": lambda v=reference: v.fit_transform(texts),
            },
            "transform": {
                "slimline": lambda v=ours: v.transform(texts),
                "scikit-learn": lambda v=reference: v.transform(texts),
            },
        }
        for call, pair in calls.items():
            times = race(pair)
            mine, right = times["slimline"], times["scikit-learn"]
            per_text = mine / len(texts) * 1e6
            figures = [f"{mine * 1e3:.1f}", f"{per_text:.2f}", f"{right * 1e3:.0f}"]
            rows.append([f"{title}: {call}", *figures, f"{right / mine:.1f}"])
    return rows


def learning(name: str, threads: int) -> list[list[str]]:
    """Time texts to a fitted classifier, and compare accuracy on a fifth held out."""
    texts, labels = load(name)
    order = np.random.default_rng(0).permutation(len(texts))
    cut = len(texts) // 5
    test, train = order[:cut], order[cut:]
    X = [texts[i] for i in train]
    y = [labels[i] for i in train]
    held_out = [texts[i] for i in test], [labels[i] for i in test]
    auto = {"loss": "log_loss", "learning_rate": "auto", "alpha": 1 / (10 * len(X)), "n_jobs": 1}
    pairs: dict[str, dict[str, Any]] = {
        "linear SVM, C=1": {
            "slimline": make_pipeline(sl.TfidfVectorizer(n_jobs=threads), sl.LinearSVC()),
            "scikit-learn": make_pipeline(theirs.TfidfVectorizer(), LinearSVC()),
        },
        "logistic, C=10": {
            "slimline": make_pipeline(sl.TfidfVectorizer(n_jobs=threads), sl.SGDClassifier(**auto)),
            "scikit-learn": make_pipeline(theirs.TfidfVectorizer(), LogisticRegression(C=10)),
        },
    }
    rows = []
    for title, pair in pairs.items():
        times = race({who: (lambda p=pipeline: p.fit(X, y)) for who, pipeline in pair.items()})
        accuracy = [f"{pair[who].score(*held_out):.4f}" for who in pair]
        mine, right = times["slimline"], times["scikit-learn"]
        figures = [f"{mine * 1e3:.1f}", f"{right * 1e3:.1f}", f"{right / mine:.1f}"]
        rows.append([f"{name}: {title}", *figures, *accuracy])
    return rows


def main() -> None:
    """Print the tables."""
    options = arguments(__doc__).parse_args()
    page = DOCS / "benchmarks" / "text.md" if options.markdown else None
    report = Report("Texts to features", markdown=page)
    report.line(f"Threads of slimline: {options.threads}; scikit-learn's vectorizers have one.")
    columns = ["TfidfVectorizer", "slimline, ms", "us per text", "scikit-learn, ms", "ratio"]
    sets = {name: load(name)[0] for name in SETS} | {"long texts": long_texts()}
    with threadpool_limits(options.threads):
        for name, texts in sets.items():
            title = f"{name}: {len(texts)} texts of {np.mean(list(map(len, texts))):.0f} characters"
            report.table(title, columns, rows_of_table(texts, options.threads))
        rows = [row for name in SETS for row in learning(name, options.threads)]
        columns = ["texts to classifier", "slimline, ms", "scikit-learn, ms", "ratio"]
        report.table("Learning", [*columns, "accuracy", "scikit-learn's"], rows)
    report.close()


if __name__ == "__main__":
    main()
