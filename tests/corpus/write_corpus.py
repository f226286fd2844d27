"""Write the corpus of the current format version: files that every later slimline must read.

Run once when FORMAT_VERSION has been raised, and commit what it writes::

    python tests/corpus/write_corpus.py

Beside each ``v<version>/<name>.slim``, ``<name>.json`` holds its tensors and content. A file that
exists is never rewritten: it stands for those that people have.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from slimline.persistence import write_file
from slimline.persistence.envelope import FORMAT_VERSION
from slimline.persistence.tensors import DTYPES

Example = tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]

EXAMPLES: dict[str, Example] = {
    "empty": ({}, {}),
    "every_dtype": (
        {
            **{name: np.array([[0, 1, 1], [1, 0, 0]], dtype) for name, dtype in DTYPES.items()},
            "integers": np.array([-(2**63), 2**63 - 1], np.int64),
            "extremes": np.array([-128, -127, 127], np.int8),
            "scalar": np.array(-0.1),
            "no.rows": np.zeros((0, 3), np.float32),
        },
        {"kind": "every dtype", "numbers": [0, -1, 2**64 - 1, 0.1, 1e-300, -1.5e300]},
    ),
    "linear": (
        {
            "layers.0.weight": np.array([[0.5, -1.25, 3.0], [0.0, 1e-8, -7.0]], np.float32),
            "layers.0.bias": np.array([0.125, -2.0], np.float32),
        },
        {
            "classes": ["no", "größer", "\U0001f642", '"quoted"\\\n'],
            "layers": [{"activation": "identity", "kind": "dense"}],
            "trained": True,
            "parent": None,
        },
    ),
}


EXAMPLES["signed"] = EXAMPLES["linear"]
KEY = bytes(range(32))  # no secret


def write_corpus(folder: Path) -> None:
    """Write every example that is not there yet."""
    folder.mkdir(exist_ok=True)
    for name, (tensors, content) in EXAMPLES.items():
        path = folder / f"{name}.slim"
        if path.exists():
            continue
        write_file(path, tensors, content, sign_with=KEY if name == "signed" else None)
        listed = {
            key: {"dtype": array.dtype.name, "shape": array.shape, "values": array.ravel().tolist()}
            for key, array in tensors.items()
        }
        expected = {"tensors": listed, "content": content}
        path.with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    write_corpus(Path(__file__).parent / f"v{FORMAT_VERSION}")
