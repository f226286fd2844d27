"""Audit logs, checked line by line: hostile lines are reported, whatever they contain.

Checking a line takes as long as parsing it. A file takes one pass, and the memory of two lines.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from slimline._text import fields_repr, table
from slimline.lifecycle._audit_lines import MAX_LINE, ROTATED, START, checked
from slimline.persistence import FormatError

AuditFile = str | os.PathLike[str]

_KEPT = 100  # problems that a report spells out


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """The result of :func:`check_audit`; printing it shows a table.

    Parameters
    ----------
    n_lines : int
        Number of lines in all files, including damaged ones.
    n_problems : int
    problems : tuple of str
        The first hundred problems, each with its file and line.
    newest : str or None
        sha256 of the last line; None if no line is complete.
    follows : str or None
        If an older file of a rotated log was not given: the sha256 of the line, in that file, that
        the first line follows. None if the log is complete from its beginning.

    Examples
    --------
    >>> import slimline as sl
    >>> _ = sl.AuditLog("checked.jsonl").append("started", {})
    >>> report = sl.check_audit("checked.jsonl")
    >>> report.intact, report.n_lines
    (True, 1)
    """

    n_lines: int
    n_problems: int
    problems: tuple[str, ...]
    newest: str | None
    follows: str | None

    __repr__ = fields_repr

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return self.n_problems == 0

    def __str__(self) -> str:
        """Return the table."""
        rows = [("lines", self.n_lines), ("problems", self.n_problems)]
        return table([*rows, *(("", problem) for problem in self.problems)], ("audit log", "found"))


@dataclass(slots=True)
class _Chain:
    """The place between two lines: what the next one must follow, None where that is not known."""

    n_lines: int = 0
    n_problems: int = 0
    problems: list[str] = field(default_factory=list)
    next_number: int | None = 0
    previous: str | None = START
    follows: str | None = None

    def report(self, problem: str) -> None:
        self.n_problems += 1
        if len(self.problems) < _KEPT:
            self.problems.append(problem)


def check_audit(path: AuditFile | Sequence[AuditFile], *, newest: str | None = None) -> AuditReport:
    """Check every line of an audit log and the chain between them, and report all problems.

    Parameters
    ----------
    path : str or path-like, or a sequence of them
        The file. For a rotated log all its files, oldest first.
    newest : str, optional
        The sha256 that the last line must have. It shows that no lines are missing at the end.

    Returns
    -------
    AuditReport
        All lines that are damaged, missing, or out of place.

    Raises
    ------
    FormatError
        If a path is not a regular file.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> import pathlib, slimline as sl
    >>> log = sl.AuditLog("torn.jsonl")
    >>> _ = log.append("started", {}), log.append("deployed", {"model": "ab12"})
    >>> _ = pathlib.Path("torn.jsonl").write_bytes(pathlib.Path("torn.jsonl").read_bytes()[:-9])
    >>> sl.check_audit("torn.jsonl").n_problems
    1
    >>> log.repair().startswith(b'{"data":{"model":"ab12"}')
    True
    >>> sl.check_audit("torn.jsonl").intact
    True
    """
    chain = _Chain()
    for file in [path] if isinstance(path, str | os.PathLike) else path:
        _check_file(Path(file), chain)
    if newest is not None and chain.previous != newest:
        chain.report(f"the newest line must have sha256 {newest}, got {chain.previous}")
    return AuditReport(
        n_lines=chain.n_lines,
        n_problems=chain.n_problems,
        problems=tuple(chain.problems),
        newest=chain.previous if chain.n_lines else None,
        follows=chain.follows,
    )


def verify_audit(path: AuditFile | Sequence[AuditFile], *, newest: str | None = None) -> int:
    """Check every line of an audit log and the chain between them.

    Parameters
    ----------
    path : str or path-like, or a sequence of them
        The file. For a rotated log all its files, oldest first.
    newest : str, optional
        The sha256 that the last line must have. It shows that no lines are missing at the end.

    Returns
    -------
    int
        The number of lines.

    Raises
    ------
    FormatError
        If a line is damaged, missing, or out of place. The message names the first such line;
        :func:`check_audit` reports all of them.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> import slimline as sl
    >>> _ = sl.AuditLog("other.jsonl").append("started", {})
    >>> sl.verify_audit("other.jsonl")
    1
    """
    report = check_audit(path, newest=newest)
    if not report.intact:
        more = f" ({report.n_problems - 1:,} more)" if report.n_problems > 1 else ""
        msg = f"{report.problems[0]}{more}"
        raise FormatError(msg)
    return report.n_lines


def _check_file(path: Path, chain: _Chain) -> None:
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        msg = f"{os.fspath(path)!r}: not a regular file"
        raise FormatError(msg)
    with open(opened, "rb") as file:  # noqa: PTH123 - a FIFO must not wait for a writer
        for number, line in enumerate(_lines(file), 1):
            try:
                _follow(line, chain)
            except FormatError as error:
                chain.report(f"{os.fspath(path)!r}, line {number}: {error}")
            chain.n_lines += 1


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines; of one that is longer than any, only its beginning."""
    while line := file.readline(MAX_LINE + 1):
        yield line
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE + 1)


def _follow(line: bytes, chain: _Chain) -> None:
    """Check one line, and go on from it; from one that cannot be read nothing is known."""
    number, previous = chain.next_number, chain.previous
    chain.next_number = chain.previous = None
    if len(line) > MAX_LINE:
        msg = f"longer than {MAX_LINE:,} bytes"
        raise FormatError(msg)
    if not line.endswith(b"\n"):
        msg = (
            "not complete, as after a crash: AuditLog.repair or slimline audit repair takes it out"
        )
        raise FormatError(msg)
    members = checked(line[:-1])
    chain.next_number, chain.previous = members["sequence"] + 1, members["sha256"]
    if chain.n_lines == 0 and members["event"] == ROTATED:
        chain.follows = members["previous"]
    elif previous is not None and (members["sequence"], members["previous"]) != (number, previous):
        msg = f"number {members['sequence']} after {members['previous'][:12]} does not follow"
        raise FormatError(msg)
