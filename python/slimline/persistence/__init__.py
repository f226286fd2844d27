"""Files: tensors and JSON, in one checked file without anything executable. Knows no model."""

from __future__ import annotations

from slimline.persistence.encoding import digest
from slimline.persistence.errors import FormatError
from slimline.persistence.files import inspect_file, read_file, verify_file, write_file
from slimline.persistence.formats import FORMATS

__all__ = [
    "FORMATS",
    "FormatError",
    "digest",
    "inspect_file",
    "read_file",
    "verify_file",
    "write_file",
]
