"""The hash of a file, and that of the same file without its signature, which is what was signed."""

from __future__ import annotations

import hashlib
from typing import Any

from slimline.persistence.envelope import ZEROS, Envelope
from slimline.persistence.errors import FormatError
from slimline.persistence.formats import Format, Header
from slimline.persistence.signing import check_signature


class FileHash:
    """Takes the bytes after a header piece by piece, and then checks them against the header."""

    def __init__(self, form: Format, header: Header, envelope: Envelope) -> None:
        end = header.digits_at + len(ZEROS)
        raw = memoryview(header.raw)
        self._envelope = envelope
        self._whole = hashlib.sha256(raw[: header.digits_at])
        self._whole.update(ZEROS.encode())
        self._whole.update(raw[end:])
        self._unsigned = None
        if envelope.signature is not None:
            self._unsigned = hashlib.sha256(form.with_text(header, envelope.unsigned_text))

    def update(self, block: bytes | memoryview) -> None:
        """Take more bytes of the tensors."""
        self._whole.update(block)
        if self._unsigned is not None:
            self._unsigned.update(block)

    @property
    def unsigned(self) -> str:
        """The hash of the file without its signature: that of the model."""
        return (self._unsigned or self._whole).hexdigest()

    def check(self, trusted: dict[str, Any] | None) -> None:
        """Raise FormatError unless hash and, given keys that are trusted, signature are right."""
        actual = self._whole.hexdigest()
        if actual != self._envelope.sha256:
            msg = f"damaged: its sha256 is {actual}, but it says {self._envelope.sha256}"
            raise FormatError(msg)
        if trusted is not None:
            check_signature(self.unsigned, self._envelope.signature, trusted)
