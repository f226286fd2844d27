"""What ``import slimline`` takes beyond numpy: medians of fresh processes, alternating."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

ROUNDS = 15
TIME = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def seconds(modules: str) -> float:
    """Return what importing takes in a fresh process."""
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", TIME.format(modules)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


times = [(seconds("numpy"), seconds("numpy, slimline")) for _ in range(ROUNDS)]
numpy, both = (median(column) * 1000 for column in zip(*times, strict=True))
beyond = median(1000 * (b - a) for a, b in times)
print(f"import numpy: {numpy:.0f} ms; with slimline: {both:.0f} ms; beyond numpy: {beyond:.0f} ms")
