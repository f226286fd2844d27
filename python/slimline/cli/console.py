"""Output: results on stdout, progress and errors on stderr, no traceback for a user's mistake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.table import Table

out = Console()
err = Console(stderr=True)

EXIT_FAILED = 1


@contextmanager
def errors() -> Iterator[None]:
    """Turn errors about values and files into one line and exit code 1."""
    try:
        yield
    except (ValueError, TypeError, OSError, ImportError) as error:
        err.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(EXIT_FAILED) from error


def show_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers to the right."""
    table = Table(title=title)
    for j, name in enumerate(header):
        numeric = all(isinstance(row[j], int | float) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    out.print(table)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
