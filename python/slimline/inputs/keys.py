"""The keys of the categories of a column: strictly ascending texts, numbers or booleans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from slimline._text import quoted
from slimline.layers._state import StoredTensor, freeze

Key = str | int | float | bool
KeyArray = NDArray[Any]  # of uint8, int64, float64 or bool

_STORED = (
    StoredTensor(
        "values",
        (np.uint8, np.int64, np.float64, np.bool_),
        ("n_values",),
        "the keys, strictly ascending: numbers or booleans, or (uint8) the UTF-8 of texts, one"
        " after the other, in the order of their bytes",
    ),
)
_OFFSETS = StoredTensor(
    "offsets",
    (np.uint32, np.uint64),
    ("n_offsets",),
    "of texts only: where each begins in `values`, and where the last ends; U64 from 4 GiB on",
)
STORED = (*_STORED, _OFFSETS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keys:
    """The keys of a column: of one kind, strictly ascending.

    Parameters
    ----------
    values : ndarray of int64, float64 or bool, or of uint8 for texts
    offsets : ndarray of uint32 or uint64, or None, default=None
        With ``values`` of uint8 alone: text i is the UTF-8 from ``offsets[i]`` to
        ``offsets[i + 1]``.
    """

    values: KeyArray
    offsets: NDArray[np.unsignedinteger[Any]] | None = None

    def __post_init__(self) -> None:
        """Check the keys and make their arrays read-only."""
        freeze(self, _STORED, "keys.")
        if (self.offsets is None) != (self.values.dtype != np.uint8):
            msg = "offsets of keys go with the bytes of texts: give both or neither"
            raise ValueError(msg)
        if self.offsets is None:
            if self.values.dtype == np.float64 and not np.isfinite(self.values).all():
                msg = "keys.values must be finite, got NaN or infinity"
                raise ValueError(msg)
            if (self.values[:-1] >= self.values[1:]).any():
                msg = "keys.values must be strictly ascending"
                raise ValueError(msg)
            return
        freeze(self, [_OFFSETS], "keys.")
        self._check_texts(self.offsets)

    def _check_texts(self, offsets: NDArray[Any]) -> None:
        n_bytes = len(self.values)
        if len(offsets) == 0 or offsets[0] != 0 or offsets[-1] != n_bytes:
            msg = f"keys.offsets must begin with 0 and end with the {n_bytes} bytes of the texts"
            raise ValueError(msg)
        if (offsets[:-1] > offsets[1:]).any():
            msg = "keys.offsets must ascend"
            raise ValueError(msg)
        if offsets.dtype != _offset_type(n_bytes):
            msg = f"keys.offsets must be {_offset_type(n_bytes).__name__} for {n_bytes} bytes"
            raise ValueError(msg)
        _check_utf8(self.values, offsets)
        before: bytes | None = None  # not all texts at once: there may be many
        for begin, end in pairwise(offsets.tolist()):
            after = self.values[begin:end].tobytes()
            if before is not None and before >= after:
                pair = f"{quoted(before.decode())}, {quoted(after.decode())}"
                msg = f"keys must be strictly ascending, got {pair}"
                raise ValueError(msg)
            before = after

    @classmethod
    def of(cls, keys: Sequence[Key]) -> Self:
        """Return keys from Python's values, all of one kind and strictly ascending.

        Integers and floats together become floats; that an order of texts is one of their code
        points is the same as one of their bytes.

        Raises
        ------
        TypeError
            If the keys are of different kinds, or something else.
        ValueError
            If they do not ascend, are NaN or infinite, or do not fit int64.
        """
        kinds = {type(key.item() if isinstance(key, np.generic) else key) for key in keys}
        if kinds <= {str} and kinds:
            texts = [key.encode() for key in map(str, keys)]
            sizes = [0, *map(len, texts)]
            blob = np.frombuffer(b"".join(texts), dtype=np.uint8)
            return cls(values=blob, offsets=np.cumsum(sizes).astype(_offset_type(len(blob))))
        for known, dtype in (({bool}, np.bool_), ({int}, np.int64), ({int, float}, np.float64)):
            if kinds <= known:
                return cls(values=_numbers(keys, dtype))
        msg = f"keys must be all texts, all numbers or all bools, got {quoted(list(keys))}"
        raise TypeError(msg)

    @property
    def are_texts(self) -> bool:
        """Whether the keys are texts."""
        return self.offsets is not None

    @property
    def kind(self) -> str:
        """What messages call the keys: texts, integers, floats or booleans."""
        names = {"u": "texts", "i": "integers", "f": "floats", "b": "booleans"}
        return names[self.values.dtype.kind]

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self.values) if self.offsets is None else len(self.offsets) - 1

    def to_list(self) -> list[Any]:
        """Return the keys as Python's values."""
        if self.offsets is None:
            return list(self.values.tolist())
        blob, places = self.values.tobytes(), self.offsets.tolist()
        return [blob[begin:end].decode() for begin, end in pairwise(places)]

    def select(self, kept: NDArray[np.bool_]) -> Self:
        """Return the keys where ``kept`` is true."""
        if self.offsets is None:
            return type(self)(values=self.values[kept])
        places: NDArray[np.int64] = self.offsets.astype(np.int64)
        sizes = places[1:] - places[:-1]
        offsets = np.concatenate([[0], np.cumsum(sizes[kept])])
        blob = self.values[np.repeat(kept, sizes)]
        return type(self)(values=blob, offsets=offsets.astype(_offset_type(len(blob))))

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        own = {"values": self.values}
        return own if self.offsets is None else own | {"offsets": self.offsets}


def _check_utf8(values: NDArray[np.uint8], offsets: NDArray[Any]) -> None:
    """Raise ValueError unless the bytes are UTF-8, and no character lies in two texts."""
    try:
        values.tobytes().decode()
    except UnicodeDecodeError as error:
        msg = f"keys.values must hold texts in UTF-8: {error.reason} at byte {error.start}"
        raise ValueError(msg) from error
    first = values[offsets[offsets < len(values)]]
    if (first & 0xC0 == 0x80).any():  # noqa: PLR2004 - a byte that continues a character
        msg = "keys.offsets must lie between the characters of keys.values"
        raise ValueError(msg)


def _offset_type(n_bytes: int) -> type[np.unsignedinteger[Any]]:
    return np.uint32 if n_bytes < 2**32 else np.uint64


def _numbers(keys: Sequence[Any], dtype: type[np.generic]) -> NDArray[Any]:
    try:
        return np.array(keys, dtype=dtype)
    except OverflowError as error:
        msg = f"keys must fit {np.dtype(dtype).name}, got {quoted(list(keys))}"
        raise ValueError(msg) from error
