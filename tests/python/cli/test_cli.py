"""The command line, run as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slimline as sl
from slimline.cli import demo_command


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = "from slimline.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def model_file(digits_model: sl.Model, tmp_path: Path) -> Path:
    sl.save(sl.quantize(digits_model), tmp_path / "model.slimline")
    return tmp_path / "model.slimline"


def test_demo_goes_the_whole_way(tmp_path: Path) -> None:
    done = run("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for word in ("LinearSVC", "SGD", "pruned", "int8", "loaded", "accuracy", "one row"):
        assert word in done.stdout
    path = tmp_path / "digits.slimline"
    assert str(path) in done.stdout
    assert sl.load(path).layers[0].kind == "int8"


def test_demo_fails_when_the_loaded_model_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_command, "_predict_elsewhere", lambda _file, X: np.zeros(len(X)))
    with pytest.raises(ValueError, match="predicts differently"):
        demo_command.run(tmp_path / "x.slimline")


def test_evaluate(model_file: Path, digits: Any) -> None:
    np.savez(model_file.with_name("data.npz"), X=digits.X_test, y=digits.y_test)
    done = run("evaluate", model_file, "data.npz", cwd=model_file.parent)
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stdout


def test_inspect_shows_tensors_and_history(model_file: Path) -> None:
    done = run("inspect", model_file, cwd=model_file.parent)
    assert done.returncode == 0, done.stderr
    for word in ("layers.0.weight_int8", "int8", "sha256", "quantized", "converted"):
        assert word in done.stdout


def test_mistakes_give_one_line_and_exit_code_1(model_file: Path) -> None:
    folder = model_file.parent
    (folder / "noise").write_bytes(b"not a model")
    (folder / "bad.npz").write_bytes(b"PK")
    np.savez(folder / "other.npz", Z=np.zeros(1))
    for arguments in (
        ("inspect", "missing"),
        ("inspect", "noise"),
        ("evaluate", "noise", "other.npz"),
        ("evaluate", model_file, "missing.npz"),
        ("evaluate", model_file, "bad.npz"),
        ("evaluate", model_file, "other.npz"),
    ):
        done = run(*arguments, cwd=folder)
        assert done.returncode == 1, arguments
        assert done.stderr.startswith("error: "), done.stderr
        assert "Traceback" not in done.stderr
    assert run("evaluate", cwd=folder).returncode == 2


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['typer'] = None; from slimline.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install 'slimline[cli]'" in done.stderr
