"""What every layer kind checks of its own state, and how it is stored: tensors and JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from slimline import _core
from slimline._checks import check_choice, check_finite

Tensors = Mapping[str, NDArray[Any]]

WEIGHT_MAX = 127  # the int8 contract: weights in [-127, 127], activations in [0, 127]
MOST_INT8_INPUTS = 131_072  # so that the sum of as many products stays within int32


def frozen_array(name: str, value: ArrayLike, dtype: DTypeLike, ndim: int) -> NDArray[Any]:
    """Return a C-contiguous, read-only array of exactly this dtype; copies only what it must."""
    array = np.asarray(value)
    if array.dtype != dtype:
        msg = f"{name} must have dtype {np.dtype(dtype)}, got {array.dtype}"
        raise TypeError(msg)
    if array.ndim != ndim:
        msg = f"{name} must have {ndim} dimensions, got shape {array.shape}"
        raise ValueError(msg)
    if not array.flags.c_contiguous or array.flags.writeable:
        array = array.copy(order="C")
        array.flags.writeable = False
    if array.dtype.kind == "f" and not is_mapped(array):
        check_finite(name, array)
    return array


def is_mapped(array: NDArray[Any]) -> bool:
    """Whether the values lie in a mapped file: to check them would read all of it."""
    return isinstance(array.base, mmap)


def check_length(name: str, array: NDArray[Any], expected: int) -> None:
    """Raise ValueError unless ``array`` has ``expected`` entries along its first axis."""
    if len(array) != expected:
        msg = f"{name} must have {expected} entries, got {len(array)}"
        raise ValueError(msg)


def check_activation(name: str) -> None:
    """Raise ValueError unless the core knows this activation function."""
    check_choice("activation", name, _core.activation_names())


def check_weight_int8(weight: NDArray[np.int8]) -> None:
    """Raise ValueError on -128, unless the array is mapped: the core looks when it packs."""
    if weight.size and not is_mapped(weight) and int(weight.min()) < -WEIGHT_MAX:
        msg = f"weight_int8 must lie in [-{WEIGHT_MAX}, {WEIGHT_MAX}], got -128"
        raise ValueError(msg)


def check_positive(name: str, array: NDArray[np.float32]) -> None:
    """Raise ValueError unless all entries are above 0."""
    if (array <= 0).any():
        msg = f"{name} must be positive, got {array.min()}"
        raise ValueError(msg)


def check_int8_inputs(n_in: int) -> None:
    """Raise ValueError where a sum over the inputs could exceed int32."""
    if n_in > MOST_INT8_INPUTS:
        msg = (
            f"an int8 layer takes at most {MOST_INT8_INPUTS:,} inputs, whose sums int32 holds, got"
            f" {n_in:,}: keep it float32, or prune features first"
        )
        raise ValueError(msg)


def take(tensors: Tensors, *names: str) -> list[NDArray[Any]]:
    """Return exactly these tensors; ValueError when one is missing or another is there."""
    if set(tensors) != set(names):
        msg = f"expected the tensors {sorted(names)}, got {sorted(tensors)}"
        raise ValueError(msg)
    return [tensors[name] for name in names]


def take_params(params: Mapping[str, Any], *names: str) -> list[str]:
    """Return exactly these parameters, each a text."""
    if set(params) != set(names):
        msg = f"expected the parameters {sorted(names)}, got {sorted(params)}"
        raise ValueError(msg)
    values = [params[name] for name in names]
    for name, value in zip(names, values, strict=True):
        if not isinstance(value, str):
            msg = f"{name} must be a text, got {type(value).__name__}"
            raise TypeError(msg)
    return values
