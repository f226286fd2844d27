"""Float weights to int8 with a scale: the largest weight fits, or the squared error is least."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from slimline import ops

Per = Literal["channel", "tensor"]
Clip = Literal["none", "mse"]
Quantized = tuple[NDArray[np.int8], NDArray[np.float32]]

_SHARES = np.linspace(1, 0.4, 31)  # of the largest magnitude that stay representable


def quantize_weight(W: NDArray[np.float32], per: Per, clip: Clip) -> Quantized:
    """Return int8 weights (n_out, n_in) and a scale per output.

    With ``clip="mse"`` magnitudes are clipped so that the squared error of the output (of all
    outputs for ``per="tensor"``) is least: a few large weights lose accuracy, all others gain.
    """
    weight, largest = ops.quantize_weight(W, per=per)
    if clip == "none" or W.size == 0:
        return weight, largest
    scale, least = largest, _squared_error(W, weight, largest, per)
    for share in _SHARES[1:]:
        finer = np.maximum(largest * np.float32(share), np.finfo(np.float32).tiny)
        steps = np.clip(np.rint(W / finer[:, None]), -127, 127).astype(np.int8)
        error = _squared_error(W, steps, finer, per)
        better = error < least
        weight = np.where(better[:, None], steps, weight)
        scale, least = np.where(better, finer, scale), np.where(better, error, least)
    return weight, scale


def _squared_error(
    W: NDArray[np.float32], weight: NDArray[np.int8], scale: NDArray[np.float32], per: str
) -> NDArray[np.float64]:
    """Return the squared error of each output, or everywhere that of all."""
    errors = np.square(W - weight * scale[:, None], dtype=np.float64).sum(axis=1)
    return np.full(len(W), errors.sum()) if per == "tensor" else errors
