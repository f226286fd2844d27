"""Arguments from outside, checked and converted once; the code behind trusts its arrays."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slimline import _core
from slimline._text import quoted

_MISSING = ("NAType", "NaTType")  # of pandas, which compare with nothing

Rows = NDArray[np.floating[Any]]
RowType = type[np.float32] | type[np.float64]


class Csr(NamedTuple):
    """A sparse matrix in compressed rows, with the index type it came with."""

    data: Rows
    indices: NDArray[np.integer[Any]]
    indptr: NDArray[np.integer[Any]]
    shape: tuple[int, int]


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Raise ValueError unless ``value`` is one of ``choices``, which the message lists."""
    known = tuple(choices)
    if value not in known:
        listed = ", ".join(map(repr, known))
        msg = f"{name} must be one of {listed}, got {quoted(value)}"
        raise ValueError(msg)


def check_fraction(name: str, value: float) -> float:
    """Return ``value`` as a float in [0, 1)."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        msg = f"{name} must be a number in [0, 1), got {type(value).__name__}"
        raise TypeError(msg)
    if not 0 <= value < 1:
        msg = f"{name} must be in [0, 1), got {value}"
        raise ValueError(msg)
    return float(value)


def check_count(name: str, value: int) -> int:
    """Return ``value`` as an int of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        msg = f"{name} must be an int of at least 1, got {type(value).__name__}"
        raise TypeError(msg)
    if value < 1:
        msg = f"{name} must be at least 1, got {value}"
        raise ValueError(msg)
    return int(value)


def as_features(
    X: Any, n_features: int, dtype: RowType = np.float32, *, finite: bool = True
) -> Rows | Csr:
    """Return X, array-like or scipy sparse, finite and of shape (n, n_features).

    What is float32 stays so; all else becomes ``dtype``. ``finite=False`` leaves the check of a
    dense X to the core, which makes it on its way.
    """
    if hasattr(X, "tocsr"):
        return _as_csr(X, n_features, dtype)
    array = X if _is_ready(X) else as_floats("X", X, dtype, ndim=2)
    if array.shape[1] != n_features:
        _raise_n_features(array.shape[1], n_features)
    if finite:
        check_finite("X", array)
    return array


def dense_features(X: Any, n_features: int, dtype: RowType = np.float32) -> Rows:
    """Return X as :func:`as_features` does, with sparse rows unpacked."""
    features = as_features(X, n_features, dtype)
    if isinstance(features, Csr):
        rows: Rows = np.ascontiguousarray(X.toarray(), dtype=features.data.dtype)
        return rows
    return features


def as_targets(y: Any, *, task: str, name: str = "y") -> NDArray[Any]:
    """Return labels or values as an array, a single column of them in one dimension.

    ValueError unless the values of a regression are numbers that float32, in which Models answer,
    can hold, and there is a label of a classification in every row.
    """
    check = _present_labels if task == "classification" else _float32_values
    array = check(y, name)
    if array.ndim not in (1, 2):
        msg = f"{name} must have one or two dimensions, got shape {array.shape}"
        raise ValueError(msg)
    column = array.ndim == 2 and array.shape[1] == 1  # noqa: PLR2004 - rows and columns
    return array.ravel() if column else array


def as_values(values: Any, name: str = "y") -> NDArray[Any]:
    """Return an array of finite numbers: ValueError for texts, dates and what is missing."""
    if hasattr(values, "tocsr"):
        msg = f"{name} must be an array of numbers, got a sparse matrix: use {name}.toarray()"
        raise ValueError(msg)
    array = as_array(values, name)
    if array.dtype == object:
        wrong = [value for value in array.ravel() if not _is_number(value)]
        if wrong:
            msg = f"{name} must hold finite numbers, got {wrong[0]!r:.60}"
            raise ValueError(msg)
        return array.astype(np.float64)
    if array.dtype.kind not in "biuf":
        hint = "Complex data not supported: " if array.dtype.kind == "c" else ""
        msg = f"{hint}{name} must hold numbers, got dtype {array.dtype}"
        raise ValueError(msg)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        msg = f"{name} must hold finite numbers, got NaN or infinity"
        raise ValueError(msg)
    return array


def _is_number(value: Any) -> bool:
    """Whether a value is a number that float64 can hold."""
    try:
        return isinstance(value, Real | np.bool_) and bool(np.isfinite(float(value)))
    except OverflowError:
        return False


def as_array(values: Any, name: str) -> NDArray[Any]:
    """Return what there is as an array; ValueError where rows differ in length."""
    try:
        return np.asarray(values)
    except ValueError:
        msg = f"{name} must have rows of one length, got a list of lists of several"
        raise ValueError(msg) from None


def is_missing(label: Any) -> bool:
    """Whether a label is None, NaN, or what pandas has for them."""
    if isinstance(label, float | np.floating):
        return bool(np.isnan(label))
    return label is None or type(label).__name__ in _MISSING


def _present_labels(labels: Any, name: str) -> NDArray[Any]:
    array = as_array(labels, name)
    if array.dtype.kind in "fO":
        missing = [label for label in array.ravel() if is_missing(label)]
        if missing:
            msg = f"{name} must hold a label in every row, got {missing[0]!r}"
            raise ValueError(msg)
    return array


def _float32_values(values: Any, name: str) -> NDArray[Any]:
    array = as_values(values, name)
    largest = float(np.abs(array.astype(np.float64)).max(initial=0))
    if largest > float(np.finfo(np.float32).max):
        msg = f"{name} must hold finite numbers within float32, got {largest:.3g}"
        raise ValueError(msg)
    return array


