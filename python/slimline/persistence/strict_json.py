"""JSON without its loopholes, in one canonical spelling.

Python's parser accepts more than is safe in untrusted input: the last of two equal keys wins,
NaN and Infinity are numbers, integers have any size, and nesting is bounded by the interpreter's
stack alone. Here each of these is refused before or while parsing, so that a text costs bounded
time and memory, and `canonical` gives the one text that stands for a value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from slimline.persistence.errors import FormatError

# What values and keys become in memory bounds them: a text takes 75 bytes there, a key with its
# object up to 350. Together these are less than the 16 MB that reading may take besides the file.
MAX_VALUES = 200_000
MAX_KEYS = 30_000
MAX_DEPTH = 32

# Lists are compared with their text in pieces of this many entries.
_PIECE = 1024

# The closing quote is optional, so that an unterminated string is passed over once, in linear time.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKET = re.compile(r"[^][{}]++")
_LONGEST_INTEGER = len(str(-(2**63)))


def canonical(value: object) -> str:
    """Return the text of ``value``: sorted keys, no spaces, ASCII.

    NaN and infinity raise ValueError, and so does half a surrogate pair, which no one can print.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    if r"\ud" in text:
        json.dumps(value, ensure_ascii=False).encode()
    return text


def is_canonical(value: object, text: str) -> bool:
    """Whether ``text`` is the canonical text of ``value``, which is not made as a whole."""
    position = 0
    try:
        for piece in _pieces(value):
            if not text.startswith(piece, position):
                return False
            position += len(piece)
    except UnicodeEncodeError:
        return False
    return position == len(text)


def _pieces(value: object) -> Iterator[str]:
    """Yield the canonical text, long lists and what lies around them piece by piece."""
    if isinstance(value, dict):
        before = "{"
        for key in sorted(value):
            yield f"{before}{canonical(key)}:"
            yield from _pieces(value[key])
            before = ","
        yield "}" if value else "{}"
    elif isinstance(value, list) and len(value) > _PIECE:
        for start in range(0, len(value), _PIECE):
            yield "[" if start == 0 else ","
            yield canonical(value[start : start + _PIECE])[1:-1]
        yield "]"
    else:
        yield canonical(value)


def parse(text: str, *, repeated_keys: bool = False) -> Any:
    """Parse ``text``, or raise FormatError; see the module for what is refused.

    With ``repeated_keys`` the last of equal keys wins, and `is_canonical` finds that there were
    more: telling them apart while parsing takes twice the memory.
    """
    if text.count('":') > MAX_KEYS:
        msg = f"JSON must hold at most {MAX_KEYS:,} keys"
        raise FormatError(msg)
    # Quotes, but for escaped ones, are those of texts and keys; what is no JSON can have more.
    n_quotes = text.count('"') - text.count(r"\"")
    if sum(map(text.count, ",[{")) > MAX_VALUES or n_quotes > 2 * (MAX_VALUES + MAX_KEYS):
        msg = f"JSON must hold at most {MAX_VALUES:,} values"
        raise FormatError(msg)
    if _depth(text) > MAX_DEPTH:
        msg = f"JSON must be nested at most {MAX_DEPTH} deep"
        raise FormatError(msg)
    try:
        return json.loads(
            text,
            object_pairs_hook=None if repeated_keys else _unique_keys,
            parse_int=_integer,
            parse_float=_real,
            parse_constant=_refuse,
        )
    except json.JSONDecodeError as error:
        msg = f"not JSON: {error}"
        raise FormatError(msg) from error


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in _NOT_BRACKET.sub("", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(depth, deepest)
    return deepest


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        msg = "JSON object with a repeated key"
        raise FormatError(msg)
    return members


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER or digits == "-0" or not -(2**63) <= int(digits) < 2**64:
        msg = f"JSON integer must be plain and fit in 64 bits, got {digits:.24}"
        raise FormatError(msg)
    return int(digits)


def _real(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        _refuse(digits)
    return value


def _refuse(constant: str) -> None:
    msg = f"JSON number must be finite, got {constant:.24}"
    raise FormatError(msg)
