"""Tensors and JSON in one file, written whole or not at all, and read only when nothing is wrong.

A file is taken for hostile until it has been checked, in this order: it is a regular file; sizes;
header and metadata; hash; values. Nothing is allocated that the file's size does not account for.
"""

from __future__ import annotations

import hashlib
import io
import mmap as memory_map
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from slimline.persistence import atomic
from slimline.persistence.envelope import ZEROS, Envelope, seal, unseal
from slimline.persistence.errors import FormatError
from slimline.persistence.formats import DEFAULT, FORMATS, HEAD, Header, choose, recognize
from slimline.persistence.tensors import Array, prepared, value_error

FilePath = str | os.PathLike[str]

_BLOCK = 2**20


def write_file(
    path: FilePath,
    tensors: Mapping[str, Array],
    content: dict[str, Any],
    *,
    file_format: str = DEFAULT,
    mode: int | None = None,
) -> str:
    """Write tensors and content to one file, atomically.

    Equal arguments give equal bytes, on every machine. At any moment the file at ``path`` is the
    old one or the new one, whole; a symbolic link is followed.

    Parameters
    ----------
    path : str or os.PathLike
        The file. Its directory must exist.
    tensors : mapping of str to ndarray
        Boolean, integer and float arrays with finite entries, of at most 8 dimensions; names of
        letters, digits, ``_``, ``.`` and ``-``.
    content : dict
        JSON values: dicts with string keys, lists, strings, finite numbers, booleans, None.
    file_format : str, default="safetensors"
        A key of ``FORMATS``.
    mode : int, optional
        Permissions of the file, such as ``0o600``: readable by its owner only. By default a file
        that is replaced passes on its own, and a new one gets those of any new file.

    Returns
    -------
    str
        The sha256 of the file with its own 64 digits taken as zeros, in hexadecimal.

    Raises
    ------
    TypeError, ValueError
        When a tensor or the content is not as above, or the header would exceed 8 MiB.
    OSError
        When the file cannot be written: then the old one is as it was.

    Examples
    --------
    >>> import tempfile, pathlib, numpy as np
    >>> path = pathlib.Path(tempfile.mkdtemp(), "tiny.slim")
    >>> sha256 = write_file(path, {"w": np.arange(3.0)}, {"kind": "example"})
    >>> tensors, content = read_file(path)
    >>> tensors["w"], content
    (array([0., 1., 2.]), {'kind': 'example'})
    """
    chunks, sha256 = _encode(tensors, content, file_format)
    atomic.replace_file(Path(path), chunks, mode=mode)
    return sha256


def digest(
    tensors: Mapping[str, Array], content: dict[str, Any], *, file_format: str = DEFAULT
) -> str:
    """Return the sha256 that `write_file` would put into the file.

    Parameters and errors are those of `write_file`, but for the path.

    Examples
    --------
    >>> import numpy as np
    >>> digest({"w": np.arange(3.0)}, {"kind": "example"})[:8]
    'cd159e91'
    """
    return _encode(tensors, content, file_format)[1]


