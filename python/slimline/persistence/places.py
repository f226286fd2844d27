"""The place of a file: a path, bytes, or an open binary file."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

from slimline.persistence import atomic, encryption
from slimline.persistence.errors import FormatError

FilePath = str | os.PathLike[str]
Source = FilePath | bytes | bytearray | memoryview | IO[bytes]
Target = FilePath | IO[bytes]

_IN_MEMORY = (bytes, bytearray, memoryview)


def is_path(place: Any) -> bool:
    """Whether a file at a path is meant."""
    return isinstance(place, str | os.PathLike)


def name_of(place: Any) -> str:
    """Return how messages call it."""
    if isinstance(place, _IN_MEMORY):
        return "the bytes given"
    return repr(os.fspath(place)) if is_path(place) else "the file given"


def put(target: Target, chunks: Iterable[bytes | memoryview], mode: int | None) -> None:
    """Write ``chunks``: at a path as one step, into a file from where it is."""
    mode = atomic.checked_mode(mode)
    if isinstance(target, str | os.PathLike):
        atomic.replace_file(Path(target), chunks, mode=mode)
        return
    if mode is not None:
        msg = "mode is for files at a path: this one is open already"
        raise ValueError(msg)
    if not hasattr(target, "write") or isinstance(target, io.TextIOBase):
        raise TypeError(_no_place(target, "a path or a file opened for writing bytes"))
    left = memoryview(b"".join(chunks))
    while left:
        written = target.write(left)
        # An unbuffered file may take less at a time; other objects may return nothing.
        left = left[written:] if isinstance(target, io.RawIOBase) and written else left[:0]


@contextmanager
def opened(source: Source, decrypt_with: bytes | None) -> Iterator[tuple[BinaryIO, int]]:
    """Yield the plain content of a regular file, of bytes, or of a file's rest, and its size.

    Every FormatError from within names the place.
    """
    try:
        with _file(source) as (file, size):
            if decrypt_with is None:
                yield file, size
            else:
                plain = encryption.decrypt(file.read(size), decrypt_with)
                yield io.BytesIO(plain), len(plain)
    except FormatError as error:
        msg = f"{name_of(source)}: {error}"
        raise FormatError(msg) from error


@contextmanager
def _file(source: Source) -> Iterator[tuple[BinaryIO, int]]:
    if isinstance(source, str | os.PathLike):
        # Without O_NONBLOCK, opening a FIFO would wait for a writer.
        opened = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode):
            os.close(opened)
            msg = "not a regular file"
            raise FormatError(msg)
        with open(opened, "rb") as file:
            yield file, status.st_size
        return
    content = source if isinstance(source, _IN_MEMORY) else _rest_of(source)
    if isinstance(content, memoryview) and not content.c_contiguous:
        content = content.tobytes()
    yield io.BytesIO(content), memoryview(content).nbytes


def _rest_of(file: Any) -> bytes:
    expected = "a path, bytes or a file opened for reading bytes"
    if not hasattr(file, "read"):
        raise TypeError(_no_place(file, expected))
    content = file.read()
    if not isinstance(content, bytes):
        raise TypeError(_no_place(content, f"{expected}, whose read() gives bytes"))
    return content


def _no_place(got: Any, expected: str) -> str:
    return f"path must be {expected}, got {type(got).__name__}"
