"""The core's network trainer, given dense or sparse rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import csr_parts


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
    if not hasattr(rows.X, "indptr"):
        return network.epoch(rows.X, rows.targets, rows.sample_weight)
    return network.epoch_csr(*csr_parts(rows.X), rows.targets, rows.sample_weight)


def gradients(network: _core.Network, rows: Rows) -> float:
    """Return the objective over all rows, and leave its gradient in the layers."""
    if not hasattr(rows.X, "indptr"):
        return network.gradients(rows.X, rows.targets, rows.sample_weight)
    return network.gradients_csr(*csr_parts(rows.X), rows.targets, rows.sample_weight)
