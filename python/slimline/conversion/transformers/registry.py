"""The table of transformers by type: what each makes of the features before it."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from sklearn.utils.validation import check_is_fitted

from slimline.conversion.features.table import Features
from slimline.conversion.refusals import StepError
from slimline.conversion.scalers import overrides

TAKEN = "see the guide to tables for the steps that convert takes"


@singledispatch
def transformed(transformer: Any, _features: Features) -> Features:
    """Return the features that a fitted transformer makes of others; StepError if no Model can."""
    what = f"cannot convert a {type(transformer).__name__} in front of the estimator"
    raise StepError(what, TAKEN)


def applied(transformer: Any, features: Features) -> Features:
    """Return what a step makes of features, after checking that it is fitted and its class's own.

    None and "passthrough" change nothing.
    """
    if transformer is None or (isinstance(transformer, str) and transformer == "passthrough"):
        return features
    own = overrides(transformer, transformed.registry, "transform")
    if own is not None:
        raise StepError(own, "apply it to the rows before the pipeline")
    check_is_fitted(transformer)
    return transformed(transformer, features)
