"""Ed25519 signatures (RFC 8032) over a file's hash, by the library ``cryptography``.

The sha256 of the unsigned file is signed, so that a model has one hash, signed or not. Trust never
comes from the file: its key is compared with those that the caller trusts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from slimline.persistence.errors import FormatError

KEY_BYTES = 32

_PURPOSE = b"slimline model, ed25519, 1\n"  # no signature made for something else fits


class Signature(NamedTuple):
    """Who signed, and the signature, both in hexadecimal."""

    key: str
    value: str


def sign(sha256: str, private_key: Any) -> Signature:
    """Sign a file's hash with a private key: cryptography's object, or its 32 bytes."""
    key = _private_key(private_key)
    return Signature(key.public_key().public_bytes_raw().hex(), key.sign(_message(sha256)).hex())


def trusted(public_keys: Iterable[Any]) -> dict[str, Any]:
    """Return public keys, cryptography's objects or 32 bytes each, by their hexadecimal digits."""
    ed25519 = _ed25519("trusted_keys")
    if isinstance(public_keys, bytes) or not isinstance(public_keys, Iterable):
        msg = f"trusted_keys must be a list of keys, got {_kind(public_keys)}"
        raise TypeError(msg)
    keys = {}
    for given in public_keys:
        key = given
        if isinstance(given, bytes) and len(given) == KEY_BYTES:
            key = ed25519.Ed25519PublicKey.from_public_bytes(given)
        if not isinstance(key, ed25519.Ed25519PublicKey):
            msg = f"trusted_keys must be Ed25519PublicKeys or 32 bytes each, got {_kind(given)}"
            raise TypeError(msg)
        keys[key.public_bytes_raw().hex()] = key
    if not keys:
        msg = "trusted_keys must hold at least one key, got none"
        raise ValueError(msg)
    return keys


def check_signature(sha256: str, signature: Signature | None, keys: dict[str, Any]) -> None:
    """Raise FormatError unless one of ``keys`` has signed ``sha256``."""
    if signature is None:
        msg = "not signed, but trusted_keys were given"
        raise FormatError(msg)
    if signature.key not in keys:
        msg = f"signed by {signature.key}, which is none of the trusted_keys"
        raise FormatError(msg)
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - of the extra "crypto"

    try:
        keys[signature.key].verify(bytes.fromhex(signature.value), _message(sha256))
    except InvalidSignature as error:
        msg = f"the signature of {signature.key} does not fit the contents"
        raise FormatError(msg) from error


def _message(sha256: str) -> bytes:
    return _PURPOSE + sha256.encode("ascii")


def _private_key(given: Any) -> Any:
    ed25519 = _ed25519("sign_with")
    if isinstance(given, bytes) and len(given) == KEY_BYTES:
        return ed25519.Ed25519PrivateKey.from_private_bytes(given)
    if not isinstance(given, ed25519.Ed25519PrivateKey):
        msg = f"sign_with must be an Ed25519PrivateKey or its 32 bytes, got {_kind(given)}"
        raise TypeError(msg)
    return given


def _ed25519(argument: str) -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        msg = f"{argument} needs cryptography: pip install cryptography"
        raise ImportError(msg, name=error.name) from error
    return ed25519


def _kind(value: object) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes) else type(value).__name__
