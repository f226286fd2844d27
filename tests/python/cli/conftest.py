"""The command line, run as a user runs it, and files for it."""

from __future__ import annotations

import csv
import io
import sys
from typing import Any, NamedTuple

import pytest
import slimline as sl
from sklearn.datasets import load_iris
from slimline.cli import main


class Done(NamedTuple):
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


class Shell:
    """Runs ``slimline`` in a folder of its own, in this process: starting Python takes longer."""

    def __init__(self, folder: Any, monkeypatch: Any, capsys: Any) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(folder)

    def __call__(self, *arguments: object, stdin: str = "") -> Done:
        self._monkeypatch.setattr(sys, "argv", ["slimline", *map(str, arguments)])
        given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        self._monkeypatch.setattr(sys, "stdin", given)
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ending:
            main()
        return Done(ending.value.code or 0, *self._capsys.readouterr())

    def ok(self, *arguments: object, stdin: str = "") -> str:
        """Run, expect success, and return what was printed."""
        done = self(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    return Shell(tmp_path, monkeypatch, capsys)


def write_csv(path, header, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture
def flowers(tmp_path):
    """Iris as CSV: numbers, a column of texts, and the species as text."""
    X, y = load_iris(return_X_y=True)
    names = ["setosa", "versicolor", "virginica"]
    rows = [
        [*x, "wide" if x[1] > 3 else "narrow", names[c]] for x, c in zip(X.tolist(), y, strict=True)
    ]
    header = ["sepal_length", "sepal_width", "petal_length", "petal_width", "shape", "species"]
    write_csv(tmp_path / "flowers.csv", header, rows)
    return tmp_path / "flowers.csv"


@pytest.fixture
def model_file(digits_model, digits, tmp_path):
    sl.save(sl.quantize(digits_model, digits.X_train), tmp_path / "model.slimline")
    return tmp_path / "model.slimline"
