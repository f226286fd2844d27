"""Run scikit-learn's own tests, those of the installed wheel, with slimline's classes in theirs.

``python tests/scikit_learn/run.py [file ...] [-- options of pytest]``: all files that name one of
the classes, or some of them (``linear_model/tests/test_sgd.py``). ``cannot_apply.toml`` says which
tests cannot apply, and why.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import sklearn
from swapped import NAMES

HERE = Path(__file__).parent
PACKAGE = Path(sklearn.__file__).parent
# What users of scikit-learn see as warnings, its tests see as such too.
OPTIONS = ["-q", "--tb=short", "-p", "swapped", "-p", "no:cacheprovider", "-p", "no:benchmark"]


def files() -> list[str]:
    """Return the test files that name one of the classes, and that the list does not leave out."""
    with (HERE / "cannot_apply.toml").open("rb") as file:
        left_out = {entry["file"] for entry in tomllib.load(file)["left_out"]}
    named = [
        path.relative_to(PACKAGE).as_posix()
        for path in sorted(PACKAGE.rglob("test_*.py"))
        if any(name in path.read_text(encoding="utf-8") for name in NAMES)
    ]
    return [name for name in named if name not in left_out]


def main() -> int:
    """Run pytest in a folder of its own, with the plugin that swaps the classes."""
    given = sys.argv[1:]
    cut = given.index("--") if "--" in given else len(given)
    chosen, options = given[:cut], given[cut + 1 :]
    targets = [str(PACKAGE / name) for name in chosen or files()]
    whole = [] if chosen else ["--whole-list"]
    python_path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory() as folder:
        # Ours would be found where scikit-learn is installed in a folder of this project.
        settings = Path(folder, "pytest.ini")
        settings.write_text("[pytest]\n", encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-m", "pytest", "-c", settings, *OPTIONS, *whole, *options, *targets],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": python_path, "SKLEARN_SEED": "42"},
            check=False,
        )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