def read_file(path: FilePath, *, mmap: bool = False) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read and check a file; nothing in it is ever executed.

    Parameters
    ----------
    path : str or os.PathLike
        A regular file, or a symbolic link to one.
    mmap : bool, default=False
        Map the tensors instead of reading them: quick and small for large files. Then only the
        structure is checked, not hash and values, which `verify_file` does; and the file
        must not be changed while the arrays live (`write_file` replaces it, which is no change).

    Returns
    -------
    tensors : dict of str to ndarray
        Read-only, C-contiguous and little endian.
    content : dict
        As it was written.

    Raises
    ------
    FormatError
        When anything about the file is wrong, also when it is a directory, device or FIFO.
    OSError
        When there is no such file or it cannot be read.
    """
    with _opened(path) as (file, size):
        _, header, envelope = _read_header(file, size)
        tensors = _map(file, size, header) if mmap else _read(file, header, envelope)
    return tensors, envelope.content


def verify_file(path: FilePath) -> None:
    """Check everything about a file, as `read_file` does, and return nothing.

    Raises
    ------
    FormatError, OSError
        As `read_file`.
    """
    read_file(path)


def inspect_file(path: FilePath) -> dict[str, Any]:
    """Describe a file without reading its tensors into memory.

    The hash is checked; the entries of the tensors are not.

    Returns
    -------
    dict
        ``format``, ``format_version``, ``sha256``, ``bytes``, ``content``, and ``tensors``: a list
        of dicts with ``name``, ``dtype``, ``shape`` and ``bytes``. All of it is JSON.

    Raises
    ------
    FormatError, OSError
        As `read_file`.
    """
    with _opened(path) as (file, size):
        name, header, envelope = _read_header(file, size)
        sha256 = _begin_hash(header)
        while block := file.read(_BLOCK):
            sha256.update(block)
        _check_hash(sha256.hexdigest(), envelope)
    return {
        "format": name,
        "format_version": envelope.format_version,
        "sha256": envelope.sha256,
        "bytes": size,
        "content": envelope.content,
        "tensors": [
            {
                "name": info.name,
                "dtype": info.dtype.name,
                "shape": list(info.shape),
                "bytes": info.nbytes,
            }
            for info in header.tensors
        ],
    }


def _encode(
    tensors: Mapping[str, Array], content: dict[str, Any], file_format: str
) -> tuple[tuple[memoryview | bytes, ...], str]:
    """Return the file in pieces, and its hash."""
    form = choose(file_format)
    packed = form.pack(prepared(tensors), seal(content))
    # Reading the header back finds the digits, and proves that the file will be readable.
    at = form.read_header(io.BytesIO(packed), len(packed)).digits_at
    sha256 = hashlib.sha256(packed).hexdigest()
    view = memoryview(packed)
    return (view[:at], sha256.encode("ascii"), view[at + len(ZEROS) :]), sha256


@contextmanager
def _opened(path: FilePath) -> Iterator[tuple[io.BufferedReader, int]]:
    """Yield the regular file at ``path`` and its size; name the file in every FormatError."""
    # Without O_NONBLOCK, opening a FIFO would wait for a writer.
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    status = os.fstat(opened)
    if not stat.S_ISREG(status.st_mode):
        os.close(opened)
        msg = f"{os.fspath(path)!r}: not a regular file"
        raise FormatError(msg)
    try:
        with open(opened, "rb") as file:
            yield file, status.st_size
    except FormatError as error:
        msg = f"{os.fspath(path)!r}: {error}"
        raise FormatError(msg) from error


def _read_header(file: io.BufferedReader, size: int) -> tuple[str, Header, Envelope]:
    name = recognize(file.read(HEAD))
    file.seek(0)
    header = FORMATS[name].read_header(file, size)
    return name, header, unseal(header.text)


def _read(file: io.BufferedReader, header: Header, envelope: Envelope) -> dict[str, Array]:
    sha256 = _begin_hash(header)
    tensors = {info.name: np.empty(info.shape, info.dtype) for info in header.tensors}
    for array in tensors.values():
        memory = array.reshape(-1).view(np.uint8).data
        if file.readinto(memory) != memory.nbytes:
            msg = "the file became shorter while it was read"
            raise FormatError(msg)
        sha256.update(memory)
    if file.read(1):
        msg = "the file became longer while it was read"
        raise FormatError(msg)
    _check_hash(sha256.hexdigest(), envelope)
    for name, array in tensors.items():
        if (wrong := value_error(array)) is not None:
            msg = f"tensor {name!r} {wrong}"
            raise FormatError(msg)
        array.flags.writeable = False
    return tensors


def _map(file: io.BufferedReader, size: int, header: Header) -> dict[str, Array]:
    try:
        memory = memory_map.mmap(file.fileno(), size, access=memory_map.ACCESS_READ)
    except ValueError as error:  # mmap's word for a file that has become too short
        msg = "the file became shorter while it was read"
        raise FormatError(msg) from error
    tensors: dict[str, Array] = {}
    offset = len(header.raw)
    for info in header.tensors:
        tensors[info.name] = np.ndarray(info.shape, info.dtype, buffer=memory, offset=offset)
        offset += info.nbytes
    return tensors


def _begin_hash(header: Header) -> Any:
    end = header.digits_at + len(ZEROS)
    return hashlib.sha256(header.raw[: header.digits_at] + ZEROS.encode() + header.raw[end:])


def _check_hash(actual: str, envelope: Envelope) -> None:
    if actual != envelope.sha256:
        msg = f"damaged: its sha256 is {actual}, but it says {envelope.sha256}"
        raise FormatError(msg)
