"""Encoders in the core: the features of the blocks, many times faster.

The ``encode`` of the blocks says what is meant, and here it says what is wrong: where the core
refuses a cell, the blocks encode the same rows and raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from slimline import _core
from slimline._checks import Csr, RowType
from slimline.inputs.blocks import (
    BinsBlock,
    CategoriesBlock,
    MissingBlock,
    NumbersBlock,
    PolynomialBlock,
)
from slimline.inputs.columns import column_text
from slimline.inputs.core_columns import core_columns
from slimline.inputs.core_texts import CoreTexts, marked_keys
from slimline.inputs.keys import Keys
from slimline.inputs.steps import Step

if TYPE_CHECKING:
    from slimline.inputs.encoder import Encoder


class Compiled:
    """What the core makes of an encoder, made when it is first asked for.

    Copies, in other processes too, begin without it.
    """

    __slots__ = ("_made", "_texts")

    def __init__(self) -> None:
        """Begin without it."""
        self._made: list[_core.TableEncoder | None] = []
        self._texts: CoreTexts | None = None

    def of(self, encoder: Encoder) -> _core.TableEncoder | None:
        """Return the encoder of the core, or None where it lacks something that this one has."""
        if not self._made:
            self._made = [_compile(encoder)]
        return self._made[0]

    def texts(self, encoder: Encoder) -> CoreTexts:
        """Return what reads those texts that the core would take for texts."""
        if self._texts is None:
            self._texts = CoreTexts(encoder)
        return self._texts

    def __reduce__(self) -> tuple[type[Compiled], tuple[()]]:
        """Travel and be copied as nothing."""
        return Compiled, ()


def encode(encoder: Encoder, X: Any, dtype: RowType) -> Any:
    """Return the features of rows of a table, or None where the core cannot encode them."""
    core = encoder.compiled()
    if core is None:
        return None
    with explaining(encoder, X):
        n_rows, table = core_columns(X, encoder)
        if not encoder.is_sparse:
            out = np.empty((n_rows, encoder.n_features), dtype=dtype)
            core.encode(table, out, 1)
            return out
        sparse = core.encode_sparse if dtype is np.float32 else core.encode_sparse_double
        data, indices, indptr = sparse(table, 1)
    if len(data) < np.iinfo(np.int32).max:
        indptr = indptr.astype(np.int32)
    return Csr(data, indices.astype(indptr.dtype, copy=False), indptr, (n_rows, encoder.n_features))


def unseen(encoder: Encoder, X: Any) -> dict[str, int] | None:
    """Return what ``Encoder.unseen`` does, or None where the core cannot read the rows."""
    core = encoder.compiled()
    if core is None:
        return None
    with explaining(encoder, X):
        _, table = core_columns(X, encoder)
        return encoder.most_by_column(core.count_unknown(table, 1))


@contextmanager
def explaining(encoder: Encoder, X: Any) -> Iterator[None]:
    """Raise what the blocks say of a cell of ``X`` that the core refuses."""
    try:
        yield
    except _core.CellError as error:
        refused = error
    else:
        return
    encoder.encode(X)
    problem, column, row, _ = refused.args
    msg = f"{column_text(encoder.columns, column)} cannot be read in row {row}: {problem}"
    raise ValueError(msg)


def _compile(encoder: Encoder) -> _core.TableEncoder | None:
    kinds = [column.kind for column in encoder.columns]
    if any(kinds[j] == "text" for j in encoder.reads):
        return None
    core = _core.TableEncoder(kinds)
    marks = encoder.core_texts().marks
    for block in encoder.blocks:
        if isinstance(block, CategoriesBlock):
            _add_categories(core, block, marks)
        elif type(block) in _ADDS:
            _ADDS[type(block)](core, block)
        else:
            return None
    return core


def _add_numbers(core: _core.TableEncoder, block: NumbersBlock) -> None:
    core.add_numbers(block.columns, _steps(block.steps))


def _add_missing(core: _core.TableEncoder, block: MissingBlock) -> None:
    core.add_missing(block.columns, block.values)


def _add_categories(core: _core.TableEncoder, block: CategoriesBlock, marks: Sequence[str]) -> None:
    keys, outcomes = marked_keys(block, marks)
    core.add_categories(
        block.column,
        _keys(keys),
        outcomes,
        block.unknown,
        block.missing,
        block.n_outcomes,
        block.values,
    )


def _add_bins(core: _core.TableEncoder, block: BinsBlock) -> None:
    core.add_bins(block.columns, _steps(block.steps), block.edges, block.starts, block.one_hot)


def _add_polynomial(core: _core.TableEncoder, block: PolynomialBlock) -> None:
    core.add_polynomial(block.columns, _steps(block.steps), block.powers)


_ADDS: Mapping[type, Callable[[_core.TableEncoder, Any], None]] = {
    NumbersBlock: _add_numbers,
    MissingBlock: _add_missing,
    BinsBlock: _add_bins,
    PolynomialBlock: _add_polynomial,
}


def _steps(steps: tuple[Step, ...]) -> list[tuple[str, list[Any]]]:
    return [(_op(step), list(step.arrays.values())) for step in steps]


def _op(step: Step) -> str:
    return f"{step.texts['output']}_{step.op}" if step.op == "quantile" else step.op


def _keys(keys: Keys) -> Any:
    if keys.offsets is None:
        return keys.values
    return keys.values, keys.offsets.astype(np.uint32)
