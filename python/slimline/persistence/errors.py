"""The one exception for files that are not what they should be."""

from __future__ import annotations


class FormatError(ValueError):
    """A file that slimline will not load: damaged, forged, of another kind, or too new."""
