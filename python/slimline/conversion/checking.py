"""Whether a Model answers as the estimator it comes from: compared on rows, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline.conversion.fronts import Linear
from slimline.model import Model

# Of the largest output; beyond what float32 explains in the row.
_LIMIT = 1e-5
# Roundings of a value, its offset, its scale and its weight, and of their product and sum.
_ROUNDINGS = 8 * 2.0**-24
_STEEPEST = 1.13  # slope of the activations: gelu's


class ConversionError(ValueError):
    """A Model answers otherwise than the estimator, on rows that :func:`convert` was given.

    Parameters
    ----------
    message : str
    row : int
        The row of the largest difference.
    difference : float

    Examples
    --------
    >>> import slimline as sl
    >>> raise sl.ConversionError("the outputs differ", row=3, difference=0.5)
    Traceback (most recent call last):
        ...
    slimline.conversion.checking.ConversionError: the outputs differ
    """

    def __init__(self, message: str, *, row: int, difference: float) -> None:
        super().__init__(message)
        self.row = row
        self.difference = difference

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes, as parallel searches need."""
        return _rebuilt, (str(self), self.row, self.difference)


def _rebuilt(message: str, row: int, difference: float) -> ConversionError:
    return ConversionError(message, row=row, difference=difference)


def check_answers(
    how: str, expected: NDArray[Any], got: NDArray[Any], explained: NDArray[np.float64]
) -> None:
    """Raise ConversionError where answers differ by more than 1e-5 of their size.

    What float32 explains in a row comes on top: sums of large terms of both signs are rounded by
    more.
    """
    wanted = expected.astype(np.float64).reshape(len(expected), -1)
    off = np.abs(got.reshape(wanted.shape) - wanted)
    size = float(np.abs(wanted).max(initial=0)) or 1.0
    size = size if how == "predict" else max(1.0, size)
    allowed = _LIMIT * size + explained[:, None]
    beyond = ~(off <= allowed)  # a NaN is beyond
    if not beyond.any():
        return
    worst = np.where(beyond, np.nan_to_num(off, nan=np.inf), -1.0)
    row, column = np.unravel_index(int(worst.argmax()), worst.shape)
    difference = float(off[row, column])
    msg = (
        f"the Model's {how} differs from the estimator's by {difference:.3g} in row {row}:"
        f" {got.reshape(wanted.shape)[row, column]:.6g} instead of {wanted[row, column]:.6g}."
        f" It differs in {int(beyond.any(axis=1).sum()):,} of {len(wanted):,} rows"
    )
    raise ConversionError(msg, row=int(row), difference=difference)


def explained_by_rounding(model: Model, first: Linear, values: Any) -> NDArray[np.float64]:
    """Return how far float32 may move the outputs of each row: a bound on errors, summed.

    ``first`` is the first layer in float64, ``values`` what the stage takes of the rows.
    """
    stage = model.input
    if stage.offset is None or stage.scale is None:
        size = abs(stage.select(values)) @ np.abs(first.weight).T
    else:
        scale = np.abs(stage.scale.astype(np.float64))
        size = abs(stage.select(values)) @ (np.abs(first.weight) * scale).T
        size = size + np.abs(first.weight) @ (np.abs(stage.offset) * scale)
    size = np.asarray(size) + np.abs(first.bias)
    layers: Any = model.layers[1:]
    for layer in layers:
        size = _STEEPEST * size @ np.abs(layer.weight.astype(np.float64)).T + np.abs(layer.bias)
    bound: NDArray[np.float64] = _ROUNDINGS * size.max(axis=1, initial=0)
    return bound
