"""Linear models of slimline and scikit-learn. A new one: one more registered function."""

from __future__ import annotations

from functools import partial
from typing import Any

from sklearn import cross_decomposition, discriminant_analysis, linear_model, svm

from slimline import estimators
from slimline.conversion.registry import Linear, coefficients, linear_of
from slimline.conversion.scalers import check_kept
from slimline.estimators._losses import link_of

_TWO = 2  # classes, which share one output


@linear_of.register(estimators.SGDRegressor)
@linear_of.register(estimators.LinearSVR)
@linear_of.register(linear_model.SGDRegressor)
@linear_of.register(linear_model.Ridge)
@linear_of.register(linear_model.RidgeCV)
@linear_of.register(linear_model.LinearRegression)
@linear_of.register(linear_model.ElasticNet)  # and Lasso, and both for several targets
@linear_of.register(linear_model.ElasticNetCV)
@linear_of.register(linear_model.LassoCV)
@linear_of.register(linear_model.MultiTaskElasticNetCV)
@linear_of.register(linear_model.MultiTaskLassoCV)
@linear_of.register(linear_model.Lars)  # and LarsCV, LassoLars, LassoLarsCV, LassoLarsIC
@linear_of.register(linear_model.OrthogonalMatchingPursuit)
@linear_of.register(linear_model.OrthogonalMatchingPursuitCV)
@linear_of.register(linear_model.HuberRegressor)
@linear_of.register(linear_model.QuantileRegressor)
@linear_of.register(linear_model.TheilSenRegressor)
@linear_of.register(linear_model.BayesianRidge)
@linear_of.register(linear_model.ARDRegression)
@linear_of.register(estimators.ElasticNet)  # and Lasso, which is one
@linear_of.register(estimators.Ridge)
@linear_of.register(svm.LinearSVR)
def _(estimator: Any) -> Linear:
    return coefficients(estimator, "identity")


@linear_of.register(linear_model.PoissonRegressor)
@linear_of.register(linear_model.GammaRegressor)
@linear_of.register(linear_model.TweedieRegressor)
def _(estimator: Any) -> Linear:
    link = type(estimator._base_loss.link).__name__  # noqa: SLF001 - "auto" is decided by the fit
    links = {"IdentityLink": "identity", "LogLink": "log"}
    return coefficients(estimator, links[link])


@linear_of.register(cross_decomposition.PLSRegression)
@linear_of.register(cross_decomposition.PLSCanonical)
@linear_of.register(cross_decomposition.CCA)
def _(estimator: Any) -> Linear:
    linear = coefficients(estimator, "identity")
    centre = linear.weight @ estimator._x_mean  # noqa: SLF001 - predict subtracts it
    return linear._replace(bias=linear.bias - centre)


@linear_of.register(estimators.SGDClassifier)
@linear_of.register(linear_model.SGDClassifier)
def _(estimator: Any) -> Linear:
    return coefficients(estimator, link_of(estimator.loss, len(estimator.classes_)))


@linear_of.register
def _(estimator: estimators.LogisticRegression) -> Linear:
    return coefficients(estimator, estimator._link())  # noqa: SLF001 - ours


@linear_of.register(svm.LinearSVC)
@linear_of.register(linear_model.Perceptron)
def _(estimator: Any) -> Linear:
    return coefficients(estimator, "margin")


for _name, _link in (("Classifier", "margin"), ("Regressor", "identity")):
    # Deprecated in scikit-learn 1.8.
    if hasattr(linear_model, f"PassiveAggressive{_name}"):
        linear_of.register(
            getattr(linear_model, f"PassiveAggressive{_name}"), partial(coefficients, link=_link)
        )


@linear_of.register(linear_model.RidgeClassifier)
@linear_of.register(linear_model.RidgeClassifierCV)
def _(estimator: Any) -> Linear:
    if estimator._label_binarizer.y_type_.startswith("multilabel"):  # noqa: SLF001
        name = type(estimator).__name__
        msg = f"cannot convert a multi-label {name}: a Model gives each row one label"
        raise ValueError(msg)
    return coefficients(estimator, "margin")


@linear_of.register
def _(estimator: discriminant_analysis.LinearDiscriminantAnalysis) -> Linear:
    return coefficients(estimator, "logistic" if len(estimator.classes_) == _TWO else "softmax")


@linear_of.register
def _(estimator: estimators.LinearSVC) -> Linear:
    _check_probability(estimator)
    one_vs_one = estimator.multi_class == "ovo" and len(estimator.classes_) > _TWO
    return coefficients(estimator, "ovo" if one_vs_one else "margin")


def _check_kernel(estimator: Any) -> None:
    if estimator.kernel != "linear":
        name = type(estimator).__name__
        kernel = estimator.kernel
        msg = f"cannot convert {name}(kernel={kernel!r}): only 'linear' makes a linear model"
        raise ValueError(msg)


@linear_of.register(svm.SVR)
@linear_of.register(svm.NuSVR)
def _(estimator: Any) -> Linear:
    _check_kernel(estimator)
    return coefficients(estimator, "identity")._replace(classes=None)


@linear_of.register(svm.SVC)
@linear_of.register(svm.NuSVC)
def _(estimator: Any) -> Linear:
    _check_kernel(estimator)
    _check_probability(estimator)
    if len(estimator.classes_) == _TWO:
        return coefficients(estimator, "margin")
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
    return coefficients(estimator, "ovo")


def _check_probability(estimator: Any) -> None:
    check_kept(
        estimator,
        "probability",
        changed=True,
        lost="has no sigmoids for its margins, so no predict_proba",
        instead="set_params(probability=False) before, or train an SGDClassifier(loss='log_loss')",
    )


@linear_of.register
def _(estimator: linear_model.LogisticRegression) -> Linear:
    one_vs_rest = estimator.solver == "liblinear" or getattr(estimator, "multi_class", "") == "ovr"
    two = len(estimator.classes_) == _TWO
    if two:
        check_kept(
            estimator,
            "multi_class",
            changed="multinomial",
            lost="has other probabilities for two classes",
            instead="fit with multi_class='auto'",
        )
    return coefficients(estimator, "logistic" if two or one_vs_rest else "softmax")
