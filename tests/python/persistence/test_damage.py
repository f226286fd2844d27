"""Damage anywhere in a file is found: each of its bits, and each length it could be cut to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from slimline.persistence import FORMATS, FormatError, inspect_file, read_file, write_file

EVERY_FORMAT = pytest.mark.parametrize("file_format", FORMATS)


@pytest.fixture
def path(file_format: str, tmp_path: Path) -> Path:
    path = tmp_path / "x.slim"
    tensors = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "mask": np.array([True, False])}
    write_file(path, tensors, {"kind": "example"}, file_format=file_format)
    return path


def assert_refused(path: Path) -> None:
    for reader in (read_file, inspect_file):
        with pytest.raises(FormatError):
            reader(path)


@EVERY_FORMAT
def test_every_flipped_bit(path: Path) -> None:
    whole = path.read_bytes()
    for position in range(len(whole)):
        for bit in range(8):
            file = bytearray(whole)
            file[position] ^= 1 << bit
            path.write_bytes(file)
            assert_refused(path)


@EVERY_FORMAT
def test_every_changed_byte(path: Path) -> None:
    whole = path.read_bytes()
    for position in range(len(whole)):
        for value in {0, 0xFF, ord("0"), ord(" "), ord('"')} - {whole[position]}:
            path.write_bytes(whole[:position] + bytes([value]) + whole[position + 1 :])
            assert_refused(path)


@EVERY_FORMAT
def test_every_length(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert_refused(path)
        with pytest.raises(FormatError):
            read_file(path, mmap=True)
    path.write_bytes(whole + b"\0")
    assert_refused(path)
