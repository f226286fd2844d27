"""The bytes of a file, made in memory, and their hash."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from typing import Any

from slimline.persistence.envelope import ZEROS, seal
from slimline.persistence.formats import DEFAULT, choose
from slimline.persistence.signing import Signature, sign
from slimline.persistence.tensors import Array, prepared

Chunks = tuple[memoryview | bytes, ...]


def digest(
    tensors: Mapping[str, Array], content: dict[str, Any], *, file_format: str = DEFAULT
) -> str:
    """Return the sha256 that `write_file` would return.

    Parameters and errors are those of `write_file`, but for the path.

    Examples
    --------
    >>> import numpy as np
    >>> digest({"w": np.arange(3.0)}, {"kind": "example"})[:8]
    'cd159e91'
    """
    return encode(tensors, content, file_format)[1]


def encode(
    tensors: Mapping[str, Array],
    content: dict[str, Any],
    file_format: str,
    signature: Signature | None = None,
) -> tuple[Chunks, str]:
    """Return the file in pieces, and its hash."""
    form = choose(file_format)
    packed = form.pack(prepared(tensors), seal(content, signature))
    # Reading the header back finds the digits, and proves that the file will be readable.
    at = form.read_header(io.BytesIO(packed), len(packed)).digits_at
    sha256 = hashlib.sha256(packed).hexdigest()
    view = memoryview(packed)
    return (view[:at], sha256.encode("ascii"), view[at + len(ZEROS) :]), sha256


def signed(
    tensors: Mapping[str, Array],
    content: dict[str, Any],
    file_format: str,
    sha256: str,
    private_key: Any,
) -> Chunks:
    """Return the file, whose unsigned form has this hash, with a signature, in pieces."""
    return encode(tensors, content, file_format, sign(sha256, private_key))[0]
