"""Output: results on stdout, progress and errors on stderr; the exit codes.

Every text passes through `slimline._text`, and to rich as `Text`, which knows neither markup nor
emoji codes: so paths, labels and messages show as what they are and do nothing.
"""

from __future__ import annotations

import io
import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from rich.console import Console, JustifyMethod
from rich.progress import Progress, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from slimline._text import LONGEST_MESSAGE, cell_text, one_line, shown

out = Console()
err = Console(stderr=True)

# 0 done, 2 wrong usage (typer), and:
EXIT_FAILED = 1  # a value, a file or a missing package
EXIT_FORMAT = 3  # a model file that is damaged, hostile or foreign
EXIT_INTERRUPTED = 130

MOST_ROWS = 1000  # of a table: a file may hold a history of any length


def _text(text: str, style: str = "") -> Text:
    """Return what rich prints as it is; what the terminal has no characters for as escapes."""
    encoding = sys.stdout.encoding or "utf-8"
    return Text(text.encode(encoding, "backslashreplace").decode(encoding), style=style)


def show_error(error: BaseException | str) -> None:
    """One line on stderr."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        error = f"{error.strerror}: {os.fspath(error.filename)!r}"
    what = str(error) or ("not enough memory" if isinstance(error, MemoryError) else repr(error))
    _show_line(f"error: {what}", "red")


def show_usage(error: Any) -> None:
    """Show an error of typer's: the usage, a hint and the message, a line each."""
    written = io.StringIO()
    error.show(written)
    for line in written.getvalue().splitlines():
        err.print(_text(shown(line, LONGEST_MESSAGE)), soft_wrap=True)


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Show each warning as one line on stderr, without the place in our sources."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = _show_warning  # type: ignore[assignment] # place and file unused
        yield


def _show_warning(message: Warning | str, *_place: Any) -> None:
    _show_line(f"warning: {message}", "yellow")


def _show_line(text: str, style: str) -> None:
    err.print(_text(one_line(text)), style=style, soft_wrap=True)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show that something takes a while, with the time passed, on a terminal's stderr."""
    with progress(disable=not err.is_terminal) as shown_progress:
        shown_progress.add_task(shown(what), total=None)
        yield


def progress(*bars: ProgressColumn, disable: bool = False) -> Progress:
    """Return a line on stderr of a spinner, bars, a description and the time passed."""
    columns = (SpinnerColumn(), *bars, description(), TimeElapsedColumn())
    return Progress(*columns, console=err, transient=not bars, disable=disable)


def description() -> TextColumn:
    """Return the column of a progress line that shows the task's description as it is."""
    return TextColumn("{task.description}", markup=False)


def show_json(value: Any) -> None:
    """Print one JSON document in ASCII; what JSON has no number for becomes null."""
    text = json.dumps(_plain(value), indent=2, allow_nan=False)
    sys.stdout.write(text.replace("\x7f", "\\u007f") + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def show_text(text: str) -> None:
    """Print a text of several lines, each safe to show."""
    for line in text.split("\n"):
        out.print(_text(shown(line, LONGEST_MESSAGE)), soft_wrap=True)


def show_facts(title: str, facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Print names and values: a table, or JSON."""
    if as_json:
        show_json(facts)
    else:
        show_table(title, ("what", "value"), [(k, cell_text(v)) for k, v in facts.items()])


def show_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers to the right."""
    table = Table(title=_text(shown(title), "table.title"))
    for j, name in enumerate(header):
        numeric = all(isinstance(row[j], int | float) for row in rows)
        justify: JustifyMethod = "right" if numeric else "left"
        table.add_column(_text(shown(name)), justify=justify, overflow="fold")
    for row in rows[:MOST_ROWS]:
        table.add_row(*(_text(cell_text(value)) for value in row))
    out.print(table)
    if len(rows) > MOST_ROWS:
        out.print(_text(f"and {len(rows) - MOST_ROWS:,} rows more; --json prints all of them"))
