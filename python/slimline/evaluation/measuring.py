"""How accurate, small and fast a Model is, in numbers."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slimline._collections import is_collection
from slimline.evaluation import speed
from slimline.evaluation.partitioned import Measured, measure_partitions
from slimline.evaluation.report import Report, check_spec
from slimline.evaluation.rows import labelled_rows, rows_for
from slimline.evaluation.scores import scores
from slimline.history import fingerprint
from slimline.model import Model, check_model


def evaluate(model: Model, X: Any, y: ArrayLike, *, baseline: Model | None = None) -> Report:
    """Measure a Model on data: task metrics, size, latency, throughput.

    Parameters
    ----------
    model : Model
    X : array-like, data frame or scipy sparse matrix of shape (n_samples, n_features)
        At least one row. Each partition of a dask array or data frame is scored by the worker that
        holds it. The metrics are those of all rows; speed is that of this machine, on rows of one
        partition.
    y : array-like of shape (n_samples,)
        Labels, or values for a regression. Rows whose label is unknown to the model count as
        errors, with a warning; log_loss is then not among the metrics.
    baseline : Model or None, default=None
        Another model of the same task, with which predictions are compared.

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
    check_model("model", model)
    if baseline is not None:
        check_model("baseline", baseline)
        if baseline.task != model.task:
            msg = f"baseline must be a {model.task} model, got {baseline.task}"
            raise ValueError(msg)
    measure = measure_partitions if is_collection(X) else _measure
    measured = measure(model, X, y, baseline)
    found, sample = measured.found, measured.sample
    p50, p99 = speed.latency(model, sample)
    used = speed.energy(model, sample)
    spec = model.spec
    return Report(
        task=model.task,
        n_samples=measured.n_samples,
        data=measured.data,
        metrics=MappingProxyType(found.metrics),
        nbytes=model.nbytes,
        n_parameters=model.n_parameters,
        n_nonzero=model.n_nonzero,
        latency_p50_us=p50,
        latency_p99_us=p99,
        throughput=speed.throughput(model, sample),
        energy_uj=used.per_row_uj,
        energy_reason=used.reason,
        agreement=measured.agreement,
        checks=() if spec is None else check_spec(spec, found.metrics, model.nbytes, p50),
        labels=measured.labels,
        confusion=found.confusion,
        calibration=found.calibration,
        residuals=found.residuals,
    )


def _measure(model: Model, X: Any, y: ArrayLike, baseline: Model | None) -> Measured:
    features, target = labelled_rows(model, X, y)
    predicted = model.predict(features)
    agreement = None
    if baseline is not None:
        agreement = _agreement(baseline, rows_for(baseline, features, X, model), predicted)
    return Measured(
        found=scores(model, features, target, predicted),
        n_samples=len(target),
        data=fingerprint(features, target),
        agreement=agreement,
        labels=None if model.classes is None else np.union1d(target, model.classes),
        sample=features if model.input.encoder is None else X,
    )


def _agreement(baseline: Model, X: Any, predicted: NDArray[Any]) -> float:
    other = baseline.predict(X)
    if baseline.task == "classification":
        return float(np.mean(predicted == other))
    return float(np.max(np.abs(predicted - other)))
