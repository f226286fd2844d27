"""Lines of an audit log: made, read back before they are written, and checked.

A line is canonical JSON with ``data``, ``event``, ``previous`` (the sha256 of the line before),
``sequence``, ``sha256`` (of this line without it) and ``time`` (UTC).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slimline._text import quoted
from slimline.persistence import FormatError
from slimline.persistence.strict_json import canonical, parse

START = "0" * 64  # what the first line of all follows
MAX_LINE = 2**20
BEGINNING = b'{"data":'  # of every line: keys are sorted
ROTATED = "rotated"  # the event of a first line that follows the last one of another file
REPAIRED = "repaired"  # the event that takes the place of a torn line

_KEYS = {"data", "event", "previous", "sequence", "sha256", "time"}
_DIGITS = re.compile(r"[0-9a-f]{64}")


def new_line(
    event: str, data: Mapping[str, Any], last: Mapping[str, Any] | None
) -> tuple[bytes, str]:
    """Return the line that follows ``last``, and its sha256, once it has been read back.

    Raises
    ------
    TypeError, ValueError
        If a reader would refuse the line.
    """
    if not isinstance(event, str):
        msg = f"event must be a text, got {type(event).__name__}"
        raise TypeError(msg)
    if not isinstance(data, Mapping):
        msg = f"data must be a mapping of texts to JSON values, got {type(data).__name__}"
        raise TypeError(msg)
    members = {
        "sequence": 0 if last is None else last["sequence"] + 1,
        "time": datetime.now(UTC).isoformat(timespec="microseconds"),
        "event": event,
        "previous": START if last is None else last["sha256"],
    }
    try:
        # As it comes back: keys that are numbers are texts then, and sort as such.
        plain = parse(json.dumps(dict(data), allow_nan=False))
        sha256 = _sha256(members | {"data": plain})
        line = canonical(members | {"data": plain, "sha256": sha256}).encode("ascii")
        _check_length(line)
        checked(line)
    except TypeError as error:
        msg = f"data must hold JSON values alone: {error}"
        raise TypeError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"event and data must make a line that can be read back: {error}"
        raise ValueError(msg) from error
    return line + b"\n", sha256


def _check_length(line: bytes) -> None:
    if len(line) >= MAX_LINE:
        msg = f"it must fit in {MAX_LINE:,} bytes, got {len(line) + 1:,}"
        raise ValueError(msg)


def _sha256(members: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(members).encode("ascii")).hexdigest()


def checked(line: bytes) -> dict[str, Any]:
    """Parse a line, without its newline, and check its own hash.

    Raises
    ------
    FormatError
        Whatever is wrong with it.
    """
    if not line.isascii():
        msg = "not ASCII"
        raise FormatError(msg)
    members = parse(line.decode("ascii"))
    if not isinstance(members, dict) or members.keys() != _KEYS:
        msg = "not a line of an audit log"
        raise FormatError(msg)
    _check_links(members)
    try:
        sha256 = _sha256({name: members[name] for name in _KEYS - {"sha256"}})
        text = canonical(members)
    except UnicodeEncodeError as error:
        msg = "it holds half a surrogate pair, which is no text"
        raise FormatError(msg) from error
    if sha256 != members["sha256"]:
        msg = "its sha256 does not fit"
        raise FormatError(msg)
    if text.encode("ascii") != line:
        msg = "not canonical JSON"
        raise FormatError(msg)
    return members


def _check_links(members: Mapping[str, Any]) -> None:
    """Check the types of what later lines build upon."""
    number = members["sequence"]
    if type(number) is not int or not 0 <= number < 2**63:
        msg = f"sequence must be a whole number from 0 on, got {quoted(number)}"
        raise FormatError(msg)
    for name in ("previous", "sha256"):
        if not isinstance(members[name], str) or not _DIGITS.fullmatch(members[name]):
            msg = f"{name} must be 64 lower-case hexadecimal digits, got {quoted(members[name])}"
            raise FormatError(msg)
