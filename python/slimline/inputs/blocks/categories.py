"""Categories as features: one-hot, or with a row of values each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slimline._checks import Csr
from slimline._text import fields_repr, quoted
from slimline.inputs.blocks._block import Block, Features, Places, Selection
from slimline.inputs.blocks._stepped import split_tensors
from slimline.inputs.cells import Cells
from slimline.inputs.columns import Column, ColumnKind
from slimline.inputs.keys import STORED as KEYS
from slimline.inputs.keys import Key, Keys
from slimline.layers._state import StoredTensor, freeze

_MOST_OUTCOMES = 2**31 - 1
_UNKNOWN = -2  # of a key that is not there

_OUTCOMES = StoredTensor(
    "outcomes", (np.int32,), ("n_keys",), "the outcome of each key; -1 for no feature"
)
_VALUES = StoredTensor(
    "values",
    (np.float64,),
    ("n_outcomes", "width"),
    "the features of each outcome, where they are not one-hot",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CategoriesBlock(Block):
    """The features of a column of categories, by the outcome of each cell.

    A cell that equals a key has the key's outcome, a missing one the outcome ``missing``, any other
    ``unknown``. Outcome -1 stands for no feature (all are zero), None for an error.

    Parameters
    ----------
    column : int
        The number of the column; one of numbers must have float64 keys.
    keys : Keys
    outcomes : ndarray of int32, shape (n_keys,)
        The outcome of each key, -1 to n_outcomes - 1.
    n_outcomes : int
    unknown, missing : int or None
        The outcomes of unknown and of missing cells.
    values : ndarray of float64, shape (n_outcomes, width), or None, default=None
        The features of each outcome. None for one-hot features: that of the outcome is 1.

    Examples
    --------
    >>> from slimline.inputs import CategoriesBlock
    >>> block = CategoriesBlock.of(
    ...     column=0, outcomes={"Paris": 0, "Rome": 1}, n_outcomes=2, unknown=-1, missing=None
    ... )
    >>> block.feature_names(["city"])
    ['city_Paris', 'city_Rome']
    """

    kind: ClassVar[str] = "categories"
    reads_kinds: ClassVar[tuple[ColumnKind, ...]] = ("category", "number")
    stored: ClassVar[tuple[StoredTensor, ...]] = (_OUTCOMES, _VALUES)
    column: int
    keys: Keys
    outcomes: NDArray[np.int32]
    n_outcomes: int
    unknown: int | None
    missing: int | None
    values: NDArray[np.float64] | None = None
    _table: dict[Any, int] | None = field(default=None, init=False, repr=False)

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        if not isinstance(self.keys, Keys):
            msg = f"keys must be Keys, got {type(self.keys).__name__}"
            raise TypeError(msg)
        _check_whole("column", self.column, 0, _MOST_OUTCOMES)
        _check_whole("n_outcomes", self.n_outcomes, 1, _MOST_OUTCOMES)
        if self.n_outcomes > len(self.keys) + 2:
            msg = (
                f"n_outcomes must be those of {len(self.keys)} keys, of unknown and of missing"
                f" cells at most, got {self.n_outcomes}"
            )
            raise ValueError(msg)
        for name in ("unknown", "missing"):
            if getattr(self, name) is not None:
                _check_whole(name, getattr(self, name), -1, self.n_outcomes - 1)
        freeze(self, [_OUTCOMES])
        if len(self.outcomes) and not (
            self.outcomes.min() >= -1 and self.outcomes.max() < self.n_outcomes
        ):
            msg = f"outcomes must be -1 to {self.n_outcomes - 1}"
            raise ValueError(msg)
        if self.values is not None:
            freeze(self, [_VALUES])
            if self.width == 0:
                msg = "values of categories must have at least one feature"
                raise ValueError(msg)

    @classmethod
    def of(  # noqa: PLR0913 - the fields
        cls,
        *,
        column: int,
        outcomes: Mapping[Key, int],
        n_outcomes: int,
        unknown: int | None,
        missing: int | None,
        values: ArrayLike | None = None,
    ) -> Self:
        """Return a block from a mapping of keys, in any order, to outcomes."""
        keys: list[Any] = sorted(list[Any](outcomes))
        return cls(
            column=column,
            keys=Keys.of(keys),
            outcomes=np.array([outcomes[key] for key in keys], dtype=np.int32),
            n_outcomes=n_outcomes,
            unknown=unknown,
            missing=missing,
            values=None if values is None else np.array(values, dtype=np.float64),
        )

    @property
    def n_keys(self) -> int:
        """Number of keys."""
        return len(self.keys)

    @property
    def width(self) -> int:
        """Number of features."""
        return self.n_outcomes if self.values is None else int(self.values.shape[1])

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.width

    @property
    def most_nonzero(self) -> int:
        """How many features of a row can be other than zero."""
        return 1 if self.values is None else self.width

    @property
    def reads(self) -> tuple[int, ...]:
        """The numbers of the columns that the block reads."""
        return (self.column,)

    def check_columns(self, columns: Sequence[Column]) -> None:
        """Raise ValueError unless the column exists and its cells can equal the keys."""
        Block.check_columns(self, columns)
        if columns[self.column].kind == "number" and self.keys.values.dtype != np.float64:
            msg = f"categories of column {self.column}, of numbers, must have float64 keys"
            raise ValueError(msg)

    def feature_names(self, columns: Sequence[str]) -> list[str]:
        """Return the names of the features, as scikit-learn's encoders have them."""
        column = columns[self.column]
        if self.values is not None:
            alone = self.width == 1
            return [column] if alone else [f"{column}_{j}" for j in range(self.width)]
        names = [""] * self.n_outcomes
        for outcome, what in ((self.unknown, "unknown"), (self.missing, "nan")):
            if outcome is not None and outcome >= 0:
                names[outcome] = what
        keyed = zip(self._lookup().items(), self._sharing().tolist(), strict=True)
        for (key, outcome), count in keyed:
            if outcome >= 0:
                names[outcome] = str(key) if count == 1 else "infrequent_sklearn"
        return [f"{column}_{name}" for name in names]

    def _sharing(self) -> NDArray[np.intp]:
        """Return how many keys have the outcome of each key."""
        counts = np.bincount(self.outcomes + 1, minlength=self.n_outcomes + 1)
        return counts[self.outcomes + 1]

    def _lookup(self) -> dict[Any, int]:
        """Return the outcome of each key, made when it is first asked for."""
        if self._table is None:
            table = dict(zip(self.keys.to_list(), self.outcomes.tolist(), strict=True))
            object.__setattr__(self, "_table", table)
            return table
        return self._table

    def places(self, cells: Cells) -> list[int]:
        """Return the outcome of each cell: -2 where it is unknown, -3 where it is missing."""
        own = self._lookup()
        keys = cells.keys()
        wrong = (int, float, Decimal) if self.keys.are_texts else (str, bytes)
        for row, key in enumerate(keys):
            if isinstance(key, wrong):
                raise TypeError(self._wrong_type(cells.name, row, key))
        return [_UNKNOWN - 1 if key is None else own.get(key, _UNKNOWN) for key in keys]

    def unseen(self, cells: Sequence[Cells | None]) -> int:
        """Return how many cells are unknown."""
        column = cells[self.column]
        assert column is not None  # noqa: S101 - of `reads`
        return self.places(column).count(_UNKNOWN)

    def encode(self, cells: Sequence[Cells | None]) -> Features:
        """Return the features of rows."""
        column = cells[self.column]
        assert column is not None  # noqa: S101 - of `reads`
        places = np.array(self.places(column), dtype=np.intp)
        for mark, outcome, what in (
            (_UNKNOWN, self.unknown, "is unknown"),
            (_UNKNOWN - 1, self.missing, "is missing"),
        ):
            rows = np.flatnonzero(places == mark)
            if len(rows) and outcome is None:
                value = column.keys()[rows[0]]
                got = "" if value is None else f", {quoted(value)},"
                msg = f"{column.name} must hold a known category, but row {rows[0]}{got} {what}"
                raise ValueError(msg)
            places[rows] = -1 if outcome is None else outcome
        return self._features(places)

    def _features(self, outcomes: NDArray[np.intp]) -> Features:
        n, there = len(outcomes), outcomes >= 0
        if self.values is not None:
            return np.where(there[:, None], self.values[outcomes], 0.0)
        indptr = np.concatenate([[0], np.cumsum(there)])
        indices = outcomes[there]
        return Csr(np.ones(len(indices)), indices, indptr, (n, self.n_outcomes))

    def select(self, kept: Places) -> Selection:
        """Return a block with these of the features, without keys that are as unknown ones."""
        if self.values is not None:
            return Selection(replace(self, values=self.values[:, kept]), kept)
        new = np.full(self.n_outcomes + 1, -1, dtype=np.int32)
        new[kept] = np.arange(len(kept))  # the last entry stays: outcome -1
        unknown = None if self.unknown is None else int(new[self.unknown])
        outcomes = new[self.outcomes]
        told = np.ones(len(outcomes), bool) if unknown is None else outcomes != unknown
        block = replace(
            self,
            keys=self.keys.select(told),
            outcomes=outcomes[told],
            n_outcomes=len(kept),
            unknown=unknown,
            missing=None if self.missing is None else int(new[self.missing]),
        )
        return Selection(block, kept)

    def renumbered(self, places: Mapping[int, int]) -> Self:
        """Return the block for a table whose columns have other numbers."""
        return replace(self, column=places[self.column])

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        own = {f"keys.{name}": array for name, array in self.keys.tensors().items()}
        own["outcomes"] = self.outcomes
        return own if self.values is None else own | {"values": self.values}

    def params(self) -> dict[str, Any]:
        """Return what a file stores as JSON."""
        names = ("column", "n_outcomes", "unknown", "missing")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a block from its tensors and parameters."""
        names = {"column", "n_outcomes", "unknown", "missing"}
        if set(params) != names:
            msg = f"expected the parameters {sorted(names)}, got {sorted(params)}"
            raise ValueError(msg)
        own, rest = split_tensors(tensors, [_OUTCOMES])
        fields: dict[str, Any] = {**own, **params, "values": rest.pop("values", None)}
        keys: dict[str, Any] = {e.name: rest.pop(f"keys.{e.name}", None) for e in KEYS}
        if rest or keys["values"] is None:
            msg = f"expected the tensors outcomes and keys.values, got {sorted(tensors)}"
            raise ValueError(msg)
        return cls(keys=Keys(**keys), **fields)

    def _wrong_type(self, column: str, row: int, value: object) -> str:
        got = f"{type(value).__name__} {quoted(value)}"
        return f"{column} must hold {self.keys.kind} as its keys are, got {got} in row {row}"


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if type(value) is not int:
        msg = f"{name} of categories must be a whole number, got {quoted(value)}"
        raise TypeError(msg)
    if not low <= value <= high:
        msg = f"{name} of categories must be {low} to {high}, got {value}"
        raise ValueError(msg)
