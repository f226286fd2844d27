"""The core's network trainer, given dense or sparse rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline import _core


class Rows(NamedTuple):
    """What an epoch runs over.

    X is a C-contiguous array or a scipy CSR matrix of float32, targets and weights are as
    ``network.hpp`` has them.
    """

    X: Any
    targets: NDArray[np.float32]
    sample_weight: NDArray[np.float32]


def run_epoch(network: _core.Network, rows: Rows) -> float:
    """Make one pass over the rows; return the objective."""
    X = rows.X
    if not hasattr(X, "indptr"):
        return network.epoch(X, rows.targets, rows.sample_weight)
    index = np.int64 if np.int64 in (X.indices.dtype, X.indptr.dtype) else np.int32
    return network.epoch_csr(
        np.ascontiguousarray(X.data),
        np.ascontiguousarray(X.indices, dtype=index),
        np.ascontiguousarray(X.indptr, dtype=index),
        rows.targets,
        rows.sample_weight,
    )
