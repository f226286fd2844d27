"""The layouts of tensors and one metadata text in a file: the registry of formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO, Protocol

from slimline._checks import check_choice
from slimline.persistence.errors import FormatError
from slimline.persistence.formats import safetensors
from slimline.persistence.formats.header import Header, TensorInfo
from slimline.persistence.tensors import Array

__all__ = ["DEFAULT", "FORMATS", "HEAD", "Format", "Header", "TensorInfo", "choose", "recognize"]

HEAD = 16


class Format(Protocol):
    """What a module of this folder provides."""

    def recognizes(self, head: bytes) -> bool:
        """Whether a file that begins with ``head``, its first HEAD bytes, is for this format."""

    def pack(self, tensors: Mapping[str, Array], text: str) -> bytes:
        """Return the file: the same bytes for the same tensors and text."""

    def read_header(self, file: BinaryIO, size: int) -> Header:
        """Read and check everything ahead of the tensors in a file of ``size`` bytes."""

    def with_text(self, header: Header, text: str) -> bytes:
        """Return all that comes ahead of the same tensors with another metadata text."""


FORMATS: dict[str, Format] = {"safetensors": safetensors}
DEFAULT = "safetensors"


def choose(name: str) -> Format:
    """Return the format called ``name``, or raise a ValueError that lists the names."""
    check_choice("file_format", name, FORMATS)
    return FORMATS[name]


def recognize(head: bytes) -> str:
    """Name of the format of a file that begins with ``head``, or a FormatError."""
    for name, form in FORMATS.items():
        if form.recognizes(head):
            return name
    msg = f"not a slimline file: it begins with {head[:8]!r}" if head else "the file is empty"
    raise FormatError(msg)
