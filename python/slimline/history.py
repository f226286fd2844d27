"""The provenance of a Model: its steps, what each did and measured, and its parent's hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from slimline._blocks import row_slices
from slimline._frames import sparse_frame
from slimline._text import fields_repr
from slimline._version import version

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step in the life of a Model.

    Parameters
    ----------
    action : str
        "trained", "converted", "pruned", "quantized", ...
    parameters : mapping of str to str, int, float, bool or None
        The arguments of the step, and in ``data`` the fingerprint of the rows that it used.
    measured : mapping of str to int, float or str
        The results of the step: bytes and nonzero weights after it, and other measurements. NaN and
        infinity (values that could not be measured) are left out, since files cannot hold them.
    parent : str or None
        sha256 of the Model before the step; None for the first steps.
    library : str
        Version of slimline that made the step, or name and version of another library.
    """

    action: str
    parameters: Mapping[str, Value]
    measured: Mapping[str, Value]
    parent: str | None
    library: str = version

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check the types, which also come from files, and freeze the mappings."""
        for name in ("action", "library"):
            if type(getattr(self, name)) is not str:
                msg = f"{name} of a step must be a text"
                raise TypeError(msg)
        if self.parent is not None and type(self.parent) is not str:
            msg = "parent of a step must be a text or None"
            raise TypeError(msg)
        for name in ("parameters", "measured"):
            values = dict(getattr(self, name))
            for key, value in values.items():
                if type(key) is not str or not isinstance(value, Value):
                    msg = f"{name} of a step must map texts to texts, numbers, bools or None"
                    raise TypeError(msg)
            if name == "measured":
                values = {key: value for key, value in values.items() if _is_known(value)}
            object.__setattr__(self, name, MappingProxyType(values))

    def params(self) -> dict[str, Any]:
        """Return what a file stores as JSON."""
        names = ("action", "library", "parent")
        return {
            **{name: getattr(self, name) for name in names},
            "parameters": dict(self.parameters),
            "measured": dict(self.measured),
        }

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Rebuild a step from its JSON."""
        return cls(**params)


def _is_known(value: Value) -> bool:
    return not isinstance(value, float) or isfinite(value)


def fingerprint(X: Any, y: Any = None) -> str:
    """Return the sha256 of data: identifies the data of a step, and discloses nothing of a row.

    It depends on values, shapes and the order of the rows, and on whether X is float32 or sparse.
    It does not depend on the type in which the numbers of X are given (integers, bools, objects,
    categories, texts that are numbers, a data frame), on whether y is a column, or on the names of
    columns.
    """
    sha256 = hashlib.sha256()
    for array in (*_features(X), *_targets(y)):
        head = f"{array.dtype.str}{array.shape}"
        sha256.update(head.encode())
        values = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        for block in row_slices(len(values), products=1):
            sha256.update(values[block].data)
    return sha256.hexdigest()


def _features(X: Any) -> list[NDArray[Any]]:
    compressed = sparse_frame(X)
    X = X if compressed is None else compressed
    if hasattr(X, "tocsr"):
        X = X.tocsr()
        return [_as_floats(X.data), X.indices, X.indptr]
    return [] if X is None else [_as_floats(np.asarray(X))]


def _as_floats(array: NDArray[Any]) -> NDArray[Any]:
    """Return numbers as estimators see them: float32 as it is, all others as float64."""
    if array.dtype in (np.float32, np.float64):
        return array
    try:
        return array.astype(np.float64) if array.dtype.kind in "biufOUT" else array
    except (TypeError, ValueError):
        return _plain(array)


def _targets(y: Any) -> list[NDArray[Any]]:
    if y is None:
        return []
    if hasattr(y, "tocsr"):
        y = y.tocsr()
        return [y.data, y.indices, y.indptr]
    array = _plain(np.asarray(y))
    column = array.ndim == 2 and array.shape[1] == 1  # noqa: PLR2004 - a single target
    return [array.ravel() if column else array]


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    """Return objects by what they are: numbers, bools, or else by their text."""
    if array.dtype.kind not in "OT":
        return array
    kinds = {type(value) for value in array.ravel().tolist()}
    if len(kinds) == 1 and kinds <= {bool, int, float}:
        return np.array(array.tolist())
    return array.astype(np.str_)
