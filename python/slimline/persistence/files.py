"""Tensors and JSON in one file, written atomically, and read only if every check passes.

A file is treated as hostile until it has been checked, in this order: it is a regular file; sizes;
header and metadata; hash and signature; values. No more is allocated than the size of the file
accounts for. An encrypted file is decrypted first, which proves that it is undamaged.
"""

from __future__ import annotations

import mmap as memory_map
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import numpy as np

from slimline.persistence import encoding, encryption
from slimline.persistence.envelope import Envelope, unseal
from slimline.persistence.errors import FormatError
from slimline.persistence.formats import DEFAULT, FORMATS, HEAD, Format, Header, recognize
from slimline.persistence.hashing import FileHash
from slimline.persistence.places import Source, Target, is_path, opened, put
from slimline.persistence.signing import trusted
from slimline.persistence.tensors import Array, value_error

_BLOCK = 2**20


def write_file(  # noqa: PLR0913 - few are needed at a time
    path: Target,
    tensors: Mapping[str, Array],
    content: dict[str, Any],
    *,
    file_format: str = DEFAULT,
    mode: int | None = None,
    sign_with: Any = None,
    encrypt_with: bytes | None = None,
) -> str:
    """Write tensors and content to one file, atomically.

    Equal arguments give equal bytes, on every machine, unless they are encrypted. At any moment the
    file at ``path`` is the old one or the new one, whole; a symbolic link is followed.

    Parameters
    ----------
    path : str, os.PathLike or binary file
        The file; its directory must exist. A file that is open gets the bytes where it stands.
    tensors : mapping of str to ndarray
        Boolean, integer and float arrays with finite entries, of at most 8 dimensions; names of
        letters, digits, ``_``, ``.`` and ``-``.
    content : dict
        JSON values: dicts with string keys, lists, strings, finite numbers, booleans, None.
    file_format : str, default="safetensors"
        A key of ``FORMATS``.
    mode : int, optional
        Permissions of the file, such as ``0o600``: readable by its owner only, from the first byte
        on. By default a file that is replaced passes on its own, and a new one gets those of any
        new file.
    sign_with : Ed25519PrivateKey or bytes of length 32, optional
        Signs the file.
    encrypt_with : bytes of length 32, optional
        Encrypts the file with AES-256-GCM.

    Returns
    -------
    str
        The sha256 of the plain, unsigned file with its own 64 digits taken as zeros.

    Raises
    ------
    TypeError, ValueError
        When a tensor, the content, a key or the mode is not as above, or the header would exceed
        8 MiB.
    ImportError
        When a key is given and cryptography is missing.
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
    chunks, sha256 = encoding.encode(tensors, content, file_format)
    if sign_with is not None:
        chunks = encoding.signed(tensors, content, file_format, sha256, sign_with)
    if encrypt_with is not None:
        chunks = encryption.encrypt(b"".join(chunks), encrypt_with)
    put(path, chunks, mode)
    return sha256


def read_file(
    path: Source,
    *,
    mmap: bool = False,
    trusted_keys: Iterable[Any] | None = None,
    decrypt_with: bytes | None = None,
) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read and check a file; nothing in it is ever executed.

    Parameters
    ----------
    path : str, os.PathLike, bytes-like or binary file
        A regular file, or a symbolic link to one; the bytes of one; or a file that is open, which
        is read to its end.
    mmap : bool, default=False
        Map the tensors instead of reading them: quick and small for large files. Then only the
        structure is checked, not hash and values, which `verify_file` does (with trusted_keys hash
        and signature are checked all the same, which reads the file once); and the file must not
        be changed while the arrays live (`write_file` replaces it, which is no change).
    trusted_keys : iterable of Ed25519PublicKey or bytes of length 32, optional
        Refuse a file that none of them has signed. Without, signatures are not looked at.
    decrypt_with : bytes of length 32, optional
        The key of an encrypted file; a file that is not encrypted is then refused.

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
    ValueError, TypeError
        When a key is none, a file is to be both mapped and decrypted, or what is mapped is no path.
    ImportError
        When a key is given and cryptography is missing.
    OSError
        When there is no such file or it cannot be read.
    """
    if mmap and decrypt_with is not None:
        msg = "mmap=True cannot be had with decrypt_with: what is decrypted lies in memory"
        raise ValueError(msg)
    if mmap and not is_path(path):
        msg = "mmap=True needs a path: other files are read"
        raise ValueError(msg)
    keys = None if trusted_keys is None else trusted(trusted_keys)
    with opened(path, decrypt_with) as (file, size):
        _, header, envelope, sha256 = _read_header(file, size)
        if mmap:
            tensors = _map(file, size, header)
            if keys is not None:
                for array in tensors.values():
                    sha256.update(_bytes(array))
                sha256.check(keys)
        else:
            tensors = _read(file, header, sha256, keys)
    return tensors, envelope.content


