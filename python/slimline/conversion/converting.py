"""From estimators and pipelines to Models."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from slimline.conversion import linear_models, naive_bayes, networks, wrappers  # noqa: F401 - registered
from slimline.conversion.best import best_of
from slimline.conversion.origins import with_origin
from slimline.conversion.registry import check_predicts_as_known, model_of
from slimline.conversion.rounding import checked_on
from slimline.conversion.scalers import check_inherits, compose, scaling
from slimline.interop.torch import from_torch, is_torch_module
from slimline.model import Model


def convert(
    estimator: Any, *, X: Any = None, y: Any = None, classes: ArrayLike | None = None
) -> Model:
    """Turn a fitted estimator or a torch Sequential into a Model.

    Parameters
    ----------
    estimator : estimator or Pipeline
        slimline's SGDClassifier, SGDRegressor, LinearSVC, LinearSVR; every estimator of
        scikit-learn that predicts by a matrix product: the classifiers and regressors of
        ``sklearn.linear_model`` (PoissonRegressor and its kin too, without SGDOneClassSVM),
        LinearSVC, LinearSVR and the SVMs with kernel="linear", LinearDiscriminantAnalysis,
        PLSRegression, MultinomialNB, ComplementNB, BernoulliNB(binarize=None); MLPClassifier and
        MLPRegressor of both; or a Pipeline of scalers (StandardScaler, MinMaxScaler, MaxAbsScaler,
        RobustScaler) that ends in one of them. The scalers become the Model's input stage.
        Around linear models: MultiOutputRegressor, RegressorChain, VotingRegressor,
        OneVsRestClassifier, RANSACRegressor, TransformedTargetRegressor with a scaler or np.exp as
        inverse, CalibratedClassifierCV(ensemble=False) with method "sigmoid" or "temperature"; of
        GridSearchCV and other searches the best estimator.
        Or a torch.nn.Sequential of Linear, ReLU, Tanh, Sigmoid, GELU, Dropout, Flatten and
        BatchNorm1d, which is folded into a neighbouring Linear, with or without a Softmax,
        LogSoftmax or Sigmoid at its end.
    X, y : array-like, optional
        The training data. The history records their fingerprint and number of rows, and how far
        float32 moves the outputs of 1,024 of the rows. Where it moves them far because columns are
        far from zero and nothing centres them, the Model centres them in float64. Without X and y
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
        If there is no conversion for the type of the estimator, or its labels are of an unsupported
        type such as dates.
    ValueError
        If an option of the estimator changes predictions and a Model cannot represent it, the
        coefficients are not finite, or the outputs for random rows differ from torch's by more than
        1e-5.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.

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
    steps = estimator.steps if isinstance(estimator, Pipeline) else [("estimator", estimator)]
    scalers = [step for _, step in steps[:-1] if step is not None and step != "passthrough"]
    names = getattr([*scalers, steps[-1][1]][0], "feature_names_in_", None)
    affine = None
    for scaler in scalers:
        check_inherits(scaler, scaling.registry, "transform")
        check_is_fitted(scaler)
        affine = compose(affine, scaling(scaler))
    last = steps[-1][1]
    check_predicts_as_known(last)
    check_is_fitted(last)
    model = model_of(last, affine, None if names is None else tuple(map(str, names)))
    error = None
    if X is not None:
        model, error = checked_on(model, estimator, last, affine, X)
    return with_origin(model, last, scalers, X, y, error=error)
