"""Saving and loading a linear model of 784 inputs and 10 classes, beside joblib."""

from __future__ import annotations

import joblib
import numpy as np
import pytest
import slimline as sl


@pytest.mark.parametrize("library", ["slimline", "joblib"])
def test_save_and_load(benchmark, fashion, tmp_path, library):
    """Time save and load together; predictions must be the same afterwards."""
    benchmark.group = "save + load 784 x 10"
    estimator, X, _ = fashion
    model = sl.convert(estimator) if library == "slimline" else estimator
    save = sl.save if library == "slimline" else joblib.dump
    load = sl.load if library == "slimline" else joblib.load
    path = tmp_path / "model"

    def there_and_back():
        save(model, path)
        return load(path)

    assert np.array_equal(there_and_back().predict(X), model.predict(X))
    benchmark(there_and_back)
