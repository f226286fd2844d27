"""The parts of an encoder from what a file holds of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from slimline._text import quoted
from slimline.inputs.blocks import BLOCKS, Block
from slimline.inputs.columns import Column


def list_of(name: str, value: object) -> list[Any]:
    """Return a list; TypeError for anything else."""
    if not isinstance(value, list):
        msg = f"{name} of the input must be a list, got {type(value).__name__}"
        raise TypeError(msg)
    return value


def column_of(pair: object) -> Column:
    """Return a column from its name and kind."""
    if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004 - name and kind
        msg = f"a column of the input must be a name and a kind, got {quoted(pair)}"
        raise ValueError(msg)
    return Column(*pair)


def block_of(tensors: Mapping[str, NDArray[Any]], params: object) -> Block:
    """Return a block from its tensors, its kind and its parameters."""
    kind = params.get("kind") if isinstance(params, dict) else None
    if not isinstance(params, dict) or type(kind) is not str or kind not in BLOCKS:
        msg = f"a block of the input must have a kind of {', '.join(BLOCKS)}, got {quoted(params)}"
        raise ValueError(msg)
    others = {name: value for name, value in params.items() if name != "kind"}
    return BLOCKS[kind].from_state(tensors, others)
