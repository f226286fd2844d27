"""The ``slimline`` command. Its own dependencies (typer, rich) come with the extra "cli"."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; without the extra, say how to get it."""
    try:
        from slimline.cli import console  # noqa: PLC0415 - the extra may be missing
        from slimline.cli.app import USAGE_ERRORS, app  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("slimline"):
            raise
        sys.stderr.write(
            f"the slimline command needs {error.name}: pip install scikit-learn scipy typer rich\n"
        )
        sys.exit(1)
    from slimline.persistence import FormatError  # noqa: PLC0415 - after the extra is known

    try:
        with console.warnings_as_lines():
            exit_code = app(standalone_mode=False)
            sys.stdout.flush()  # here a reader that has gone can be told from an error
        sys.exit(exit_code)
    except USAGE_ERRORS as error:
        console.show_usage(error)
        sys.exit(error.exit_code)
    except FormatError as error:
        console.show_error(error)
        sys.exit(console.EXIT_FORMAT)
    except BrokenPipeError:  # the reader of our output, such as head, has gone
        _end_output()
        sys.exit(console.EXIT_FAILED)
    except (ValueError, TypeError, OSError, ImportError, MemoryError) as error:
        console.show_error(error)
        _end_output()
        sys.exit(console.EXIT_FAILED)


def _end_output() -> None:
    """Write what is still buffered, or drop it: the interpreter would try again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
