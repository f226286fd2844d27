"""Linear models of slimline and scikit-learn as Models. A new one: one more registered function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn import linear_model, svm

from slimline import estimators
from slimline.conversion.registry import model_of, one_layer
from slimline.conversion.scalers import Affine, check_kept
from slimline.estimators._losses import link_of
from slimline.model import Model


@model_of.register(estimators.SGDRegressor)
@model_of.register(estimators.LinearSVR)
@model_of.register(linear_model.SGDRegressor)
@model_of.register(linear_model.Ridge)
@model_of.register(linear_model.LinearRegression)
@model_of.register(svm.LinearSVR)
def _(estimator: Any, affine: Affine | None, names: Sequence[str] | None) -> Model:
    return one_layer(estimator, affine, names, "identity")


@model_of.register(estimators.SGDClassifier)
@model_of.register(linear_model.SGDClassifier)
def _(estimator: Any, affine: Affine | None, names: Sequence[str] | None) -> Model:
    link = link_of(estimator.loss, len(estimator.classes_))
    return one_layer(estimator, affine, names, link)


@model_of.register(svm.LinearSVC)
def _(estimator: Any, affine: Affine | None, names: Sequence[str] | None) -> Model:
    return one_layer(estimator, affine, names, "margin")


@model_of.register(estimators.LinearSVC)
def _(estimator: Any, affine: Affine | None, names: Sequence[str] | None) -> Model:
    _check_probability(estimator)
    one_vs_one = estimator.multi_class == "ovo" and len(estimator.classes_) > 2  # noqa: PLR2004
    return one_layer(estimator, affine, names, "ovo" if one_vs_one else "margin")


@model_of.register
def _(estimator: svm.SVC, affine: Affine | None, names: Sequence[str] | None) -> Model:
    if estimator.kernel != "linear":
        msg = f"cannot convert SVC(kernel={estimator.kernel!r}): only 'linear' makes a linear model"
        raise ValueError(msg)
    _check_probability(estimator)
    if len(estimator.classes_) == 2:  # noqa: PLR2004
        return one_layer(estimator, affine, names, "margin")
    check_kept(
        estimator,
        "break_ties",
        changed=True,
        lost="gives ties between pairs to the lowest class",
        instead="set_params(break_ties=False) before, if that will do",
    )
    check_kept(
        estimator,
        "decision_function_shape",
        changed="ovo",
        lost="has one decision value for each class",
        instead='set_params(decision_function_shape="ovr") before; outputs() gives those of pairs',
    )
    return one_layer(estimator, affine, names, "ovo")


def _check_probability(estimator: Any) -> None:
    check_kept(
        estimator,
        "probability",
        changed=True,
        lost="has no sigmoids for its margins, so no predict_proba",
        instead="set_params(probability=False) before, or train an SGDClassifier(loss='log_loss')",
    )


@model_of.register
def _(
    estimator: linear_model.LogisticRegression,
    affine: Affine | None,
    names: Sequence[str] | None,
) -> Model:
    one_vs_rest = estimator.solver == "liblinear" or getattr(estimator, "multi_class", "") == "ovr"
    two = len(estimator.classes_) == 2  # noqa: PLR2004
    if two:
        check_kept(
            estimator,
            "multi_class",
            changed="multinomial",
            lost="has other probabilities for two classes",
            instead="fit with multi_class='auto'",
        )
    return one_layer(estimator, affine, names, "logistic" if two or one_vs_rest else "softmax")
