"""Rows that the encoder of a Model has taken to features already, told from rows of the table."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from slimline._checks import Csr


class FeatureRows(np.ndarray[Any, Any]):
    """An array of features that remembers whose they are, in its slices and copies too.

    Steps of the life cycle encode rows once, and hand the features to models of the same encoder.
    """

    encoder: object | None

    @classmethod
    def of(cls, rows: NDArray[Any], encoder: object) -> Self:
        """Return a view of rows that this encoder has made."""
        marked = rows.view(cls)
        marked.encoder = encoder
        return marked

    def __array_finalize__(self, origin: Any) -> None:
        """Inherit the encoder of the array that this one is a part or a copy of."""
        self.encoder = getattr(origin, "encoder", None)


def holds_features(X: Any) -> bool:
    """Whether X has gone through an encoder already, as any sparse matrix has."""
    return isinstance(X, FeatureRows) or hasattr(X, "tocsr")


def compressed(features: Csr) -> Any:
    """Return rows in compressed form as a matrix of scipy, or an array where scipy is missing."""
    try:
        from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy, and may be missing
    except ModuleNotFoundError:
        rows = np.zeros(features.shape, dtype=features.data.dtype)
        places = np.repeat(np.arange(len(rows)), np.diff(features.indptr)), features.indices
        rows[places] = features.data
        return rows
    return csr_matrix((features.data, features.indices, features.indptr), shape=features.shape)
