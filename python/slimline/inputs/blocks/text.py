"""The terms of a column of texts as features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import Csr, check_choice
from slimline._text import fields_repr
from slimline._text_columns import text_blocks
from slimline._text_settings import NORMS, TextSettings, log_counts
from slimline.inputs.blocks._block import Block, Features, Places, Selection
from slimline.inputs.blocks._text_state import (
    STORED,
    check_settings,
    idf_from,
    idf_tensors,
    settings_from,
    settings_params,
    terms_from,
)
from slimline.inputs.cells import Cells
from slimline.inputs.columns import ColumnKind
from slimline.inputs.terms import HashedTerms, Terms
from slimline.layers._state import StoredTensor, freeze

_MOST_TERMS = 200  # that a text is taken to have, where it matters what its features take

_IDF = StoredTensor("idf", (np.float64,), ("n_columns",), "")  # of the block; files: STORED


class _Made(list[_core.TextFeatures]):
    """What the core has of a block; copies, in other processes too, begin without it."""

    def __reduce__(self) -> tuple[type[_Made], tuple[()]]:
        """Travel and be copied as nothing."""
        return _Made, ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextBlock(Block):
    """The terms of a column of texts: counted, weighted and divided by their norm.

    A feature is the count of a term (1 + ln(count) if ``sublinear_tf``, 1 if ``binary``) times its
    idf, divided by the norm of all terms of the text. Features are those of scikit-learn's
    TfidfVectorizer, CountVectorizer and HashingVectorizer, to the bit.

    Parameters
    ----------
    column : int
        The number of the column.
    settings : TextSettings
        How a text becomes terms: analyzer, lower case, accents, tokens, stop words, n-grams, and
        what becomes of bytes that are no UTF-8.
    terms : Terms or HashedTerms
    idf : ndarray of float64, shape (n_columns,), or None, default=None
        Of each term, or hashed column; None for 1.
    binary, sublinear_tf : bool, default=False
    norm : {"l1", "l2"} or None, default="l2"
        Terms that are no feature count too.

    Examples
    --------
    >>> from slimline.inputs import Column, Encoder, Terms, TextBlock, TextSettings
    >>> terms = Terms.of({"film": 0, "good": 1})
    >>> block = TextBlock(column=0, settings=TextSettings(), terms=terms, norm=None)
    >>> encoder = Encoder(columns=(Column("review", "text"),), blocks=(block,))
    >>> encoder.encode(["good good film"]).tolist()
    [[1.0, 2.0]]
    """

    kind: ClassVar[str] = "text"
    reads_kinds: ClassVar[tuple[ColumnKind, ...]] = ("text",)
    stored: ClassVar[tuple[StoredTensor, ...]] = STORED
    column: int
    settings: TextSettings
    terms: Terms | HashedTerms
    idf: NDArray[np.float64] | None = None
    binary: bool = False
    sublinear_tf: bool = False
    norm: Literal["l1", "l2"] | None = "l2"
    _made: _Made = field(default_factory=_Made, init=False, repr=False)

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        if type(self.column) is not int or self.column < 0:
            msg = f"column of texts must be a whole number >= 0, got {self.column!r}"
            raise ValueError(msg)
        check_settings(self.settings)
        if not isinstance(self.terms, Terms | HashedTerms):
            msg = f"terms must be Terms or HashedTerms, got {type(self.terms).__name__}"
            raise TypeError(msg)
        for name in ("binary", "sublinear_tf"):
            if type(getattr(self, name)) is not bool:
                msg = f"{name} must be true or false, got {getattr(self, name)!r}"
                raise TypeError(msg)
        if self.norm is not None:
            check_choice("norm", self.norm, ("l1", "l2"))
        if isinstance(self.terms, HashedTerms) and self.terms.alternate_sign and self.sublinear_tf:
            msg = "sublinear_tf needs counts without signs: alternate_sign must be false"
            raise ValueError(msg)
        if self.idf is not None:
            freeze(self, [_IDF])

    @property
    def n_columns(self) -> int:
        """Number of terms, or of hashed columns."""
        return self.terms.n_columns

    @property
    def reads(self) -> tuple[int, ...]:
        """The numbers of the columns that the block reads."""
        return (self.column,)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.terms.n_features

    @property
    def most_nonzero(self) -> int:
        """How many features of a row can be other than zero, unless it is very long."""
        return min(self.n_features, _MOST_TERMS)

    def feature_names(self, columns: Sequence[str]) -> list[str]:  # noqa: ARG002 - terms alone
        """Return the terms, or the numbers of hashed columns, as scikit-learn has them."""
        return self.terms.names()

    def core(self) -> _core.TextFeatures:
        """Return the block as the core reads texts with it, made when it is first asked for."""
        if not self._made:
            self._made.append(self._core())
        return self._made[0]

    def _core(self) -> _core.TextFeatures:
        terms = self.terms
        return _core.TextFeatures(
            self.settings.core(),
            None if isinstance(terms, HashedTerms) else terms.vocabulary(),
            self.n_columns,
            isinstance(terms, HashedTerms) and terms.alternate_sign,
            terms.buckets if isinstance(terms, HashedTerms) else terms.core_features(),
            None if isinstance(terms, HashedTerms) else terms.silent,
            self.idf,
            self.binary,
            self.sublinear_tf,
            NORMS[self.norm],
        )

    def encode(self, cells: Sequence[Cells | None]) -> Features:
        """Return the features of rows."""
        column = cells[self.column]
        assert column is not None  # noqa: S101 - of `reads`
        (texts,) = text_blocks(
            column.values, name=column.name, decode_error=self.settings.decode_error
        )
        logarithms = log_counts("float64") if self.sublinear_tf else None
        return self._chosen(*self.core().rows(texts, logarithms, 1))

    def _chosen(
        self, data: NDArray[Any], columns: NDArray[np.int32], indptr: NDArray[np.int64]
    ) -> Csr:
        """Return rows of features from rows of all terms, or hashed columns."""
        shape = (len(indptr) - 1, self.n_features)
        terms = self.terms
        if isinstance(terms, Terms):
            if terms.features is None and terms.silent is None:
                return Csr(data, columns, indptr, shape)
            features = terms.places()[columns]
        elif terms.buckets is None:
            return Csr(data, columns, indptr, shape)
        else:
            buckets = terms.buckets.astype(np.int64)
            features = np.searchsorted(buckets, columns)
            there = buckets[np.minimum(features, len(buckets) - 1)] == columns
            features = np.where(there, features, -1)
        kept = features >= 0
        rows = np.repeat(np.arange(shape[0]), np.diff(indptr))[kept]
        order = np.lexsort((features[kept], rows))
        ends = np.cumsum(np.bincount(rows, minlength=shape[0]))
        return Csr(
            data[kept][order],
            features[kept][order].astype(np.int32),
            np.concatenate([[0], ends]),
            shape,
        )

    def select(self, kept: Places) -> Selection:
        """Return a block with these of the features.

        Where there is a norm, terms that are left out count for it: their hashes and idf stay.
        """
        if isinstance(self.terms, HashedTerms):
            block = replace(self, terms=self.terms.select(kept))
            return Selection(block, kept)
        terms, columns = self.terms.select(kept, silent=self.norm is not None)
        idf = None if self.idf is None else self.idf[columns]
        return Selection(replace(self, terms=terms, idf=idf), kept)

    def renumbered(self, places: Mapping[int, int]) -> Self:
        """Return the block for a table whose columns have other numbers."""
        return replace(self, column=places[self.column])

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        return self.terms.tensors() | idf_tensors(self.idf)

    def params(self) -> dict[str, Any]:
        """Return what a file stores as JSON."""
        hashing = None
        if isinstance(self.terms, HashedTerms):
            hashing = {
                "n_columns": self.terms.n_columns,
                "alternate_sign": self.terms.alternate_sign,
            }
        own = {name: getattr(self, name) for name in ("column", "binary", "sublinear_tf", "norm")}
        return own | settings_params(self.settings) | {"hashing": hashing}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a block from its tensors and parameters."""
        rest, others = dict(tensors), dict(params)
        settings = settings_from(others)
        own = ("column", "binary", "sublinear_tf", "norm", "hashing")
        if set(others) != set(own):
            msg = f"expected the parameters {sorted(own)} of texts, got {sorted(others)}"
            raise ValueError(msg)
        terms = terms_from(rest, others.pop("hashing"))
        idf = idf_from(rest, terms.n_columns)
        if rest:
            msg = f"unexpected tensors of texts: {sorted(rest)}"
            raise ValueError(msg)
        return cls(settings=settings, terms=terms, idf=idf, **others)
