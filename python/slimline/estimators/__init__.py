"""Estimators with scikit-learn's API: fit learns attributes, the C++ core does the arithmetic."""

from __future__ import annotations

from slimline.estimators.sgd import SGDClassifier, SGDRegressor
from slimline.estimators.svm import LinearSVC, LinearSVR

__all__ = ["LinearSVC", "LinearSVR", "SGDClassifier", "SGDRegressor"]
