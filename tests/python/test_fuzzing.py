"""The fuzz targets of tests/fuzz, a few hundred cases each, and what their engine notices.

Inputs that were findings are in the tests of what they found.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "fuzz"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")


def run(*arguments, cwd):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=cwd
    )


@pytest.mark.parametrize(
    ("target", "cases"), [("audit", 150), ("command_line", 100), ("files", 200), ("texts", 20)]
)
def test_a_few_cases(target, cases, tmp_path):
    done = run(FOLDER / f"fuzz_{target}.py", "--cases", cases, "--seed", 7, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.match(rf"{target}: {cases} cases in \d+ s, seed 7: .*; 0 findings\n$", done.stdout)
    assert not (tmp_path / "findings").exists()


TARGET = """
import ctypes, os, sys, time
sys.path.insert(0, {folder!r})
import engine
engine.SECONDS_A_CASE = 1
engine.MEMORY = 2**30

def check(case, folder):
    number = int(case.content)
    if number == 3: raise ValueError("wrong\\n\\x1b[2J")
    if number == 5: ctypes.string_at(0)
    if number == 7: bytearray(2**32)
    if number == 8:
        while True: pass
    if number == 9: os._exit(4)
    return "odd" if number % 2 else "even"

def make(rng):
    return engine.Case(b"%d" % NUMBERS.get(rng.random(), 2), "number")

import random
NUMBERS = {{random.Random(f"0:{{i}}").random(): i for i in range(12)}}
sys.exit(engine.main("numbers", make, check))
"""


@pytest.mark.skipif("ASAN_OPTIONS" in os.environ, reason="it ends the process in ways of its own")
def test_the_engine_finds_keeps_and_goes_on(tmp_path):
    (tmp_path / "target.py").write_text(TARGET.format(folder=str(FOLDER)))
    done = run("target.py", "--cases", 12, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    head, *findings, kept = done.stdout.splitlines()
    assert re.match(r"numbers: 12 cases in .*: 5 even, 2 odd; 5 findings", head)
    found = dict(re.match(r"  case (\d+): (.*)", line).groups() for line in findings)
    assert found.keys() == {"3", "5", "7", "8", "9"}
    assert found["3"].startswith("ValueError: wrong")
    assert found["5"] == "the process ended: SIGSEGV"
    assert found["7"].startswith("MemoryError")
    assert found["8"].startswith("TooLongError")
    assert found["9"] == "the process ended: exit code 4"
    assert kept == "inputs are kept in findings/numbers"
    folder = tmp_path / "findings" / "numbers"
    assert {path.name for path in folder.glob("*-number")} == {f"{n}-number" for n in found}
    assert (folder / "5-number").read_bytes() == b"5"
    done = run("target.py", "--cases", 1, "--first", 2, cwd=tmp_path)
    assert done.returncode == 0
    done = run("target.py", "--cases", 10**9, "--first", 10, "--seconds", 0.01, cwd=tmp_path)
    assert "cases in 0 s" in done.stdout
