"""What a vectorizer has learned: its terms, and in how many texts each occurs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._text_columns import text_blocks
from slimline._text_settings import TextSettings

_ALL = 2**63 - 1


@dataclass(frozen=True)
class Selection:
    """Which of the terms seen become features: ``max_df``, ``min_df``, ``max_features``, binary."""

    max_df: float
    min_df: float
    max_features: int | None
    binary: bool

    def limits(self, n_texts: int) -> tuple[int, int]:
        """Return the fewest and the most texts that a term may occur in."""
        low, high = (
            limit * (1 if isinstance(limit, int | np.integer) else n_texts)
            for limit in (self.min_df, self.max_df)
        )
        if high < low:
            msg = "max_df corresponds to < documents than min_df"
            raise ValueError(msg)
        return math.ceil(low), math.floor(high)


class SeenTerms:
    """Terms counted in texts; those that are selected have columns, in code point order.

    Selecting is put off until somebody asks, so that counting block by block costs nothing more.
    Pickles hold the counts alone.
    """

    fixed = False
    counted = True  # texts were seen

    def __init__(
        self, counts: _core.TermCounts, selection: Selection, settings: TextSettings
    ) -> None:
        self.counts = counts
        self.selection = selection
        self.settings = settings
        self._ids: NDArray[np.uint32] | None = None
        self._vocabulary: _core.Vocabulary | None = None
        self._mapping: dict[str, int] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what follows from the counts."""
        return {**vars(self), "_ids": None, "_vocabulary": None, "_mapping": None}

    @property
    def ids(self) -> NDArray[np.uint32]:
        """The numbers that the selected terms have in the counts."""
        if self._ids is None:
            if not len(self.counts):
                msg = "empty vocabulary; perhaps the documents only contain stop words"
                raise ValueError(msg)
            low, high = self.selection.limits(self.n_texts)
            limit = self.selection.max_features
            most = _ALL if limit is None else limit
            ids = self.counts.select(low, high, most, self.selection.binary)
            if not len(ids):
                msg = "After pruning, no terms remain. Try a lower min_df or a higher max_df."
                raise ValueError(msg)
            self._ids = ids
        return self._ids

    @property
    def vocabulary(self) -> _core.Vocabulary:
        """The selected terms as the core finds them."""
        if self._vocabulary is None:
            self._vocabulary = self.counts.vocabulary(self.ids)
        return self._vocabulary

    @property
    def mapping(self) -> dict[str, int]:
        """The selected terms and their columns."""
        if self._mapping is None:
            self._mapping = {term: i for i, term in enumerate(self.vocabulary.terms())}
        return self._mapping

    @property
    def n_texts(self) -> int:
        """How many texts were counted."""
        return self.counts.n_texts

    @property
    def documents(self) -> NDArray[np.int64]:
        """In how many texts each selected term occurs."""
        return self.counts.tallies(self.ids)[0]

    def merged(self, other: Any) -> SeenTerms:
        """Return what would have been learned from the texts of both, these first."""
        counts = _core.TermCounts()
        counts.merge(self.counts)
        counts.merge(other.counts)
        return SeenTerms(counts, self.selection, self.settings)

    def continued(self, more: SeenTerms | GivenTerms) -> SeenTerms:
        """Return the same in the memory of these, which must not be used any more."""
        if not isinstance(more, SeenTerms):
            msg = "vocabulary must be None, as in the calls before"
            raise ValueError(msg)  # noqa: TRY004 - a parameter has a wrong value
        for field in fields(self.settings):
            before, now = getattr(self.settings, field.name), getattr(more.settings, field.name)
            if before != now and field.name not in {"encoding", "decode_error", "input"}:
                msg = f"{field.name} must stay as in the calls before, {before!r}, got {now!r}"
                raise ValueError(msg)
        self.counts.merge(more.counts)
        return SeenTerms(self.counts, more.selection, self.settings)


class GivenTerms:
    """Terms that the user chose, counted in texts where ``documents`` is not None."""

    fixed = True

    def __init__(
        self, mapping: dict[str, int], documents: NDArray[np.int64] | None = None, n_texts: int = 0
    ) -> None:
        self.mapping = mapping
        self.documents = documents
        self.n_texts = n_texts
        terms = sorted(mapping, key=mapping.__getitem__)
        (texts,) = text_blocks(terms, name="vocabulary")
        self.vocabulary = _core.Vocabulary(texts)

    @property
    def counted(self) -> bool:
        """Whether texts were seen."""
        return self.documents is not None

    def merged(self, other: Any) -> GivenTerms:
        """Return the same terms, counted in the texts of both."""
        if self.mapping != other.mapping:
            msg = "vocabulary must be the same in both vectorizers"
            raise ValueError(msg)
        if self.documents is None or other.documents is None:
            return GivenTerms(self.mapping, None, self.n_texts + other.n_texts)
        documents = self.documents + other.documents
        return GivenTerms(self.mapping, documents, self.n_texts + other.n_texts)

    def continued(self, more: SeenTerms | GivenTerms) -> GivenTerms:
        """Return the same, for ``partial_fit``."""
        if not isinstance(more, GivenTerms):
            msg = "vocabulary must be given, as in the calls before"
            raise ValueError(msg)  # noqa: TRY004 - a parameter has a wrong value
        return self.merged(more)


def given_mapping(vocabulary: Mapping[str, int] | Iterable[str]) -> dict[str, int]:
    """Return terms and columns of a vectorizer's parameter ``vocabulary``, checked.

    Raises
    ------
    ValueError
        If it is empty, a term occurs twice, or columns are not 0, 1, 2, ... each once.
    """
    if isinstance(vocabulary, Mapping):
        mapping = dict(vocabulary)
        columns = set(mapping.values())
        if len(columns) != len(mapping):
            msg = "Vocabulary contains repeated indices."
            raise ValueError(msg)
        for i in range(len(mapping)):
            if i not in columns:
                msg = f"Vocabulary of size {len(mapping)} doesn't contain index {i}."
                raise ValueError(msg)
    else:
        mapping = {}
        for i, term in enumerate(sorted(vocabulary) if isinstance(vocabulary, set) else vocabulary):
            if mapping.setdefault(term, i) != i:
                msg = f"Duplicate term in vocabulary: {term!r}"
                raise ValueError(msg)
    if not mapping:
        msg = "empty vocabulary passed to fit"
        raise ValueError(msg)
    return mapping
