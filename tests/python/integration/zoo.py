"""Every estimator of the package, found by looking, with data that each learns in no time."""

from __future__ import annotations

from typing import Any

import pytest
import slimline as sl
from sklearn.base import is_classifier
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

CLASSES = [
    thing
    for name in sl.__all__
    if hasattr(thing := getattr(sl, name), "predict") and hasattr(thing, "fit")
]
CLASSIFIERS = [thing for thing in CLASSES if is_classifier(thing())]

every_estimator = pytest.mark.parametrize("estimator", CLASSES)
every_linear_estimator = pytest.mark.parametrize(
    "estimator", [thing for thing in CLASSES if "hidden_layer_sizes" not in thing().get_params()]
)
every_classifier = pytest.mark.parametrize("estimator", CLASSIFIERS)


def make(estimator: Any, **parameters: Any) -> Any:
    """An estimator with few iterations and fixed randomness."""
    known = estimator().get_params()
    settings = {"max_iter": 30, "random_state": 0, "tol": 1e-2, **parameters}
    return estimator(**{name: value for name, value in settings.items() if name in known})


def pipeline(estimator: Any, **parameters: Any) -> Any:
    return make_pipeline(StandardScaler(), make(estimator, **parameters))


def data(estimator: Any, n_rows: int = 240, *, as_frame: bool = False) -> tuple[Any, Any]:
    """Two classes, or a target, on columns with names if asked."""
    load = load_breast_cancer if estimator in CLASSIFIERS else load_diabetes
    X, y = load(return_X_y=True, as_frame=as_frame)
    return X[:n_rows], y[:n_rows]
