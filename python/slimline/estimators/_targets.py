"""The targets of a fit, labels or values, checked before the training."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from slimline._checks import as_array, is_missing
from slimline.model.labels import plain_labels

# What np.asarray makes an array of that is not one of objects.
_NUMPY_KNOWS = (bool, int, float, complex, str, bytes, np.generic, np.ndarray, list, tuple)
_LARGEST = np.iinfo(np.int64).max
_SPREAD = 16  # integers that lie no wider than this many times their number are marked in a table


def as_classes(classes: Any) -> Any:
    """Return the classes that partial_fit was given, if any: labels, none of them missing."""
    if classes is None:
        return None
    if sparse.issparse(classes) or as_array(classes, "classes").ndim != 1:
        msg = f"classes must be a list of labels, got {classes!r:.60}"
        raise ValueError(msg)
    return as_labels(classes)


def as_labels(y: Any) -> Any:
    """Return labels, objects that are no texts as what they stand for.

    ValueError where one is missing (None, NaN, NA or NaT), TypeError for other kinds of objects.
    """
    if sparse.issparse(y):
        return y.toarray()
    array = as_array(y, "y")
    _check_present(y, array)
    known = isinstance(y, list | tuple) or hasattr(y, "columns")
    return _given_labels(y if known else array)  # which reads anything else once


def _check_present(y: Any, labels: NDArray[Any]) -> None:
    if labels.dtype.kind == "U" and isinstance(y, list | tuple):
        labels = np.asarray(y, dtype=object)  # where what is no text has not become one
    if labels.dtype == object:
        _check_objects(labels.ravel())
    elif labels.dtype.kind in "mM" and np.isnat(labels).any():
        msg = "y must hold a label in every row, got NaT"
        raise ValueError(msg)
    elif labels.dtype.kind == "c":  # as scikit-learn says it
        msg = "Complex data not supported: y must hold integers, bools, texts or dates as labels"
        raise ValueError(msg)
    elif labels.dtype.kind == "V":
        msg = f"y must hold integers, bools, texts or dates as labels, got dtype {labels.dtype}"
        raise ValueError(msg)


def _given_labels(y: Any) -> Any:
    """Return y with objects that are no texts as what they stand for; TypeError for other kinds.

    scikit-learn would cut members of enumerations short, make floats of nullable integers, and
    call dates and whole numbers that are objects "unknown".
    """
    if isinstance(y, list | tuple):
        kinds = set(map(type, y))
        known = all(issubclass(kind, _NUMPY_KNOWS) and not issubclass(kind, Enum) for kind in kinds)
        if known and not any(isinstance(label, int) and label > _LARGEST for label in y):
            return y
        array = np.empty(len(y), dtype=object)
        array[:] = y
        return plain_labels(array)
    array = np.asarray(y)
    if array.dtype.kind == "O" and set(map(type, array.ravel().tolist())) <= {str}:
        return y
    return plain_labels(array) if array.dtype.kind in "OT" else array


def _check_objects(labels: NDArray[Any]) -> None:
    for label in labels:
        if is_missing(label):
            msg = f"y must hold a label in every row, got {label!r}"
            raise ValueError(msg)
    others = [label for label in labels if not isinstance(label, str)]
    if 0 < len(others) < len(labels):
        msg = f"y must hold labels of one kind, got texts and {others[0]!r:.60}"
        raise ValueError(msg)


def check_labels(y: NDArray[Any]) -> None:
    """Raise ValueError unless y can be class labels, as integers always can."""
    if y.dtype.kind not in "biu":
        check_classification_targets(y)


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Return the distinct values, ascending, as np.unique does, which hashes every integer."""
    if values.dtype.kind not in "iu" or not len(values) or not np.can_cast(values.dtype, np.int64):
        return np.unique(values)
    low, high = int(values.min()), int(values.max())
    if high - low >= _SPREAD * len(values):
        return np.unique(values)
    seen = np.zeros(high - low + 1, dtype=bool)
    seen[np.subtract(values, low, dtype=np.int64)] = True
    return (np.flatnonzero(seen) + low).astype(values.dtype)


def classes_of(y: NDArray[Any], n_rows: int) -> NDArray[Any]:
    """Return the classes, at least two, of the rows with weight; ``n_rows`` there are in all."""
    classes = distinct(y)
    if len(classes) < 2:  # noqa: PLR2004
        where = " in the rows of positive weight" if len(y) < n_rows else ""
        found = f"one class: {classes.tolist()}" if len(classes) else "none"
        msg = f"y must hold at least two classes, got {found}{where}"
        raise ValueError(msg)
    return classes


def class_codes(y: NDArray[Any], classes: NDArray[Any]) -> NDArray[Any]:
    """Return the place of each label in classes, as booleans where there are two of them."""
    if len(classes) == 2:  # noqa: PLR2004 - a comparison is faster than a search
        return np.asarray(y == classes[1])
    return np.searchsorted(classes, y)


def class_weights(
    class_weight: Mapping[Any, float] | str | None,
    classes: NDArray[Any],
    y: NDArray[Any],
    sample_weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """One weight per class, finite and positive; "balanced" counts rows by sample weights."""
    if class_weight is None:
        return np.ones(len(classes))
    if not isinstance(class_weight, str):
        return _given_weights(class_weight, classes)
    weights = compute_class_weight(class_weight, classes=classes, y=y, sample_weight=sample_weight)
    return np.ascontiguousarray(weights, dtype=np.float64)


def _given_weights(class_weight: Mapping[Any, float], classes: NDArray[Any]) -> NDArray[np.float64]:
    """Return what a dict gives, and 1 for classes that it does not name."""
    for label, weight in class_weight.items():
        if not (isinstance(weight, Real) and 0 < weight < np.inf):
            msg = (
                f"class_weight must hold finite numbers > 0, got {weight!r:.60} for class"
                f" {label!r:.60}; where a class is not to count, leave its rows out, or give them"
                " a sample_weight of 0"
            )
            raise ValueError(msg)
    weights = np.array([float(class_weight.get(label, 1.0)) for label in classes.tolist()])
    named = [label for label in classes.tolist() if label in class_weight]
    if len(named) < min(len(class_weight), len(classes)):  # as scikit-learn: others may be absent
        unknown = sorted(str(label) for label in class_weight if label not in named)
        msg = f"class_weight must name classes of y, got {', '.join(unknown):.100} too"
        raise ValueError(msg)
    return weights
