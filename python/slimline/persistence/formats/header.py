"""The header of a file, common to all formats: what is known before its tensors are read."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorInfo:
    """Name, type and shape of one tensor."""

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of the tensor in the file."""
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """All that comes ahead of the tensors.

    ``raw`` is every byte of it, ``text`` the metadata text in it, and ``digits_at`` the position in
    ``raw`` of the text's hash. ``tensors`` follow in this order, without gaps, to the end.
    """

    raw: bytes
    text: str
    digits_at: int
    tensors: tuple[TensorInfo, ...]
