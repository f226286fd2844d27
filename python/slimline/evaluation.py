"""How good, how small and how fast a Model is, in numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter_ns
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import metrics
from sklearn.utils.validation import check_consistent_length, column_or_1d

from slimline._text import table
from slimline.model import Model

# Single rows are timed one by one until either is reached; batches are timed this often.
LATENCY_CALLS = 1000
LATENCY_SECONDS = 0.25
BATCH_REPEATS = 5

NS_PER_US = 1000
NS_PER_S = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What :func:`evaluate` measured; printing it shows a table.

    Parameters
    ----------
    task : {"classification", "regression"}
    n_samples : int
    metrics : mapping of str to float
        Classification: accuracy, balanced_accuracy, f1_macro, and log_loss where the model defines
        probabilities. Regression: r2, mae, rmse.
    nbytes, n_parameters, n_nonzero : int
        Bytes of the stored tensors; logical weights and biases; weights that are not zero.
    latency_p50_us, latency_p99_us : float
        Microseconds of ``predict`` for one row, from Python.
    throughput : float
        Rows a second in one batch of all rows, one thread.
    agreement : float or None
        Classification: share of rows on which model and baseline predict the same. Regression:
        greatest absolute difference. None without a baseline.

    Examples
    --------
    >>> import slimline as sl
    >>> X, y = [[0.0], [1.0], [2.0]], [0.0, 2.0, 4.0]
    >>> report = sl.evaluate(sl.convert(sl.LinearSVR(C=100).fit(X, y)), X, y)
    >>> report.task, report.n_samples, sorted(report.metrics)
    ('regression', 3, ['mae', 'r2', 'rmse'])
    """

    task: str
    n_samples: int
    metrics: Mapping[str, float]
    nbytes: int
    n_parameters: int
    n_nonzero: int
    latency_p50_us: float
    latency_p99_us: float
    throughput: float
    agreement: float | None

    def __str__(self) -> str:
        """Return the table."""
        rows: list[tuple[str, object]] = [("rows", self.n_samples), *self.metrics.items()]
        rows += [
            ("bytes", self.nbytes),
            ("parameters", self.n_parameters),
            ("nonzero weights", self.n_nonzero),
            ("one row, p50 (us)", self.latency_p50_us),
            ("one row, p99 (us)", self.latency_p99_us),
            ("batch (rows/s)", self.throughput),
        ]
        if self.agreement is not None:
            what = "share of rows as" if self.task == "classification" else "max difference to"
            rows.append((f"{what} baseline", self.agreement))
        return table(rows, ("measure", self.task))


def evaluate(model: Model, X: Any, y: ArrayLike, *, baseline: Model | None = None) -> Report:
    """Measure a Model on data: task metrics, size, latency, throughput.

    Parameters
    ----------
    model : Model
    X : array-like or scipy sparse matrix of shape (n_samples, n_features)
        At least one row.
    y : array-like of shape (n_samples,)
        Labels, or values for a regression.
    baseline : Model or None, default=None
        Another model of the same task, to compare predictions with.

    Returns
    -------
    Report

    Raises
    ------
    TypeError
        If model or baseline is not a Model.
    ValueError
        If X and y do not fit each other or the model, or are empty.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> model = sl.convert(LogisticRegression(max_iter=500).fit(X, y))
    >>> report = sl.evaluate(model, X, y)
    >>> report.metrics["accuracy"] > 0.95
    True
    """
    for name, value in (("model", model), ("baseline", baseline)):
        if not isinstance(value, Model) and not (name == "baseline" and value is None):
            msg = f"{name} must be a slimline Model, got {type(value).__name__}"
            raise TypeError(msg)
    X = X.tocsr() if hasattr(X, "tocsr") else np.asarray(X)
    target = column_or_1d(y, warn=True) if model.layers[-1].n_out == 1 else np.asarray(y)
    check_consistent_length(X, target)
    if len(target) == 0:
        msg = "X and y must have at least one row, got none"
        raise ValueError(msg)
    predicted = model.predict(X)
    scores = _classification if model.task == "classification" else _regression
    p50, p99 = _latency(model, X)
    return Report(
        task=model.task,
        n_samples=len(target),
        metrics=MappingProxyType(scores(model, X, target, predicted)),
        nbytes=model.nbytes,
        n_parameters=model.n_parameters,
        n_nonzero=model.n_nonzero,
        latency_p50_us=p50,
        latency_p99_us=p99,
        throughput=_throughput(model, X, len(target)),
        agreement=None if baseline is None else _agreement(model, baseline, X, predicted),
    )


def _classification(
    model: Model, X: Any, y: NDArray[Any], predicted: NDArray[Any]
) -> dict[str, float]:
    scores = {
        "accuracy": float(metrics.accuracy_score(y, predicted)),
        "balanced_accuracy": float(
            metrics.recall_score(
                y, predicted, average="macro", labels=np.unique(y), zero_division=0
            )
        ),
        "f1_macro": float(metrics.f1_score(y, predicted, average="macro", zero_division=0)),
    }
    if model.defines_probabilities:
        probabilities = model.predict_proba(X)
        scores["log_loss"] = float(metrics.log_loss(y, probabilities, labels=model.classes))
    return scores


def _regression(
    _model: Model, _X: Any, y: NDArray[Any], predicted: NDArray[Any]
) -> dict[str, float]:
    r2 = float(metrics.r2_score(y, predicted)) if len(y) > 1 else float("nan")
    return {
        "r2": r2,
        "mae": float(metrics.mean_absolute_error(y, predicted)),
        "rmse": float(metrics.root_mean_squared_error(y, predicted)),
    }


def _agreement(model: Model, baseline: Model, X: Any, predicted: NDArray[Any]) -> float:
    if baseline.task != model.task:
        msg = f"baseline must be a {model.task} model, got {baseline.task}"
        raise ValueError(msg)
    other = baseline.predict(X)
    if model.task == "classification":
        return float(np.mean(predicted == other))
    return float(np.max(np.abs(predicted - other)))


def _elapsed_ns(call: Callable[[], object]) -> int:
    start = perf_counter_ns()
    call()
    return perf_counter_ns() - start


def _latency(model: Model, X: Any) -> tuple[float, float]:
    """Median and 99th percentile, in microseconds, of predict on one row."""
    rows = [X[i : i + 1] for i in range(min(X.shape[0], 64))]
    for row in rows:
        model.predict(row)
    times: list[int] = []
    budget = int(LATENCY_SECONDS * NS_PER_S)
    while len(times) < LATENCY_CALLS and budget > 0:
        row = rows[len(times) % len(rows)]
        times.append(_elapsed_ns(lambda row=row: model.predict(row)))  # type: ignore[misc]
        budget -= times[-1]
    p50, p99 = np.percentile(times, [50, 99]) / NS_PER_US
    return float(p50), float(p99)


def _throughput(model: Model, X: Any, n_rows: int) -> float:
    times = [_elapsed_ns(lambda: model.predict(X)) for _ in range(BATCH_REPEATS)]
    return float(n_rows * NS_PER_S / np.median(times))
