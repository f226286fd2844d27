"""Means and deviations of the inputs of a first layer: columns of large values have small weights.

The importance of a weight is how far it moves the output: its magnitude where columns are
standardised, else its magnitude times the deviation of its column. When a weight is removed, the
mean of its column times the weight is added to the bias.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline.compression._inputs import first_inputs
from slimline.compression._knowledge import is_standardised, typical_rows
from slimline.model import Model
from slimline.model.effects import some_rows

_MOST_ROWS = 16_384  # evenly spaced; deviations are then known within a hundredth


class Columns(NamedTuple):
    """Means and deviations of the inputs of the first layer."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    def of(self, places: NDArray[Any]) -> Columns:
        """Return those of some inputs."""
        return Columns(self.mean[places], self.deviation[places])


def known_columns(model: Model, X: Any) -> Columns | None:
    """Return them from X or the model's reference; None where they are equal, or unknown.

    Those of a standardised input are equal.
    """
    if is_standardised(model):
        return None
    if X is None:
        if model.reference is None:
            return None
        known = typical_rows(model)
        rows = None if known is None else known.rows
    else:
        rows = some_rows(model.columns(X), _MOST_ROWS)
    if rows is None or rows.shape[0] == 0:
        return None
    inputs = first_inputs(model, rows)
    mean = np.asarray(inputs.mean(axis=0, dtype=np.float64), dtype=np.float64).ravel()
    if hasattr(inputs, "multiply"):
        squares = inputs.multiply(inputs).mean(axis=0, dtype=np.float64)
        variance = np.asarray(squares, dtype=np.float64).ravel() - mean**2
    else:
        variance = np.square(inputs - mean).mean(axis=0)
    return Columns(mean, np.sqrt(np.maximum(variance, 0)))
