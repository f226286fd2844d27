"""Output: results on stdout, progress and errors on stderr; the exit codes."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

out = Console()
err = Console(stderr=True)

# 0 done, 2 wrong usage (typer), and:
EXIT_FAILED = 1  # a value, a file or a missing package
EXIT_FORMAT = 3  # a model file that is damaged, hostile or foreign
EXIT_INTERRUPTED = 130


def show_error(error: BaseException) -> None:
    """One line on stderr."""
    err.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Show each warning as one line on stderr, without the place in our sources."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = _show_warning  # type: ignore[assignment] # place and file unused
        yield


def _show_warning(message: Warning | str, *_place: Any) -> None:
    text = f"warning: {message}"
    err.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show that something takes a while, with the time passed, on a terminal's stderr."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        progress.add_task(what, total=None)
        yield


def show_json(value: Any) -> None:
    """Print one JSON document; what JSON has no number for becomes null."""
    sys.stdout.write(json.dumps(_plain(value), indent=2, allow_nan=False) + "\n")


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
    """Print a text as it is."""
    out.print(text, markup=False, highlight=False, soft_wrap=True)


def show_facts(title: str, facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Print names and values: a table, or JSON."""
    if as_json:
        show_json(facts)
    else:
        show_table(title, ("what", "value"), [(k, _cell(v)) for k, v in facts.items()])


def show_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers to the right."""
    table = Table(title=title)
    for j, name in enumerate(header):
        numeric = all(isinstance(row[j], int | float) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(_cell(value)) for value in row))
    out.print(table)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
