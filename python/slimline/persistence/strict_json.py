"""JSON without its loopholes, in one canonical spelling.

Python's parser accepts more than is safe to take from a stranger: the last of two equal keys wins,
NaN and Infinity are numbers, integers have any size, and nesting is bounded by the interpreter's
stack alone. Here each of these is refused before or while parsing, so that a text costs bounded
time and memory, and `canonical` gives the one text that stands for a value.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from slimline.persistence.errors import FormatError

# As many keys of one object, the costliest values, take 0.5 s and 60 MB to read and check.
MAX_VALUES = 250_000
MAX_DEPTH = 32

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


def parse(text: str) -> Any:
    """Parse ``text``, or raise FormatError; see the module for what is refused."""
    if sum(map(text.count, ",[{")) > MAX_VALUES:
        msg = f"JSON must hold at most {MAX_VALUES:,} values"
        raise FormatError(msg)
    if _depth(text) > MAX_DEPTH:
        msg = f"JSON must be nested at most {MAX_DEPTH} deep"
        raise FormatError(msg)
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique_keys,
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
