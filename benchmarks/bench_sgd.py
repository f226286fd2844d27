"""SGD: a few epochs beside scikit-learn, one thread; quality is checked before time is taken."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl
from sklearn import linear_model

EPOCHS = 5
LIBRARIES = {"slimline": sl.SGDClassifier, "sklearn": linear_model.SGDClassifier}


def separable(n, d, dtype):
    """Two noisy classes."""
    random = np.random.default_rng(0)
    X = random.standard_normal((n, d)).astype(dtype)
    return X, (X @ random.standard_normal(d) + random.standard_normal(n) > 0).astype(int)


@pytest.mark.parametrize("loss", ["hinge", "log_loss"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_binary_dense(benchmark, library, dtype, loss):
    """Five epochs over 200,000 x 100."""
    benchmark.group = f"{loss} 200k x 100 {dtype}, {EPOCHS} epochs"
    X, y = separable(200_000, 100, dtype)
    estimator = LIBRARIES[library](loss=loss, max_iter=EPOCHS, tol=None, random_state=0)
    assert estimator.fit(X, y).score(X, y) > 0.95
    benchmark.pedantic(estimator.fit, (X, y), rounds=5)


@pytest.mark.parametrize("library", LIBRARIES)
def test_ten_classes(benchmark, dataset, library):
    """Five epochs over the 784 pixels of fashion_mnist_10k, ten classes one-vs-rest."""
    benchmark.group = f"fashion_mnist_10k hinge, {EPOCHS} epochs"
    X, y, X_test, y_test = dataset("fashion_mnist_10k")
    X, X_test = X / 255, X_test / 255
    estimator = LIBRARIES[library](max_iter=EPOCHS, tol=None, random_state=0)
    benchmark.extra_info["accuracy"] = accuracy = estimator.fit(X, y).score(X_test, y_test)
    assert accuracy > 0.7
    benchmark.pedantic(estimator.fit, (X, y), rounds=5)
