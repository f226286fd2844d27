"""Steps of numbers, made and recognised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from slimline.conversion.features.values import Values
from slimline.conversion.scalers import Affine
from slimline.inputs import Step

_LARGEST = float(np.finfo(np.float64).max)


def affine_step(offset: Values, scale: Values) -> Step:
    """Return ``(x - offset) * scale``."""
    return Step(op="affine", arrays={"offset": _own(offset), "scale": _own(scale)})


def impute_step(values: Values) -> Step:
    """Return the step that fills missing cells."""
    return Step(op="impute", arrays={"value": _own(values)})


def clip_step(low: Values, high: Values) -> Step:
    """Return the step that keeps numbers within bounds, which may be infinite."""
    low, high = (np.clip(_own(limit), -_LARGEST, _LARGEST) for limit in (low, high))
    return Step(op="clip", arrays={"low": low, "high": high})


def is_op(change: Any, op: str) -> bool:
    """Whether a map is a step of this kind."""
    return isinstance(change, Step) and change.op == op


def affine_of(step: Any) -> Affine:
    """Return offset and scale of an affine step."""
    return Affine(step.arrays["offset"], step.arrays["scale"])


def joined_steps(steps: Sequence[Step]) -> Step:
    """Return steps of one kind, side by side on columns of several pieces, as one."""
    first = steps[0]
    arrays = {
        name: np.concatenate([step.arrays[name] for step in steps])
        for name in first.arrays
        if name != "references"
    }
    if "references" in first.arrays:
        arrays["references"] = first.arrays["references"]
    return Step(op=first.op, arrays=arrays, texts=first.texts)


def are_alike(one: Step, other: Step) -> bool:
    """Whether steps of two pieces can be one step."""
    if one.op != other.op or one.texts != other.texts:
        return False
    own, its = one.arrays.get("references"), other.arrays.get("references")
    return own is its or np.array_equal(np.asarray(own), np.asarray(its))


def _own(values: Values) -> Values:
    return np.array(values, dtype=np.float64)
