"""The safetensors format: 8 bytes of header length, a JSON header, the tensors.

Written by the safetensors library; read here, with a stricter header and straight into the arrays.
The JSON is ``{"__metadata__": {"slimline": text}, name: {"dtype", "shape", "data_offsets"}, ...}``.
Source: https://github.com/safetensors/safetensors#format
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, BinaryIO

from safetensors.numpy import save

from slimline.persistence import strict_json
from slimline.persistence.envelope import DIGITS_FROM_END
from slimline.persistence.errors import FormatError
from slimline.persistence.formats.header import Header, TensorInfo
from slimline.persistence.tensors import DTYPES, MAX_DIMENSIONS, NAME, NAME_RULE, Array

MAX_HEADER = 8 * 2**20
# Each takes some hundred bytes of memory, whatever its size.
MAX_TENSORS = 10_000

_LENGTH = 8
_ALIGNMENT = 8  # the library pads headers with spaces to a multiple of it
_METADATA, _KEY = "__metadata__", "slimline"
CODES = {"BOOL": "bool"} | {
    f"{kind[0].upper()}{bits}": f"{kind}{bits}"
    for kind, widths in {
        "int": (8, 16, 32, 64),
        "uint": (8, 16, 32, 64),
        "float": (16, 32, 64),
    }.items()
    for bits in widths
}


def recognizes(head: bytes) -> bool:
    """Return whether a JSON object follows the header length."""
    return head[_LENGTH : _LENGTH + 1] == b"{"


def pack(tensors: Mapping[str, Array], text: str) -> bytes:
    """Return the file's bytes."""
    return save(dict(tensors), metadata={_KEY: text})


def read_header(file: BinaryIO, size: int) -> Header:
    """Read and check the header; no byte of a tensor is read."""
    prefix = file.read(_LENGTH)
    length = int.from_bytes(prefix, "little")
    if not 2 <= length <= min(size - _LENGTH, MAX_HEADER):  # noqa: PLR2004 - the shortest is {}
        msg = (
            f"header must have 2 to {MAX_HEADER} bytes within the file ({size} bytes), got {length}"
        )
        raise FormatError(msg)
    raw = file.read(length)
    if len(raw) != length:
        msg = "the file became shorter while it was read"
        raise FormatError(msg)
    members = _parse(raw)
    text = _metadata_text(members)
    start = _position(raw, text)
    before_digits = len(_escaped(text[:-DIGITS_FROM_END]))
    return Header(
        raw=prefix + raw,
        text=text,
        digits_at=_LENGTH + start + before_digits,
        tensors=_tensor_table(members, _LENGTH + length, size),
    )


def with_text(header: Header, text: str) -> bytes:
    """Return length and JSON of the same tensors with another metadata text."""
    json_bytes = header.raw[_LENGTH:].rstrip(b" ")
    json_bytes = json_bytes.replace(_escaped(header.text), _escaped(text))
    json_bytes += b" " * (-len(json_bytes) % _ALIGNMENT)
    return len(json_bytes).to_bytes(_LENGTH, "little") + json_bytes


def _parse(raw: bytes) -> dict[str, Any]:
    if not raw.isascii():
        msg = "header must be ASCII"
        raise FormatError(msg)
    # A JSON value that begins with a brace, as `recognizes` has seen, is an object.
    members: dict[str, Any] = strict_json.parse(raw.decode("ascii"))
    return members


def _metadata_text(members: dict[str, Any]) -> str:
    metadata = members.pop(_METADATA, None)
    if not isinstance(metadata, dict) or _KEY not in metadata:
        msg = f"a safetensors file that slimline did not write: no {_KEY!r} in its {_METADATA}"
        raise FormatError(msg)
    text = metadata[_KEY]
    if len(metadata) != 1 or not isinstance(text, str):
        msg = f"{_METADATA} must hold {_KEY!r}, a string, and nothing else"
        raise FormatError(msg)
    return text


def _escaped(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode("ascii")


def _position(raw: bytes, text: str) -> int:
    """Where the escaped text lies in the header: in one place, in its one spelling."""
    escaped = _escaped(text)
    if raw.count(escaped) != 1:
        msg = "metadata text must be in the header once, with no needless escapes"
        raise FormatError(msg)
    return raw.index(escaped)


def _tensor_table(members: dict[str, Any], start: int, size: int) -> tuple[TensorInfo, ...]:
    """Return the tensors in file order; they must fill the rest of the file, each at its place."""
    if len(members) > MAX_TENSORS:
        msg = f"must hold at most {MAX_TENSORS:,} tensors, got {len(members):,}"
        raise FormatError(msg)
    entries = [_entry(name, fields, size) for name, fields in members.items()]
    entries.sort(key=lambda entry: entry[1:])
    position = 0
    for info, begin, end in entries:
        if begin != position or end - begin != info.nbytes:
            msg = (
                f"tensor {info.name!r} of {info.nbytes} bytes must begin at {position}, "
                f"got data_offsets [{begin}, {end}]"
            )
            raise FormatError(msg)
        if (start + begin) % info.dtype.itemsize:
            msg = f"tensor {info.name!r} must be aligned to {info.dtype.itemsize} bytes"
            raise FormatError(msg)
        position = end
    if start + position != size:
        msg = f"tensors take {position} bytes, but {size - start} follow the header"
        raise FormatError(msg)
    return tuple(info for info, _, _ in entries)


def _entry(name: str, fields: Any, size: int) -> tuple[TensorInfo, int, int]:
    if not NAME.fullmatch(name):
        msg = f"tensor name {NAME_RULE}, got {name!r:.220}"
        raise FormatError(msg)
    if not isinstance(fields, dict) or fields.keys() != {"dtype", "shape", "data_offsets"}:
        msg = f"tensor {name!r} must have dtype, shape and data_offsets"
        raise FormatError(msg)
    code, shape, offsets = fields["dtype"], fields["shape"], fields["data_offsets"]
    if not isinstance(code, str) or code not in CODES:
        msg = f"tensor {name!r} must have a dtype of {', '.join(CODES)}, got {code!r:.80}"
        raise FormatError(msg)
    dtype = DTYPES[CODES[code]]
    if not _are_sizes(shape) or len(shape) > MAX_DIMENSIONS:
        msg = f"tensor {name!r} must have a shape of 0-{MAX_DIMENSIONS} sizes, got {shape!r:.200}"
        raise FormatError(msg)
    # Without entries too: what other extents lead to must not outgrow the file.
    if math.prod(max(extent, 1) for extent in shape) > size:
        msg = f"tensor {name!r} must not be larger than the file, got shape {shape!r:.200}"
        raise FormatError(msg)
    if not _are_sizes(offsets) or len(offsets) != 2:  # noqa: PLR2004 - begin and end
        msg = f"tensor {name!r} must have data_offsets [begin, end], got {offsets!r:.80}"
        raise FormatError(msg)
    return TensorInfo(name=name, dtype=dtype, shape=tuple(shape)), offsets[0], offsets[1]


def _are_sizes(values: Any) -> bool:
    return isinstance(values, list) and all(type(n) is int and n >= 0 for n in values)
