"""Data frames (pandas, polars, pyarrow) as arrays, through narwhals: the extra "frames"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline._text import listed, quoted

# Which kinds of numbers a column may have for a dtype of this kind: those that convert to it.
_CONVERTS = {"b": "b", "u": "bi", "i": "bi", "f": "bif"}


def is_frame(X: Any) -> bool:
    """Whether X has named columns: a data frame, as opposed to an array, a list or a matrix."""
    return not isinstance(X, np.ndarray | list | tuple) and hasattr(X, "columns")


def frame_to_array(X: Any, names: Sequence[str] | None, dtypes: Mapping[str, str] | None) -> Any:
    """Return the columns of a data frame as an array, after checking their names and types.

    Numbers may come as objects, categories and texts, as scikit-learn takes them, unless
    ``dtypes`` say otherwise. A pandas frame of sparse columns alone becomes a CSR matrix.

    Raises
    ------
    ImportError
        Without narwhals.
    ValueError
        If two columns have one name, or if ``names`` are given and the columns are not exactly
        these, in this order.
    TypeError
        If a column holds no numbers, or does not convert to its dtype.
    """
    nw, frame = _narwhals(), eager_frame(X)
    if names is not None and list(names) != frame.columns:
        raise ValueError(_difference(list(names), frame.columns))
    unlike = {}
    for name, dtype in frame.schema.items():
        if not _is_number(name, dtype, None if dtypes is None else dtypes.get(name)):
            unlike[name] = _numbers(name, frame[name])
    compressed = sparse_frame(X)
    if compressed is not None:
        return compressed
    if nw.Boolean in frame.schema.values():
        frame = frame.with_columns(nw.selectors.boolean().cast(nw.Float64))
    if not unlike:
        return np.asarray(frame.to_numpy())
    like = {name: frame[name].to_numpy() for name in frame.columns if name not in unlike}
    return np.column_stack([(like | unlike)[name] for name in frame.columns])


def eager_frame(X: Any) -> Any:
    """Return a data frame as narwhals has it; ValueError where two columns have one name."""
    nw = _narwhals()
    check_column_names(X)
    return nw.from_native(X, eager_only=True)


def check_column_names(X: Any) -> None:
    """Raise ValueError where two columns of a frame have one name."""
    names: Sequence[Hashable] = getattr(X, "column_names", X.columns)
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        msg = f"X must have columns of different names, got {listed(repeated)} more than once"
        raise ValueError(msg)


def sparse_frame(X: Any) -> Any:
    """Return a pandas frame as a CSR matrix where all its columns are sparse around 0, or None."""
    dtypes = list(getattr(X, "dtypes", ()))
    if not dtypes or not all(getattr(dtype, "fill_value", None) == 0 for dtype in dtypes):
        return None
    return X.sparse.to_coo().tocsr()


def _numbers(name: str, series: Any) -> NDArray[np.float64]:
    values = np.asarray(series.to_numpy())
    try:
        if values.dtype.kind in "biufOUT":
            return values.astype(np.float64)
    except (TypeError, ValueError):
        pass
    msg = f"column {quoted(name)} must hold numbers or bools, got {series.dtype}"
    raise TypeError(msg)


def _difference(expected: list[str], got: list[str]) -> str:
    text = "X must have the model's columns in the model's order"
    missing = [name for name in expected if name not in got]
    for what, names in (
        ("missing", missing),
        ("unknown", [name for name in got if name not in expected]),
    ):
        if names:
            text += f"; {what}: {listed(names)}"
    if sorted(expected) == sorted(got):
        i = next(i for i, name in enumerate(expected) if got[i] != name)
        text += f"; column {i} must be {quoted(expected[i])}, got {quoted(got[i])}"
    return text if missing else f"{text}; use X[list(model.input.feature_names)]"


def _is_number(name: str, dtype: Any, expected: str | None) -> bool:
    """Whether a column is of a type of numbers; TypeError where it should be and is not."""
    kinds = {"b": str(dtype) == "Boolean", "i": dtype.is_integer(), "f": dtype.is_float()}
    kind = next((kind for kind, it_is in kinds.items() if it_is), None)
    if expected is None:
        return kind is not None
    if kind is None:
        msg = f"column {quoted(name)} must hold numbers or bools, got {dtype}"
        raise TypeError(msg)
    if kind not in _CONVERTS[np.dtype(expected).kind]:
        msg = f"column {quoted(name)} must convert to {expected}, got {dtype}"
        raise TypeError(msg)
    return True


class Series:
    """A column of a data frame, of any library, as numbers or as Python's values."""

    __slots__ = ("_series",)

    def __init__(self, series: Any) -> None:
        """Take a series of narwhals."""
        self._series = series

    def numbers(self) -> NDArray[np.float64] | None:
        """Return numbers in float64, NaN where missing; None where the column is of others."""
        series = self._series
        if not series.dtype.is_integer() and not series.dtype.is_float():
            return None
        missing = np.asarray(series.is_null().to_numpy(), dtype=bool)
        if missing.any():
            series = series.fill_null(0)
        numbers = np.array(series.to_numpy(), dtype=np.float64)
        numbers[missing] = np.nan
        return numbers

    @property
    def may_hold_texts(self) -> bool:
        """Whether the column's type is none of numbers or booleans."""
        dtype = self._series.dtype
        return not (dtype.is_numeric() or str(dtype) == "Boolean")

    def to_list(self) -> list[Any]:
        """Return the values of Python, missing ones as the library has them."""
        values: list[Any] = self._series.to_list()
        return values


class FrameSeries(NamedTuple):
    """The columns of a data frame, by their order."""

    n_rows: int
    names: list[str]
    series: list[Series]


def frame_series(X: Any) -> FrameSeries:
    """Return the columns of a data frame; ValueError where two have one name."""
    frame = eager_frame(X)
    return FrameSeries(len(frame), frame.columns, [Series(each) for each in frame.iter_columns()])


def _narwhals() -> Any:
    try:
        import narwhals.stable.v2 as nw  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        msg = "data frames need narwhals: pip install narwhals, or pass X.to_numpy()"
        raise ImportError(msg, name=error.name) from error
    return nw


def frame_rows(X: Any, begin: int, end: int) -> Any:
    """Return neighbouring rows of a data frame, as a frame of the same library."""
    return _narwhals().from_native(X, eager_only=True)[begin:end].to_native()
