"""The metadata text of a file: format version, hash, content.

The text is canonical JSON, ``{"content":{...},"format_version":1,"sha256":"<64 hex digits>"}``. The
hash is that of the whole file with its own 64 digits taken as zeros. Keys are sorted, so the digits
are always the same distance from the end of the text, whatever the content says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from slimline.persistence import strict_json
from slimline.persistence.errors import FormatError

FORMAT_VERSION = 1
ZEROS = "0" * 64
DIGITS_FROM_END = len(ZEROS + '"}')

_KEYS = {"content", "format_version", "sha256"}
_DIGITS = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the metadata text says."""

    format_version: int
    sha256: str
    content: dict[str, Any]


def seal(content: dict[str, Any]) -> str:
    """Return the metadata text for ``content``, with zeros for the hash.

    Raises
    ------
    TypeError, ValueError
        When ``content`` would not come back from JSON as it went in.
    """
    members = {"content": content, "format_version": FORMAT_VERSION, "sha256": ZEROS}
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
    members = strict_json.parse(text)
    if not isinstance(members, dict):
        msg = f"slimline metadata must be a JSON object, got {type(members).__name__}"
        raise FormatError(msg)
    _check_version(members.get("format_version"))
    if members.keys() != _KEYS:
        msg = f"slimline metadata must have the keys {sorted(_KEYS)}, got {sorted(members)!s:.200}"
        raise FormatError(msg)
    if not isinstance(members["content"], dict):
        msg = f"content must be a JSON object, got {type(members['content']).__name__}"
        raise FormatError(msg)
    if not isinstance(members["sha256"], str) or not _DIGITS.fullmatch(members["sha256"]):
        msg = f"sha256 must be 64 lower-case hexadecimal digits, got {members['sha256']!r:.80}"
        raise FormatError(msg)
    if not _is_canonical(members, text):
        msg = "slimline metadata must be canonical JSON (sorted keys, no spaces, ASCII)"
        raise FormatError(msg)
    return Envelope(**members)


def _is_canonical(members: dict[str, Any], text: str) -> bool:
    try:
        return strict_json.canonical(members) == text
    except UnicodeEncodeError:
        return False


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
