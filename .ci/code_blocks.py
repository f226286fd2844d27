"""Run the code blocks of README.md and the documentation, each page in a folder of its own.

Python blocks of a page share their names; ``sh`` blocks run in the same folder, in the order of the
page. Lines that begin with ``pip install`` are checked, not run: the extras must exist. Pages given
as arguments are run alone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FENCE = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXTRAS = re.compile(r"^pip install '?(?:\.|slimline)\[([\w,]+)\]")


def pages() -> list[Path]:
    """Return README.md and every page that somebody wrote."""
    generated = {"_build", "benchmark_results", "gallery", "reference"}
    written = [
        page
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if not generated & set(page.relative_to(ROOT / "docs").parts)
    ]
    return [ROOT / "README.md", *written]


def blocks(page: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line, language and code of each block."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        yield text.count("\n", 0, match.start()) + 2, match[1], match[2]


def check_extras(line: str, known: set[str]) -> None:
    """Raise LookupError where a line installs an extra that does not exist."""
    match = EXTRAS.match(line)
    if match and not set(match[1].split(",")) <= known:
        msg = f"no such extra: {line}"
        raise LookupError(msg)


def run(page: Path, known: set[str]) -> int:
    """Run a page; return the number of its blocks."""
    names: dict[str, Any] = {"__name__": "__main__"}
    count = 0
    for line, language, code in blocks(page):
        count += 1
        if language == "python":
            padded = "\n" * (line - 1) + code  # errors then name the line of the page
            exec(compile(padded, str(page), "exec"), names)
            continue
        lines = code.splitlines()
        for install in filter(EXTRAS.match, lines):
            check_extras(install, known)
        rest = "\n".join(text for text in lines if not text.startswith("pip install"))
        subprocess.run(["bash", "-euo", "pipefail", "-c", rest], check=True)  # noqa: S603, S607
    return count


def main() -> None:
    """Run each page in a process of its own."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        known = set(tomllib.load(file)["project"]["optional-dependencies"])
    chosen = [Path(page).resolve() for page in sys.argv[1:]] or pages()
    if len(chosen) == 1:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            print(f"{chosen[0].relative_to(ROOT)}: {run(chosen[0], known)} blocks", flush=True)
            os.chdir(ROOT)
        return
    os.environ.setdefault("MPLBACKEND", "agg")
    for page in chosen:
        if any(blocks(page)):
            subprocess.run([sys.executable, __file__, page], check=True)  # noqa: S603


main()
