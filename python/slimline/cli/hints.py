"""Hints that a message adds if the mistake can be guessed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from slimline._checks import check_choice


def is_number(text: Any) -> bool:
    """Whether ``float`` takes a text, or another cell."""
    try:
        float(text)
    except (ValueError, TypeError, OverflowError):
        return False
    return True


def did_you_mean(got: str, known: Iterable[str]) -> str:
    """Return a question after a known name that resembles ``got``, or nothing."""
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(got.casefold(), folded, n=1)
    return f"; did you mean {folded[close[0]]!r}?" if close else ""


def check_name(what: str, value: str, choices: Iterable[str]) -> None:
    """Raise ValueError unless ``value`` is one of ``choices``, with the closest of them."""
    known = tuple(choices)
    try:
        check_choice(what, value, known)
    except ValueError as error:
        msg = f"{error}{did_you_mean(value, known)}"
        raise ValueError(msg) from error


def about_header(header: Sequence[str]) -> str:
    """Return what may be wrong with a file that lacks the column that was looked for."""
    if len(header) == 1:
        for separator in ";\t|":
            if separator in header[0]:
                name = "tab" if separator == "\t" else separator
                return f"; the file seems to be separated by {separator!r}: pass --sep '{name}'"
    return "; is the first line a header?" if any(map(is_number, header)) else ""
