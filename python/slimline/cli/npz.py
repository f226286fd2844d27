"""Arrays from an .npz file, each checked before it is allocated or anything indexes with it.

NumPy's own reader would evaluate headers as Python literals and allocate what they declare; scipy
trusts the parts of a CSR matrix. Here a member's header must be one of plain numbers or texts, and
account for every byte of the member, of which the archive cannot hold more than deflate packs.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from slimline._text import quoted
from slimline.cli.memory import check_fits

_PARTS = ("data", "indices", "indptr", "shape")
_NAMES = ("X", "y", *_PARTS, "format")
_MOST_PACKED = 1032  # bytes that deflate makes of one, at most
_AT_ONCE = 2**22
_MAGIC = b"\x93NUMPY"
_LENGTH = {(1, 0): "<H", (2, 0): "<I", (3, 0): "<I"}  # of the header, by version
_MOST_HEADER = 10_000
_MOST_DIMENSIONS = 2
_HEADER = re.compile(
    r"\{\s*'descr':\s*'(?P<descr>[^']*)',\s*'fortran_order':\s*(?P<fortran>True|False),"
    r"\s*'shape':\s*\((?P<shape>[0-9L, ]*)\),?\s*\}\s*",
    re.ASCII,
)
_DTYPE = re.compile(r"[<>|=]?(?:b1|[iu][1248]|f[248]|[SU][1-9][0-9]{0,8})", re.ASCII)
_LAST_CHARACTER = 0x10FFFF

# What zipfile and zlib raise for archives that are none, damaged, encrypted or packed otherwise.
_BROKEN = (BadZipFile, NotImplementedError, RuntimeError, EOFError, struct.error, zlib.error)

Arrays = Mapping[str, NDArray[Any]]


def read_npz(path: Path) -> tuple[Any, NDArray[Any] | None]:
    """Return X, dense or CSR, and y, None where there is none; ValueError says what is wrong."""
    with path.open("rb") as file:
        try:
            with ZipFile(file) as archive:
                arrays = _members(archive, os.fstat(file.fileno()).st_size)
            return _rows(arrays), _targets(arrays)
        except (ValueError, KeyError, OverflowError, OSError, *_BROKEN) as error:
            msg = (
                f"{path} must be an .npz file with X and y (or data, indices, indptr, shape and"
                f" y): {error}"
            )
            raise ValueError(msg) from error


def _members(archive: ZipFile, size: int) -> Arrays:
    found: dict[str, ZipInfo] = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name in found:
            msg = f"it holds {quoted(name)} twice"
            raise ValueError(msg)
        if name in _NAMES:
            found[name] = info
    wanted = ("X", "y") if "X" in found else _NAMES[1:]
    needed = sum(info.file_size for name, info in found.items() if name in wanted)
    check_fits("its arrays", needed)
    return {name: _member(archive, found[name], name, size) for name in wanted if name in found}


def _member(archive: ZipFile, info: ZipInfo, name: str, size: int) -> NDArray[Any]:
    packed = {ZIP_STORED: 1, ZIP_DEFLATED: _MOST_PACKED}.get(info.compress_type, 0)
    if info.file_size > packed * min(info.compress_size, size):
        msg = f"{name} must be stored or deflated, and account for its {info.file_size:,} bytes"
        raise ValueError(msg)
    with archive.open(info) as member:
        shape, fortran, dtype, n_header = _header(member, name)
        expected = prod(shape) * dtype.itemsize
        if expected != info.file_size - n_header:
            msg = (
                f"{name} of shape {shape} and dtype {dtype} takes {expected:,} bytes, but"
                f" {info.file_size - n_header:,} follow its header"
            )
            raise ValueError(msg)
        array = np.empty(shape, dtype, order="F" if fortran else "C")
        memory = array.reshape(-1, order="A").view(np.uint8).data
        while memory and (count := member.readinto(memory[:_AT_ONCE])):  # type: ignore[attr-defined]
            memory = memory[count:]
        if memory or member.read(1):  # the last read compares the checksum
            msg = f"{name} has other bytes than its archive says"
            raise ValueError(msg)
    return _plain(array, name)


def _header(member: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Return shape, whether columns come first, dtype, and the bytes that said so."""
    head = member.read(8)
    form = _LENGTH.get((head[6], head[7])) if len(head) == 8 and head[:6] == _MAGIC else None  # noqa: PLR2004 - magic and version
    if form is None:
        msg = f"{name} must be an array in NumPy's format"
        raise ValueError(msg)
    (length,) = struct.unpack(form, member.read(struct.calcsize(form)))
    text = member.read(min(length, _MOST_HEADER)).decode("latin-1")
    match = _HEADER.fullmatch(text)
    if match is None or not _DTYPE.fullmatch(match["descr"]):
        msg = f"{name} must be a plain array of numbers or texts, got {quoted(text.strip())}"
        raise ValueError(msg)
    sizes = match["shape"].replace("L", "").replace(" ", "").removesuffix(",")
    shape = tuple(int(size) for size in sizes.split(",")) if sizes else ()
    if len(shape) > _MOST_DIMENSIONS:
        msg = f"{name} must have at most {_MOST_DIMENSIONS} dimensions, got shape {shape}"
        raise ValueError(msg)
    dtype = np.dtype(match["descr"])
    return shape, match["fortran"] == "True", dtype, len(head) + struct.calcsize(form) + length


