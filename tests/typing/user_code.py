"""Code as users with types write it: mypy --strict and pyright find nothing to say."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import numpy as np
import slimline as sl
from numpy.typing import NDArray


def train(X: NDArray[np.float64], y: NDArray[np.int64]) -> sl.Model:
    """Every estimator fits and predicts."""
    classifier = sl.SGDClassifier(loss="log_loss", random_state=0).fit(X, y)
    assert_type(classifier, sl.SGDClassifier)
    machine = sl.LinearSVC(C=1.0).fit(X, y)
    assert_type(machine, sl.LinearSVC)
    logistic = sl.LogisticRegression(C=1.0).fit(X, y)
    assert_type(logistic, sl.LogisticRegression)
    lasso: sl.Lasso = sl.Lasso(alpha=0.1).fit(X, y)
    ridge: sl.Ridge = sl.Ridge(alpha=[0.1]).fit(X, y)
    lasso.predict(X)
    ridge.predict(X)
    network = sl.MLPClassifier((8,), max_iter=3).fit(X, y)
    assert_type(network.partial_fit(X, y), sl.MLPClassifier)
    regressor: sl.SGDRegressor = sl.SGDRegressor().fit(X, y)
    vector: sl.LinearSVR = sl.LinearSVR().fit(X, y)
    regressor.predict(X)
    vector.predict(X)
    return sl.convert(classifier)


def compress(model: sl.Model, X: NDArray[np.float32], y: NDArray[np.int64]) -> sl.Model:
    """Every step takes a Model and returns one."""
    pruned = sl.prune(model, sparsity=0.5, granularity="weight", scope="layer")
    tuned = sl.finetune(pruned, X, y, max_iter=3)
    small = sl.quantize(tuned, per="channel")
    assert_type(small, sl.Model)
    return small


def serve(path: Path, X: NDArray[np.float32]) -> dict[str, float]:
    """Save, load, predict, measure."""
    model = sl.load(path)
    sl.save(model, str(path), mode=0o600)
    data = sl.save(model)
    assert_type(data, bytes)
    with path.open("wb") as file:
        sl.save(sl.load(data), file)
    labels = model.predict(X)
    report = sl.evaluate(model, X, labels, baseline=model)
    assert_type(report.latency_p50_us, float)
    assert_type(model.task, str)
    assert_type(model.n_parameters, int)
    layer = model.layers[0]
    assert_type(layer.weight, NDArray[np.float32])
    assert_type(model.outputs(X, n_threads=2), NDArray[np.float32])
    return dict(report.metrics)


def kernels() -> NDArray[np.int32]:
    """Call the kernels as functions on arrays."""
    packed = sl.ops.pack_int8(np.ones((4, 3), dtype=np.int8))
    return sl.ops.gemm_int8(np.ones((2, 4), dtype=np.uint8), packed)


def careful(path: str) -> sl.Model | None:
    """FormatError is a ValueError."""
    try:
        return sl.load(path)
    except sl.FormatError as error:
        problem: ValueError = error
        print(problem)
        return None
