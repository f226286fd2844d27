"""An audit log: JSON lines, each with the hash of the line before it.

No line can be changed, removed or inserted without breaking the chain: see `audit_checking`. The
chain alone cannot show that its last lines are missing: keep the newest hash elsewhere (a ticket,
another machine) and pass it to :func:`slimline.verify_audit`.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from slimline.lifecycle._audit_lines import (
    BEGINNING,
    MAX_LINE,
    REPAIRED,
    ROTATED,
    checked,
    new_line,
)
from slimline.persistence import FormatError
from slimline.persistence.atomic import flush_directory, replace_file

_BLANK = b" \t\r\n"
_MOST_CUT = 100_000  # bytes of a torn line that the log keeps


class AuditLog:
    """Appends events to a file, from any number of threads and processes.

    Each line is canonical JSON with ``sequence``, ``time`` (UTC), ``event``, ``data``, ``previous``
    (the sha256 of the line before) and ``sha256`` (of this line without it). When :meth:`append`
    returns, the line is on the disk. It was parsed before it was written, so that the file never
    holds a line that verification would refuse.

    Parameters
    ----------
    path : str or path-like
        Created if it does not exist, readable by its owner only.

    Examples
    --------
    >>> import slimline as sl
    >>> log = sl.AuditLog("audit.jsonl")
    >>> newest = log.append("deployed", {"model": "ab12"})
    >>> sl.verify_audit("audit.jsonl", newest=newest)
    1
    >>> newest = log.rotate("audit-1.jsonl")
    >>> sl.verify_audit(["audit-1.jsonl", "audit.jsonl"], newest=newest)
    2
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def append(self, event: str, data: Mapping[str, Any]) -> str:
        """Append one event; return its sha256.

        Raises
        ------
        TypeError, ValueError
            If event is not a text, or is "repaired" or "rotated", or if the line could not be read
            back: data that is not JSON, integers beyond 64 bits, more than 200,000 values, 32
            levels or 1 MiB.
        FormatError
            If the last line of the file is not a line of an audit log, or is incomplete: see
            :meth:`repair`.
        OSError
            If the line cannot be written. A part that was written is removed again.
        """
        if event in (REPAIRED, ROTATED):
            msg = f"event must not be {event!r}, which AuditLog writes itself"
            raise ValueError(msg)
        with _locked(self.path, os.O_CREAT) as file:
            last, torn = _end(file, self.path)
            if torn:
                msg = (
                    f"{os.fspath(self.path)!r} ends in a torn line of {len(torn):,} bytes, as after"
                    " a crash: AuditLog.repair or slimline audit repair takes it out"
                )
                raise FormatError(msg)
            line, sha256 = new_line(event, data, last)
            _put(file, line, file.seek(0, os.SEEK_END))
        if last is None:
            flush_directory(Path(os.path.realpath(self.path)).parent)
        return sha256

    def repair(self) -> bytes:
        """Remove an incomplete last line, as after a crash; return it (empty if there is none).

        It is replaced by an event "repaired", which holds its number of bytes, its sha256 and its
        text (at most 100,000 bytes). Complete lines are not changed.

        Raises
        ------
        FormatError
            If the last complete line is not a line of an audit log, or the text behind it is not
            the beginning of one.
        OSError
            If the file does not exist or cannot be written.
        """
        with _locked(self.path) as file:
            last, torn = _end(file, self.path)
            if torn:
                _check_torn(torn)
                data = {
                    "cut": torn[:_MOST_CUT].decode("latin-1"),
                    "cut_bytes": len(torn),
                    "cut_sha256": hashlib.sha256(torn).hexdigest(),
                }
                line, _ = new_line(REPAIRED, data, last)
                _put(file, line, file.seek(0, os.SEEK_END) - len(torn), torn)
        return torn

    def rotate(self, to: str | os.PathLike[str]) -> str:
        """Rename the file, and begin a new one that continues it; return the sha256 of its line.

        The first line of the new file is an event "rotated" with the name of the old file and the
        next number; its ``previous`` is the hash of the last line of the old file. At any moment,
        and after any crash, there is a log at the path. Other writers continue in the new file.

        Parameters
        ----------
        to : str or path-like
            New name of the old file, on the same file system. It must not exist, unless it is the
            log itself, as after a crash during a rotation.

        Raises
        ------
        ValueError
            If the log has no lines.
        FormatError
            If the last line of the file is not a line of an audit log, or is incomplete: see
            :meth:`repair`.
        OSError
            If ``to`` exists, or the files cannot be written.
        """
        path, to = Path(os.path.realpath(self.path)), Path(to)
        with _locked(path) as file:
            last, torn = _end(file, self.path)
            if torn:
                msg = f"{os.fspath(self.path)!r} ends in a torn line: repair it first"
                raise FormatError(msg)
            if last is None:
                msg = f"{os.fspath(self.path)!r} must have lines to be rotated, got none"
                raise ValueError(msg)
            line, sha256 = new_line(ROTATED, {"file": to.name, "lines": last["sequence"] + 1}, last)
            linked = not (to.exists() and to.samefile(path))
            if linked:
                os.link(path, to)
            try:
                flush_directory(to.parent)
                replace_file(path, [line], mode=stat.S_IMODE(os.fstat(file.fileno()).st_mode))
            except BaseException:
                if linked:
                    to.unlink()
                raise
        return sha256


