"""Checks of the rows for ``early_stopping``, before any are held out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._text import listed

_LEAST = 2  # rows of a class: one to train on, one to hold out


def check_hold_out(validation_fraction: float, n_rows: int, labels: NDArray[Any] | None) -> None:
    """Raise ValueError where the rows cannot be split, by class where there are ``labels``.

    The sizes are those of scikit-learn's splitters.
    """
    n_held_out = math.ceil(validation_fraction * n_rows)
    sizes = n_rows - n_held_out, n_held_out
    least = 1
    if labels is not None:
        classes, counts = np.unique(labels, return_counts=True)
        least = len(counts)
        rare = classes[counts < _LEAST].tolist()
        if rare and n_rows >= _LEAST:
            msg = (
                f"The least populated classes in y have only 1 member, and early_stopping needs"
                f" {_LEAST}, one to train on and one to hold out, got: {listed(rare)}"
            )
            raise ValueError(msg)
    if min(sizes) < least:
        msg = (
            f"validation_fraction={validation_fraction} leaves {sizes[0]} of {n_rows} rows to train"
            f" on and {sizes[1]} to validate: both must be at least {least}"
            f"{', the number of classes' * (labels is not None)}"
        )
        raise ValueError(msg)
