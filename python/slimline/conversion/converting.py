"""From estimators and pipelines to Models."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from slimline.conversion import linear_models, naive_bayes, networks, wrappers  # noqa: F401 - registered
from slimline.conversion.best import best_of
from slimline.conversion.fronts import Front, front_of, put_in_front
from slimline.conversion.origins import with_origin
from slimline.conversion.pipelines import Parts, features_of, parts_of, source_of
from slimline.conversion.refusals import StepError
from slimline.conversion.registry import check_predicts_as_known, model_of
from slimline.conversion.rounding import checked_on
from slimline.interop.torch import from_torch, is_torch_module
from slimline.model import Model


def convert(
    estimator: Any, *, X: Any = None, y: Any = None, classes: ArrayLike | None = None
) -> Model:
    """Turn a fitted estimator or a torch Sequential into a Model.

    Parameters
    ----------
    estimator : estimator or Pipeline
        slimline's SGDClassifier, SGDRegressor, LogisticRegression, Lasso, ElasticNet, Ridge,
        LinearSVC, LinearSVR; every estimator of scikit-learn that predicts by a matrix product: the
        classifiers and regressors of ``sklearn.linear_model`` (PoissonRegressor and its kin too,
        without SGDOneClassSVM), LinearSVC, LinearSVR and the SVMs with kernel="linear",
        LinearDiscriminantAnalysis, PLSRegression, MultinomialNB, ComplementNB,
        BernoulliNB(binarize=None); MLPClassifier and MLPRegressor of both; or a Pipeline that ends
        in one of them. Scalers become the Model's input stage; behind imputers, encoders of
        categories, bins, polynomials or a ColumnTransformer the Model takes rows of the table,
        behind vectorizers of texts it takes texts. The guide to tables lists the steps that are
        taken.
        Around linear models: MultiOutputRegressor, RegressorChain, VotingRegressor,
        OneVsRestClassifier, RANSACRegressor, TransformedTargetRegressor with a scaler or np.exp as
        inverse, CalibratedClassifierCV(ensemble=False) with method "sigmoid" or "temperature"; of
        GridSearchCV and other searches the best estimator.
        Or a torch.nn.Sequential of Linear, ReLU, Tanh, Sigmoid, GELU, Dropout, Flatten and
        BatchNorm1d, which is folded into a neighbouring Linear, with or without a Softmax,
        LogSoftmax or Sigmoid at its end.
    X, y : array-like, optional
        The training data. The history records their fingerprint and number of rows, and how far
        outputs of the Model are from the estimator's, on all rows of a table and on 1,024 of a
        matrix. Where float32 moves them far because columns are far from zero and nothing centres
        them, the Model centres them in float64. Without X and y the history records what the
        estimator kept: for slimline's estimators other than SGD the fingerprint of the data given
        to ``fit``, for all of them the number of rows.
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
    estimator = best_of(estimator)
    parts = parts_of(estimator)
    last = parts.last
    check_predicts_as_known(last)
    check_is_fitted(last)
    front = _front(parts)
    model, first = put_in_front(front, model_of(last, None, source_of([last]).names), last)
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
