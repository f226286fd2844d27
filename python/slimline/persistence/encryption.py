"""Encryption at rest: AES-256 in Galois/Counter Mode (NIST SP 800-38D), by ``cryptography``.

An encrypted file is ``MAGIC``, a fresh nonce of 12 random bytes, then the ciphertext of a whole
plain file with its tag of 16 bytes. Without the key it can neither be read nor changed unnoticed.
One key may encrypt 2^32 files before nonces could repeat.
"""

from __future__ import annotations

import os
from typing import Any

from slimline.persistence.errors import FormatError

MAGIC = b"slimAES1"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
MAX_PLAIN = 2**31 - 2**20  # cryptography takes no more at a time


def encrypt(plain: bytes, key: bytes) -> tuple[bytes, bytes]:
    """Return an encrypted file in two pieces."""
    if len(plain) > MAX_PLAIN:
        msg = f"encrypt_with takes files of at most {MAX_PLAIN:,} bytes, got {len(plain):,}"
        raise ValueError(msg)
    nonce = os.urandom(NONCE_BYTES)
    return MAGIC + nonce, _cipher("encrypt_with", key).encrypt(nonce, plain, MAGIC)


def decrypt(encrypted: bytes, key: bytes) -> bytes:
    """Return the plain file in an encrypted one, or raise FormatError."""
    cipher = _cipher("decrypt_with", key)
    if not encrypted.startswith(MAGIC):
        msg = "not encrypted, but decrypt_with was given"
        raise FormatError(msg)
    start = len(MAGIC) + NONCE_BYTES
    if not start + TAG_BYTES <= len(encrypted) <= start + MAX_PLAIN + TAG_BYTES:
        msg = f"an encrypted file cannot have {len(encrypted):,} bytes"
        raise FormatError(msg)
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - of the extra "crypto"

    try:
        plain: bytes = cipher.decrypt(encrypted[len(MAGIC) : start], encrypted[start:], MAGIC)
    except InvalidTag as error:
        msg = "cannot be decrypted: damaged, or encrypted with another key"
        raise FormatError(msg) from error
    return plain


def _cipher(argument: str, key: object) -> Any:
    if not isinstance(key, bytes) or len(key) != KEY_BYTES:
        got = f"{len(key)} bytes" if isinstance(key, bytes) else type(key).__name__
        msg = f"{argument} must be a key of {KEY_BYTES} bytes, got {got}"
        raise (ValueError if isinstance(key, bytes) else TypeError)(msg)
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        msg = f"{argument} needs cryptography: pip install cryptography"
        raise ImportError(msg, name=error.name) from error
    return AESGCM(key)
