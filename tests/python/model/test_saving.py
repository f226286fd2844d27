"""Saving models: signed, encrypted, mapped, for their owner only."""

from __future__ import annotations

import io
import stat
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import slimline as sl
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from slimline.inputs import InputStage
from slimline.layers import KINDS, DenseLayer

KEY = Ed25519PrivateKey.generate()


def test_signed_models_keep_their_hash(digits_model, digits, tmp_path):
    path = tmp_path / "x.slimline"
    sl.save(digits_model, path, sign_with=KEY)
    loaded = sl.load(path, trusted_keys=[KEY.public_key()])
    assert loaded.sha256 == digits_model.sha256
    np.testing.assert_array_equal(
        loaded.predict(digits.X_test), digits_model.predict(digits.X_test)
    )
    with pytest.raises(sl.FormatError, match="none of the trusted_keys"):
        sl.load(path, trusted_keys=[Ed25519PrivateKey.generate().public_key()])


def test_encrypted_models(digits_model, tmp_path):
    path = tmp_path / "x.slimline"
    sl.save(digits_model, path, encrypt_with=bytes(range(32)))
    assert sl.load(path, decrypt_with=bytes(range(32))).sha256 == digits_model.sha256
    with pytest.raises(sl.FormatError, match="encrypted"):
        sl.load(path)


