"""The metadata text of a file: format version, hash, content.

The text is canonical JSON, ``{"content":{...},"format_version":1,"sha256":"<64 hex digits>"}``. The
hash is that of the whole file with its own 64 digits taken as zeros. Keys are sorted, so the digits
are always the same distance from the end of the text, whatever the content says. A signed file has
one member more, ``"ed25519":{"key":"<64 digits>","signature":"<128 digits>"}``, between the first
two; what is signed is the hash of the file without it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from slimline.persistence import strict_json
from slimline.persistence.errors import FormatError
from slimline.persistence.signing import Signature

FORMAT_VERSION = 1
ZEROS = "0" * 64
DIGITS_FROM_END = len(ZEROS + '"}')

_KEYS = {"content", "format_version", "sha256"}
_SIGNED = "ed25519"
_DIGITS = re.compile(r"[0-9a-f]{64}")
_SIGNATURE_DIGITS = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the metadata text says."""

    format_version: int
    sha256: str
    content: dict[str, Any]
    signature: Signature | None

    @property
    def unsigned_text(self) -> str:
        """The text without signature, with zeros for the hash."""
        return strict_json.canonical(_members(self.content, self.format_version, None))


def _members(
    content: dict[str, Any], format_version: int, signature: Signature | None
) -> dict[str, Any]:
    members = {"content": content, "format_version": format_version, "sha256": ZEROS}
    if signature is not None:
        members[_SIGNED] = {"key": signature.key, "signature": signature.value}
    return members


def seal(content: dict[str, Any], signature: Signature | None = None) -> str:
    """Return the metadata text for ``content``, with zeros for the hash.

    Raises
    ------
    TypeError, ValueError
        When ``content`` would not come back from JSON as it went in.
    """
    members = _members(content, FORMAT_VERSION, signature)
    expected = "content must be a dict of JSON values (string keys, lists, finite numbers)"
    try:
        text = strict_json.canonical(members)
        returned = strict_json.parse(text)
    except TypeError as error:
        msg = f"{expected}: {error}"
        raise TypeError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{expected}: {error}"
        raise ValueError(msg) from error
    if returned != members or not isinstance(content, dict):
        msg = f"{expected}: it would come back changed (a tuple, or a key that is no string?)"
        raise TypeError(msg)
    return text


def unseal(text: str) -> Envelope:
    """Parse and check the metadata text; a FormatError says what is wrong with it."""
    members = strict_json.parse(text, repeated_keys=True)
    if not isinstance(members, dict):
        msg = f"slimline metadata must be a JSON object, got {type(members).__name__}"
        raise FormatError(msg)
    _check_version(members.get("format_version"))
    if members.keys() - {_SIGNED} != _KEYS:
        msg = f"slimline metadata must have the keys {sorted(_KEYS)}, got {sorted(members)!s:.200}"
        raise FormatError(msg)
    if not isinstance(members["content"], dict):
        msg = f"content must be a JSON object, got {type(members['content']).__name__}"
        raise FormatError(msg)
    if not isinstance(members["sha256"], str) or not _DIGITS.fullmatch(members["sha256"]):
        msg = f"sha256 must be 64 lower-case hexadecimal digits, got {members['sha256']!r:.80}"
        raise FormatError(msg)
    signature = _signature(members.pop(_SIGNED)) if _SIGNED in members else None
    envelope = Envelope(**members, signature=signature)
    if not _is_canonical(envelope, text):
        msg = "slimline metadata must be canonical JSON (sorted keys, no spaces, ASCII)"
        raise FormatError(msg)
    return envelope


def _signature(value: Any) -> Signature:
    if not isinstance(value, dict) or value.keys() != {"key", "signature"}:
        msg = f"{_SIGNED} must be an object with key and signature, got {value!r:.80}"
        raise FormatError(msg)
    for name, digits in (("key", _DIGITS), ("signature", _SIGNATURE_DIGITS)):
        if not isinstance(value[name], str) or not digits.fullmatch(value[name]):
            msg = f"{name} of {_SIGNED} must be lower-case hexadecimal, got {value[name]!r:.80}"
            raise FormatError(msg)
    return Signature(value["key"], value["signature"])


def _is_canonical(envelope: Envelope, text: str) -> bool:
    members = _members(envelope.content, envelope.format_version, envelope.signature)
    return strict_json.is_canonical(members | {"sha256": envelope.sha256}, text)


def _check_version(version: object) -> None:
    if type(version) is not int or version < 1:
        msg = f"format_version must be an integer of at least 1, got {version!r:.80}"
        raise FormatError(msg)
    if version > FORMAT_VERSION:
        msg = (
            f"written in format version {version} by a newer slimline; this one reads up to "
            f"{FORMAT_VERSION}: upgrade slimline"
        )
        raise FormatError(msg)
