"""Estimators around linear models whose predictions are again a matrix product."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import (
    calibration,
    compose,
    ensemble,
    linear_model,
    multiclass,
    multioutput,
    preprocessing,
)
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from slimline.conversion.best import best_of
from slimline.conversion.registry import Linear, check_predicts_as_known, linear_of
from slimline.conversion.scalers import check_inherits, scaling


def _inner(wrapper: Any, estimator: Any) -> Linear:
    """Return the map of an estimator inside another."""
    estimator = best_of(estimator)
    if isinstance(estimator, Pipeline):
        name = type(wrapper).__name__
        msg = (
            f"cannot convert a {name} around a Pipeline: put the scalers in front of it, as in"
            f" make_pipeline(StandardScaler(), {name}(...))"
        )
        raise TypeError(msg)
    check_predicts_as_known(estimator)
    check_is_fitted(estimator)
    return linear_of(estimator)


def _value(wrapper: Any, estimator: Any) -> Linear:
    """Return the map of a regressor whose predictions are its outputs."""
    linear = _inner(wrapper, estimator)
    if linear.link != "identity":
        name, inner = type(wrapper).__name__, type(best_of(estimator)).__name__
        msg = (
            f"cannot convert a {name} around a {inner}, whose outputs go through {linear.link!r};"
            " use a regressor that predicts W x + b"
        )
        raise TypeError(msg)
    return linear


@linear_of.register
def _(estimator: linear_model.RANSACRegressor) -> Linear:
    return _inner(estimator, estimator.estimator_)


@linear_of.register
def _(estimator: multioutput.MultiOutputRegressor) -> Linear:
    inner = [_inner(estimator, each) for each in estimator.estimators_]
    links = {each.link for each in inner}
    if len(links) > 1:
        msg = f"cannot convert a MultiOutputRegressor whose regressors have the links {links}"
        raise TypeError(msg)
    weight, bias = (np.concatenate([each[i] for each in inner]) for i in (0, 1))
    return Linear(weight, bias, links.pop())


@linear_of.register
def _(estimator: multioutput.RegressorChain) -> Linear:
    """Each regressor takes the predictions of those before as features."""
    n = estimator.n_features_in_
    weights, biases = np.zeros((0, n)), np.zeros(0)
    for each in estimator.estimators_:
        weight, bias, *_ = _value(estimator, each)
        of_others = weight[:, n:]
        weights = np.vstack([weights, weight[:, :n] + of_others @ weights])
        biases = np.append(biases, bias + of_others @ biases)
    places = np.argsort(estimator.order_)
    return Linear(weights[places], biases[places], "identity")


@linear_of.register
def _(estimator: ensemble.VotingRegressor) -> Linear:
    inner = [_value(estimator, each) for each in estimator.estimators_]
    shares = estimator._weights_not_none  # noqa: SLF001 - those of the estimators not dropped
    weight, bias = (np.average([each[i] for each in inner], 0, shares) for i in (0, 1))
    return Linear(weight, bias, "identity")


@linear_of.register
def _(estimator: compose.TransformedTargetRegressor) -> Linear:
    linear = _value(estimator, estimator.regressor_)
    transformer = estimator.transformer_
    if isinstance(transformer, preprocessing.FunctionTransformer):
        inverse = transformer.inverse_func
        if inverse is None:
            return linear
        if inverse is np.exp:
            return linear._replace(link="log")
        name = getattr(inverse, "__name__", type(inverse).__name__)
        msg = (
            f"cannot convert a TransformedTargetRegressor with inverse_func {name}: a Model has"
            " exp alone, np.exp; transform the targets yourself, and the predictions back"
        )
        raise TypeError(msg)
    check_inherits(transformer, scaling.registry, "inverse_transform")
    offset, scale = scaling(transformer)
    return linear._replace(weight=linear.weight / scale[:, None], bias=linear.bias / scale + offset)


@linear_of.register
def _(estimator: calibration.CalibratedClassifierCV) -> Linear:
    """One calibrator takes each decision d to a d + b; the link does the rest."""
    if estimator.method == "isotonic" or len(estimator.calibrated_classifiers_) > 1:
        msg = (
            "cannot convert a CalibratedClassifierCV of several folds or isotonic steps: a Model"
            " has one sigmoid for each output; fit with ensemble=False and method='sigmoid'"
        )
        raise TypeError(msg)
    calibrated = estimator.calibrated_classifiers_[0]
    inner = best_of(calibrated.estimator)
    linear = _inner(estimator, inner)
    values = linear.link == "ovo" or not hasattr(inner, "decision_function")
    if values or not np.array_equal(inner.classes_, estimator.classes_):
        msg = (
            f"cannot convert a CalibratedClassifierCV around a {type(inner).__name__}: it must have"
            " a decision for each class, and have seen all classes"
        )
        raise TypeError(msg)
    calibrators = calibrated.calibrators
    if estimator.method == "temperature":
        one = len(linear.bias) == 1
        slope = calibrators[0].beta_ * (2 if one else 1)
        link = "logistic" if one else "softmax"
        return Linear(slope * linear.weight, slope * linear.bias, link, estimator.classes_)
    slopes, shifts = (np.array([getattr(c, name) for c in calibrators]) for name in ("a_", "b_"))
    weight, bias = -slopes[:, None] * linear.weight, -slopes * linear.bias - shifts
    return Linear(weight, bias, "logistic", estimator.classes_)


@linear_of.register
def _(estimator: multiclass.OneVsRestClassifier) -> Linear:
    if estimator.label_binarizer_.y_type_.startswith("multilabel"):
        msg = "cannot convert a multi-label OneVsRestClassifier: a Model gives each row one label"
        raise ValueError(msg)
    inner = [_inner(estimator, each) for each in estimator.estimators_]
    links = {each.link for each in inner}
    # Where all of several modified_huber are 0, a Model says 1/k each, as SGDClassifier does.
    known = {"margin", "logistic"} if len(inner) > 1 else {"margin", "logistic", "modified_huber"}
    if len(links) > 1 or not links <= known:
        kind = type(estimator.estimators_[0]).__name__
        msg = (
            f"cannot convert a OneVsRestClassifier of {kind}: its outputs go through"
            f" {sorted(links)}; use an estimator that is one against the rest itself, or"
            " LogisticRegression"
        )
        raise TypeError(msg)
    weight, bias = (np.concatenate([each[i] for each in inner]) for i in (0, 1))
    return Linear(weight, bias, links.pop(), estimator.classes_)
