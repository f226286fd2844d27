"""What a search or a wrapper that changes no prediction holds."""

from __future__ import annotations

from typing import Any

from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from slimline.conversion.scalers import check_inherits

try:
    from sklearn.frozen import FrozenEstimator

    _FROZEN: tuple[type, ...] = (FrozenEstimator,)
except ImportError:  # scikit-learn < 1.6
    _FROZEN = ()

_METHODS = ("predict", "decision_function", "predict_proba")


def best_of(estimator: Any) -> Any:
    """Return what predicts: the best estimator of a search, what is frozen, with its own steps.

    A Pipeline that ends in one of them becomes a Pipeline of all steps.
    """
    if isinstance(estimator, BaseSearchCV):
        check_inherits(estimator, (BaseSearchCV, *BaseSearchCV.__subclasses__()), *_METHODS)
        check_is_fitted(estimator)
        if not estimator.refit:
            name = type(estimator).__name__
            msg = (
                f"cannot convert {name}(refit=False): it has no best estimator; fit with refit=True"
            )
            raise ValueError(msg)
        return best_of(estimator.best_estimator_)
    if isinstance(estimator, _FROZEN):
        frozen: Any = estimator
        return best_of(frozen.estimator)
    if isinstance(estimator, Pipeline):
        last = best_of(estimator.steps[-1][1])
        if last is estimator.steps[-1][1]:
            return estimator
        inner = last.steps if isinstance(last, Pipeline) else [("estimator", last)]
        steps = [*estimator.steps[:-1], *inner]
        return Pipeline([(f"step{i}", step) for i, (_, step) in enumerate(steps)])
    return estimator
