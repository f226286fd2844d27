"""An audit log: JSON lines, each with the hash of the one before.

No line can be changed, taken out or put in without breaking the chain.

What the chain cannot show is that its last lines are missing: keep the newest hash elsewhere (a
ticket, another machine) and give it to :func:`verify_audit`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from slimline.persistence import FormatError
from slimline.persistence.strict_json import canonical, parse

START = "0" * 64
MAX_LINE = 2**20


class AuditLog:
    """Appends events to a file, from any number of threads and processes.

    Each line is canonical JSON with ``sequence``, ``time`` (UTC), ``event``, ``data``, ``previous``
    (the sha256 of the line before) and ``sha256`` (of this line without it). A line is on the disk
    when :meth:`append` returns.

    Parameters
    ----------
    path : str or path-like
        Made, readable by its owner only, if it is not there.

    Examples
    --------
    >>> import slimline as sl
    >>> log = sl.AuditLog("audit.jsonl")
    >>> newest = log.append("deployed", {"model": "ab12"})
    >>> sl.verify_audit("audit.jsonl", newest=newest)
    1
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def append(self, event: str, data: Mapping[str, Any]) -> str:
        """Append one event; return its sha256.

        Raises
        ------
        TypeError, ValueError
            If data is not JSON, or the line would exceed 1 MiB.
        FormatError
            If the file's last line is not one of an audit log.
        OSError
            If the line cannot be written; a part of it that was is taken back.
        """
        opened = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with open(opened, "r+b", buffering=0) as file:  # noqa: PTH123 - with these permissions
            fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
            last = _last_line(file)
            line, sha256 = _line(event, data, last)
            end = file.seek(0, os.SEEK_END)
            try:
                _write_all(file, line)
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise
        return sha256


def _write_all(file: BinaryIO, line: bytes) -> None:
    """Write, in as many calls as it takes: a disk that fills up takes a part, and then raises."""
    rest = memoryview(line)
    while rest:
        rest = rest[file.write(rest) :]


def _line(event: str, data: Mapping[str, Any], last: Mapping[str, Any] | None) -> tuple[bytes, str]:
    members = {
        "sequence": 0 if last is None else last["sequence"] + 1,
        "time": datetime.now(UTC).isoformat(timespec="microseconds"),
        "event": event,
        "data": dict(data),
        "previous": START if last is None else last["sha256"],
    }
    sha256 = hashlib.sha256(canonical(members).encode("ascii")).hexdigest()
    line = canonical(members | {"sha256": sha256}).encode("ascii") + b"\n"
    if len(line) > MAX_LINE:
        msg = f"an event must fit in {MAX_LINE:,} bytes, got {len(line):,}"
        raise ValueError(msg)
    return line, sha256


def _last_line(file: BinaryIO) -> dict[str, Any] | None:
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return None
    file.seek(max(0, size - MAX_LINE - 1))
    lines = file.read().split(b"\n")
    if lines[-1] or len(lines) < 2:  # noqa: PLR2004 - a whole line ends with a newline
        msg = "the last line is not complete"
        raise FormatError(msg)
    return _checked(lines[-2])


def verify_audit(path: str | os.PathLike[str], *, newest: str | None = None) -> int:
    """Check every line of an audit log and the chain between them.

    Parameters
    ----------
    path : str or path-like
    newest : str, optional
        The sha256 that the last line must have: shows that none is missing at the end.

    Returns
    -------
    int
        The number of lines.

    Raises
    ------
    FormatError
        If a line is damaged, missing, or out of place; the message names it.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import slimline as sl
    >>> _ = sl.AuditLog("other.jsonl").append("started", {})
    >>> sl.verify_audit("other.jsonl")
    1
    """
    previous, count = START, 0
    with Path(path).open("rb") as file:
        while line := file.readline(MAX_LINE + 1):
            try:
                previous = _follow(line, count, previous)
            except FormatError as error:
                msg = f"{os.fspath(path)!r}, line {count + 1}: {error}"
                raise FormatError(msg) from error
            count += 1
    if newest is not None and previous != newest:
        msg = f"{os.fspath(path)!r}: the newest line must have sha256 {newest}, got {previous}"
        raise FormatError(msg)
    return count


def _follow(line: bytes, sequence: int, previous: str) -> str:
    """Check one line, ended by a newline, behind the one with hash ``previous``."""
    if not line.endswith(b"\n"):
        msg = "longer than any line, or not complete"
        raise FormatError(msg)
    members = _checked(line[:-1])
    if members["sequence"] != sequence or members["previous"] != previous:
        msg = f"number {members['sequence']} after {members['previous']:.12} does not follow"
        raise FormatError(msg)
    return str(members["sha256"])


def _checked(line: bytes) -> dict[str, Any]:
    """Parse a line and check its own hash."""
    if not line.isascii():
        msg = "not ASCII"
        raise FormatError(msg)
    members = parse(line.decode("ascii"))
    keys = {"sequence", "time", "event", "data", "previous", "sha256"}
    if not isinstance(members, dict) or members.keys() != keys:
        msg = "not a line of an audit log"
        raise FormatError(msg)
    sha256 = members.pop("sha256")
    text = canonical(members)
    if hashlib.sha256(text.encode("ascii")).hexdigest() != sha256:
        msg = "its sha256 does not fit"
        raise FormatError(msg)
    members["sha256"] = sha256
    if canonical(members).encode("ascii") != line or type(members["sequence"]) is not int:
        msg = "not canonical JSON"
        raise FormatError(msg)
    return members
