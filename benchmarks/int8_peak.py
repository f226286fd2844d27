"""The peak of the instructions that slimline's int8 products consist of, in registers, on AVX2."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".cpp")
STEPS = 40_000
TURNS = 5


class Peak:
    """Measures GOP/s of one thread; needs a C++ compiler."""

    def __init__(self):
        """Compile the sequences."""
        compiler = shutil.which("c++") or shutil.which("g++")
        if compiler is None:
            msg = "c++ must be there: the peak is measured by a small C++ program"
            raise RuntimeError(msg)
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "peak.so")
            flags = ["-std=c++20", "-O2", "-mavx2", "-shared", "-fPIC"]
            command = [compiler, *flags, str(SOURCE), "-o", path]
            subprocess.run(command, check=True)  # noqa: S603 - our own source
            library = ctypes.CDLL(path)
        self._sequences = library.int8_peak_single, library.int8_peak_couple
        for function in self._sequences:
            function.restype = ctypes.c_double

    def measure(self, coupled):
        """Return the peak where this share of the quads goes in couples."""
        single, couple = (max(f(STEPS) for _ in range(TURNS)) for f in self._sequences)
        return 1 / (coupled / couple + (1 - coupled) / single)
