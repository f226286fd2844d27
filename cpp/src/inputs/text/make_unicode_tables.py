"""Write unicode_tables.inc: what Python's str.lower, re and NFKD know of every code point.

``python make_unicode_tables.py FILE`` under a Python of the Unicode version that is wanted. Tables
have two stages: a block number for every 2^shift code points, and a record number within a block.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

N_CODES = 0x110000
SURROGATES = range(0xD800, 0xE000)
SIGMA = "\u03a3"  # a capital whose lower case depends on its neighbours
FINAL_SIGMA = "\u03c2"
TWO_LETTERS = {0x130: "i\u0307"}  # the only lower case of two code points, known to the core
HANGUL = range(0xAC00, 0xD7A4)  # decomposed by rule

WORD, CASED, IGNORABLE, DECIMAL, SPACE = 1, 2, 4, 8, 16
PATTERNS = {WORD: r"\w", DECIMAL: r"\d", SPACE: r"\s"}


def codes() -> list[str]:
    """Return all code points in order; surrogates, which no UTF-8 has, as NUL."""
    return [chr(c) if c not in SURROGATES else "\0" for c in range(N_CODES)]


def all_flags(chars: Sequence[str]) -> list[int]:
    """Return what each code point is to patterns, and to the rule of the final sigma."""
    flags = [0] * N_CODES
    for flag, pattern in PATTERNS.items():
        for char in re.findall(pattern, "".join(chars)):
            flags[ord(char)] |= flag
    for code, char in enumerate(chars):
        if ("a" + char + SIGMA).lower()[-1] == FINAL_SIGMA:
            cased = ("\0" + char + SIGMA).lower()[-1] == FINAL_SIGMA
            flags[code] |= CASED if cased else IGNORABLE
    return flags


def lower_delta(char: str) -> int:
    """How far the lower case is from a code point."""
    lower = "\u03c3" if char == SIGMA else char.lower()
    if len(lower) == 1:
        return ord(lower) - ord(char)
    if TWO_LETTERS.get(ord(char)) != lower:
        msg = f"the core knows nothing of the lower case of {ord(char):#x}"
        raise ValueError(msg)
    return 0


def stripped(char: str) -> str:
    """Return what strip_accents="unicode" leaves: NFKD without combining marks."""
    if char.isascii() or ord(char) in HANGUL:
        return char
    return "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))


class TwoStages:
    """The smallest pair of tables that gives ``values`` by code point; past the end is 0."""

    def __init__(self, values: Sequence[int]) -> None:
        """Try every size of blocks."""
        self.shift, self.first, self.second = min(
            (self.split(values, shift) for shift in range(4, 11)),
            key=lambda found: len(found[1]) * size(found[1]) + len(found[2]) * size(found[2]),
        )

    @staticmethod
    def split(values: Sequence[int], shift: int) -> tuple[int, list[int], list[int]]:
        """Return shift, block numbers and blocks, each block once."""
        width = 1 << shift
        known: dict[tuple[int, ...], int] = {}
        end = max(c for c, value in enumerate(values) if value) // width + 1
        first = [
            known.setdefault(tuple(values[b * width : (b + 1) * width]), len(known))
            for b in range(end)
        ]
        return shift, first, [value for block in known for value in block]


def size(values: Sequence[int]) -> int:
    """Bytes of an integer that holds each of the values."""
    return 1 if max(values) < 1 << 8 else 2


def array(name: str, values: Sequence[int]) -> str:
    """Return a constant array of C++, in lines of a hundred columns."""
    lines = [f"constexpr std::uint{8 * size(values)}_t {name}[] = {{"]
    line = "   "
    for value in values:
        if len(line) + len(str(value)) > 98:  # noqa: PLR2004 - the width of a line, less a comma
            lines.append(line)
            line = "   "
        line += f" {value},"
    return "\n".join([*lines, line, "};"])


def records(chars: Sequence[str]) -> str:
    """Return the tables of flags and lower case."""
    pairs = list(zip(all_flags(chars), map(lower_delta, chars), strict=True))
    known = {(0, 0): 0}
    tables = TwoStages([known.setdefault(pair, len(known)) for pair in pairs])
    rows = ",\n".join(f"    {{{delta}, {flag}}}" for flag, delta in known)
    return "\n\n".join(
        [
            f"constexpr unsigned kRecordShift = {tables.shift};",
            array("kRecordBlocks", tables.first),
            array("kRecordNumbers", tables.second),
            f"constexpr CodeRecord kRecords[] = {{\n{rows}}};",
        ]
    )


def pool(texts: Iterable[str]) -> tuple[bytes, dict[str, tuple[int, int]]]:
    """Return bytes that hold every text, and where it lies in them: (begin, end)."""
    everything = b""
    places = {}
    for text in sorted(texts, key=lambda text: (-len(text.encode()), text)):
        begin = everything.find(text.encode())
        if begin < 0:
            begin = len(everything)
            everything += text.encode()
        places[text] = (begin, begin + len(text.encode()))
    return everything, places


def stripping(chars: Sequence[str]) -> str:
    """Return the tables of strip_accents: number 0 is a code point that stays as it is."""
    left = {ord(char): text for char in chars if (text := stripped(char)) != char}
    texts = sorted(set(left.values()))
    everything, places = pool(texts)
    numbers = {text: n for n, text in enumerate(texts, start=1)}
    tables = TwoStages([numbers[left[c]] if c in left else 0 for c in range(N_CODES)])
    most = max(len(text.encode()) for text in texts)
    return "\n\n".join(
        [
            f"constexpr std::size_t kMostStrippedBytes = {most};",
            f"constexpr unsigned kStripShift = {tables.shift};",
            array("kStripBlocks", tables.first),
            array("kStripNumbers", tables.second),
            array("kStripBegin", [0, *(places[text][0] for text in texts)]),
            array("kStripEnd", [0, *(places[text][1] for text in texts)]),
            array("kStripPool", list(everything)),
        ]
    )


def content() -> str:
    """Return the whole file."""
    chars = codes()
    return "\n\n".join(
        [
            "// Written by make_unicode_tables.py; included by unicode.cpp alone.",
            f'constexpr char kUnicodeVersion[] = "{unicodedata.unidata_version}";',
            records(chars),
            stripping(chars) + "\n",
        ]
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(content(), encoding="utf-8")
