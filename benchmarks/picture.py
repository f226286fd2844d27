"""The picture of README.md: accuracy against bytes on disk, and the latency of one row.

    python benchmarks/picture.py docs/images/digits.png

Left: handwritten digits, standardised; linear SVMs, slimline's with one output for each pair of
classes, as SVC has. Peers: a pickle of scikit-learn's pipeline, and the ONNX file that skl2onnx
makes of it, predicted by onnxruntime. Right: what ``bench_predict.py`` measured last, whose models
of 784 pixels predict alike (``results/predict.json``).
"""

from __future__ import annotations

import json
import pickle
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
import slimline as sl
from skl2onnx import to_onnx
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

RESULTS = Path(__file__).parent / "results" / "predict.json"
LATENCY = "784 -> 10, 1 rows"
COLOURS = {"scikit-learn": "C0", "onnxruntime": "C1", "slimline": "C2"}


class Contestant(NamedTuple):
    """Who predicts, how, and from how many bytes."""

    library: str
    name: str
    predict: Any
    nbytes: int


def data() -> Any:
    """Return the digits as float32."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X.astype(np.float32), y, random_state=0, test_size=0.4)


def contestants(X: Any, y: Any) -> list[Contestant]:
    """Train everything and put it into the form in which it would be served."""
    found = []
    for name, estimator in {
        "SVC": SVC(kernel="linear", C=0.01),
        "LinearSVC": LinearSVC(C=0.01),
    }.items():
        pipeline = make_pipeline(StandardScaler(), estimator).fit(X, y)
        found.append(
            Contestant("scikit-learn", name, pipeline.predict, len(pickle.dumps(pipeline)))
        )
        graph = to_onnx(
            pipeline, X[:1], options={type(estimator): {"nocl": False}}
        ).SerializeToString()
        found.append(Contestant("onnxruntime", name, _onnx(graph), len(graph)))
    svm = make_pipeline(StandardScaler(), sl.LinearSVC(loss="hinge", C=0.01, multi_class="ovo"))
    dense = sl.convert(svm.fit(X, y))
    tuned = sl.finetune(sl.prune(dense, sparsity=0.8), X, y)
    static = sl.quantize(dense, X, activations="static")
    for name, model in {
        "dense": dense,
        "int8": sl.quantize(dense),
        "int8, static": static,
        "80 % zeros": tuned,
    }.items():
        found.append(_served(name, model))
    return found


def _onnx(graph: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda rows: session.run(None, {name: rows})[0]


def _served(name: str, model: sl.Model) -> Contestant:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.slimline")
        sl.save(model, path)
        return Contestant("slimline", name, sl.load(path).predict, path.stat().st_size)


def draw_sizes(ax: Any, found: list[Contestant], X: Any, y: Any) -> None:
    """Show accuracy against bytes."""
    for library, colour in COLOURS.items():
        mine = [contestant for contestant in found if contestant.library == library]
        accuracy = [float((contestant.predict(X) == y).mean()) for contestant in mine]
        ax.scatter([c.nbytes for c in mine], accuracy, color=colour, label=library, s=36)
        for contestant, height in zip(mine, accuracy, strict=True):
            print(f"{library:>12} {contestant.name:<16} {height:.1%} {contestant.nbytes:>8,} bytes")
            ax.annotate(
                contestant.name,
                (contestant.nbytes, height),
                xytext=(5, -13 if library == "onnxruntime" else 4),
                textcoords="offset points",
                fontsize=8,
                color=colour,
            )
    ax.set(xscale="log", xlabel="bytes on disk", ylabel="accuracy on test images")
    ax.set_title("Linear models of handwritten digits")
    ax.grid(alpha=0.3)
    ax.margins(x=0.2, y=0.15)
    ax.legend(loc="lower right")


def draw_latency(ax: Any) -> None:
    """Show the medians of the benchmark."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    rows = [
        (benchmark["params"]["name"], benchmark["stats"]["median"] * 1e6)
        for benchmark in results["benchmarks"]
        if benchmark["group"] == LATENCY and "pruned" not in benchmark["params"]["name"]
    ]
    rows.sort(key=lambda row: -row[1])
    colours = ["C2" if "slimline" in name else "C0" for name, _ in rows]
    ax.barh([name for name, _ in rows], [median for _, median in rows], color=colours)
    for i, (_, median) in enumerate(rows):
        ax.text(median, i, f" {median:.3g}", va="center", fontsize=9)
    ax.set(xscale="log", xlabel="microseconds, median", title="One row of 784 pixels, 10 classes")
    ax.margins(x=0.15)


def main() -> None:
    """Train, print and draw."""
    X_train, X_test, y_train, y_test = data()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence of the peers
        found = contestants(X_train, y_train)
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    draw_sizes(left, found, X_test, y_test)
    draw_latency(right)
    fig.savefig(sys.argv[1], dpi=110)


if __name__ == "__main__":
    main()
