"""The one exception for files that are not valid."""

from __future__ import annotations

from slimline._text import LONGEST_MESSAGE, shown


class FormatError(ValueError):
    """A file that slimline will not load: damaged, forged, of another kind, or too new.

    The message is safe to print, whatever texts of the file it quotes, and of bounded length.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(shown(message, LONGEST_MESSAGE))
