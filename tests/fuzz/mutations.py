"""Changes to bytes, lines and cells, and the texts and numbers that they put in."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

EDGES = (0, 1, 2, 3, 4, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 2**16, 2**24, 2**31 - 1)
EDGES += (2**31, 2**32 - 1, 2**32, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1, -1, -2, -(2**31))
NUMBERS = ("nan", "inf", "-inf", "1e999", "1e-999", "-0", "1e38", "4e38", "1e308", "5e-324", "0x10")
NUMBERS += ("9" * 400, "1_0", "", " ", "+1", "1.", ".5", "٣", *map(str, EDGES), str(2**64), "1e400")
TEXTS = (
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\u202eback",
    "a\nerror: forged",
    "a\rb",
    "\x00",
    "\x7f",
)
TEXTS += ("[/k]", "[bold]b", ":smile:", "=1+1", "@SUM(A1)", "+x", "-x", "\t=1", "'", '"', '"""')
TEXTS += ("{0}", "%s%n", "../../x", "\ufeff", "\ud7ff", "\U0001f600", "x" * 5000, "a=b", "=", "\\")


def mutated(rng: random.Random, content: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Return bytes with one to four changes; parts of the ``others`` may get into them."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(data) + 1)
        length = min(rng.choice((1, 2, 4, 8, 16, 64, 1000)), len(data) - at)
        rng.choice(_CHANGES)(rng, data, slice(at, at + length), others or (content,))
    return bytes(data)


Change = Callable[[random.Random, bytearray, slice, Sequence[bytes]], None]


def _flip(rng: random.Random, data: bytearray, at: slice, _: Sequence[bytes]) -> None:
    for i in range(at.start, min(at.start + 1, at.stop)):
        data[i] ^= 1 << rng.randrange(8)


def _byte(rng: random.Random, data: bytearray, at: slice, _: Sequence[bytes]) -> None:
    byte = rng.choice((0, 0x20, 0x7F, 0x80, 0xFF, 0x0A, 0x1B, rng.randrange(256)))
    data[at] = bytes([byte]) * (at.stop - at.start)


def _delete(_: random.Random, data: bytearray, at: slice, __: Sequence[bytes]) -> None:
    del data[at]


def _repeat(rng: random.Random, data: bytearray, at: slice, _: Sequence[bytes]) -> None:
    data[at] = data[at] * rng.choice((2, 3, 30))


def _number(rng: random.Random, data: bytearray, at: slice, _: Sequence[bytes]) -> None:
    size = rng.choice((1, 2, 4, 8))
    number = (rng.choice(EDGES) % 256**size).to_bytes(size, rng.choice(("little", "big")))
    data[at.start : at.start + size] = number


def _truncate(_: random.Random, data: bytearray, at: slice, __: Sequence[bytes]) -> None:
    del data[at.start :]


def _splice(rng: random.Random, data: bytearray, at: slice, others: Sequence[bytes]) -> None:
    other = rng.choice(others)
    begin = rng.randrange(len(other) + 1)
    data[at] = other[begin : begin + rng.choice((8, 64, 1000))]


def _insert(rng: random.Random, data: bytearray, at: slice, _: Sequence[bytes]) -> None:
    data[at.start : at.start] = rng.choice((*TEXTS, *NUMBERS)).encode("utf-8", "surrogatepass")


_CHANGES: tuple[Change, ...] = (
    *(_flip, _byte, _delete, _repeat, _number, _truncate, _splice, _insert),
)


def mutated_text(rng: random.Random, content: bytes, separators: str) -> bytes:
    """Return lines of cells with one to four changes to cells, separators and lines."""
    lines = content.decode("latin-1").split("\n")
    for _ in range(rng.choice((1, 1, 2, 4))):
        rng.choice(_LINE_CHANGES)(rng, lines, separators)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


LineChange = Callable[[random.Random, list[str], str], None]


def _cell(rng: random.Random, lines: list[str], separators: str) -> None:
    i = rng.randrange(len(lines))
    lines[i] = _other_cell(rng, lines[i], separators)


def _column(rng: random.Random, lines: list[str], separators: str) -> None:
    lines[:] = [_other_cell(rng, line, separators) for line in lines]


def _other_cell(rng: random.Random, line: str, separators: str) -> str:
    separator = rng.choice(separators)
    cells = line.split(separator)
    cells[rng.randrange(len(cells))] = rng.choice((*NUMBERS, *TEXTS))
    return separator.join(cells)


def _again(rng: random.Random, lines: list[str], _: str) -> None:
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))


def _fewer(rng: random.Random, lines: list[str], _: str) -> None:
    begin = rng.randrange(len(lines))
    lines[begin : begin + rng.choice((1, 1, 1, len(lines) - 1))] = [""] * (len(lines) < 2)


def _separator(rng: random.Random, lines: list[str], separators: str) -> None:
    i = rng.randrange(len(lines))
    lines[i] = lines[i].replace(rng.choice(separators), rng.choice((*separators, ";", "")))


def _line(rng: random.Random, lines: list[str], _: str) -> None:
    noise = ("", " ", "#", "x" * 140_000, "," * 300, *TEXTS)
    lines[rng.randrange(len(lines))] = rng.choice(noise)


_LINE_CHANGES: tuple[LineChange, ...] = (
    *(_cell, _cell, _cell, _column, _again, _fewer, _separator, _line),
)


def likely(rng: random.Random, share: float) -> bool:
    """Return True in that share of cases."""
    return rng.random() < share


def is_safe(text: str) -> bool:
    """Whether every line of a text only prints."""
    return all(line.replace("\xa0", "").isprintable() for line in text.split("\n"))
