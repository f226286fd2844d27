"""Saving models: signed, encrypted, mapped, for their owner only."""

from __future__ import annotations

import stat
import subprocess
import sys

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