def _plain(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Return an array in this machine's byte order, once its entries are what they should be."""
    if array.dtype.kind == "b":  # any byte but 0 and 1 is no bool to NumPy's loops
        return np.asarray(array.view(np.uint8) != 0)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype.kind == "U" and array.size and array.dtype.itemsize:
        points = np.ascontiguousarray(array).reshape(-1).view(np.uint32)
        if points.max() > _LAST_CHARACTER:
            msg = f"{name} must hold texts, got a character beyond Unicode"
            raise ValueError(msg)
    return array


def _rows(arrays: Arrays) -> Any:
    if "X" in arrays:
        X = arrays["X"]
        if X.dtype.kind not in "fiub" or X.ndim != _MOST_DIMENSIONS or 0 in X.shape:
            msg = (
                "X must hold numbers in rows and columns, at least one of each, got shape"
                f" {X.shape} and dtype {X.dtype}"
            )
            raise ValueError(msg)
        return X
    missing = [name for name in _PARTS if name not in arrays]
    if missing:
        msg = f"it lacks {', '.join(missing)}"
        raise ValueError(msg)
    _check_format(arrays.get("format"))
    return _csr(*(arrays[name] for name in _PARTS))


def _targets(arrays: Arrays) -> NDArray[Any] | None:
    y = arrays.get("y")
    if y is not None and (y.dtype.kind not in "fiubU" or y.ndim == 0):
        msg = f"y must hold numbers or texts, one per row, got shape {y.shape} and dtype {y.dtype}"
        raise ValueError(msg)
    return y


def _check_format(form: NDArray[Any] | None) -> None:
    """Refuse what scipy's save_npz writes of columns: the same parts would be other rows."""
    if form is not None and form.tolist() not in ("csr", b"csr"):
        msg = f"format must be csr, got {quoted(form.tolist())}: use tocsr() before save_npz"
        raise ValueError(msg)


def _csr(
    data: NDArray[Any], indices: NDArray[Any], indptr: NDArray[Any], shape: NDArray[Any]
) -> sparse.csr_array:
    """Return a CSR matrix of float32 with one entry a cell, once its parts fit together."""
    _check_kind("data", data, "fiub")
    for name, part in (("indices", indices), ("indptr", indptr), ("shape", shape)):
        _check_kind(name, part, "iu")
    rows, columns = _extents(shape, len(indptr))
    ends = int(indptr[0]), int(indptr[-1])
    if ends != (0, len(data)) or len(indices) != len(data) or (indptr[1:] < indptr[:-1]).any():
        msg = (
            "indptr must rise from 0 to the number of data and indices, got"
            f" {ends[0]} to {ends[1]}, {len(data)} and {len(indices)}"
        )
        raise ValueError(msg)
    if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < columns:
        msg = (
            f"indices must lie in [0, {columns}), the columns of shape, got {int(indices.min())}"
            f" to {int(indices.max())}"
        )
        raise ValueError(msg)
    index = np.int32 if max(columns, len(data)) < 2**31 else np.int64
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes inf, which is refused later
        parts = (data.astype(np.float32), indices.astype(index), indptr.astype(index))
    matrix = sparse.csr_array(parts, shape=(rows, columns))
    matrix.sum_duplicates()
    return matrix


def _check_kind(name: str, part: NDArray[Any], kinds: str) -> None:
    if part.ndim != 1 or part.dtype.kind not in kinds:
        what = "whole numbers" if kinds == "iu" else "numbers"
        msg = f"{name} must hold {what} in one dimension, got {part.dtype} {part.shape}"
        raise ValueError(msg)


def _extents(shape: NDArray[Any], n_ends: int) -> tuple[int, int]:
    """Return the numbers of rows, which end ``n_ends`` minus one times, and of columns."""
    sizes = tuple(map(int, shape))
    plain = len(sizes) == _MOST_DIMENSIONS and min(sizes) >= 1 and max(sizes) < 2**63
    if not plain or sizes[0] != n_ends - 1:
        msg = (
            "shape must be the numbers of rows and columns, at least one of each, and indptr one"
            f" longer than rows, got {quoted(list(sizes))} and {n_ends}"
        )
        raise ValueError(msg)
    return sizes[0], sizes[1]
