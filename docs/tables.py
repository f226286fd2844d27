"""Tables of the documentation that the code declares: the file format, and the choice of an engine.

Run it after a change of a layer kind, the input stage, the reference or an engine::

    python docs/tables.py

It rewrites what stands between the lines ``<!-- table NAME -->`` and ``<!-- end of table -->``. A
test fails where a page says anything else than the code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
from slimline import _core, inputs
from slimline.inputs import BLOCKS, keys
from slimline.inputs.steps import OPS
from slimline.layers import KINDS
from slimline.layers._state import Parameter, StoredTensor
from slimline.model import reference
from slimline.persistence.formats.safetensors import CODES

DOCS = Path(__file__).parent
PAGES = [DOCS / name for name in ("internals/file_format.md", "guide/sgd.md", "guide/svm.md")]
_TABLE = re.compile(r"(<!-- table (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)
_CODE_OF = {name: code for code, name in CODES.items()}


def page(text: str) -> str:
    """Return the text of the page with every table as the code has it."""
    return _TABLE.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], text)


def layers() -> str:
    """Return the table of the tensors of the layer kinds."""
    rows = []
    for kind, cls in KINDS.items():
        names = [f"`{kind}`", *[""] * len(cls.stored)]
        rows += [(name, *_tensor(each)) for name, each in zip(names, cls.stored, strict=False)]
    return _table(("kind", "tensor", "type", "shape", "what it holds"), rows)


def parameters() -> str:
    """Return the table of the parameters of the layer kinds."""
    kinds: dict[Parameter, list[str]] = {}
    for kind, cls in KINDS.items():
        for each in cls.parameters:
            kinds.setdefault(each, []).append(f"`{kind}`")
    rows = []
    for each, named in kinds.items():
        of = "every kind" if len(named) == len(KINDS) else ", ".join(named)
        choices = ", ".join(f"`{choice}`" for choice in each.choices)
        rows.append((f"`{each.name}`", of, choices, each.meaning))
    return _table(("parameter", "of", "values", "what it is"), rows)


def input_stage() -> str:
    """Return the table of the input's tensors."""
    return _tensors("input.", inputs.STORED)


def blocks() -> str:
    """Return the table of the tensors of the kinds of blocks."""
    rows = []
    for kind, cls in BLOCKS.items():
        names = [f"`{kind}`", *[""] * len(cls.stored)]
        rows += [(name, *_tensor(each)) for name, each in zip(names, cls.stored, strict=False)]
    return _table(("kind", "tensor", "type", "shape", "what it holds"), rows)


def block_keys() -> str:
    """Return the table of the tensors of keys."""
    return _tensors("keys.", keys.STORED)


def steps() -> str:
    """Return the table of the steps of numbers."""
    rows = []
    for name, op in OPS.items():
        tensors = [_tensor(each) for each in op.stored]
        cells = [f"{tensor} {shape}: {meaning}" for tensor, _, shape, meaning in tensors]
        rows.append((f"`{name}`", op.meaning, "; ".join(cells)))
    return _table(("op", "the result for x", "tensors, F64"), rows)


def reference_tensors() -> str:
    """Return the table of the reference's tensors."""
    return _tensors("reference.", reference.STORED)


def linear_engines() -> str:
    """Return the table of what ``learning_rate="auto"`` runs."""
    return _engines("linear")


def svm_engines() -> str:
    """Return the table of what ``solver="auto"`` runs."""
    return _engines("svm")


TABLES: Mapping[str, Callable[[], str]] = {
    "linear_engines": linear_engines,
    "svm_engines": svm_engines,
    "input": input_stage,
    "blocks": blocks,
    "keys": block_keys,
    "steps": steps,
    "layers": layers,
    "parameters": parameters,
    "reference": reference_tensors,
}


def _engines(of: str) -> str:
    rows = [(when, engines) for learner, when, engines in _core.engine_rules() if learner == of]
    return _table(("problem: the first row that applies", "engines, in this order"), rows)


def _tensors(prefix: str, stored: Iterable[StoredTensor]) -> str:
    rows = [(f"`{prefix}{each.name}`", *_tensor(each)[1:]) for each in stored]
    return _table(("tensor", "type", "shape", "what it holds"), rows)


def _tensor(tensor: StoredTensor) -> tuple[str, ...]:
    codes = " or ".join(_CODE_OF[np.dtype(each).name] for each in tensor.dtypes)
    meaning = tensor.meaning if tensor.rule is None else f"{tensor.meaning}; {tensor.rule.text}"
    return f"`{tensor.name}`", codes, f"({', '.join(map(str, tensor.shape))})", meaning


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(page(path.read_text(encoding="utf-8")), encoding="utf-8")
