"""How fast a Model predicts, and with how much energy if the machine has counters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any, NamedTuple

import numpy as np

from slimline._frames import frame_rows, is_frame
from slimline.model import Model

# Single rows are timed one by one until either is reached; batches are timed this often.
LATENCY_CALLS = 1000
LATENCY_SECONDS = 0.25
BATCH_REPEATS = 5
ENERGY_SECONDS = 0.25

NS_PER_US = 1000
NS_PER_S = 10**9
POWERCAP = Path("/sys/class/powercap")


class Energy(NamedTuple):
    """Microjoules of the CPU packages for one row of a batch, or None and the reason."""

    per_row_uj: float | None
    reason: str | None


def elapsed_ns(call: Callable[[], object]) -> int:
    """Nanoseconds that one call takes."""
    start = perf_counter_ns()
    call()
    return perf_counter_ns() - start


def n_rows(X: Any) -> int:
    """Return the number of rows of any container."""
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)


def some_of(X: Any, begin: int, end: int) -> Any:
    """Return neighbouring rows of any container, in the same."""
    return frame_rows(X, begin, end) if is_frame(X) else X[begin:end]


def latency(model: Model, X: Any) -> tuple[float, float]:
    """Median and 99th percentile, in microseconds, of predict on one row."""
    rows = [some_of(X, i, i + 1) for i in range(min(n_rows(X), 64))]
    for row in rows:
        model.predict(row)
    times: list[int] = []
    budget = int(LATENCY_SECONDS * NS_PER_S)
    while len(times) < LATENCY_CALLS and budget > 0:
        row = rows[len(times) % len(rows)]
        times.append(elapsed_ns(lambda row=row: model.predict(row)))  # type: ignore[misc]
        budget -= times[-1]
    p50, p99 = np.percentile(times, [50, 99]) / NS_PER_US
    return float(p50), float(p99)


def throughput(model: Model, X: Any) -> float:
    """Rows per second in one batch, the median of a few."""
    times = [elapsed_ns(lambda: model.predict(X)) for _ in range(BATCH_REPEATS)]
    return float(n_rows(X) * NS_PER_S / np.median(times))


def energy(model: Model, X: Any, folder: Path = POWERCAP) -> Energy:
    """Read the energy counters of the CPU before and after batches; nothing is estimated.

    The counters are those of whole packages, so that other running programs are included.
    """
    zones = sorted(folder.glob("intel-rapl:?"))
    if not zones:
        return Energy(None, f"no energy counters in {folder}")
    try:
        before = [_counter(zone, "energy_uj") for zone in zones]
        calls, spent = 0, 0
        while spent < ENERGY_SECONDS * NS_PER_S:
            spent += elapsed_ns(lambda: model.predict(X))
            calls += 1
        used = sum(
            (_counter(zone, "energy_uj") - start) % (_counter(zone, "max_energy_range_uj") + 1)
            for zone, start in zip(zones, before, strict=True)
        )
    except (OSError, ValueError) as error:
        return Energy(None, f"energy counters cannot be read: {error}")
    return Energy(used / (calls * n_rows(X)), None)


def _counter(zone: Path, name: str) -> int:
    return int((zone / name).read_text(encoding="ascii"))
