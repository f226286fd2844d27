"""``slimline evaluate``: a saved model against data from a file."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from slimline.cli import console
from slimline.evaluation import evaluate
from slimline.model import load


def run(file: Path, data: Path) -> None:
    """Evaluate the model in ``file`` on the arrays X and y of ``data``."""
    model = load(file)
    try:
        arrays = np.load(data, allow_pickle=False)
        X, y = arrays["X"], arrays["y"]
    except (KeyError, IndexError, BadZipFile, EOFError, ValueError) as error:
        msg = f"{data} must be an .npz file with arrays X and y: {error}"
        raise ValueError(msg) from error
    console.out.print(str(evaluate(model, X, y)), markup=False, highlight=False)
