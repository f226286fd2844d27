"""Data frames (pandas, polars, pyarrow) as arrays, through narwhals: the extra "frames"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._text import listed, quoted

# Which kinds of numbers a column may have for a dtype of this kind: those that convert to it.
_CONVERTS = {"b": "b", "u": "bi", "i": "bi", "f": "bif"}


def is_frame(X: Any) -> bool:
    """Whether X has named columns: a data frame, as opposed to an array, a list or a matrix."""
    return not isinstance(X, np.ndarray | list | tuple) and hasattr(X, "columns")


def frame_to_array(
    X: Any, names: Sequence[str] | None, dtypes: Mapping[str, str] | None
) -> NDArray[Any]:
    """Return the columns of a data frame as an array, after checking their names and types.

    Raises
    ------
    ImportError
        Without narwhals.
    ValueError
        If ``names`` are given and the columns are not exactly these, in this order.
    TypeError
        If a column is no number, or does not convert to its dtype.
    """
    try:
        import narwhals.stable.v2 as nw  # noqa: PLC0415 - the extra may be missing
        from narwhals.stable.v2 import selectors  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        msg = "data frames need narwhals: pip install 'slimline[frames]', or pass X.to_numpy()"
        raise ImportError(msg, name=error.name) from error
    frame = nw.from_native(X, eager_only=True)
    if names is not None and list(names) != frame.columns:
        raise ValueError(_difference(list(names), frame.columns))
    for name, dtype in frame.schema.items():
        _check_column(name, dtype, None if dtypes is None else dtypes.get(name))
    if nw.Boolean in frame.schema.values():
        frame = frame.with_columns(selectors.boolean().cast(nw.Float64))
    array: NDArray[Any] = np.asarray(frame.to_numpy())
    return array


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


def _check_column(name: str, dtype: Any, expected: str | None) -> None:
    kinds = {"b": str(dtype) == "Boolean", "i": dtype.is_integer(), "f": dtype.is_float()}
    kind = next((kind for kind, it_is in kinds.items() if it_is), None)
    if kind is None:
        msg = f"column {quoted(name)} must hold numbers or bools, got {dtype}"
        raise TypeError(msg)
    if expected is not None and kind not in _CONVERTS[np.dtype(expected).kind]:
        msg = f"column {quoted(name)} must convert to {expected}, got {dtype}"
        raise TypeError(msg)
