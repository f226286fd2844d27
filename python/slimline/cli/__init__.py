"""The ``slimline`` command. Its own dependencies (typer, rich) come with the extra "cli"."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; without the extra, say how to get it."""
    try:
        from slimline.cli.app import app  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("slimline"):
            raise
        sys.stderr.write(f"the slimline command needs {error.name}: pip install 'slimline[cli]'\n")
        sys.exit(1)
    app()
