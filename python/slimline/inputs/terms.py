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
    ("n_columns",),
    "the feature of each term, -1 for one that counts for the norm alone; absent: in their order",
)
BUCKETS = StoredTensor(
    "buckets", (np.uint32,), ("n_features",), "the hashed columns that are features, ascending"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terms:
    """The terms of a vocabulary and their features.

    Parameters
    ----------
    keys : Keys
        The terms, texts in the order of their bytes.
    features : ndarray of int32, shape (n_columns,), or None, default=None
        The feature of each term, -1 for one that counts for the norm of a text alone. None: terms
        are the features, in their order.
    """

    keys: Keys
    features: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        """Check the terms and their features."""
        if not self.keys.are_texts or len(self.keys) == 0:
            msg = "terms must be Keys of texts, at least one"
            raise ValueError(msg)
        if len(self.keys.values) >= 2**32 or len(self.keys) > _MOST:
            msg = "terms must take less than 4 GiB, and be less than 2^31"
            raise ValueError(msg)
        if self.features is None:
            return
        freeze(self, [FEATURES])
        used = np.sort(self.features[self.features >= 0])
        if self.features.min() < -1 or not np.array_equal(used, np.arange(len(used))):
            msg = "features of terms must be 0, 1, 2, ..., each of one term, or -1"
            raise ValueError(msg)
        if len(used) == 0:
            msg = "at least one term must be a feature"
            raise ValueError(msg)

    @classmethod
    def of(cls, mapping: Mapping[str, int]) -> Self:
        """Return terms from a mapping of each to its feature, in any order."""
        keys = Keys.of(sorted(mapping))
        features = np.array([mapping[term] for term in sorted(mapping)], dtype=np.int32)
        in_order = np.array_equal(features, np.arange(len(features)))
        return cls(keys=keys, features=None if in_order else features)

    @property
    def n_columns(self) -> int:
        """Number of terms."""
        return len(self.keys)

    @property
    def n_features(self) -> int:
        """Number of features."""
        if self.features is None:
            return self.n_columns
        return int(np.count_nonzero(self.features >= 0))

    def places(self) -> NDArray[np.int64]:
        """Return the feature of each term, -1 for none."""
        if self.features is None:
            return np.arange(self.n_columns)
        return self.features.astype(np.int64)

    def names(self) -> list[str]:
        """Return the terms in the order of the features."""
        places = self.places()
        terms = np.array(self.keys.to_list(), dtype=object)
        order = np.argsort(places, kind="stable")[self.n_columns - self.n_features :]
        return list(terms[order].tolist())

    def without(self, dropped: NDArray[np.bool_], features: NDArray[np.int64]) -> Self:
        """Return the other terms, with these features of all of them."""
        kept = ~dropped
        own = features[kept].astype(np.int32)
        in_order = np.array_equal(own, np.arange(len(own)))
        return type(self)(keys=self.keys.select(kept), features=None if in_order else own)

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
        return own if self.features is None else own | {"features": self.features}


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
