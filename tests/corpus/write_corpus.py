"""Write the corpus of the current format version: files that every later slimline must read.

Run it when FORMAT_VERSION has been raised, or an example was added, and commit what it writes::

    python tests/corpus/write_corpus.py

Beside each ``v<version>/<name>.slim``, ``<name>.json`` holds its tensors and content, and for a
model a few rows with the outputs, predictions and probabilities that it had when it was written. A
file that exists is never rewritten: it stands for those that people have.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import models
import numpy as np
import slimline as sl
from slimline.persistence import read_file, write_file
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
        if not (path := folder / f"{name}.slim").exists():
            write_file(path, tensors, content, sign_with=KEY if name == "signed" else None)
            _write_expected(path, {})
    for name, model in models.models().items():
        if not (path := folder / f"{name}.slim").exists():
            sl.save(model, path, sign_with=KEY if name == "model_signed" else None)
            _write_expected(path, _predicted(model))


def _predicted(model: sl.Model) -> dict[str, Any]:
    """Return rows and what a model makes of them; a regression predicts its outputs."""
    X = models.rows(model)
    return {
        "rows": X if isinstance(X, list) else X.tolist(),
        "outputs": model.outputs(X).tolist(),
        "predictions": None if model.classes is None else model.predict(X).tolist(),
        "probabilities": model.predict_proba(X).tolist() if model.defines_probabilities else None,
    }


def _write_expected(path: Path, more: dict[str, Any]) -> None:
    """Write what a file holds, and more, a line for each entry."""
    tensors, content = read_file(path)
    listed = {
        key: {"dtype": array.dtype.name, "shape": array.shape, "values": array.ravel().tolist()}
        for key, array in tensors.items()
    }
    entries = {"content": content, "tensors": listed, **more}
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in entries.items())
    path.with_suffix(".json").write_text(f"{{\n{lines}\n}}\n", encoding="ascii")


if __name__ == "__main__":
    write_corpus(Path(__file__).parent / f"v{FORMAT_VERSION}")
