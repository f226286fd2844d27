"""Shared by estimators on a cluster: parameters, collections in and out, and ``to_local``."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from slimline._collections import is_collection
from slimline.dask._partitions import Facts
from slimline.dask._prediction import by_rows


class Distributed:
    """An estimator of one machine, fitted on a cluster; a mixin in front of that estimator."""

    _local: ClassVar[type[Any]]  # the estimator of one machine
    _own: ClassVar[Mapping[str, Any]]  # parameters that only the cluster needs, with defaults

    client: Any

    def __init__(self, **parameters: Any) -> None:
        defaults = {
            name: parameter.default
            for name, parameter in inspect.signature(self._local).parameters.items()
        }
        unknown = sorted(set(parameters) - set(defaults) - set(self._own))
        if unknown:
            msg = f"{type(self).__name__} has no parameter {unknown[0]!r}"
            raise TypeError(msg)
        for name, value in {**defaults, **self._own, **parameters}.items():
            setattr(self, name, value)

    @classmethod
    def _get_param_names(cls) -> list[str]:
        """Return the names that scikit-learn's get_params and set_params know."""
        return sorted([*cls._local._get_param_names(), *cls._own])  # noqa: SLF001 - scikit-learn's

    def __sklearn_clone__(self) -> Self:
        """Copy all parameters but the client, which is shared."""
        parameters = self.get_params(deep=False)  # type: ignore[attr-defined]
        client = parameters.pop("client")
        copies = {name: clone(value, safe=False) for name, value in parameters.items()}
        return type(self)(**copies, client=client)

    def __getstate__(self) -> dict[str, Any]:
        """Exclude the client, which belongs to this process."""
        state: dict[str, Any] = vars(self).copy()
        return {**state, "client": None}

    def to_local(self) -> Any:
        """Return the fitted estimator of one machine, which needs no cluster."""
        local = self._plain()
        names = set(self._get_param_names())
        for name, value in vars(self).items():
            if name not in names:
                setattr(local, name, value)
        return local

    def predict(self, X: Any) -> Any:
        """Return predictions: a lazy dask array for a collection, else an array."""
        return self._by_rows("predict", X)

    def _by_rows(self, method: str, X: Any) -> Any:
        check_is_fitted(self)
        local = self.to_local()
        return by_rows(local, method, X) if is_collection(X) else getattr(local, method)(X)

    def _plain(self, **changes: Any) -> Any:
        """Return the estimator of one machine with these parameters, not fitted."""
        parameters = {
            name: getattr(self, name)
            for name in self._local._get_param_names()  # noqa: SLF001 - scikit-learn's
        }
        return self._local(**{**parameters, **changes})

    def _check_collection(self, X: Any) -> None:
        if not is_collection(X):
            msg = (
                f"X must be a dask array or data frame, got {type(X).__name__}: arrays of this"
                f" machine are for slimline.{self._local.__name__}"
            )
            raise TypeError(msg)

    def _set_columns(self, facts: Facts) -> None:
        """Set n_features_in_ and feature_names_in_, as scikit-learn does."""
        self.n_features_in_ = facts.n_features
        vars(self).pop("feature_names_in_", None)
        if facts.names is not None:
            self.feature_names_in_ = np.asarray(facts.names, dtype=object)


class DistributedClassifier(Distributed):
    """Scores and probabilities of classifiers."""

    classes_: NDArray[Any]

    def _set_classes(self, classes: NDArray[Any], fewest: int = 2) -> None:
        """Set classes_, of which there must be ``fewest``."""
        if len(classes) < fewest:
            found = f"{len(classes)}: {classes.tolist()}"
            msg = f"y must hold at least {fewest} classes, got {found}"
            raise ValueError(msg)
        self.classes_ = classes

    def decision_function(self, X: Any) -> Any:
        """Return scores: a lazy dask array for a collection, else an array."""
        return self._by_rows("decision_function", X)
