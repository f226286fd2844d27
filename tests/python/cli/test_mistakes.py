"""Mistakes give one line on stderr, the documented exit code, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import slimline as sl
from slimline.cli import predict_command
from slimline.persistence import write_file


@pytest.fixture
def folder(shell, flowers, model_file):
    """Good and bad files, and a model m.slimline of the flowers."""
    shell.ok("train", flowers, "m.slimline", "--target", "species")
    here = shell.folder
    (here / "noise.slimline").write_bytes(b"not a model")
    (here / "bad.npz").write_bytes(b"PK")
    np.savez(here / "other.npz", Z=np.zeros(1))
    np.savez(here / "short.npz", X=np.zeros((2, 6)), y=np.zeros(1))
    (here / "empty.csv").write_text("")
    (here / "header.csv").write_text("a,b,target\n")
    (here / "numbers.csv").write_text("1,2,3\n4,5,6\n")
    (here / "twice.csv").write_text("a,a,target\n1,2,0\n")
    (here / "ragged.csv").write_text("a,target\n1,0\n1,2,3\n")
    (here / "gap.csv").write_text("a,target\n1,0\n,1\n3,0\n")
    (here / "lonely.csv").write_text("target\n1\n")
    (here / "latin.csv").write_bytes("a,target\n1,é\n".encode("latin-1"))
    (here / "nan.csv").write_text("a,target\n1,0\nnan,1\n")
    (here / "text.parquet").write_text("no parquet")
    (here / "zero.svm").write_text("1 0:1 2:1\n")
    ids = "".join(f"bottle-{i},{i},{i % 2}\n" for i in range(30))
    (here / "ids.csv").write_text(f"id,weight,target\n{ids}")
    stray = "".join(f"{i % 7},{i % 5},{i % 2}\n" for i in range(39))
    (here / "stray.csv").write_text(f"a,b,target\n{stray}tiny,huge,1\n")
    (here / "semicolon.csv").write_text("a;target\n1;0\n2;1\n")
    (here / "decimal.csv").write_text("a;b;target\n1,5;2,0;0\n")
    (here / "headless.csv").write_text("1.5,2.5,setosa\n1,2,virginica\n")
    write_file(here / "other.slimline", {}, {"layers": []})
    stage = {"n_features": 1, "feature_names": None}
    content = {"input": stage, "layers": [], "history": [{"action": "trained"}]}
    write_file(here / "history.slimline", {}, content)
    columns = "sepal_length,sepal_width,petal_length,petal_width,shape"
    (here / "hole.csv").write_text(f"{columns}\n1,2,3,4,wide\n1,x,3,4,wide\n")
    assert model_file.exists()
    return here


MISTAKES = {
    ("inspect", "missing"): (1, "No such file"),
    ("inspect", "noise.slimline"): (3, "not a slimline file"),
    ("inspect", "other.slimline"): (3, "must hold a model"),
    ("inspect", "history.slimline"): (3, "must hold a model"),
    ("verify", "noise.slimline"): (3, "not a slimline file"),
    ("evaluate", "noise.slimline", "flowers.csv"): (3, "not a slimline file"),
    ("evaluate", "m.slimline", "missing.npz"): (1, "No such file"),
    ("evaluate", "m.slimline", "bad.npz"): (1, "must be an .npz file"),
    ("evaluate", "m.slimline", "other.npz"): (1, "must be an .npz file"),
    ("evaluate", "m.slimline", "short.npz"): (1, "as many y as rows"),
    ("evaluate", "model.slimline", "flowers.csv"): (1, "--target must name a column"),
    ("evaluate", "m.slimline", "flowers.doc"): (1, "must end in one of"),
    ("predict", "m.slimline", "gap.csv"): (1, "must have a column 'sepal_length'"),
    ("predict", "model.slimline", "gap.csv"): (1, "64 columns of features, got 1"),
    ("predict", "m.slimline", "text.parquet"): (1, "must be a Parquet file"),
    ("predict", "m.slimline", "zero.svm"): (1, "columns counted from 1"),
    ("train", "empty.csv", "x"): (1, "line of column names"),
    ("train", "header.csv", "x"): (1, "rows below its header"),
    ("train", "numbers.csv", "x"): (1, "got numbers"),
    ("train", "twice.csv", "x"): (1, "distinct column names"),
    ("train", "ragged.csv", "x"): (1, "2 cells a row, got 3"),
    ("train", "lonely.csv", "x"): (1, "besides the target"),
    ("train", "latin.csv", "x"): (1, "UTF-8"),
    ("train", "nan.csv", "x"): (1, "X must have a column that is more than"),
    ("train", "flowers.csv", "x", "--target", "species", "--drop", "z"): (
        1,
        "--drop must name a column, got 'z'; there are sepal_length,",
    ),
    ("train", "flowers.csv", "x", "--target", "species", "--drop", "Petal-Width"): (
        1,
        "did you mean 'petal_width'?",
    ),
    ("train", "flowers.csv", "x", "--target", "Spezies"): (1, "did you mean 'species'?"),
    ("train", "ids.csv", "x"): (1, "--number and --category name columns"),
    ("train", "stray.csv", "x"): (
        1,
        "add --na tiny,huge; if all are categories, --category a,b; to leave out, --drop a,b",
    ),
    ("train", "stray.csv", "x", "--number", "z", "--drop", "q"): (
        1,
        "got 'q'; there are a, b, target; --number must name a column, got 'z'",
    ),
    ("train", "stray.csv", "x", "--unknown", "maybe"): (1, "--unknown must be"),
    ("train", "stray.csv", "x", "--sep", ";;"): (1, "--sep must be one character"),
    ("train", "stray.csv", "x", "--decimal", "x"): (1, "--decimal must be"),
    ("train", "stray.csv", "x", "--encoding", "x"): (1, "--encoding must be"),
    ("train", "flowers.csv", "flowers.csv"): (1, "flowers.csv is an input"),
    ("train", "flowers.csv", "gap.csv"): (1, "gap.csv exists and is no model"),
    ("predict", "m.slimline", "flowers.csv", "--output", "m.slimline"): (1, "is an input"),
    ("predict", "m.slimline", "flowers.csv", "--output", "gap.csv"): (1, "gap.csv exists"),
    ("predict", "m.slimline", "flowers.csv", "--id", "z"): (1, "--id must name a column, got 'z'"),
    ("predict", "model.slimline", "short.npz", "--id", "z"): (1, "--id must name a column"),
    ("train", "semicolon.csv", "x"): (1, "seems to be separated by ';'"),
    ("train", "decimal.csv", "x"): (1, "seems to be separated by ';'"),
    ("train", "headless.csv", "x", "--target", "species"): (1, "is the first line a header?"),
    ("predict", "m.slimline", "semicolon.csv"): (1, "seems to be separated by ';'"),
    ("predict", "m.slimline", "headless.csv"): (1, "is the first line a header?"),
    ("predict", "m.slimline", "hole.csv"): (
        1,
        "row 2: column 'sepal_width' must hold numbers, got 'x' (--bad FILE takes such rows",
    ),
    ("train", "flowers.csv", "x", "--target", "species", "--test-size", "1"): (1, "--test-size"),
    ("train", "flowers.csv", "x", "--target", "species", "--estimator", "SVC"): (1, "--estimator"),
    ("train", "flowers.csv", "x", "--target", "species", "--set", "alpha"): (1, "NAME=VALUE"),
    ("train", "flowers.csv", "x", "--target", "species", "--set", "z=1"): (1, "--set of SGDC"),
    ("train", "flowers.csv", "x", "--target", "species", "--set", "Alfa=1"): (
        1,
        "did you mean 'alpha'?",
    ),
    ("train", "flowers.csv", "x", "--target", "species", "--estimator", "svm_path"): (
        1,
        "'SGDRegressor', got 'svm_path'",
    ),
    ("train", "flowers.csv", "x", "--target", "species", "--estimator", "Ridge"): (
        1,
        "needs numbers, column 'species' holds texts such as 'setosa'; use LogisticRegression",
    ),
    ("train", "flowers.csv", "x", "--target", "species", "--estimator", "SGDRegressor"): (
        1,
        "needs numbers, column 'species' holds texts such as 'setosa'; use SGDClassifier",
    ),
    ("train", "headless.csv", "x", "--target", "setosa", "--estimator", "LinearSVR"): (
        1,
        "use LinearSVC",
    ),
    ("train", "flowers.csv", "x", "--target", "species", "--set", "alpha=-1"): (1, "alpha"),
    ("train", "flowers.csv", "no/x", "--target", "species"): (1, "no does not"),
    ("prune", "m.slimline", "x", "--sparsity", "2"): (1, "sparsity must be in [0, 1)"),
    ("prune", "m.slimline", "x"): (1, "--sparsity must be given"),
    ("quantize", "m.slimline", "x", "--activations", "static"): (1, "static needs --data"),
    ("quantize", "m.slimline", "x", "--per", "row"): (1, "per must be one of"),
    ("bench", "m.slimline", "--batch", "0"): (1, "--batch"),
    ("evaluate",): (2, "Missing argument"),
    ("nonsense",): (2, "No such command"),
    ("prune", "m.slimline", "x", "--sparsity", "much"): (2, "--sparsity"),
}


def test_every_mistake(shell, folder):
    for arguments, (code, message) in MISTAKES.items():
        done = shell(*arguments)
        assert done.returncode == code, (arguments, done.stderr)
        assert message in done.stderr, (arguments, done.stderr)
        assert "Traceback" not in done.stderr
        assert not done.stdout
        if code != 2:
            assert done.stderr.startswith("error: ")
            assert done.stderr.count("\n") == 1, done.stderr
    assert not (folder / "x").exists()


def test_a_command_that_fails_has_saved_nothing(shell, flowers, monkeypatch):
    """Measuring comes before saving, and what a search could not draw is told before it."""
    rows = "".join(f"{i},{i % 2},{'xy'[i % 2]}\n" for i in range(20))
    (shell.folder / "rare.csv").write_text(f"a,b,target\n{rows}5,5,rare\n")
    codes = set()
    for seed in range(6):
        done = shell("train", "rare.csv", f"{seed}.slim", "--seed", seed)
        codes.add("does not know, rare" in done.stderr)
        assert done.returncode == 0
        assert (shell.folder / f"{seed}.slim").exists()
    assert codes == {False, True}
    (shell.folder / "one.csv").write_text("a,target\n1,x\n")
    done = shell("train", "one.csv", "one.slim")
    assert done.returncode == 1
    assert "--test-size 0.2 of 1 rows leaves none to train on" in done.stderr

    def fail(*_, **__):
        msg = "no measure"
        raise ValueError(msg)

    monkeypatch.setattr("slimline.evaluation.measuring.speed.latency", fail)
    assert shell("train", flowers, "x.slim", "--target", "species").returncode == 1
    for name in ("one.slim", "x.slim"):
        assert not (shell.folder / name).exists()
    arguments = ("compress", "0.slim", "rare.csv", "y.slim", "--plot", "p.txt")
    assert "a plot's file must end in one of ." in shell(*arguments).stderr
    assert not (shell.folder / "y.slim").exists()


WRITES = [
    ("demo", "--output", "no/x"),
    ("train", "missing.csv", "no/x"),
    ("convert", "missing", "no/x", "--trust"),
    ("prune", "missing", "no/x", "--sparsity", "0.5"),
    ("quantize", "missing", "no/x"),
    ("compress", "missing", "missing.csv", "no/x"),
    ("compress", "missing", "missing.csv", "x", "--plot", "no/x.png"),
    ("evaluate", "missing", "missing.csv", "--html", "no/x.html"),
    ("predict", "missing", "missing.csv", "--output", "no/x.csv"),
    ("export", "missing", "no/x.onnx"),
]


@pytest.mark.parametrize("arguments", WRITES, ids=" ".join)
def test_a_missing_folder_is_told_before_any_work(shell, arguments):
    done = shell(*arguments)
    assert done.returncode == 1
    assert "must lie in a folder that exists, and no does not" in done.stderr


def test_probabilities_that_are_not_there(shell, flowers):
    shell.ok("train", flowers, "h.slimline", "--target", "species", "--set", "loss=hinge")
    shell.ok("predict", "h.slimline", flowers)
    done = shell("predict", "h.slimline", flowers, "--proba", "--output", "p.csv")
    assert done.returncode == 1
    assert "log_loss" in done.stderr
    assert not (shell.folder / "p.csv").exists()


def test_a_bad_cell_far_down_is_found_in_its_row(shell, flowers, monkeypatch):
    shell.ok("train", flowers, "m.slimline", "--target", "species")
    monkeypatch.setattr(predict_command, "CHUNK", 10)
    lines = flowers.read_text().splitlines()
    for line in (48, 45):
        lines[line] = "long," + lines[line].partition(",")[2]
    done = shell("predict", "m.slimline", stdin="\n".join(lines))
    assert (done.returncode, done.stdout) == (1, "")
    for row in (45, 48):
        assert f"row {row}: column 'sepal_length' must hold numbers, got 'long'" in done.stderr


def predict_to(stdout, shell, flowers):
    """Run ``slimline predict`` as a process of its own, with the buffers that pipes get."""
    shell.ok("train", flowers, "m.slimline", "--target", "species")
    code = "from slimline.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "predict", "m.slimline", str(flowers)],
        cwd=shell.folder,
        env={name: text for name, text in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_reader_that_goes_away_is_no_error_message(shell, flowers):
    reading, writing = os.pipe()
    os.close(reading)
    done = predict_to(writing, shell, flowers)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_output_that_a_full_disk_cannot_take_is_an_error(shell, flowers):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = predict_to(full, shell, flowers)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_demands_that_fail_give_exit_code_1(shell, digits_model, digits):
    spec = sl.ModelSpec(task="classification", metrics={"accuracy": 1.0})
    sl.save(digits_model.with_spec(spec), shell.folder / "m.slimline")
    np.savez(shell.folder / "d.npz", X=digits.X_test, y=digits.y_test)
    done = shell("evaluate", "m.slimline", "d.npz")
    assert done.returncode == 1
    assert "FAIL" in done.stdout


def test_without_the_extra_it_says_how_to_get_it(tmp_path):
    code = "import sys; sys.modules['typer'] = None; from slimline.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install scikit-learn scipy typer rich" in done.stderr
