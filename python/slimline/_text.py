"""Tables and lists in plain text, and outside text made safe to show.

Names, labels, settings and messages come from files and rows that anybody may have written. What is
printed, put into a page, or quoted by an exception passes through `shown`, `quoted`, `listed` or
`table` here, what goes into CSV through `csv_cell`; tests walk over all printers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

SHOWN = 5  # names that a list spells out
LONGEST = 200  # characters of an outside text that are shown
LONGEST_MESSAGE = 1000

_ORDINARY_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# What spreadsheets take for the beginning of a formula, in East Asian widths too.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def shown(text: object, longest: int = LONGEST) -> str:
    r"""Return a text as one line of at most ``longest`` characters that only print.

    Control characters (line ends, escape sequences of terminals), marks that turn the direction of
    writing, and invisible characters become escapes as in ``repr``. What is too long loses its
    middle.

    >>> shown("red \x1b[31m, \u202eback\nand a forged line")
    'red \\x1b[31m, \\u202eback\\nand a forged line'
    """
    text = str(text)
    escaped = _escaped(text[: longest + 1])
    if len(escaped) <= longest:
        return escaped
    mark = f" ... ({len(text):,} characters) ... "
    tail = (longest - len(mark)) // 3
    return escaped[: longest - len(mark) - tail] + mark + _escaped(text[-tail:])[-tail:]


def one_line(text: object, longest: int = LONGEST_MESSAGE) -> str:
    r"""Return a message, whose own line ends become spaces, as `shown` does.

    >>> one_line("first\n  second")
    'first second'
    """
    return shown(" ".join(line.strip() for line in str(text).splitlines()), longest)


def quoted(value: object, longest: int = 80) -> str:
    r"""Return ``repr(value)``, of a long text only the two ends.

    >>> print(quoted("\x1b[2J"), quoted("x" * 10**6, 50))
    '\x1b[2J' 'xxxxxxxxxxxx ... (1,000,000 characters) ... xxxxxx'
    """
    if isinstance(value, str | bytes) and len(value) > longest:
        mark = f" ... ({len(value):,} characters) ... "
        tail = (longest - len(mark)) // 3
        head = repr(value[: longest - len(mark) - tail])
        return head[:-1] + mark + repr(value[-tail:])[-tail - 1 :]
    if isinstance(value, np.generic):  # as Python's own: np.str_('x') is how NumPy calls 'x'
        value = value.item()
    return shown(repr(value), longest)


def fields_repr(value: Any) -> str:
    """Return the ``repr`` of a dataclass whose texts may be anybody's: each value is cut.

    A class takes it as its ``__repr__``.
    """
    parts = [
        f"{field.name}={_field(getattr(value, field.name))}"
        for field in fields(value)
        if field.repr
    ]
    return f"{type(value).__name__}({', '.join(parts)})"


def _field(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"<{value.dtype} of shape {value.shape}>"
    return quoted(value, LONGEST_MESSAGE)


def listed(names: Sequence[object]) -> str:
    """Return the first few names, with an ellipsis for the others."""
    return ", ".join(shown(name, 80) for name in names[:SHOWN]) + ", ..." * (len(names) > SHOWN)


def table(rows: Sequence[Sequence[object]], header: Sequence[str] | None = None) -> str:
    """Align ``rows`` in columns: numbers to the right, anything else to the left."""
    cells = [[cell_text(value) for value in row] for row in rows]
    lines = [[shown(name) for name in header], *cells] if header else cells
    if not lines:
        return ""
    widths = [max(len(line[j]) for line in lines) for j in range(len(lines[0]))]
    numeric = [
        bool(rows) and all(isinstance(row[j], int | float) for row in rows)
        for j in range(len(widths))
    ]
    text = [_line(line, widths, numeric) for line in lines]
    if header:
        text.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(text)


def cell_text(value: object) -> str:
    """Return a cell of a table: numbers short, anything else as `shown` does."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return shown(value)


def csv_cell(value: object) -> object:
    r"""Return a cell for CSV that no spreadsheet runs as a formula, and no terminal obeys.

    A text that begins as a formula gets a single quote in front, the remedy that OWASP names;
    numbers, texts that are ordinary numbers, and single characters stay as they are. Control
    characters become escapes, but for tabs and line ends, which CSV quotes.

    >>> [csv_cell(cell) for cell in ("=1+1", "-2.5", -2.5, "-", "late", "@home", "\x1b[2J")]
    ["'=1+1", '-2.5', -2.5, '-', 'late', "'@home", '\\x1b[2J']
    """
    if not isinstance(value, str):
        return value
    text = _CONTROLS.sub(lambda match: _escaped(match[0]), value)
    # A sign alone is no formula.
    if len(text) < 2 or not text.lstrip(" ").startswith(_FORMULA):  # noqa: PLR2004 - see above
        return text
    return text if _ORDINARY_NUMBER.fullmatch(text) else f"'{text}"


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(_escapes(text))


def _escapes(text: str) -> Iterable[str]:
    for character in text:
        if character.isprintable() or unicodedata.category(character) == "Zs":
            yield character
        else:
            yield character.encode("unicode_escape").decode("ascii")


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ]
    return "  ".join(padded).rstrip()
