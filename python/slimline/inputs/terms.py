"""The terms of texts that are features: those of a vocabulary, or hashed ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.inputs.keys import Keys
from slimline.layers._state import StoredTensor, freeze

Places = NDArray[np.intp]
_MOST = 2**31 - 1

FEATURES = StoredTensor(
    "features",
    (np.int32,),
    ("n_terms",),
    "the feature of each term; absent: features are in the order of the terms",
)
SILENT = StoredTensor(
    "silent",
    (np.uint32,),
    ("n_silent",),
    "MurmurHash3 of terms that are no features but count for the norm, ascending",
)
BUCKETS = StoredTensor(
    "buckets", (np.uint32,), ("n_features",), "the hashed columns that are features, ascending"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terms:
    """The terms of a vocabulary and their features, and terms that are no features.

    Parameters
    ----------
    keys : Keys
        The terms, texts in the order of their bytes.
    features : ndarray of int32, shape (n_terms,), or None, default=None
        The feature of each term. None: features are in the order of the terms.
    silent : ndarray of uint32, shape (n_silent,), or None, default=None
        Hashes of terms that are no features, but count for the norm of a text: a term with the
        hash of one of them is taken for it, 1 of 2^32 / n_silent unknown ones.

    Examples
    --------
    >>> from slimline.inputs import Terms
    >>> Terms.of({"good": 0, "film": 1}).names()
    ['good', 'film']
    """

    keys: Keys
    features: NDArray[np.int32] | None = None
    silent: NDArray[np.uint32] | None = None

    def __post_init__(self) -> None:
        """Check the terms and their features."""
        if not self.keys.are_texts or len(self.keys) == 0:
            msg = "terms must be Keys of texts, at least one"
            raise ValueError(msg)
        if len(self.keys.values) >= 2**32 or len(self.keys) > _MOST:
            msg = "terms must take less than 4 GiB, and be less than 2^31"
            raise ValueError(msg)
        if self.features is not None:
            freeze(self, [FEATURES])
            if not np.array_equal(np.sort(self.features), np.arange(self.n_terms)):
                msg = "features of terms must be 0, 1, 2, ..., each of one term"
                raise ValueError(msg)
        if self.silent is not None:
            freeze(self, [SILENT])
            if (np.diff(self.silent.astype(np.int64)) <= 0).any():
                msg = "hashes of silent terms must be strictly ascending"
                raise ValueError(msg)

    @classmethod
    def of(cls, mapping: Mapping[str, int]) -> Self:
        """Return terms from a mapping of each to its feature, in any order."""
        keys = Keys.of(sorted(mapping))
        features = np.array([mapping[term] for term in sorted(mapping)], dtype=np.int32)
        in_order = np.array_equal(features, np.arange(len(features)))
        return cls(keys=keys, features=None if in_order else features)

    @property
    def n_terms(self) -> int:
        """Number of terms that are features."""
        return len(self.keys)

    @property
    def n_silent(self) -> int:
        """Number of terms that are no features."""
        return 0 if self.silent is None else len(self.silent)

    @property
    def n_columns(self) -> int:
        """Number of terms, silent ones behind the others."""
        return self.n_terms + self.n_silent

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.n_terms

    def places(self) -> NDArray[np.int64]:
        """Return the feature of each column, -1 for silent ones."""
        own = np.arange(self.n_terms) if self.features is None else self.features
        return np.concatenate([own, np.full(self.n_silent, -1)]).astype(np.int64)

    def names(self) -> list[str]:
        """Return the terms in the order of the features."""
        terms = self.keys.to_list()
        if self.features is None:
            return terms
        return [terms[i] for i in np.argsort(self.features).tolist()]

    def select(self, kept: Places, *, silent: bool) -> tuple[Self, NDArray[np.intp]]:
        """Return the terms of these features, and the columns that are left.

        The other terms become silent, or are dropped.
        """
        new = np.full(self.n_features, -1, dtype=np.int32)
        new[kept] = np.arange(len(kept))
        features = new[self.places()[: self.n_terms]]
        there = features >= 0
        own = features[there]
        hashes, columns = self._dropped(there) if silent else (None, np.empty(0, dtype=np.intp))
        terms = type(self)(
            keys=self.keys.select(there),
            features=None if np.array_equal(own, np.arange(len(own))) else own,
            silent=hashes,
        )
        return terms, np.concatenate([np.flatnonzero(there), columns])

    def _dropped(
        self, there: NDArray[np.bool_]
    ) -> tuple[NDArray[np.uint32] | None, NDArray[np.intp]]:
        """Return the hashes of silent terms, those that are not there among them, and columns."""
        hashes = _core.term_hashes(self.vocabulary())[~there]
        columns = np.flatnonzero(~there)
        if self.silent is not None:
            hashes = np.concatenate([hashes, self.silent])
            columns = np.concatenate([columns, np.arange(self.n_terms, self.n_columns)])
        different, first = np.unique(hashes, return_index=True)
        return (different, columns[first]) if len(different) else (None, columns)

    def vocabulary(self) -> _core.Vocabulary:
        """Return the terms as the core finds them."""
        assert self.keys.offsets is not None  # noqa: S101 - of texts
        return _core.Vocabulary.of_bytes(self.keys.values, self.keys.offsets.astype(np.uint32))

    def core_features(self) -> NDArray[np.uint32] | None:
        """Return the features as the core takes them."""
        return None if self.features is None else self.features.view(np.uint32)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        own = {f"terms.{name}": array for name, array in self.keys.tensors().items()}
        others = {"features": self.features, "silent": self.silent}
        return own | {name: array for name, array in others.items() if array is not None}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HashedTerms:
    """Columns that terms are hashed to, as scikit-learn's HashingVectorizer has them.

    Parameters
    ----------
    n_columns : int
        1 to 2^31 - 1.
    alternate_sign : bool
        Whether terms count as -1 by a bit of their hash.
    buckets : ndarray of uint32, shape (n_features,), or None, default=None
        The columns that are features, ascending; None for all.

    Examples
    --------
    >>> from slimline.inputs import HashedTerms
    >>> HashedTerms(n_columns=1024, alternate_sign=True).n_features
    1024
    """

    n_columns: int
    alternate_sign: bool
    buckets: NDArray[np.uint32] | None = None

    def __post_init__(self) -> None:
        """Check the numbers."""
        if type(self.n_columns) is not int or not 1 <= self.n_columns <= _MOST:
            msg = f"hashed columns must be 1 to {_MOST}, got {self.n_columns!r}"
            raise ValueError(msg)
        if type(self.alternate_sign) is not bool:
            msg = f"alternate_sign must be true or false, got {self.alternate_sign!r}"
            raise TypeError(msg)
        if self.buckets is None:
            return
        freeze(self, [BUCKETS])
        places = self.buckets.astype(np.int64)
        if len(places) == 0 or (np.diff(places) <= 0).any() or places[-1] >= self.n_columns:
            msg = f"buckets must ascend below {self.n_columns}, at least one"
            raise ValueError(msg)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.n_columns if self.buckets is None else len(self.buckets)

    def names(self) -> list[str]:
        """Return the numbers of the columns that are features."""
        own = range(self.n_columns) if self.buckets is None else self.buckets.tolist()
        return [str(column) for column in own]

    def select(self, kept: Places) -> Self:
        """Return the columns of these features."""
        own = np.arange(self.n_columns, dtype=np.uint32) if self.buckets is None else self.buckets
        return replace(self, buckets=own[kept])

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        return {} if self.buckets is None else {"buckets": self.buckets}