def verify_file(
    path: Source,
    *,
    trusted_keys: Iterable[Any] | None = None,
    decrypt_with: bytes | None = None,
) -> None:
    """Check everything about a file, as `read_file` does, and return nothing.

    Raises
    ------
    FormatError, ValueError, TypeError, ImportError, OSError
        As `read_file`.
    """
    read_file(path, trusted_keys=trusted_keys, decrypt_with=decrypt_with)


def inspect_file(path: Source, *, decrypt_with: bytes | None = None) -> dict[str, Any]:
    """Describe a file without reading its tensors into memory.

    The hash is checked; signature and the entries of the tensors are not.

    Returns
    -------
    dict
        ``format``, ``format_version``, ``sha256``, ``model_sha256`` (without the signature),
        ``signed_by`` (a public key, in hexadecimal, that the file claims, or None), ``encrypted``,
        ``bytes``, ``content``, and ``tensors``: a list of dicts with ``name``, ``dtype``, ``shape``
        and ``bytes``. All of it is JSON.

    Raises
    ------
    FormatError, ValueError, TypeError, ImportError, OSError
        As `read_file`.
    """
    with opened(path, decrypt_with) as (file, size):
        name, header, envelope, sha256 = _read_header(file, size)
        while block := file.read(_BLOCK):
            sha256.update(block)
        sha256.check(None)
    return {
        "format": name,
        "format_version": envelope.format_version,
        "sha256": envelope.sha256,
        "model_sha256": sha256.unsigned,
        "signed_by": None if envelope.signature is None else envelope.signature.key,
        "encrypted": decrypt_with is not None,
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


def _read_header(file: BinaryIO, size: int) -> tuple[str, Header, Envelope, FileHash]:
    head = file.read(HEAD)
    if head.startswith(encryption.MAGIC):
        msg = "encrypted: give its key as decrypt_with"
        raise FormatError(msg)
    name = recognize(head)
    file.seek(0)
    form: Format = FORMATS[name]
    header = form.read_header(file, size)
    envelope = unseal(header.text)
    return name, header, envelope, FileHash(form, header, envelope)


def _read(
    file: BinaryIO, header: Header, sha256: FileHash, keys: dict[str, Any] | None
) -> dict[str, Array]:
    tensors = {info.name: np.empty(info.shape, info.dtype) for info in header.tensors}
    for array in tensors.values():
        memory = _bytes(array)
        if file.readinto(memory) != memory.nbytes:  # type: ignore[attr-defined]
            msg = "the file became shorter while it was read"
            raise FormatError(msg)
        sha256.update(memory)
    if file.read(1):
        msg = "the file became longer while it was read"
        raise FormatError(msg)
    sha256.check(keys)
    for name, array in tensors.items():
        if (wrong := value_error(array)) is not None:
            msg = f"tensor {name!r} {wrong}"
            raise FormatError(msg)
        array.flags.writeable = False
    return tensors


def _bytes(array: Array) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _map(file: BinaryIO, size: int, header: Header) -> dict[str, Array]:
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
