"""How the scripts of this folder time, and how they show what they found.

Everything in a row of a table is timed in one process, in turn, and the median is shown, so that a
noisy minute hits all alike. What may take minutes runs in a child process that is ended in time.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import platform
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from slimline import _config

DOCS = Path(__file__).parents[2] / "docs"
ROUNDS = 5


def seconds(function: Callable[[], Any]) -> tuple[float, Any]:
    """Return the time of one call and what it returned; its warnings do not count."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        result = function()
        return time.perf_counter() - start, result


def race(functions: Mapping[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median time of each function, called in turn after one untimed round."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for name, function in functions.items():
        seconds(function)
        times[name].clear()
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(seconds(function)[0])
    return {name: statistics.median(values) for name, values in times.items()}


def stream(function: Callable[..., Iterator[Any]], *args: Any, limit: float) -> list[Any]:
    """Return what function(*args) yields in a child process within limit seconds."""
    here, there = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_send, args=(there, function, args))
    child.start()
    there.close()
    end = time.monotonic() + limit
    results = []
    try:
        while here.poll(max(0.0, end - time.monotonic())):
            results.append(here.recv())
    except EOFError:
        child.join()
        if child.exitcode != 0:
            msg = f"{function.__name__} of {args[0]} ended with exit code {child.exitcode}"
            raise RuntimeError(msg) from None
    child.kill()
    child.join()
    return results


def _send(
    connection: Connection, function: Callable[..., Iterator[Any]], args: Sequence[Any]
) -> None:
    for result in function(*args):
        connection.send(result)


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return the command line that all scripts share."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    parser.add_argument("--threads", type=int, default=1, help="threads of every library")
    parser.add_argument("--markdown", action="store_true", help="write the tables into docs, too")
    return parser


def machine() -> str:
    """Return a line about CPU, versions and date."""
    cpu = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8").splitlines()
        cpu = next((s.split(":")[1].strip() for s in lines if s.startswith("model name")), cpu)
    config = _config.config()
    today = dt.datetime.now(dt.UTC).date()
    parts = (cpu, config["isa active"], config["compiler"], f"slimline {config['slimline']}", today)
    return ", ".join(map(str, parts))


class Report:
    """Tables on the terminal and, when asked for, in one Markdown page of docs/benchmarks."""

    def __init__(self, title: str, *, markdown: Path | None) -> None:
        self._console = Console(width=150)
        self._path = markdown
        self._page = [f"# {title}", "", machine(), ""]
        self._console.print(f"[bold]{title}[/bold]\n{machine()}")

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show one table; the first column is text, the others are figures."""
        table = Table(title=title, title_justify="left")
        for i, column in enumerate(columns):
            table.add_column(column, justify="left" if i == 0 else "right")
        for row in rows:
            table.add_row(*row)
        self._console.print(table)
        rule = [":--"] + ["--:"] * (len(columns) - 1)
        self._page += [f"## {title}", ""]
        self._page += ["| " + " | ".join(row) + " |" for row in (columns, rule, *rows)]
        self._page.append("")

    def progress(self, text: str) -> None:
        """Show on the terminal alone what is done."""
        self._console.print(text)

    def line(self, text: str) -> None:
        """Show a sentence under the tables."""
        self._console.print(text)
        self._page += [text, ""]

    def close(self) -> None:
        """Write the page, if there is one to write."""
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text("\n".join(self._page), encoding="utf-8")
