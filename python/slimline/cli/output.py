"""The output of commands: CSV for spreadsheets and programs, and files written atomically."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from slimline._text import csv_cell, shown
from slimline.persistence.atomic import replace_file


def write_file(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file atomically; what exists and is not a regular file is written to directly."""
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.writelines(chunks)
    else:
        replace_file(path, chunks, mode=None)


def write_text(path: Path | None, texts: Iterable[str]) -> None:
    """Write texts in UTF-8 to a file, or as they come to standard output."""
    if path is None:
        for text in texts:
            sys.stdout.write(text)
    else:
        write_file(path, (text.encode() for text in texts))


def csv_text(rows: Iterable[Sequence[object]], *, to_terminal: bool = False) -> str:
    """Return rows as CSV; see `csv_cell` for what becomes of texts that are formulas.

    On a terminal, texts are made safe to show as well.
    """
    text = io.StringIO()
    # csv quotes the line ends of its own lines alone, and a lone carriage return is one to readers.
    writer = csv.writer(_LineFeeds(text), lineterminator="\r\n")
    for row in rows:
        cells = [shown(c) if to_terminal and isinstance(c, str) else c for c in row]
        writer.writerow([csv_cell(cell) for cell in cells])
    return text.getvalue()


class _LineFeeds:
    """Takes lines that end in CR LF, and writes them with LF."""

    def __init__(self, file: io.StringIO) -> None:
        self._file = file

    def write(self, line: str) -> int:
        return self._file.write(f"{line[:-2]}\n")
