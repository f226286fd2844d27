"""Files that earlier versions wrote are read as they were meant."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from slimline.persistence import digest, inspect_file, read_file, verify_file
from slimline.persistence.envelope import FORMAT_VERSION

CORPUS = Path(__file__).parents[2] / "corpus"
FILES = sorted(CORPUS.glob("v*/*.slim"))


def test_every_version_has_files() -> None:
    expected = {f"v{version}" for version in range(1, FORMAT_VERSION + 1)}
    assert {path.parent.name for path in FILES} == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_file_of_the_corpus(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())
    verify_file(path)
    for mmap in (False, True):
        tensors, content = read_file(path, mmap=mmap)
        assert content == expected["content"]
        assert tensors.keys() == expected["tensors"].keys()
        for name, array in tensors.items():
            listed = expected["tensors"][name]
            values = np.array(listed["values"], listed["dtype"]).reshape(listed["shape"])
            np.testing.assert_array_equal(array, values, strict=True)
    described = inspect_file(path)
    assert path.parent.name == f"v{described['format_version']}"
    if described["format_version"] == FORMAT_VERSION:
        assert digest(tensors, content) == described["model_sha256"]
    if described["signed_by"] is not None:
        verify_file(path, trusted_keys=[bytes.fromhex(described["signed_by"])])
