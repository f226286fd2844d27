"""Data and models that many tests share; scikit-learn ships the data."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import slimline as sl
from hypothesis import settings
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from slimline.inputs import InputStage
from slimline.layers import DenseLayer

# Busy machines are slow, and a test that fails must fail for everybody.
settings.register_profile("slimline", deadline=None, derandomize=True)
settings.load_profile("slimline")


class Split(NamedTuple):
    """Rows and labels to train on and to test on."""

    X_train: Any
    X_test: Any
    y_train: Any
    y_test: Any


@pytest.fixture(scope="session")
def digits() -> Split:
    """8x8 images of digits, pixels 0 to 16."""
    X, y = load_digits(return_X_y=True)
    return Split(*train_test_split(X.astype(np.float32), y, random_state=0, stratify=y))


@pytest.fixture(scope="session")
def digits_model(digits: Split) -> sl.Model:
    """A dense multi-class model with a scaled input."""
    pipeline = make_pipeline(MaxAbsScaler(), LogisticRegression(tol=1e-3))
    return sl.convert(pipeline.fit(digits.X_train, digits.y_train))


@pytest.fixture
def network() -> sl.Model:
    """Two layers, standardised input, two targets."""
    random = np.random.default_rng(0)

    def array(*shape: int) -> Any:
        return random.standard_normal(shape).astype(np.float32)

    return sl.Model(
        input=InputStage(
            n_features=5,
            feature_names=("a", "b", "c", "d", "e"),
            offset=array(5),
            scale=np.abs(array(5)) + np.float32(0.5),
        ),
        layers=(
            DenseLayer(weight=array(7, 5), bias=array(7), activation="relu"),
            DenseLayer(weight=array(2, 7), bias=array(2)),
        ),
        link="identity",
        classes=None,
    )
