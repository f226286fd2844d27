"""What surrounds every fit: checks before it, what must hold after it, and all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, cast

import numpy as np
from scipy import sparse
from sklearn.base import _fit_context

from slimline._checks import all_finite
from slimline._version import version
from slimline.history import fingerprint

# Infinite before the first epoch, or NaN for one that diverged.
_SCORES = ("best_loss_", "best_validation_score_", "validation_scores_")

Fit = TypeVar("Fit", bound=Callable[..., Any])


def trains(fit: Fit) -> Fit:
    """Let a method that trains give an estimator all that it learns at once, or nothing.

    The method checks its parameters first, and then trains a twin of the estimator. Where it ends
    well and what it learned is finite, the estimator becomes what the twin is, in one assignment;
    an error, or Ctrl-C, at any moment leaves the estimator as it was. Arrays are shared with the
    twin, so that nothing may train in the arrays of attributes. Each block of an iterator is a
    training of its own: what came before a block that fails is kept.

    What the method saw, the validated rows and targets, is noted as ``_trained_on``, for the
    history of the Model that is made of the estimator: nothing can be wrong with them any more.
    """
    checked = _fit_context(prefer_skip_nested_validation=True)(fit)
    takes = signature(fit)

    @wraps(checked)
    def training(estimator: Any, *args: Any, **kwargs: Any) -> Any:
        given = takes.bind(estimator, *args, **kwargs).arguments
        if isinstance(given["X"], Iterator):
            return checked(estimator, *args, **kwargs)
        twin = _twin(estimator)
        checked(twin, *args, **kwargs)
        check_learned(twin)
        more = None
        if fit.__name__ == "partial_fit":
            more = getattr(estimator, "_trained_on", {"n_rows": 0})
        seen = vars(twin).pop("_seen", None)
        with_data = estimator._keeps_fingerprint  # noqa: SLF001 - ours
        twin._trained_on = _noted(seen, more, with_data=with_data)  # noqa: SLF001 - ours
        estimator.__dict__ = vars(twin)
        return estimator

    return cast("Fit", training)


def _twin(estimator: Any) -> Any:
    """Return another with the same attributes: the same arrays, lists of its own to append to."""
    twin = object.__new__(type(estimator))
    for name, value in vars(estimator).items():
        vars(twin)[name] = [*value] if type(value) is list else value
    return twin


def check_learned(estimator: Any) -> None:
    """Raise ValueError where a learned attribute holds NaN or infinity."""
    for name, value in vars(estimator).items():
        if not name.endswith("_") or name.startswith("_") or name in _SCORES:
            continue
        for part in value if isinstance(value, list) else [value]:
            if not _is_finite(part):
                msg = (
                    f"{type(estimator).__name__} learned NaN or infinity in {name}: X, y or"
                    " sample_weight have magnitudes that the arithmetic cannot hold together."
                    " Scale them (StandardScaler), or choose smaller steps"
                )
                raise ValueError(msg)


def _is_finite(value: Any) -> bool:
    """Whether a number, an array or a sparse matrix holds no NaN or infinity; True of all else."""
    values = value.data if sparse.issparse(value) else value
    if isinstance(values, float):
        return bool(np.isfinite(values))
    if not isinstance(values, np.ndarray | np.floating) or values.dtype.kind != "f":
        return True
    return all_finite(np.atleast_1d(values))


def _noted(
    seen: tuple[Any, Any] | None, more: Mapping[str, Any] | None, *, with_data: bool
) -> dict[str, Any]:
    """Return version, rows and fingerprint; with ``more`` rows before these only the first two.

    A fingerprint of one block would not be that of all that the estimator has learned from. Of
    collections the rows are not known without running their tasks once more.
    """
    noted: dict[str, Any] = {"library": version}
    if seen is None:  # a collection
        return noted
    X, y = seen
    if more is None:
        noted["n_rows"] = X.shape[0]
    elif "n_rows" in more:
        noted["n_rows"] = more["n_rows"] + X.shape[0]
    if with_data and more is None:
        noted["data"] = fingerprint(X, y)
    return noted
