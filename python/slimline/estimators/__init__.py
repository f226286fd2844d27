"""Estimators with scikit-learn's API: fit learns attributes, the C++ core does the arithmetic."""

from __future__ import annotations

from slimline.estimators.sgd import SGDClassifier, SGDRegressor
from slimline.estimators.svc import LinearSVC
from slimline.estimators.svr import LinearSVR

__all__ = ["LinearSVC", "LinearSVR", "SGDClassifier", "SGDRegressor"]
