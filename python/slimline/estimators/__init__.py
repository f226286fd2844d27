"""Estimators with scikit-learn's API: fit learns attributes, the C++ core does the arithmetic."""

from __future__ import annotations

from slimline.estimators.choice import EngineChoice, EngineChoices, explain_choice
from slimline.estimators.elastic_net import ElasticNet, Lasso
from slimline.estimators.logistic_regression import LogisticRegression
from slimline.estimators.mlp_classifier import MLPClassifier
from slimline.estimators.mlp_regressor import MLPRegressor
from slimline.estimators.paths import svm_path
from slimline.estimators.ridge import Ridge
from slimline.estimators.sgd_classifier import SGDClassifier
from slimline.estimators.sgd_regressor import SGDRegressor
from slimline.estimators.svc import LinearSVC
from slimline.estimators.svr import LinearSVR

__all__ = [
    "ElasticNet",
    "EngineChoice",
    "EngineChoices",
    "Lasso",
    "LinearSVC",
    "LinearSVR",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "Ridge",
    "SGDClassifier",
    "SGDRegressor",
    "explain_choice",
    "svm_path",
]