def test_for_the_owner_only_when_asked(digits_model, tmp_path):
    path = tmp_path / "x.slimline"
    sl.save(digits_model, path, mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", KINDS)
def test_mapped_models_predict_the_same(kind, digits_model, digits, tmp_path):
    model = {
        "sparse": lambda: sl.prune(digits_model, sparsity=0.9),
        "int8": lambda: sl.quantize(digits_model),
        "sparse_int8": lambda: sl.quantize(sl.prune(digits_model, sparsity=0.9)),
        "int8_static": lambda: sl.quantize(digits_model, digits.X_train, activations="static"),
    }.get(kind, lambda: digits_model)()
    sl.save(model, tmp_path / "x.slimline")
    mapped = sl.load(tmp_path / "x.slimline", mmap=True)
    np.testing.assert_array_equal(mapped.outputs(digits.X_test), model.outputs(digits.X_test))
    assert mapped.sha256 == model.sha256


MAPPED = """
import resource, sys
import slimline as sl
sl.load(sys.argv[2], mmap=True)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model = sl.load(sys.argv[1], mmap=True)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, model.layers[0].n_in)
"""


def test_mapping_reads_no_weights(tmp_path):
    for name, width in (("large", 10**7), ("small", 1)):
        weight = np.ones((1, width), dtype=np.float32)
        bias = np.zeros(1, dtype=np.float32)
        layer = DenseLayer(weight=weight, bias=bias)
        model = sl.Model(
            input=InputStage(n_features=width), layers=(layer,), link="identity", classes=None
        )
        sl.save(model, tmp_path / name)
    command = [sys.executable, "-c", MAPPED, str(tmp_path / "large"), str(tmp_path / "small")]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    kilobytes, width = map(int, run.stdout.split())
    assert width == 10**7
    assert kilobytes < 4000  # of 40,000


class Slow(io.RawIOBase):
    """An unbuffered file that takes a few bytes at a time, as pipes do."""

    def __init__(self):
        super().__init__()
        self.taken = bytearray()

    def writable(self):
        return True

    def write(self, data):
        part = bytes(data[:1000])
        self.taken += part
        return len(part)


class Anything:
    """An object with write and read alone, as those of object stores."""

    def __init__(self):
        self.parts = []

    def write(self, data):
        self.parts.append(bytes(data))

    def read(self):
        return b"".join(self.parts)


OPTIONS = [
    ({}, {}),
    ({"sign_with": KEY}, {"trusted_keys": [KEY.public_key()]}),
    ({"encrypt_with": bytes(32)}, {"decrypt_with": bytes(32)}),
]


@pytest.mark.parametrize(("saved", "loaded"), OPTIONS, ids=["plain", "signed", "encrypted"])
def test_bytes_and_open_files_hold_what_paths_do(digits_model, tmp_path, saved, loaded):
    data = sl.save(digits_model, **saved)
    assert type(data) is bytes
    files = [io.BytesIO(), Slow(), Anything(), (tmp_path / "open").open("w+b")]
    for file in files:
        assert sl.save(digits_model, file, **saved) is None
    written = [files[0].getvalue(), files[1].taken, files[2].read()]
    files[3].seek(0)
    written.append(files[3].read())
    sl.save(digits_model, tmp_path / "path", **saved)
    written.append((tmp_path / "path").read_bytes())
    if "encrypt_with" not in saved:
        assert {data} == set(map(bytes, written))
    files[3].seek(0)
    sources = [data, *written, bytearray(data), memoryview(data), io.BytesIO(data), *files[2:]]
    sources.append(memoryview(bytes(byte for byte in data for _ in range(2)))[::2])
    for source in sources:
        assert sl.load(source, **loaded).sha256 == digits_model.sha256
    files[3].close()


def test_open_files_are_used_from_where_they_stand(digits_model):
    file = io.BytesIO(b"before")
    file.seek(6)
    sl.save(digits_model, file)
    assert file.getvalue() == b"before" + sl.save(digits_model)
    with pytest.raises(sl.FormatError, match="the file given: the file is empty"):
        sl.load(file)
    file.seek(6)
    assert sl.load(file).sha256 == digits_model.sha256
    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        with archive.open("model.slimline", "w") as member:
            sl.save(digits_model, member)
        with archive.open("model.slimline") as member:
            assert sl.load(member).sha256 == digits_model.sha256


def test_the_checks_are_those_of_paths(digits_model):
    data = sl.save(digits_model)
    for wrong, message in (
        (data[:-1], "tensors take"),
        (data + b"\0", "tensors take"),
        (b"", "the file is empty"),
        (b"line.slimline", "not a slimline file"),
        (data[:-1] + bytes([data[-1] ^ 1]), "sha256"),
        (sl.save(digits_model, encrypt_with=bytes(32)), "encrypted: give its key"),
    ):
        with pytest.raises(sl.FormatError, match=f"^the bytes given: .*{message}"):
            sl.load(wrong)
        with pytest.raises(sl.FormatError, match=f"^the file given: .*{message}"):
            sl.load(io.BytesIO(wrong))
    with pytest.raises(sl.FormatError, match="bytes given: not signed, but trusted_keys"):
        sl.load(data, trusted_keys=[KEY.public_key()])


def test_what_is_no_place_for_a_file_is_named(digits_model, tmp_path):
    for wrong, got in ((3, "int"), (io.StringIO(), "StringIO"), (b"bytes", "bytes")):
        with pytest.raises(TypeError, match=f"path must be a path or a file .* bytes, got {got}"):
            sl.save(digits_model, wrong)
    with (tmp_path / "text").open("w+") as text:
        with pytest.raises(TypeError, match=r"bytes, got TextIOWrapper"):
            sl.save(digits_model, text)
        with pytest.raises(TypeError, match=r"whose read\(\) gives bytes, got str"):
            sl.load(text)
    with pytest.raises(TypeError, match=r"path must be a path, bytes or a file .*, got NoneType"):
        sl.load(None)
    with pytest.raises(ValueError, match="mode is for files at a path"):
        sl.save(digits_model, io.BytesIO(), mode=0o600)
    for source in (sl.save(digits_model), io.BytesIO(sl.save(digits_model))):
        with pytest.raises(ValueError, match="mmap=True needs a path"):
            sl.load(source, mmap=True)


def test_a_failing_file_gives_its_own_error(digits_model):
    class Full(io.RawIOBase):
        def writable(self):
            return True

        def write(self, _):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        sl.save(digits_model, Full())
