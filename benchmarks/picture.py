"""The picture of README.md: accuracy against bytes and latency, peers beside slimline.

    python benchmarks/picture.py docs/images/digits

writes the .png and the figures as .json. Handwritten digits, standardised; linear SVMs,
slimline's with one output for each pair of classes, as SVC has. Peers: scikit-learn's own predict
from a pickle, onnxruntime from the ONNX file that skl2onnx makes of the same pipeline. One
thread, alternating, medians.
"""

from __future__ import annotations

import json
import os

os.environ["OMP_NUM_THREADS"] = "1"

import pickle
import sys
import tempfile
import warnings
from pathlib import Path
from time import perf_counter
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
from slimline._config import config

ROUNDS = 2000
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
        "static int8": static,
        "80 % zeros": tuned,
        "80 % zeros, int8": sl.quantize(tuned),
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


def measure(found: list[Contestant], X: Any, y: Any) -> list[dict[str, Any]]:
    """Check the accuracy of each, then time single rows, one contestant after the other."""
    times: list[list[float]] = [[] for _ in found]
    rows = [X[i : i + 1] for i in range(50)]
    for i in range(ROUNDS):
        for mine, contestant in zip(times, found, strict=True):
            start = perf_counter()
            contestant.predict(rows[i % len(rows)])
            mine.append(perf_counter() - start)
    return [
        {
            "library": contestant.library,
            "name": contestant.name,
            "accuracy": float((contestant.predict(X) == y).mean()),
            "bytes": contestant.nbytes,
            "one_row_us": float(np.median(mine) * 1e6),
        }
        for mine, contestant in zip(times, found, strict=True)
    ]


def draw(figures: list[dict[str, Any]], path: Path) -> None:
    """Two panels with the same height: bytes and latency."""
    fig, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
    for ax, key, label in zip(
        axes, ("bytes", "one_row_us"), ("bytes on disk", "one row, microseconds"), strict=True
    ):
        for library, colour in COLOURS.items():
            mine = [figure for figure in figures if figure["library"] == library]
            ax.scatter(
                [figure[key] for figure in mine],
                [figure["accuracy"] for figure in mine],
                color=colour,
                label=library,
                s=36,
            )
            for figure in mine:
                ax.annotate(
                    figure["name"],
                    (figure[key], figure["accuracy"]),
                    xytext=(5, 3),
                    textcoords="offset points",
                    fontsize=8,
                    color=colour,
                )
        ax.set(xscale="log", xlabel=label)
        ax.grid(alpha=0.3)
        ax.margins(x=0.15)
    axes[0].set_ylabel("accuracy on test images")
    axes[0].legend(loc="lower left")
    fig.suptitle("Handwritten digits: better is up and left")
    fig.savefig(path.with_suffix(".png"), dpi=110)


def main() -> None:
    """Measure, print, draw, and keep the figures."""
    path = Path(sys.argv[1])
    X_train, X_test, y_train, y_test = data()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence of the peers
        found = contestants(X_train, y_train)
    figures = measure(found, X_test, y_test)
    for figure in figures:
        print(
            f"{figure['library']:>12} {figure['name']:<16} {figure['accuracy']:.1%} "
            f"{figure['bytes']:>8,} bytes {figure['one_row_us']:>7.1f} us"
        )
    record = {"machine": config() | {"cpu": _cpu()}, "figures": figures}
    path.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    draw(figures, path)


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"


if __name__ == "__main__":
    main()