def as_float32(name: str, value: ArrayLike, *, ndim: int) -> NDArray[np.float32]:
    """Return ``value`` as a C-contiguous float32 array with ``ndim`` dimensions."""
    return as_floats(name, value, np.float32, ndim=ndim)


def as_floats(name: str, value: ArrayLike, dtype: RowType, *, ndim: int) -> NDArray[Any]:
    """Return ``value`` as a C-contiguous array of this type; what is float32 stays so."""
    try:
        array = np.asarray(value)
    except ValueError as error:  # ragged nesting
        msg = f"{name} must be a rectangular array of numbers: {error}"
        raise ValueError(msg) from error
    if array.dtype.kind in "OUT":
        array = _as_numbers(name, array)
    if array.dtype.kind not in "fiub":
        hint = "; rows are lists of numbers in the order of the features" if array.ndim == 1 else ""
        msg = f"{name} must hold real numbers, got dtype {array.dtype}{hint}"
        raise TypeError(msg)
    if array.ndim != ndim:
        hint = f"; use {name}.reshape(1, -1) for one row" if ndim == array.ndim + 1 else ""
        msg = f"{name} must have {ndim} dimensions, got shape {array.shape}{hint}"
        raise ValueError(msg)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes inf, which callers reject
        return np.ascontiguousarray(array, np.float32 if array.dtype == np.float32 else dtype)


def _as_numbers(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Return objects and texts as float64, which is how estimators take them, where they are."""
    try:
        return array.astype(np.float64)
    except OverflowError as error:
        msg = f"{name} must hold numbers within float64, got a larger one"
        raise ValueError(msg) from error
    except (TypeError, ValueError):
        return array


def all_finite(array: NDArray[np.floating[Any]]) -> bool:
    """Whether no entry is NaN or infinite."""
    if array.dtype in (np.float32, np.float64) and array.flags.c_contiguous:
        return _core.all_finite(array, 1)
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.add.reduce(array, axis=None)
    # A finite sum proves finite entries; an infinite one may only have overflowed.
    return bool(np.isfinite(total)) or bool(np.isfinite(array).all())


def check_finite(name: str, array: NDArray[np.floating[Any]]) -> None:
    """Raise ValueError when an entry is NaN, infinite, or was too large for float32."""
    if not all_finite(array):
        msg = f"{name} must be finite and within float32, got NaN or infinity"
        raise ValueError(msg)


def _is_ready(X: Any) -> bool:
    """Whether X can go to the core as it is: saves a single row half a microsecond."""
    matrix = 2
    return (
        type(X) is np.ndarray
        and X.dtype == np.float32
        and X.ndim == matrix
        and X.flags.c_contiguous
    )


def canonical_csr(X: Any) -> Any:
    """Return a scipy sparse matrix in compressed rows, the columns of a row ascending, each once.

    A matrix that is so already comes back itself, else a copy in which entries of one place are
    summed. ValueError where indices do not fit the shape: other libraries trust them.
    """
    if X.ndim != 2:  # noqa: PLR2004 - rows and columns
        msg = f"X must have 2 dimensions, got shape {X.shape}; use X.reshape(1, -1) for one row"
        raise ValueError(msg)
    if X.dtype.kind not in "biufc":
        msg = f"X must hold real numbers, got dtype {X.dtype}"
        raise TypeError(msg)
    _check_places(X)
    X = X.tocsr()
    _, indices, indptr = csr_parts(X)
    if len(indptr) != X.shape[0] + 1 or X.data.shape != indices.shape:
        msg = "X must have one indptr for each row and one more, and one index for each value"
        raise ValueError(msg)
    if _core.is_canonical_csr(indices, indptr, X.shape[1]):
        return X
    values = X.data if X.data.dtype in (np.float32, np.float64) else X.data.astype(np.float64)
    copy = type(X)((values, indices, indptr), shape=X.shape, copy=True)
    copy.sum_duplicates()
    return copy


def csr_parts(X: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return data, indices and indptr with one index type, as the core takes them."""
    if {X.indices.dtype.kind, X.indptr.dtype.kind} - {"i", "u"}:
        msg = f"X must have integers as indices, got {X.indices.dtype} and {X.indptr.dtype}"
        raise ValueError(msg)
    small = np.can_cast(X.indices.dtype, np.int32) and np.can_cast(X.indptr.dtype, np.int32)
    index = np.int32 if small else np.int64
    return (
        np.ascontiguousarray(X.data),
        np.ascontiguousarray(X.indices, dtype=index),
        np.ascontiguousarray(X.indptr, dtype=index),
    )


def _check_places(X: Any) -> None:
    """Raise ValueError where the coordinates of a matrix in another format are not in its shape."""
    if X.format == "coo":
        for name, places, size in zip(("row", "col"), (X.row, X.col), X.shape, strict=True):
            if len(places) and not (places.min() >= 0 and places.max() < size):
                msg = f"X must have {name} indices in 0..{size - 1}, got others"
                raise ValueError(msg)
    elif X.format in {"csc", "bsr"}:
        X.check_format(full_check=True)


def _as_csr(X: Any, n_features: int, dtype: RowType) -> Csr:
    X = canonical_csr(X)
    if X.shape[1] != n_features:
        _raise_n_features(X.shape[1], n_features)
    data = as_floats("X", X.data, dtype, ndim=1)
    check_finite("X", data)
    return Csr(data, *csr_parts(X)[1:], X.shape)


def _raise_n_features(got: int, expected: int) -> None:
    msg = f"X has {got} features, but the model expects {expected}"
    raise ValueError(msg)
