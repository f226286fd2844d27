"""What a file stores of a part of a model, declared once, and the checks of it.

From these declarations come what a part checks of its state, what it gives to a file and takes from
one, and the tables of docs/internals/file_format.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from mmap import mmap
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slimline._checks import check_choice, check_finite

Tensors = Mapping[str, NDArray[Any]]

# The int8 contract: weights in [-127, 127], activations in [0, 127].
WEIGHT_MAX = 127
ACTIVATION_MAX = 127
MOST_INT8_INPUTS = 131_072  # so that the sum of as many products stays within int32


class Rule(NamedTuple):
    """What the entries of a tensor must be, in words, and the check, which raises ValueError."""

    text: str
    check: Callable[[str, NDArray[Any]], None]


class StoredTensor(NamedTuple):
    """A tensor as files hold it.

    Of ``shape``, a number or the name of an attribute is what the extent must be, so that the names
    of numbers of inputs and outputs are checked; any other name stands for an extent of any size.
    """

    name: str
    dtypes: tuple[type[np.generic], ...]
    shape: tuple[str | int, ...]
    meaning: str
    rule: Rule | None = None


class Parameter(NamedTuple):
    """A text that files hold, one of ``choices``."""

    name: str
    choices: tuple[str, ...]
    meaning: str

    def check(self, value: str) -> None:
        """Raise ValueError unless ``value`` is one of the choices."""
        check_choice(self.name, value, self.choices)


def freeze(part: object, stored: Iterable[StoredTensor], prefix: str = "") -> None:
    """Make the tensors of a part read-only; TypeError or ValueError unless they are as declared.

    Messages call a tensor by ``prefix`` and its name.
    """
    checked = tuple(stored)
    for tensor in checked:
        name, value = prefix + tensor.name, getattr(part, tensor.name)
        array = frozen_array(name, value, tensor.dtypes, len(tensor.shape))
        object.__setattr__(part, tensor.name, array)
    for tensor in checked:
        name, array = prefix + tensor.name, getattr(part, tensor.name)
        _check_shape(name, array, _extents(part, tensor.shape))
        if tensor.rule is not None:
            tensor.rule.check(name, array)


def _extents(part: object, shape: tuple[str | int, ...]) -> list[int | None]:
    return [each if isinstance(each, int) else getattr(part, each, None) for each in shape]


def _check_shape(name: str, array: NDArray[Any], extents: list[int | None]) -> None:
    """Raise ValueError unless ``array`` has these extents; None stands for any."""
    if all(want in (None, got) for want, got in zip(extents, array.shape, strict=True)):
        return
    if array.ndim == 1:
        msg = f"{name} must have {extents[0]} entries, got {len(array)}"
        raise ValueError(msg)
    expected = ", ".join("any" if extent is None else str(extent) for extent in extents)
    msg = f"{name} must have shape ({expected}), got {array.shape}"
    raise ValueError(msg)


def frozen_array(
    name: str, value: ArrayLike, dtypes: Sequence[type[np.generic]], ndim: int
) -> NDArray[Any]:
    """Return a C-contiguous, read-only array of one of ``dtypes``; copies only what it must."""
    array = np.asarray(value)
    if array.dtype not in dtypes:
        known = " or ".join(np.dtype(dtype).name for dtype in dtypes)
        msg = f"{name} must have dtype {known}, got {array.dtype}"
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


def check_weight_int8(name: str, weight: NDArray[np.int8]) -> None:
    """Raise ValueError on -128, unless the array is mapped: the core checks when it packs."""
    if weight.size and not is_mapped(weight) and int(weight.min()) < -WEIGHT_MAX:
        msg = f"{name} must lie in [-{WEIGHT_MAX}, {WEIGHT_MAX}], got -128"
        raise ValueError(msg)


def check_positive(name: str, array: NDArray[np.float32]) -> None:
    """Raise ValueError unless all entries are above 0."""
    if (array <= 0).any():
        msg = f"{name} must be positive, got {array.min()}"
        raise ValueError(msg)


def check_weight_scale(name: str, array: NDArray[Any]) -> None:
    """Raise ValueError unless factors are positive and give weights that float32 holds."""
    check_positive(name, array)
    if not float(array.max(initial=0)) * WEIGHT_MAX <= float(np.finfo(np.float32).max):
        msg = f"{name} must give weights within float32, got {array.max()} for {WEIGHT_MAX} steps"
        raise ValueError(msg)


POSITIVE = Rule("> 0", check_positive)
WEIGHT_SCALE = Rule(f"> 0, {WEIGHT_MAX} times it within float32", check_weight_scale)
SYMMETRIC = Rule(f"in [-{WEIGHT_MAX}, {WEIGHT_MAX}]", check_weight_int8)


def check_int8_inputs(n_in: int) -> None:
    """Raise ValueError where a sum over the inputs could exceed int32."""
    if n_in > MOST_INT8_INPUTS:
        msg = (
            f"an int8 layer takes at most {MOST_INT8_INPUTS:,} inputs, whose sums int32 holds, got"
            f" {n_in:,}: keep it float32, or prune features first"
        )
        raise ValueError(msg)


def take(tensors: Tensors, *names: str) -> dict[str, NDArray[Any]]:
    """Return exactly these tensors; ValueError when one is missing or another is there."""
    if set(tensors) != set(names):
        msg = f"expected the tensors {sorted(names)}, got {sorted(tensors)}"
        raise ValueError(msg)
    return {name: tensors[name] for name in names}


def take_params(params: Mapping[str, Any], *names: str) -> dict[str, str]:
    """Return exactly these parameters, each a text."""
    if set(params) != set(names):
        msg = f"expected the parameters {sorted(names)}, got {sorted(params)}"
        raise ValueError(msg)
    for name in names:
        if not isinstance(params[name], str):
            msg = f"{name} must be a text, got {type(params[name]).__name__}"
            raise TypeError(msg)
    return {name: params[name] for name in names}
