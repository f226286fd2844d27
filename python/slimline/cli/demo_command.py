"""``slimline demo``: all steps on scikit-learn's handwritten digits, in a few seconds."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray
from rich.progress import BarColumn

from slimline._text import shown
from slimline.cli import console
from slimline.cli.options import in_a_folder
from slimline.compression import finetune, prune, quantize
from slimline.model import Model
from slimline.model.saving import load, save

SPARSITY = 0.8
STEPS = 8

# Runs in a fresh interpreter: the saved file alone must be enough to predict.
PREDICT = """
import sys
import numpy as np
import slimline as sl
model_file, rows_file, predictions_file = sys.argv[1:]
np.save(predictions_file, sl.load(model_file).predict(np.load(rows_file)))
"""


class Data(NamedTuple):
    """Digits: 8x8 images as rows of 64 pixels from 0 to 16."""

    X_train: NDArray[np.float32]
    X_test: NDArray[np.float32]
    y_train: NDArray[Any]
    y_test: NDArray[Any]


SUMMARY = "Run all steps on handwritten digits."
EXAMPLES = ("slimline demo",)


def command(
    output: Annotated[
        Path, typer.Option(help="Where the smallest model is saved.", callback=in_a_folder)
    ] = Path("digits.slimline"),
) -> None:
    """Train, prune, quantize, save, load and compare models of handwritten digits."""
    with _progress() as step:
        step("reading the digits")
        data = _digits()
        models = _train(data, step)
        dense = models["LinearSVC"]
        step("quantizing to int8")
        models["LinearSVC, int8"] = quantize(dense)
        step(f"pruning to {SPARSITY:.0%} zeros")
        models[f"pruned to {SPARSITY:.0%}"] = pruned = prune(dense, sparsity=SPARSITY)
        step("fine-tuning with the zeros kept")
        models["fine-tuned"] = tuned = finetune(pruned, data.X_train, data.y_train)
        models["fine-tuned, int8"] = final = quantize(tuned)
        step(f"saving {output}, loading it in a fresh process")
        save(final, output)
        same = np.array_equal(_predict_elsewhere(output, data.X_test), final.predict(data.X_test))
        models["loaded"] = load(output)
        step("measuring every stage")
        rows = [_row(stage, model, data) for stage, model in models.items()]
    header = ("stage", "accuracy", "bytes", "nonzeros", "one row, median (us)")
    console.show_table(f"handwritten digits, {len(data.y_test)} test images", header, rows)
    console.show_text(
        f"left for you, to keep or to delete: {output.resolve()} "
        f"({output.stat().st_size:,} bytes, with header and history)"
    )
    if not same:
        msg = "the loaded model predicts differently from the saved one"
        raise ValueError(msg)


def _digits() -> Data:
    from sklearn.datasets import load_digits  # noqa: PLC0415 - takes seconds
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 - the same

    X, y = load_digits(return_X_y=True)
    return Data(*train_test_split(X.astype(np.float32), y, random_state=0, stratify=y))


def _train(data: Data, step: Any) -> dict[str, Model]:
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - takes seconds
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - the same

    from slimline.conversion import convert  # noqa: PLC0415 - the same
    from slimline.estimators import LinearSVC, SGDClassifier  # noqa: PLC0415 - the same

    models = {}
    for name, estimator in {
        "SGD": SGDClassifier(loss="log_loss", random_state=0),
        "LinearSVC": LinearSVC(C=0.01, multi_class="ovo"),
    }.items():
        step(f"training {name}")
        models[name] = convert(
            make_pipeline(StandardScaler(), estimator).fit(data.X_train, data.y_train)
        )
    return models


def _row(stage: str, model: Model, data: Data) -> tuple[object, ...]:
    from slimline.evaluation import evaluate  # noqa: PLC0415 - takes seconds

    report = evaluate(model, data.X_test, data.y_test)
    accuracy = report.metrics["accuracy"]
    return stage, f"{accuracy:.1%}", report.nbytes, report.n_nonzero, report.latency_p50_us


def _predict_elsewhere(model_file: Path, X: NDArray[np.float32]) -> NDArray[Any]:
    with tempfile.TemporaryDirectory() as folder:
        rows, predictions = Path(folder, "rows.npy"), Path(folder, "predictions.npy")
        np.save(rows, X)
        arguments = [sys.executable, "-c", PREDICT, model_file, rows, predictions]
        subprocess.run(list(map(str, arguments)), check=True)  # noqa: S603 - our own interpreter
        result: NDArray[Any] = np.load(predictions)
        return result


@contextmanager
def _progress() -> Iterator[Any]:
    """Yield a function that names the next step, shown with a bar on stderr."""
    with console.progress(BarColumn()) as progress:
        task = progress.add_task("starting", total=STEPS)
        started = False

        def step(description: str) -> None:
            nonlocal started
            progress.update(task, advance=1 if started else 0, description=shown(description))
            started = True

        yield step
        progress.update(task, completed=STEPS, description="done")
