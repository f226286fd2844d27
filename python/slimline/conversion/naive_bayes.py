"""Naive Bayes classifiers whose log-probabilities are a matrix product.

The joint log-probabilities of the classes go through softmax, for which only their differences
matter: the mean over the classes is left out, so that float32 holds more digits of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import naive_bayes

from slimline.conversion.registry import Linear, linear_of


def _differences(estimator: Any, weight: NDArray[Any], bias: NDArray[Any]) -> Linear:
    return Linear(weight - weight.mean(axis=0), bias - bias.mean(), "softmax", estimator.classes_)


@linear_of.register
def _(estimator: naive_bayes.MultinomialNB) -> Linear:
    return _differences(estimator, estimator.feature_log_prob_, estimator.class_log_prior_)


@linear_of.register
def _(estimator: naive_bayes.ComplementNB) -> Linear:
    weight = estimator.feature_log_prob_
    return _differences(estimator, weight, np.zeros(len(weight)))


@linear_of.register
def _(estimator: naive_bayes.BernoulliNB) -> Linear:
    if estimator.binarize is not None:
        msg = (
            f"cannot convert BernoulliNB(binarize={estimator.binarize!r}): a Model does not compare"
            " its features with a threshold; fit with binarize=None on rows of zeros and ones"
        )
        raise ValueError(msg)
    absent = np.log1p(-np.exp(estimator.feature_log_prob_))
    bias = estimator.class_log_prior_ + absent.sum(axis=1)
    return _differences(estimator, estimator.feature_log_prob_ - absent, bias)
