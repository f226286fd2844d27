"""What blocks of numbers share: columns, and steps that their numbers go through first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline._checks import all_finite
from slimline._text import quoted
from slimline.inputs.blocks._block import COLUMNS, ColumnsBlock
from slimline.inputs.cells import Cells
from slimline.inputs.columns import ColumnKind
from slimline.inputs.steps import OPS, Floats, Step
from slimline.layers._state import StoredTensor, freeze

MOST_STEPS = 100  # so that a small file cannot ask for much work


class SteppedBlock(ColumnsBlock):
    """A block of numbers: its fields begin with ``columns`` and ``steps``."""

    __slots__ = ()

    reads_kinds: ClassVar[tuple[ColumnKind, ...]] = ("number",)
    steps: tuple[Step, ...]

    def _check_stepped(self) -> None:
        freeze(self, [COLUMNS])
        self._check_any_column()
        if not all(isinstance(step, Step) for step in self.steps):
            msg = f"steps must be a sequence of Step, got {quoted(self.steps)}"
            raise TypeError(msg)
        if len(self.steps) > MOST_STEPS:
            msg = f"a block can have at most {MOST_STEPS} steps, got {len(self.steps)}"
            raise ValueError(msg)
        object.__setattr__(self, "steps", tuple(self.steps))
        for step in self.steps:
            step.check_columns(self.d)

    def numbers(self, cells: Sequence[Cells | None]) -> Floats:
        """Return the numbers of the columns after the steps, shape (n, d), all finite."""
        read = [cells[j] for j in self.reads]
        out: Floats = np.column_stack([numbers_of(each) for each in read])
        with np.errstate(all="ignore"):
            for step in self.steps:
                out = step.apply(out)
        if not all_finite(out):
            i, j = np.argwhere(~np.isfinite(out))[0]
            raise ValueError(_wrong_cell(read[j], i, self.steps))
        return out

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        own = {each.name: getattr(self, each.name) for each in self.stored}
        for i, step in enumerate(self.steps):
            own |= {f"steps.{i}.{name}": array for name, array in step.arrays.items()}
        return own

    def params(self) -> dict[str, Any]:
        """Return what a file stores as JSON."""
        return {"steps": [{"op": step.op, **step.texts} for step in self.steps]}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a block from its tensors and parameters."""
        known, rest = split_tensors(tensors, cls.stored)
        others = {name: value for name, value in params.items() if name != "steps"}
        fields: dict[str, Any] = {**known, "steps": _steps(rest, params["steps"]), **others}
        return cls(**fields)


def numbers_of(cells: Cells | None) -> Floats:
    """Return the numbers of a column, which the table has for the blocks that read it."""
    assert cells is not None  # noqa: S101 - see above
    assert cells.numbers is not None  # noqa: S101 - of a kind that the block reads
    return cells.numbers


def split_tensors(
    tensors: Mapping[str, NDArray[Any]], stored: Sequence[StoredTensor]
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """Return the tensors that a block declares, and the others; ValueError where one is missing."""
    names = [each.name for each in stored]
    if missing := [name for name in names if name not in tensors]:
        msg = f"expected the tensors {names}, got no {missing[0]}"
        raise ValueError(msg)
    own = {name: tensors[name] for name in names}
    return own, {name: array for name, array in tensors.items() if name not in own}


def _steps(tensors: dict[str, NDArray[Any]], params: Any) -> tuple[Step, ...]:
    if not isinstance(params, list) or not all(isinstance(each, dict) for each in params):
        msg = f"steps must be a list of objects, got {quoted(params)}"
        raise TypeError(msg)
    steps = []
    for i, each in enumerate(params):
        texts = dict(each)
        op = texts.pop("op", None)
        stored = OPS[op].stored if type(op) is str and op in OPS else ()
        arrays = {t.name: tensors.pop(f"steps.{i}.{t.name}", None) for t in stored}
        given = {name: array for name, array in arrays.items() if array is not None}
        steps.append(Step(op=op, arrays=given, texts=texts))
    if tensors:
        msg = f"unexpected tensors {sorted(tensors)}"
        raise ValueError(msg)
    return tuple(steps)


def _wrong_cell(cells: Any, row: int, steps: Sequence[Step]) -> str:
    value = cells.numbers[row]
    if np.isnan(value):
        return f"{cells.name} must have a number in every row, but row {row} is missing"
    ops = ", ".join(step.op for step in steps)
    return (
        f"{cells.name} has no finite value after the steps {ops} in row {row}, got"
        f" {quoted(float(value))}"
    )
