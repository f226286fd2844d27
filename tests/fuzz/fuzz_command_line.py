"""Fuzz the command line with files of rows: a result, or one line that says what is wrong.

Every kind of file that a command reads is mutated by its structure: cells and lines of CSV and
svmlight, members, headers and parts of .npz, bytes and schemas of Parquet, lines of audit logs. No
file ends the process, leaves a traceback, takes memory out of proportion, writes half a result, or
gets an escape sequence to the terminal. Run from the project's folder::

    python tests/fuzz/fuzz_command_line.py --cases 5000
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import random
import sys
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from unittest import mock

import slimline as sl
from data_files import FILES, a_csv, rows
from engine import Case, main
from mutations import is_safe
from slimline._text import csv_cell
from slimline.cli import main as slimline
from slimline.cli.data import SUFFIXES

DOCUMENTED = {0, 1, 2, 3}

assert set(SUFFIXES) - {".svmlight", ".libsvm"} <= set(FILES), "a kind of file has no fuzz target"

# {} is the file, "named" a model of the CSV's columns, "plain" one of three columns without names.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "train": (
        *("train {} out.slim --set max_iter=3 --test-size 0",) * 6,
        *("train {} out.slim --set max_iter=3", "train {} out.slim --estimator LinearSVR"),
        *("train {} out.slim --estimator LinearSVC --set C=0.01", "train {} out.slim --target b"),
    ),
    "use": (
        *("predict MODEL {} --output out.csv", "predict MODEL {}", "predict MODEL {} --proba"),
        *("predict MODEL {} --bad bad.csv --id d --output out.csv", "predict MODEL {} --json"),
        *("evaluate MODEL {}", "prune MODEL out.slim --sparsity 0.5 --data {}"),
        "quantize MODEL out.slim --activations static --data {}",
    ),
    "audit": ("audit verify {}", "audit verify {} --json", "audit repair {}", "audit rotate {} o"),
}


def make(rng: random.Random) -> Case:
    """Return a file; its name holds the command."""
    suffix = rng.choice((".csv", ".csv", ".npz", ".npz", ".svm", ".parquet", ".ndjson", ".jsonl"))
    kind = "audit" if suffix == ".jsonl" else rng.choice(("train", "use"))
    number = rng.randrange(len(COMMANDS[kind]))
    return Case(FILES[suffix](rng), f"{kind}-{number}{suffix}")


def check(case: Case, folder: Path) -> str:
    """Run the command; what it says is safe to show, and its exit code documented."""
    kind, _, rest = case.name.partition("-")
    number, _, suffix = rest.partition(".")
    command = COMMANDS[kind][int(number)]
    model = models(folder)["named" if suffix in {"csv", "parquet", "ndjson"} else "plain"]
    path = folder / f"rows.{suffix}"
    path.write_bytes(case.content)
    for name in ("out.slim", "out.csv", "bad.csv", "o"):
        (folder / name).unlink(missing_ok=True)
    arguments = [{"{}": str(path), "MODEL": str(model)}.get(word, word) for word in command.split()]
    code, out, err = run(folder, arguments)
    assert code in DOCUMENTED, (code, err)
    assert is_safe(err), err
    check_errors(code, err)
    if "--json" in arguments and code == 0 and arguments[0] == "predict":
        assert all("prediction" in json.loads(line) for line in out.splitlines())
    elif arguments[0] == "predict" and code == 0:
        check_csv((folder / "out.csv").read_text("utf-8") if "--output" in arguments else out)
    else:
        assert is_safe(out), out
    made = folder / "out.slim"
    assert made.exists() == (code == 0 and "out.slim" in arguments)
    if made.exists():
        sl.load(made)
    return {0: "done", 1: "refused", 2: "wrong usage", 3: "damaged"}[code]


def check_errors(code: int, err: str) -> None:
    """Hold standard error against what it may say."""
    lines = err.splitlines()
    assert all(line.startswith(("error: ", "warning: ")) for line in lines), err
    failed = any(line.startswith("error: ") for line in lines)
    left_rows_out = code == 3 and "not predicted" in err
    assert (code == 0 or left_rows_out) == (not failed), err
    assert len(err) < 2500 * max(1, len(lines)), len(err)
    for word in ("Traceback", "Unable to allocate", "not enough memory", "np.str_"):
        assert word not in err, err


def check_csv(text: str) -> None:
    """Read predictions back; no cell is a formula."""
    header, *predictions = csv.reader(io.StringIO(text, newline=""))
    assert any(name.startswith("prediction") for name in header)
    for line in predictions:
        assert len(line) == len(header)
        assert all(csv_cell(cell) == cell for cell in line), line


def run(folder: Path, arguments: list[str]) -> tuple[int, str, str]:
    """Run ``slimline`` in this process; return exit code, output and errors."""
    out, err = io.StringIO(), io.StringIO()
    argv = mock.patch.object(sys, "argv", ["slimline", *arguments])
    streams = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
    with contextlib.chdir(folder), argv, streams[0], streams[1]:
        try:
            slimline()
        except SystemExit as ending:
            return int(ending.code or 0), out.getvalue(), err.getvalue()
    msg = "the command line did not end"
    raise AssertionError(msg)


@cache
def models(folder: Path) -> dict[str, Path]:
    """Return files of a model with names, whose labels are hostile, and of one without."""
    X, y = rows()
    (folder / "train.csv").write_bytes(a_csv(random.Random(1)))  # noqa: S311 - always the same
    named, plain = folder / "named.slim", folder / "plain.slim"
    code, _, err = run(folder, ["train", "train.csv", str(named), "--set", "max_iter=9"])
    assert code == 0, err
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sl.save(sl.convert(sl.SGDClassifier(loss="log_loss", max_iter=3).fit(X, y)), plain)
    return {"named": named, "plain": plain}


if __name__ == "__main__":
    sys.exit(main("command_line", make, check))
