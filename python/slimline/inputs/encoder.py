"""From rows of a table to features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import Csr, Rows, RowType
from slimline._text import fields_repr, quoted
from slimline.inputs.blocks import BLOCKS, Block
from slimline.inputs.blocks._block import Features, Places
from slimline.inputs.blocks.categories import CategoriesBlock
from slimline.inputs.columns import Column, checked_columns
from slimline.inputs.compiled import Compiled
from slimline.inputs.core_texts import CoreTexts
from slimline.inputs.encoder_state import block_of, column_of, list_of
from slimline.inputs.reading import Table, read_rows
from slimline.inputs.text_cells import TEXTS_ARE_TEXTS, TextCells

_MOST_FEATURES = 2**31 - 1
_SPARSE = 4  # features for each that can be other than zero, from which on CSR is smaller


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Encoder:
    """What takes rows of a table to features: blocks, whose features follow each other.

    Parameters
    ----------
    columns : tuple of Column
        The columns of the table, in the order of rows without names.
    blocks : tuple of Block
        A column may be read by several blocks, or by none.
    text_cells : TextCells, default=TextCells()
        What texts stand for beside themselves.

    Examples
    --------
    >>> import numpy as np
    >>> from slimline.inputs import CategoriesBlock, Column, Encoder, NumbersBlock
    >>> cities = CategoriesBlock.of(
    ...     column=1, outcomes={"Paris": 0, "Rome": 1}, n_outcomes=2, unknown=-1, missing=-1
    ... )
    >>> encoder = Encoder(
    ...     columns=(Column("age", "number"), Column("city", "category")),
    ...     blocks=(NumbersBlock(columns=np.array([0], np.uint32)), cities),
    ... )
    >>> encoder.feature_names()
    ('age', 'city_Paris', 'city_Rome')
    >>> encoder.encode([{"city": "Rome", "age": 39}]).tolist()
    [[39.0, 0.0, 1.0]]
    """

    columns: tuple[Column, ...]
    blocks: tuple[Block, ...]
    text_cells: TextCells = TEXTS_ARE_TEXTS
    _compiled: Compiled = field(init=False, repr=False, default_factory=Compiled)

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check that the blocks read columns of their kinds."""
        object.__setattr__(self, "columns", checked_columns(self.columns))
        kinds = tuple(BLOCKS.values())
        if not all(isinstance(block, kinds) for block in self.blocks):
            msg = f"blocks must be a sequence of blocks, got {quoted(self.blocks)}"
            raise TypeError(msg)
        object.__setattr__(self, "blocks", tuple(self.blocks))
        if not self.blocks:
            msg = "blocks must hold at least one block, got none"
            raise ValueError(msg)
        for block in self.blocks:
            block.check_columns(self.columns)
        self.text_cells.check_columns([column.kind for column in self.columns])
        if self.n_features > _MOST_FEATURES:
            msg = f"blocks must have at most {_MOST_FEATURES:,} features, got {self.n_features:,}"
            raise ValueError(msg)

    @property
    def n_features(self) -> int:
        """Number of features of a row."""
        return sum(block.n_features for block in self.blocks)

    @property
    def reads(self) -> tuple[int, ...]:
        """The numbers of the columns that a block reads, ascending."""
        return tuple(sorted({j for block in self.blocks for j in block.reads}))

    @property
    def is_sparse(self) -> bool:
        """Whether features come in compressed rows: where few of them can be other than zero."""
        return _SPARSE * sum(block.most_nonzero for block in self.blocks) < self.n_features

    def feature_names(self) -> tuple[str, ...]:
        """Return the names of the features: ``age``, ``city_Paris``, ``missingindicator_age``.

        Columns without names are called x0, x1, .... Where two features would have one name, that
        of the block and its number come before it.
        """
        columns = self._column_names()
        names = [block.feature_names(columns) for block in self.blocks]
        counts = Counter(name for own in names for name in own)
        return tuple(
            name if counts[name] == 1 else f"{block.kind}_{i}__{name}"
            for i, (block, own) in enumerate(zip(self.blocks, names, strict=True))
            for name in own
        )

    def encode(self, X: Any) -> Features:
        """Return the features of rows in any container, in float64: dense, or as CSR.

        Raises
        ------
        ValueError
            If a column is absent, or a cell has no features: missing where nothing is put in its
            place, infinite, an unknown category where these are an error.
        TypeError
            If a cell is of another kind than its column.
        """
        return self.features(self.read(X))

    def compiled(self) -> _core.TableEncoder | None:
        """Return the encoder of the core, or None where it lacks a kind of block or column."""
        return self._compiled.of(self)

    def core_texts(self) -> CoreTexts:
        """Return what reads those texts that the core would take for texts."""
        return self._compiled.texts(self)

    def read(self, X: Any) -> Table:
        """Return the cells of rows in any container."""
        return read_rows(X, self.columns, self.reads, self.text_cells)

    def features(self, table: Table) -> Features:
        """Return the features of cells that :meth:`read` has read."""
        parts = [block.encode(table.cells) for block in self.blocks]
        n = table.n_rows
        if self.is_sparse:
            return _joined_sparse(parts, n, self.n_features)
        out = np.zeros((n, self.n_features))
        begin = 0
        for block, part in zip(self.blocks, parts, strict=True):
            own = out[:, begin : begin + block.n_features]
            if isinstance(part, Csr):
                own[np.repeat(np.arange(n), np.diff(part.indptr)), part.indices] = part.data
            else:
                own[:] = part
            begin += block.n_features
        return out

    def unseen(self, X: Any) -> dict[str, int]:
        """Return how many cells of each column of categories are unknown, by the column's name."""
        cells = self.read(X).cells
        return self.most_by_column([block.unseen(cells) for block in self.blocks])

    def most_by_column(self, counts: Sequence[int]) -> dict[str, int]:
        """Return the largest count, of one per block, for each column of categories."""
        names, most = self._column_names(), dict[str, int]()
        for block, count in zip(self.blocks, counts, strict=True):
            if isinstance(block, CategoriesBlock):
                name = names[block.column]
                most[name] = max(most.get(name, 0), count)
        return most

    def _column_names(self) -> list[str]:
        return [f"x{i}" if c.name is None else c.name for i, c in enumerate(self.columns)]

    def select(self, kept: Places) -> EncoderSelection:
        """Return an encoder with these of the features, ascending, and which features it has.

        Keys, columns and blocks that only other features need are left out, but for columns
        without names, since rows come by position then. A block of one-hot bins keeps all bins of
        a column, so that there can be more features than those asked for.
        """
        begin = 0
        blocks, features = [], []
        for block in self.blocks:
            end = begin + block.n_features
            own = kept[(kept >= begin) & (kept < end)] - begin
            if len(own):
                smaller, there = block.select(own)
                blocks.append(smaller)
                features.append(there + begin)
            begin = end
        if not blocks:
            msg = "an encoder must keep at least one feature"
            raise ValueError(msg)
        encoder = replace(self, blocks=tuple(blocks))
        return EncoderSelection(encoder.without_unread(), np.concatenate(features))

    def without_unread(self) -> Self:
        """Return the encoder of the columns that a block reads, where columns have names."""
        if self.columns[0].name is None:
            return self
        renumbered = {old: new for new, old in enumerate(self.reads)}
        return type(self)(
            columns=tuple(self.columns[j] for j in self.reads),
            blocks=tuple(block.renumbered(renumbered) for block in self.blocks),
            text_cells=self.text_cells.renumbered(renumbered),
        )

    def with_names(self, names: Sequence[str]) -> Self:
        """Return the encoder with columns of these names, in their order."""
        pairs = zip(names, self.columns, strict=True)
        columns = tuple(Column(name, column.kind) for name, column in pairs)
        return replace(self, columns=columns)

    def without_names(self) -> Self:
        """Return the encoder with columns that have no names: rows come by position."""
        columns = tuple(Column(None, column.kind) for column in self.columns)
        return replace(self, columns=columns)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        return {
            f"blocks.{i}.{name}": array
            for i, block in enumerate(self.blocks)
            for name, array in block.tensors().items()
        }

    def params(self) -> dict[str, Any]:
        """Return what a file stores as JSON."""
        return {
            "columns": [[column.name, column.kind] for column in self.columns],
            "blocks": [{"kind": block.kind, **block.params()} for block in self.blocks],
            **self.text_cells.params(),
        }

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild an encoder; ValueError or TypeError where anything does not fit."""
        groups: dict[str, dict[str, NDArray[Any]]] = {}
        for name, array in tensors.items():
            room, _, rest = name.partition(".")
            number, _, leaf = rest.partition(".")
            if room != "blocks" or not leaf:
                msg = f"unexpected tensor {quoted(name)} of the input"
                raise ValueError(msg)
            groups.setdefault(number, {})[leaf] = array
        columns = tuple(column_of(each) for each in list_of("columns", params["columns"]))
        blocks = tuple(
            block_of(groups.pop(str(i), {}), each)
            for i, each in enumerate(list_of("blocks", params["blocks"]))
        )
        if groups:
            msg = f"unexpected tensors of blocks {sorted(groups)}"
            raise ValueError(msg)
        own = params.get("text_cells")
        texts = TEXTS_ARE_TEXTS if own is None else TextCells.from_params(own)
        return cls(columns=columns, blocks=blocks, text_cells=texts)


class EncoderSelection(NamedTuple):
    """An encoder that gives some of the features of another, and which these are, ascending."""

    encoder: Encoder
    features: Places


def _joined_sparse(parts: Sequence[Features], n: int, n_features: int) -> Csr:
    """Return blocks side by side in compressed rows, without the zeros of dense ones."""
    rows, columns, values, begin = [], [], [], 0
    for part in parts:
        if isinstance(part, Csr):
            rows.append(np.repeat(np.arange(n), np.diff(part.indptr)))
            columns.append(np.asarray(part.indices, dtype=np.intp) + begin)
            values.append(np.asarray(part.data, dtype=np.float64))
            begin += part.shape[1]
        else:
            own_rows, own_columns = np.nonzero(part)
            rows.append(own_rows)
            columns.append(own_columns + begin)
            values.append(part[own_rows, own_columns])
            begin += part.shape[1]
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")  # blocks come in the order of their features
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n))])
    indices = np.concatenate(columns)[order]
    return Csr(np.concatenate(values)[order], indices, indptr, (n, n_features))


def rounded(features: Features, dtype: RowType) -> Rows | Csr:
    """Return features of this type: infinite ones, which float32 cannot hold, are refused later."""
    with np.errstate(over="ignore"):
        if not isinstance(features, Csr):
            return features.astype(dtype, copy=False)
        index = np.int32 if max(len(features.data), features.shape[1]) < 2**31 else np.int64
        return Csr(
            features.data.astype(dtype, copy=False),
            features.indices.astype(index, copy=False),
            features.indptr.astype(index, copy=False),
            features.shape,
        )
