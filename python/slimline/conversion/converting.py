"""From estimators and pipelines to Models. A new estimator: one more registered function."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn import linear_model, neural_network, svm
from sklearn.utils.validation import check_is_fitted

from slimline import estimators
from slimline._checks import check_finite
from slimline.conversion.fronts import Front, front_of, put_in_front
from slimline.conversion.origins import with_origin
from slimline.conversion.pipelines import Parts, features_of, parts_of, source_of
from slimline.conversion.refusals import StepError
from slimline.conversion.rounding import checked_on
from slimline.conversion.scalers import Affine, check_inherits, check_kept
from slimline.estimators._losses import link_of
from slimline.inputs import InputStage, held_offset
from slimline.interop.torch import from_torch, is_torch_module
from slimline.layers import DenseLayer
from slimline.model import Model


def convert(
    estimator: Any, *, X: Any = None, y: Any = None, classes: ArrayLike | None = None
) -> Model:
    """Turn a fitted estimator or a torch Sequential into a Model.

    Parameters
    ----------
    estimator : estimator or Pipeline
        slimline's SGDClassifier, SGDRegressor, LinearSVC, LinearSVR; scikit-learn's SGDClassifier,
        SGDRegressor, LogisticRegression, LinearSVC, LinearSVR, SVC(kernel="linear"), Ridge,
        LinearRegression; MLPClassifier and MLPRegressor of both; or a Pipeline that ends in one of
        them. Scalers become the Model's input stage; behind imputers, encoders of categories, bins,
        polynomials or a ColumnTransformer the Model takes rows of the table, behind vectorizers
        of texts it takes texts. The guide to tables lists the steps that are taken.
        Or a torch.nn.Sequential of Linear, ReLU, Tanh, Sigmoid, GELU, Dropout, Flatten and
        BatchNorm1d, which is folded into a neighbouring Linear, with or without a Softmax,
        LogSoftmax or Sigmoid at its end.
    X, y : array-like, optional
        The training data. The history records their fingerprint and number of rows, and how far
        outputs of the Model are from the estimator's, on all rows of a table and on 1,024 of a
        matrix. Where float32 moves them far because columns are far from zero and nothing centres
        them, the Model centres them in float64. Without X and y
        the history records what the estimator kept: for slimline's SVMs and networks the
        fingerprint of the data given to ``fit``, for all estimators of slimline the number of rows.
        Behind scalers the fingerprint is that of the scaled rows, and is called ``scaled_data``.
    classes : array-like of shape (n_classes,) or None, default=None
        The labels of the outputs, for torch alone. None: 0, 1, ... if the Sequential ends in
        Softmax, LogSoftmax or Sigmoid, and a regression otherwise.

    Returns
    -------
    Model
        A model in float32. Its outputs agree with the estimator's to float32 rounding. Scaled
        columns that float32 cannot hold (times, identifiers) are standardised in float64, if the
        rows are float64 or int64. Its history begins with the steps "trained", with the parameters
        of the estimator, and "converted".

    Raises
    ------
    TypeError
        If there is no conversion for the type of the estimator, or a step in front of it cannot be
        exact: the message names the way to the step and what to use in its place. If labels are of
        an unsupported type such as dates.
    ValueError
        If an option of the estimator changes predictions and a Model cannot represent it, the
        coefficients are not finite, or the outputs for random rows differ from torch's by more than
        1e-5.
    ConversionError
        If outputs for X differ from the estimator's by more than 1e-5 of their size where float32
        does not explain it. It is a ValueError.
    sklearn.exceptions.NotFittedError
        If the estimator or a step is not fitted.

    Warns
    -----
    DegradationWarning
        If outputs for X move by more than a thousandth of their deviation.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> model = sl.convert(LogisticRegression(max_iter=500).fit(X, y))
    >>> model.predict(X[:2])
    array([0, 0])
    """
    if isinstance(estimator, Model):
        msg = "estimator must be fitted by a library; this is a slimline Model already"
        raise TypeError(msg)
    if is_torch_module(estimator):
        return with_origin(from_torch(estimator, classes), estimator, [], X, y)
    if classes is not None:
        msg = "classes go with a torch Sequential alone: estimators know their own"
        raise ValueError(msg)
    parts = parts_of(estimator)
    last = parts.last
    check_inherits(last, _linear.registry, "predict", "decision_function", "predict_proba")
    check_is_fitted(last)
    front = _front(parts)
    model, first = put_in_front(front, _linear(last, None, source_of([last]).names), last)
    error = None
    if X is not None:
        model, error = checked_on(model, estimator, first, front, X)
    return with_origin(model, last, parts.transformers, X, y, error=error)


def _front(parts: Parts) -> Front | None:
    if not parts.steps:
        return None
    try:
        return front_of(features_of(parts))
    except StepError as refusal:
        raise TypeError(refusal.message) from None


@singledispatch
def _linear(estimator: Any, _affine: Affine | None, _names: Sequence[str] | None) -> Model:
    msg = f"cannot convert a {type(estimator).__name__}; see slimline.convert for what it takes"
    raise TypeError(msg)


def _one_layer(
    estimator: Any,
    affine: Affine | None,
    names: Sequence[str] | None,
    link: str,
) -> Model:
    """Make a Model of one dense layer from coef_ and intercept_."""
    coef = estimator.coef_.toarray() if sparse.issparse(estimator.coef_) else estimator.coef_
    weight = np.atleast_2d(coef).astype(np.float32)
    bias = np.broadcast_to(estimator.intercept_, len(weight)).astype(np.float32)
    check_finite("coef_ and intercept_", np.append(weight, bias))
    layers = (DenseLayer(weight=weight, bias=bias),)
    return _of_layers(estimator, affine, names, layers, link)


def _of_layers(
    estimator: Any,
    affine: Affine | None,
    names: Sequence[str] | None,
    layers: tuple[DenseLayer, ...],
    link: str,
) -> Model:
    stage = InputStage(
        n_features=layers[0].n_in,
        feature_names=None if names is None else tuple(names),
        offset=None if affine is None else held_offset(affine.offset, affine.scale),
        scale=None if affine is None else affine.scale.astype(np.float32),
    )
    classes = None if link == "identity" else np.array(estimator.classes_)
    return Model(input=stage, layers=layers, link=link, classes=classes)


@_linear.register(estimators.MLPClassifier)
@_linear.register(estimators.MLPRegressor)
@_linear.register(neural_network.MLPClassifier)
@_linear.register(neural_network.MLPRegressor)
def _(estimator: Any, affine: Affine | None, names: Sequence[str] | None) -> Model:
    link = estimator.out_activation_
    if hasattr(estimator, "classes_"):
        if estimator._label_binarizer.y_type_.startswith("multilabel"):  # noqa: SLF001
            msg = "cannot convert a multi-label network: a Model gives each row one label"
            raise ValueError(msg)
        link = "margin" if link == "identity" else link
    if link not in {"identity", "logistic", "softmax", "margin"}:
        msg = f"cannot convert a network whose outputs go through {link!r}"
        raise ValueError(msg)
    last = len(estimator.coefs_) - 1
    layers = []
    for i, (coef, bias) in enumerate(zip(estimator.coefs_, estimator.intercepts_, strict=True)):
        check_finite("coefs_ and intercepts_", np.append(coef, bias))
        layers.append(
            DenseLayer(
                weight=np.ascontiguousarray(coef.T, dtype=np.float32),
                bias=bias.astype(np.float32),
                activation="identity" if i == last else estimator.activation,
            )
        )
    return _of_layers(estimator, affine, names, tuple(layers), link)


@_linear.register(estimators.SGDRegressor)
@_linear.register(estimators.LinearSVR)
@_linear.register(linear_model.SGDRegressor)
@_linear.register(linear_model.Ridge)
@_linear.register(linear_model.LinearRegression)
@_linear.register(svm.LinearSVR)
def _(estimator: Any, affine: Affine | None, names: Sequence[str] | None) -> Model:
    return _one_layer(estimator, affine, names, "identity")


@_linear.register(estimators.SGDClassifier)
@_linear.register(linear_model.SGDClassifier)
def _(estimator: Any, affine: Affine | None, names: Sequence[str] | None) -> Model:
    link = link_of(estimator.loss, len(estimator.classes_))
    return _one_layer(estimator, affine, names, link)


@_linear.register(svm.LinearSVC)
def _(estimator: Any, affine: Affine | None, names: Sequence[str] | None) -> Model:
    return _one_layer(estimator, affine, names, "margin")


@_linear.register(estimators.LinearSVC)
def _(estimator: Any, affine: Affine | None, names: Sequence[str] | None) -> Model:
    _check_probability(estimator)
    one_vs_one = estimator.multi_class == "ovo" and len(estimator.classes_) > 2  # noqa: PLR2004
    return _one_layer(estimator, affine, names, "ovo" if one_vs_one else "margin")


@_linear.register
def _(estimator: svm.SVC, affine: Affine | None, names: Sequence[str] | None) -> Model:
    if estimator.kernel != "linear":
        msg = f"cannot convert SVC(kernel={estimator.kernel!r}): only 'linear' makes a linear model"
        raise ValueError(msg)
    _check_probability(estimator)
    if len(estimator.classes_) == 2:  # noqa: PLR2004
        return _one_layer(estimator, affine, names, "margin")
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
    return _one_layer(estimator, affine, names, "ovo")


def _check_probability(estimator: Any) -> None:
    check_kept(
        estimator,
        "probability",
        changed=True,
        lost="has no sigmoids for its margins, so no predict_proba",
        instead="set_params(probability=False) before, or train an SGDClassifier(loss='log_loss')",
    )


@_linear.register
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
    return _one_layer(estimator, affine, names, "logistic" if two or one_vs_rest else "softmax")
