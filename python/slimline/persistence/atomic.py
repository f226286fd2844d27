"""Replace a file atomically: at any moment, and after any crash, it is the old or the new one.

The bytes are written to a temporary file in the same directory and flushed to the disk, and one
rename gives the file its name. Then the directory is flushed, so that the rename survives a power
cut. A process that is killed in between leaves the old file, and a ``.slimline-*.tmp`` to delete.
"""

from __future__ import annotations

import contextlib
import errno
import operator
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

_READ, _ALL = 0o4, 0o777

# What file systems without fsync on directories answer.
_NO_DIRECTORY_FSYNC = {errno.EINVAL, errno.EBADF, errno.ENOTSUP}
_TEMPORARY = ".slimline-"


def replace_file(path: Path, chunks: Iterable[bytes | memoryview], *, mode: int | None) -> None:
    """Replace the content of the file at ``path`` by ``chunks``, in this order.

    A symbolic link is followed. ``mode`` None keeps the permissions of the file that is replaced; a
    new file gets default permissions. An OSError leaves the old file unchanged, and names it, not
    the temporary file. While the temporary file is written, only its owner can read it, unless the
    result is to have default permissions.
    """
    target = Path(os.path.realpath(path))
    try:
        _replace(target, chunks, mode)
    except PermissionError as error:
        reason = f"{error.strerror}: a new file is put there, so its folder must be writable"
        raise PermissionError(error.errno, reason, str(target)) from error
    except OSError as error:
        if error.filename is None or Path(error.filename).name.startswith(_TEMPORARY):
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise


def _replace(target: Path, chunks: Iterable[bytes | memoryview], mode: int | None) -> None:
    old_mode = _mode_of_file(target)
    mode = old_mode if mode is None else mode
    temporary = target.with_name(f"{_TEMPORARY}{secrets.token_hex(8)}.tmp")
    try:
        first_mode = 0o666 if mode is None else 0o600
        created = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, first_mode
        )
    except FileNotFoundError as error:  # not by the name of the temporary file
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(target.parent)) from error
    try:
        with open(created, "wb") as file:
            file.writelines(chunks)
            file.flush()
            if mode is not None:
                os.fchmod(created, mode)
            os.fsync(created)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
    flush_directory(target.parent)


def checked_mode(mode: object) -> int | None:
    """Return plausible permissions of a file, or raise TypeError or ValueError.

    Examples
    --------
    >>> checked_mode(0o640)
    416
    """
    if mode is None:
        return None
    if isinstance(mode, bool) or not hasattr(mode, "__index__"):
        msg = f"mode must be permissions such as 0o600, or None, got {mode!r:.80}"
        raise TypeError(msg)
    bits = operator.index(mode)
    if not 0 <= bits <= _ALL or not bits & stat.S_IRUSR:
        typed = f"{bits:d}"
        octal = set(typed) <= set("01234567") and len(typed) <= len("0777")
        hint = f"; write 0o{typed} for the permissions {typed}" if octal and bits else ""
        msg = f"mode must be at most 0o777 and let the owner read, got {bits}{hint}"
        raise ValueError(msg)
    owner, *others = bits >> 6, bits >> 3 & 0o7, bits & 0o7
    if any(each & ~owner or 0 < each < _READ for each in others):
        msg = (
            f"mode must give no one more than the owner, and nothing without reading, got {bits}, "
            f"which is 0o{bits:o}; did you mean 0o{bits:d}?"
        )
        raise ValueError(msg)
    return bits


def _mode_of_file(target: Path) -> int | None:
    """Permissions of the regular file at ``target``, None where there is nothing."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if not stat.S_ISREG(mode):  # renaming over a device or a FIFO would destroy it
        raise FileExistsError(errno.EEXIST, "exists and is not a regular file", str(target))
    return stat.S_IMODE(mode)


def flush_directory(directory: Path) -> None:
    """Flush the names in a directory to the disk."""
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in _NO_DIRECTORY_FSYNC:
            raise
    finally:
        os.close(opened)
