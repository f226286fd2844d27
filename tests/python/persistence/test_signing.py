"""Signed files: taken with the right key, refused unsigned, changed, or signed by others."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from persistence.forging import ZEROS, entry, metadata, sealed
from safetensors.numpy import load
from slimline.persistence import (
    FormatError,
    digest,
    inspect_file,
    read_file,
    verify_file,
    write_file,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
OTHER = Ed25519PrivateKey.generate().public_key()
STATE = ({"w": np.arange(6, dtype=np.float32).reshape(2, 3)}, {"kind": "example", "text": "ä\\"})


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    path = tmp_path / "signed.slim"
    write_file(path, *STATE, sign_with=KEY)
    return path


@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize("keys", [[PUBLIC], [OTHER, PUBLIC], [PUBLIC.public_bytes_raw()]])
def test_a_trusted_key_opens_the_file(keys: list[Any], mmap: bool, signed: Path) -> None:  # noqa: FBT001
    tensors, content = read_file(signed, trusted_keys=keys, mmap=mmap)
    np.testing.assert_array_equal(tensors["w"], STATE[0]["w"])
    assert content == STATE[1]
    verify_file(signed, trusted_keys=keys)


def test_the_key_may_be_bytes_and_signatures_are_deterministic(signed: Path) -> None:
    before = signed.read_bytes()
    write_file(signed, *STATE, sign_with=KEY.private_bytes_raw())
    assert signed.read_bytes() == before


def test_signing_changes_neither_the_contents_nor_the_hash_of_the_model(signed: Path) -> None:
    assert read_file(signed)[1] == STATE[1]
    np.testing.assert_array_equal(load(signed.read_bytes())["w"], STATE[0]["w"])
    described = inspect_file(signed)
    assert described["model_sha256"] == digest(*STATE) != described["sha256"]
    assert described["signed_by"] == PUBLIC.public_bytes_raw().hex()


@pytest.mark.parametrize("mmap", [False, True])
def test_refusals(mmap: bool, signed: Path, tmp_path: Path) -> None:  # noqa: FBT001
    with pytest.raises(FormatError, match="none of the trusted_keys"):
        read_file(signed, trusted_keys=[OTHER], mmap=mmap)
    plain = tmp_path / "plain.slim"
    write_file(plain, *STATE)
    with pytest.raises(FormatError, match="not signed, but trusted_keys were given"):
        read_file(plain, trusted_keys=[PUBLIC], mmap=mmap)


def test_a_signature_does_not_fit_other_contents(signed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.slim"
    write_file(other, {"w": STATE[0]["w"] + 1}, STATE[1], sign_with=KEY)
    files = [path.read_bytes() for path in (signed, other)]
    mine, theirs = (raw[raw.index(b'signature\\":\\"') + 14 :][:128] for raw in files)
    assert mine != theirs
    forged = files[0].replace(mine, theirs)
    old = inspect_file(signed)["sha256"].encode()
    digits = hashlib.sha256(forged.replace(old, ZEROS.encode())).hexdigest().encode()
    signed.write_bytes(forged.replace(old, digits))
    read_file(signed)  # a correct hash, which anyone can make
    for mmap in (False, True):
        with pytest.raises(FormatError, match="does not fit the contents"):
            read_file(signed, trusted_keys=[PUBLIC], mmap=mmap)


def test_every_changed_byte_and_length_of_a_signed_file(signed: Path) -> None:
    whole = signed.read_bytes()
    for position in range(len(whole)):
        signed.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        for mmap in (False, True):
            with pytest.raises(FormatError):
                read_file(signed, trusted_keys=[PUBLIC], mmap=mmap)
        signed.write_bytes(whole[:position])
        with pytest.raises(FormatError):
            read_file(signed, trusted_keys=[PUBLIC])


def text(signature: str) -> str:
    return f'{{"content":{{}},"ed25519":{signature},"format_version":1,"sha256":"{ZEROS}"}}'


@pytest.mark.parametrize(
    "signature",
    [
        "null",
        "{}",
        '{"key":"","signature":""}',
        f'{{"key":"{"a" * 64}","signature":"{"b" * 127}"}}',
        f'{{"key":"{"A" * 64}","signature":"{"b" * 128}"}}',
        f'{{"key":1,"signature":"{"b" * 128}"}}',
        f'{{"key":"{"a" * 64}","more":1,"signature":"{"b" * 128}"}}',
    ],
)
def test_malformed_signatures(signature: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.slim"
    path.write_bytes(sealed(f"{{{metadata(text(signature))},{entry()}}}".encode()))
    with pytest.raises(FormatError, match=r"ed25519 must be (lower|an object)"):
        read_file(path)


def test_a_key_that_is_no_point_on_the_curve_is_only_compared(tmp_path: Path) -> None:
    path = tmp_path / "bad.slim"
    signature = f'{{"key":"{"f" * 64}","signature":"{"1" * 128}"}}'
    path.write_bytes(sealed(f"{{{metadata(text(signature))},{entry()}}}".encode()))
    read_file(path)
    with pytest.raises(FormatError, match="none of the trusted_keys"):
        read_file(path, trusted_keys=[PUBLIC])


def test_what_is_no_key(signed: Path) -> None:
    for wrong in (b"short", "text", X25519PrivateKey.generate(), PUBLIC):
        with pytest.raises(TypeError, match="sign_with must be an Ed25519PrivateKey or its 32"):
            write_file(signed, *STATE, sign_with=wrong)
    for wrong in (b"short", KEY, "text"):
        with pytest.raises(TypeError, match="trusted_keys must be Ed25519PublicKeys or 32 bytes"):
            read_file(signed, trusted_keys=[wrong])
    for wrong in (5, KEY):
        with pytest.raises(TypeError, match="trusted_keys must be a list of keys"):
            read_file(signed, trusted_keys=wrong)
    with pytest.raises(ValueError, match="at least one key"):
        read_file(signed, trusted_keys=[])
    verify_file(signed, trusted_keys=[PUBLIC])


WITHOUT = """
import sys
sys.modules["cryptography"] = None
from slimline.persistence import read_file, write_file
path = sys.argv[1]
read_file(path)
for keys in ({"trusted_keys": [bytes(32)]}, {"decrypt_with": bytes(32)}):
    try:
        read_file(path, **keys)
    except ImportError as error:
        print(error)
for keys in ({"sign_with": bytes(32)}, {"encrypt_with": bytes(32)}):
    try:
        write_file(path, {}, {}, **keys)
    except ImportError as error:
        print(error)
"""


def test_without_cryptography_the_extra_is_named(signed: Path) -> None:
    command = [sys.executable, "-c", WITHOUT, str(signed)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    names = ("trusted_keys", "decrypt_with", "sign_with", "encrypt_with")
    assert run.stdout.splitlines() == [
        f"{name} needs cryptography: pip install cryptography" for name in names
    ]
