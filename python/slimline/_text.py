"""Tables and lists in plain text, for summary(), reports, show_config() and messages."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 5  # names that a list spells out


def table(rows: Sequence[Sequence[object]], header: Sequence[str] | None = None) -> str:
    """Align ``rows`` in columns: numbers to the right, anything else to the left."""
    cells = [[_cell(value) for value in row] for row in rows]
    lines = [list(header), *cells] if header else cells
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


def listed(names: Sequence[object]) -> str:
    """Return the first few names, with an ellipsis for the others."""
    return ", ".join(map(str, names[:SHOWN])) + ", ..." * (len(names) > SHOWN)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ]
    return "  ".join(padded).rstrip()
