"""Times of calls in buckets of a fixed ratio: constant size, quantiles within ten per cent."""

from __future__ import annotations

import math

import numpy as np

RATIO = 1.1
_BUCKETS = 256  # 1 ns to 39 s
_NS = 1e9


class Latency:
    """Counts calls by duration."""

    def __init__(self) -> None:
        self.counts = np.zeros(_BUCKETS, dtype=np.int64)
        self.n_calls = self.n_rows = 0
        self.seconds = 0.0

    def add(self, seconds: float, n_rows: int) -> None:
        """Count one call that predicted so many rows."""
        bucket = int(math.log(max(1.0, seconds * _NS), RATIO))
        self.counts[min(bucket, _BUCKETS - 1)] += 1
        self.n_calls += 1
        self.n_rows += n_rows
        self.seconds += seconds

    def quantiles_us(self) -> tuple[float, float] | None:
        """Median and 99th percentile in microseconds, None before the first call."""
        if not self.n_calls:
            return None
        reached = np.cumsum(self.counts)
        buckets = [int(np.searchsorted(reached, share * self.n_calls)) for share in (0.5, 0.99)]
        low, high = (RATIO ** (bucket + 0.5) / 1000 for bucket in buckets)
        return low, high
