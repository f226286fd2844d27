"""The example that trains on a mapped file, with a small one; it checks memory and accuracy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "examples" / "out_of_core.py"


def test_out_of_core_example_stays_within_its_memory_and_learns():
    command = [sys.executable, SCRIPT, "--gigabytes", "0.05"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "peak anonymous memory" in done.stdout
