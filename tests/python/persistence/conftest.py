"""A small file with every dtype, an empty tensor and a scalar."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from slimline.persistence import write_file
from slimline.persistence.tensors import DTYPES, Array


@pytest.fixture(scope="session")
def tensors() -> dict[str, Array]:
    arrays = {f"all.{name}": np.array([[0, 1, 1]], dtype) for name, dtype in DTYPES.items()}
    return arrays | {"empty": np.zeros((0, 4), np.float32), "scalar": np.array(2.5)}


@pytest.fixture(scope="session")
def content() -> dict[str, Any]:
    return {"kind": "example", "classes": ["ä", '"\\', 3], "nested": {"a": [1.5, None, True, {}]}}


@pytest.fixture
def saved(tmp_path: Path, tensors: dict[str, Array], content: dict[str, Any]) -> Path:
    path = tmp_path / "saved.slim"
    write_file(path, tensors, content)
    return path


@pytest.fixture
def public_path() -> Iterator[Path]:
    """Give a directory that every user may enter, unlike tmp_path."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path
        path.chmod(0o755)
