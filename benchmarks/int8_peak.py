"""The peak of the instructions that slimline's int8 products consist of, in registers, on AVX2."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".cpp")
STEPS = 40_000


class Peak:
    """The instructions as calls for one thread; needs a C++ compiler."""

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
        self._sequences = {
            "single": library.int8_peak_single,
            "couple": library.int8_peak_couple,
        }
        for function in self._sequences.values():
            function.restype = ctypes.c_double

    def calls(self):
        """Return the calls to be timed, by name."""
        return {name: partial(f, STEPS) for name, f in self._sequences.items()}

    def speed(self, seconds, coupled):
        """Return operations a second, from those of the calls, with a share of quads in couples."""
        rate = {name: f(STEPS) / seconds[name] for name, f in self._sequences.items()}
        return 1 / (coupled / rate["couple"] + (1 - coupled) / rate["single"])
