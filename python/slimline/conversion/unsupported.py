"""Estimators that no Model can stand for, each with the reason and what to use instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ONE_LABEL = "a Model gives each row one label; convert each of its estimators_"
_THRESHOLD = (
    "a Model takes the more probable class; convert its estimator_, and compare"
    " predict_proba()[:, 1] or decision_function() with the threshold"
)
_CLUSTERS = "it finds the nearest center, which is no product of the row and weights"

REFUSALS: Mapping[str, str] = {
    "SGDOneClassSVM": "a Model has no outliers, which it labels -1; convert an SGDClassifier of"
    " rows labelled inlier or outlier",
    "OneClassSVM": "a Model has no outliers, which it labels -1; convert an SGDClassifier of"
    " rows labelled inlier or outlier",
    "OneVsOneClassifier": "it breaks ties between pairs by their confidences, and a Model by the"
    " order of the classes; use LinearSVC(multi_class='ovo') of slimline or SVC(kernel='linear')",
    "OutputCodeClassifier": "it finds the nearest code of a class; use OneVsRestClassifier",
    "StackingClassifier": "its final estimator takes predictions, not rows; convert one of its"
    " estimators_",
    "StackingRegressor": "its final estimator takes predictions, not rows; convert one of its"
    " estimators_, or use a VotingRegressor of linear models",
    "VotingClassifier": "votes, and means of probabilities, are no function of one matrix product;"
    " convert one of its estimators_, or the best of them",
    "BaggingClassifier": "votes, and means of probabilities, are no function of one matrix"
    " product; convert one of its estimators_",
    "BaggingRegressor": "it averages estimators; use a VotingRegressor of linear models",
    "AdaBoostClassifier": "it weighs votes; convert one of its estimators_",
    "AdaBoostRegressor": "it takes a median of predictions; convert one of its estimators_",
    "FixedThresholdClassifier": _THRESHOLD,
    "TunedThresholdClassifierCV": _THRESHOLD,
    "MultiOutputClassifier": _ONE_LABEL,
    "ClassifierChain": "its classifiers take labels of those before; fit one for each target",
    "SelfTrainingClassifier": "it wraps another; convert its estimator_",
    "GaussianNB": "it squares the features; use LinearDiscriminantAnalysis",
    "CategoricalNB": "it looks categories up; use BernoulliNB(binarize=None) behind a"
    " OneHotEncoder",
    "QuadraticDiscriminantAnalysis": "it squares the features; use LinearDiscriminantAnalysis",
    "NearestCentroid": "it finds the nearest center; use LinearDiscriminantAnalysis",
    "KMeans": _CLUSTERS,
    "MiniBatchKMeans": _CLUSTERS,
    "BisectingKMeans": _CLUSTERS,
    "IsotonicRegression": "it is a step function; use a LinearRegression",
}


def check_supported(estimator: Any) -> None:
    """Raise TypeError, with the reason, for an estimator that is known not to convert."""
    for base in type(estimator).__mro__:
        if base.__name__ in REFUSALS and base.__module__.startswith("sklearn."):
            msg = f"cannot convert a {base.__name__}: {REFUSALS[base.__name__]}"
            raise TypeError(msg)