@contextmanager
def _locked(path: Path, flags: int = 0) -> Iterator[BinaryIO]:
    """Yield the file at ``path``, which no one else has until it is closed."""
    flags |= os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY  # a FIFO does not wait
    while True:
        opened = os.open(path, flags, 0o600)
        with open(opened, "r+b", buffering=0) as file:  # noqa: PTH123 - with these permissions
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                msg = f"{os.fspath(path)!r}: not a regular file"
                raise FormatError(msg)
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(path, opened):
                yield file
                return


def _is_at(path: Path, opened: int) -> bool:
    """Whether the name is still that of the open file: it may have been rotated away."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(opened))
    return False


def _end(file: BinaryIO, path: Path) -> tuple[dict[str, Any] | None, bytes]:
    """Return the last whole line, None where there is none, and what is behind it.

    Empty lines at the end, as editors leave them, count as behind it.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2 * MAX_LINE))
    text = file.read(2 * MAX_LINE)
    newline = text.find(b"\n", len(text.rstrip(_BLANK)))
    if newline < 0:
        newline = text.rfind(b"\n")
    whole, torn = text[: max(0, newline)], text[newline + 1 :]
    if len(torn) > MAX_LINE or (size > len(text) and not whole.strip(_BLANK)):
        msg = (
            f"{os.fspath(path)!r} is not an audit log: its end has no line of at most"
            f" {MAX_LINE:,} bytes"
        )
        raise FormatError(msg)
    if not whole.strip(_BLANK):
        return None, text
    try:
        return checked(whole[whole.rfind(b"\n") + 1 :]), torn
    except FormatError as error:
        msg = f"{os.fspath(path)!r}: the last line is not one of an audit log: {error}"
        raise FormatError(msg) from error


def _check_torn(torn: bytes) -> None:
    """Refuse what no crash leaves behind: a part of a line, or zeros that never were written to.

    Blank lines go too: nothing is lost with them.
    """
    is_part = torn.startswith(BEGINNING) or BEGINNING.startswith(torn)
    if not is_part and torn.strip(b"\0" + _BLANK):
        msg = "what follows the last whole line is no part of a line: it is left as it is"
        raise FormatError(msg)


def _put(file: BinaryIO, line: bytes, at: int, torn: bytes = b"") -> None:
    """Write a line in the place of a torn one, or leave the file as it was."""
    try:
        file.seek(at)
        _write_all(file, line)
        file.truncate(at + len(line))
        os.fsync(file.fileno())
    except BaseException:
        if torn:
            file.seek(at)
            _write_all(file, torn)
        file.truncate(at + len(torn))
        raise


def _write_all(file: BinaryIO, line: bytes) -> None:
    """Write, in as many calls as it takes: a disk that fills up takes a part, and then raises."""
    rest = memoryview(line)
    while rest:
        rest = rest[file.write(rest) :]
