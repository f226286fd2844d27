"""Encrypted files: only with their key, only whole, and never the same twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from slimline.persistence import (
    FormatError,
    encryption,
    inspect_file,
    read_file,
    verify_file,
    write_file,
)

KEY = bytes(range(32))
OTHER = bytes(32)
STATE = ({"w": np.arange(3, dtype=np.float32)}, {"kind": "secret-example"})


@pytest.fixture
def encrypted(tmp_path: Path) -> Path:
    path = tmp_path / "x.slim"
    write_file(path, *STATE, encrypt_with=KEY)
    return path


def test_only_the_key_opens_the_file(encrypted: Path) -> None:
    tensors, content = read_file(encrypted, decrypt_with=KEY)
    np.testing.assert_array_equal(tensors["w"], STATE[0]["w"])
    assert content == STATE[1]
    verify_file(encrypted, decrypt_with=KEY)
    described = inspect_file(encrypted, decrypt_with=KEY)
    assert (described["encrypted"], described["content"]) == (True, STATE[1])
    assert b"secret-example" not in encrypted.read_bytes()
    for reader in (read_file, inspect_file, verify_file):
        with pytest.raises(FormatError, match="encrypted: give its key as decrypt_with"):
            reader(encrypted)
        with pytest.raises(FormatError, match="cannot be decrypted"):
            reader(encrypted, decrypt_with=OTHER)


def test_a_fresh_nonce_for_every_file(encrypted: Path) -> None:
    seen = {encrypted.read_bytes()}
    for _ in range(20):
        write_file(encrypted, *STATE, encrypt_with=KEY)
        seen.add(encrypted.read_bytes())
    assert len({file[8:20] for file in seen}) == len(seen) == 21


def test_a_plain_file_does_not_pass_for_an_encrypted_one(tmp_path: Path) -> None:
    path = tmp_path / "x.slim"
    write_file(path, *STATE)
    with pytest.raises(FormatError, match="not encrypted, but decrypt_with was given"):
        read_file(path, decrypt_with=KEY)


def test_every_changed_byte_and_every_length(encrypted: Path) -> None:
    whole = encrypted.read_bytes()
    for position in range(len(whole)):
        damaged = whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
        for file in (damaged, whole[:position], whole + bytes(position + 1)):
            encrypted.write_bytes(file)
            with pytest.raises(FormatError):
                read_file(encrypted, decrypt_with=KEY)
            with pytest.raises(FormatError):
                read_file(encrypted)


def test_signed_and_encrypted(tmp_path: Path) -> None:
    signer = Ed25519PrivateKey.generate()
    path = tmp_path / "x.slim"
    write_file(path, *STATE, sign_with=signer, encrypt_with=KEY)
    keys = {"decrypt_with": KEY, "trusted_keys": [signer.public_key()]}
    assert read_file(path, **keys)[1] == STATE[1]
    write_file(path, *STATE, encrypt_with=KEY)
    with pytest.raises(FormatError, match="not signed"):
        read_file(path, **keys)


def test_what_is_inside_is_checked_as_any_file(tmp_path: Path) -> None:
    path = tmp_path / "x.slim"
    for inside, message in [(b"", "empty"), (b"x" * 20, "not a slimline"), (b"slimAES1", "encr")]:
        path.write_bytes(b"".join(encryption.encrypt(inside, KEY)))
        with pytest.raises(FormatError, match=message):
            read_file(path, decrypt_with=KEY)


def test_refused_arguments(encrypted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="encrypt_with must be a key of 32 bytes, got 5 bytes"):
        write_file(encrypted, *STATE, encrypt_with=b"12345")
    with pytest.raises(TypeError, match="decrypt_with must be a key of 32 bytes, got str"):
        read_file(encrypted, decrypt_with="password")
    with pytest.raises(ValueError, match="mmap=True cannot be had with decrypt_with"):
        read_file(encrypted, decrypt_with=KEY, mmap=True)
    monkeypatch.setattr(encryption, "MAX_PLAIN", 10)
    with pytest.raises(ValueError, match="files of at most 10 bytes"):
        write_file(encrypted, *STATE, encrypt_with=KEY)
    with pytest.raises(FormatError, match="cannot have"):
        read_file(encrypted, decrypt_with=KEY)
