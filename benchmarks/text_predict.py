"""Texts to labels: a Model beside the scikit-learn pipeline that it comes from, one run: tables.

``python benchmarks/text_predict.py [--threads N] [--markdown]``, with SLIMLINE_DATA set. Labels are
compared before anything is timed; times are medians of five turns, taken alternately.
"""

from __future__ import annotations

from itertools import cycle, islice
from typing import Any

import numpy as np
import slimline as sl
from sgd.reporting import DOCS, Report, arguments, race
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from text_tables import SETS, load
from threadpoolctl import threadpool_limits

N_TEXTS = 10_000
N_SINGLE = 200  # texts that are predicted one by one
CASES: dict[str, Any] = {
    "words": TfidfVectorizer(),
    "words, 1-2": TfidfVectorizer(ngram_range=(1, 2)),
    "words, 1-2, sublinear": TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
    "char_wb, 2-4": TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)),
    "hashed words": HashingVectorizer(n_features=2**18),
}


def rows_of(name: str, threads: int) -> list[list[str]]:
    """Time the predictions of 10,000 texts, and of one at a time."""
    texts, labels = load(name)
    batch = list(islice(cycle(texts), N_TEXTS))
    single = texts[:N_SINGLE]
    rows = []
    for title, vectorizer in CASES.items():
        pipeline = make_pipeline(vectorizer, LogisticRegression(C=10)).fit(texts, labels)
        model = sl.convert(pipeline)
        bound = model.bind()
        np.testing.assert_array_equal(model.predict(batch), pipeline.predict(batch))
        np.testing.assert_array_equal([bound.predict(t) for t in single], model.predict(single))
        times = race(
            {
                "batch": lambda m=model: m.outputs(batch, n_threads=threads),
                "their batch": lambda p=pipeline: p.decision_function(batch),
                "one": lambda b=bound: [b.predict(text) for text in single],
                "their one": lambda p=pipeline: [p.predict([text]) for text in single],
            }
        )
        one, their_one = (times[key] / N_SINGLE * 1e6 for key in ("one", "their one"))
        figures = [times["batch"] * 1e3, times["their batch"] * 1e3, one, their_one]
        ratios = [times["their batch"] / times["batch"], their_one / one]
        rows.append([title, *(f"{x:.4g}" for x in figures), *(f"{r:.0f}" for r in ratios)])
    return rows


def main() -> None:
    """Print the tables."""
    options = arguments(__doc__).parse_args()
    page = DOCS / "benchmarks" / "text_predict.md" if options.markdown else None
    report = Report("Texts to labels", markdown=page)
    report.line(f"Threads of slimline, for 10,000 texts: {options.threads}; scikit-learn has one.")
    columns = ["TF-IDF, logistic", "10,000 texts, ms", "scikit-learn's", "one text, us"]
    columns += ["scikit-learn's", "ratio, 10,000", "ratio, one"]
    with threadpool_limits(options.threads):
        for name in SETS:
            report.table(name, columns, rows_of(name, options.threads))
    report.close()


if __name__ == "__main__":
    main()
