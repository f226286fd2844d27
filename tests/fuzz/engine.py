"""What the fuzz targets share: a run that survives what it provokes.

A target makes each case from its number and the seed alone, checks it, and says in a word what came
of it. Cases run in a child process with a limit on its address space; a case that raises, takes too
long, or ends the child is a finding: its input is kept, and the run goes on behind it. A finding
becomes a test of its kind before it is mended.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

SECONDS_A_CASE = 20  # of CPU time
MEMORY = 3 * 2**30  # bytes of address space beyond what the child begins with

CURRENT = "current"


class Case(NamedTuple):
    """An input, and the name that it is kept under."""

    content: bytes
    name: str


Make = Callable[[random.Random], Case]
Check = Callable[[Case, Path], str]


class Finding(NamedTuple):
    """A case that went wrong: its number, and what happened."""

    number: int
    what: str


class Run:
    """The cases of one target, in children that may die."""

    def __init__(self, make: Make, check: Check, options: argparse.Namespace) -> None:
        self.make, self.check, self.options = make, check, options
        self.counts: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.done = 0

    def go(self) -> None:
        """Run all cases, or those that the time allows."""
        deadline = time.monotonic() + (self.options.seconds or float("inf"))
        number, last = self.options.first, self.options.first + self.options.cases
        while number < last and time.monotonic() < deadline:
            number = self._batch(number, last, deadline)

    def _batch(self, first: int, last: int, deadline: float) -> int:
        """Run cases in a child; return the number of the first one that is left."""
        reading, writing = os.pipe()
        memory = Path("/dev/shm")
        folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        child = os.fork()
        if child == 0:
            os.close(reading)
            _Child(self, folder, writing).go(first, last, deadline)
        os.close(writing)
        number, running = first, False
        with os.fdopen(reading, encoding="utf-8") as lines:
            for line in lines:
                word, _, rest = line.rstrip("\n").partition(" ")
                if word == "begin":
                    number, running = int(rest), True
                else:
                    running = False
                    self.done += 1
                    if word == "done":
                        self.counts[rest] += 1
                    else:
                        self.findings.append(Finding(number, rest))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if running:
            self.done += 1
            how = signal.Signals(-status).name if status < 0 else f"exit code {status}"
            self.findings.append(Finding(number, f"the process ended: {how}"))
            (current,) = (folder / CURRENT).iterdir()
            keep(self.options.keep, Case(current.read_bytes(), current.name), number, how)
        shutil.rmtree(folder)
        if status and not running:
            msg = f"the child failed outside of a case, exit code {status}"
            raise RuntimeError(msg)
        return number + 1 if running or self.done else last


class _Child:
    """Works through cases and tells the parent of each: when it begins, and what came of it."""

    def __init__(self, run: Run, folder: Path, writing: int) -> None:
        self._run, self._folder, self._writing = run, folder, writing

    def _tell(self, line: str) -> None:
        os.write(self._writing, line.replace("\n", " ")[:300].encode("utf-8", "replace") + b"\n")

    def go(self, first: int, last: int, deadline: float) -> None:
        """Run cases and end the process."""
        if "ASAN_OPTIONS" not in os.environ:  # whose memory is not the program's
            used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
            limit = used * os.sysconf("SC_PAGE_SIZE") + MEMORY
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGPROF, _too_long)
        code = 1
        try:
            for number in range(first, last):
                if time.monotonic() > deadline:
                    break
                self._case(number)
            code = 0
        except BaseException:  # noqa: BLE001 - the parent must hear of it
            traceback.print_exc()
        finally:
            os._exit(code)

    def _case(self, number: int) -> None:
        case = self._run.make(random.Random(f"{self._run.options.seed}:{number}"))  # noqa: S311
        current = self._folder / CURRENT  # what is left to the parent where this process ends
        shutil.rmtree(current, ignore_errors=True)
        current.mkdir()
        (current / case.name).write_bytes(case.content)
        self._tell(f"begin {number}")
        # Python code is interrupted; what does not come back to Python is ended a little later.
        signal.setitimer(signal.ITIMER_PROF, SECONDS_A_CASE)
        resource.setrlimit(resource.RLIMIT_CPU, (_cpu_seconds() + 2 * SECONDS_A_CASE, -1))
        try:
            outcome = self._run.check(case, self._folder)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            keep(self._run.options.keep, case, number, traceback.format_exc())
            self._tell(f"finding {type(error).__name__}: {error}")
        else:
            self._tell(f"done {outcome}")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)


def _cpu_seconds() -> int:
    return int(time.process_time()) + 1


class TooLongError(Exception):
    """A case that took more CPU time than any may."""


def _too_long(*_: object) -> None:
    msg = f"more than {SECONDS_A_CASE} s"
    raise TooLongError(msg)


def keep(folder: Path, case: Case, number: int, what: str) -> None:
    """Write an input, and what came of it, beside each other."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number}-{case.name}").write_bytes(case.content)
    (folder / f"{number}-{case.name}.txt").write_text(what, encoding="utf-8", errors="replace")


def main(name: str, make: Make, check: Check, arguments: Sequence[str] | None = None) -> int:
    """Run a target; print a line with the counts, and one for each finding; return the exit code.

    Parameters
    ----------
    name : str
    make : callable
        Takes a ``random.Random``, whose seed holds the number of the case; returns the case.
    check : callable
        Takes a case and a folder of its own; returns a word on what came of it, or raises.
    arguments : sequence of str, optional
        Of the command line; by default its own.
    """
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=None)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--keep", type=Path, default=Path(f"findings/{name}"))
    options = parser.parse_args(arguments)
    begin = time.monotonic()
    run = Run(make, check, options)
    run.go()
    counts = ", ".join(f"{count:,} {word}" for word, count in sorted(run.counts.items()))
    sys.stdout.write(
        f"{name}: {run.done:,} cases in {time.monotonic() - begin:.0f} s, seed {options.seed}:"
        f" {counts}; {len(run.findings)} findings\n"
    )
    for finding in run.findings:
        sys.stdout.write(f"  case {finding.number}: {finding.what}\n")
    if run.findings:
        sys.stdout.write(f"inputs are kept in {options.keep}\n")
    return 1 if run.findings else 0
