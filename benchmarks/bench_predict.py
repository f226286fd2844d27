"""Serving a linear model of 784 inputs and 10 classes: one row and 1,024 rows, one thread."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl
from threadpoolctl import threadpool_limits


def numpy_predict(estimator):
    """Predict by one product of matrices in float32."""
    W, b = np.ascontiguousarray(estimator.coef_.T), estimator.intercept_
    return lambda X: (X @ W + b).argmax(axis=1)


# The estimator's own predict is scikit-learn's way: validation and a product of matrices.
PREDICTORS = {
    "slimline float32": lambda estimator: sl.convert(estimator).predict,
    "slimline int8": lambda estimator: sl.quantize(sl.convert(estimator)).predict,
    "slimline 90% pruned": lambda estimator: sl.prune(sl.convert(estimator), sparsity=0.9).predict,
    "scikit-learn API": lambda estimator: estimator.predict,
    "numpy float32": numpy_predict,
}


@pytest.mark.parametrize("rows", [1, 1024])
@pytest.mark.parametrize("name", PREDICTORS)
def test_predict(benchmark, fashion, name, rows):
    """Time predict; all but the pruned model must agree on 98 rows of 100."""
    benchmark.group = f"784 -> 10, {rows} rows"
    estimator, X, _ = fashion
    X = np.ascontiguousarray(X[:rows])
    predict = PREDICTORS[name](estimator)
    if "pruned" not in name:
        assert np.mean(predict(X) == estimator.predict(X)) > 0.98
    with threadpool_limits(1):
        benchmark(predict, X)
