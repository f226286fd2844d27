"""Hostile files, names and cells: terminals get what only prints, spreadsheets no formula."""

from __future__ import annotations

import csv
import io
import json
import sys
from dataclasses import replace

import numpy as np
import pytest
import slimline as sl
from slimline.cli import app, audit_command, bench_command, console, main
from slimline.evaluation import speed

EVIL = "\x1b[31mred\x07\u202e[/k]\nerror: forged"
LABELS = ("=1+1", EVIL)
MODEL = "a[red]b[/k]:smile:.slim"


def safe(text):
    return all(line.isprintable() for line in text.split("\n"))


@pytest.fixture
def here(shell, monkeypatch):
    """A folder with hostile names, labels and columns; what is timed is timed shortly."""
    for name in ("LATENCY_SECONDS", "ENERGY_SECONDS"):
        monkeypatch.setattr(speed, name, 0.01)
    monkeypatch.setattr(bench_command, "SECONDS", 0.01)
    for folder in ("a[red]b[", "[", "older["):
        (shell.folder / folder).mkdir()
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2)).round(3)
    names = ["num\x1b[1m", "[bold]" + "n" * 500]
    y = np.array(LABELS, dtype=object)[(X[:, 0] > 0).astype(int)]
    lines = [[*names, "kind\n[red]", "tar[/k]"]]
    lines += [
        [*x, "uv"[i % 2] + EVIL, label] for i, (x, label) in enumerate(zip(X, y, strict=True))
    ]
    with (shell.folder / "rows[red].csv").open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    shell.ok("train", "rows[red].csv", MODEL, "--target", "tar[/k]")
    spec = sl.ModelSpec(task="classification", target=EVIL, owner=EVIL, metrics={"accuracy": 1.0})
    sl.save(sl.load(shell.folder / MODEL).with_spec(spec), shell.folder / MODEL)
    sl.AuditLog(shell.folder / "log[red].jsonl").append("e", {"x": EVIL})
    with (shell.folder / "log[red].jsonl").open("ab") as file:
        file.write(b'{"data":"\x1b[2J')
    return shell


DATA = ("rows[red].csv", "--target", "tar[/k]")
RUNS = {
    "demo": ("--output", "[/k].slim"),
    "train": (*DATA[:1], "out[red].slim", *DATA[1:]),
    "convert": ("missing\x1b[2J", "out[red].slim", "--trust"),
    "prune": (MODEL, "out[red].slim", "--sparsity", "0.5", "--data", *DATA),
    "quantize": (MODEL, "out[red].slim", "--data", DATA[0], "--activations", "static"),
    "compress": (MODEL, *DATA[:1], "out[red].slim", *DATA[1:], "--budget", "0"),
    "evaluate": (MODEL, *DATA, "--html", "[/k].html"),
    "predict": (MODEL, DATA[0], "--proba"),
    "inspect": (MODEL,),
    "verify": (MODEL,),
    "bench": (MODEL, "--data", DATA[0], "--batch", "1"),
    "export": (MODEL, "[/k].h"),
    "config": (),
}
AUDIT = {
    "verify": ("log[red].jsonl",),
    "repair": ("log[red].jsonl",),
    "rotate": ("log[red].jsonl", "older[/k].jsonl"),
}


def test_every_command_is_run_here():
    assert RUNS.keys() == app.COMMANDS.keys()
    assert AUDIT.keys() == {command.name for command in audit_command.app.registered_commands}


@pytest.mark.parametrize("name", sorted(set(RUNS) - {"demo", "convert"}))
def test_what_a_command_prints_is_safe(here, name):
    done = here(name, *RUNS[name])
    # The demands of evaluate fail, and tables are not exported.
    assert done.returncode == (name in {"evaluate", "export"}), done.stderr
    assert safe(done.stdout) or name == "predict"  # which quotes line ends, as CSV does
    assert safe(done.stderr)
    assert "\x1b" not in done.stdout
    assert "\nerror: forged" not in done.stdout or name == "predict"
    if name in {"train", "prune"}:  # once more, in the place of the first result
        here.ok(name, *RUNS[name])


def test_paths_show_as_they_are(here):
    assert MODEL in here.ok("verify", MODEL)
    assert MODEL in here.ok("inspect", MODEL)
    assert r"\x1b[31mred" in here.ok("inspect", MODEL)
    assert json.loads(here.ok("verify", MODEL, "--json"))["file"] == MODEL


def test_audit_commands_are_safe(here):
    for name in ("verify", "repair", "rotate"):
        done = here("audit", name, *AUDIT[name])
        assert done.returncode == (3 if name == "verify" else 0)
        assert safe(done.stdout + done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "missing\x1b[2J", "x", "--trust"),
        ("inspect", "missing\x1b[2J[/k]"),
        ("train", DATA[0], "x", "--target", "no\x1b[2J"),
        ("train", *DATA, "--drop", "no\u202e"),
        ("train", DATA[0], "x", "--target", "tar[/k]", "--set", "\x1b[2J=1"),
        ("train", DATA[0], "x\x1b[2J/x", "--target", "tar[/k]"),
        ("train", DATA[0], "x", "--target", "tar[/k]", "--estimator", "\x1b[2J"),
        ("verify", MODEL, "--trusted-key", "\x1b[2J" * 10**5),
        ("no\x1b[2Jsuch",),
        ("inspect", MODEL, "too", "many\x1b[2J"),
        ("inspect", "--no\x1b[2J"),
        ("prune", MODEL, "x", "--sparsity", "\x1b[2J"),
        ("audit", "no\x1b[2J"),
    ],
    ids=lambda arguments: arguments[0].strip("\x1b"),
)
def test_mistakes_are_quoted_safely(here, arguments):
    done = here(*arguments)
    assert done.returncode in {1, 2}
    assert safe(done.stderr)
    assert len(done.stderr) < 2500
    assert done.stderr.strip()


@pytest.mark.parametrize("to_terminal", [False, True])
def test_predictions_are_no_formulas_and_no_escape_sequences(here, monkeypatch, to_terminal):
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: to_terminal, raising=False)
    text = here.ok("predict", MODEL, DATA[0])
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == ["prediction"]
    shown = EVIL.replace("\x1b", r"\x1b").replace("\x07", r"\x07")
    if to_terminal:
        shown = shown.replace("\u202e", r"\u202e").replace("\n", r"\n")
        assert safe(text)
    assert {row[0] for row in rows} == {"'=1+1", shown}


def test_a_file_of_predictions_is_whole_or_not_there(here, monkeypatch):
    lines = ["a,b", *["1,2"] * 5, "x,2"]
    (here.folder / "bad.csv").write_text("\n".join(lines))
    sl.save(sl.convert(sl.LinearSVR().fit([[0.0, 1], [1, 0]], [0, 1])), here.folder / "r.slim")
    monkeypatch.setattr("slimline.cli.predict_command.CHUNK", 2)
    (here.folder / "old.csv").write_text("old")
    assert here("predict", "r.slim", "bad.csv", "--output", "new.csv").returncode == 1
    assert here("predict", "r.slim", "bad.csv", "--output", "old.csv").returncode == 1
    assert not (here.folder / "new.csv").exists()
    assert (here.folder / "old.csv").read_text() == "old"
    (here.folder / "good.csv").write_text("\n".join(lines[:-1]))
    assert "--force" in here("predict", "r.slim", "good.csv", "--output", "old.csv").stderr
    assert (here.folder / "old.csv").read_text() == "old"
    here.ok("predict", "r.slim", "good.csv", "--output", "old.csv", "--force")
    assert len((here.folder / "old.csv").read_text().splitlines()) == 6
    here.ok("predict", "r.slim", "good.csv", "--output", "/dev/null")


def test_a_terminal_that_lacks_a_character_shows_its_escape(shell, monkeypatch):
    rows = "\n".join(f"{i},{'ja' if i % 2 else 'nö'}" for i in range(20))
    (shell.folder / "a.csv").write_text(f"größe,target\n{rows}\n", encoding="utf-8")
    shell.ok("train", "a.csv", "m.slim")
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "argv", ["slimline", "inspect", "m.slim"])
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        with pytest.raises(SystemExit) as ending:
            main()
    assert not ending.value.code
    out.seek(0)
    text = out.read()
    assert r"gr\xf6\xdfe" in text
    assert r"n\xf6" in text


def test_a_long_history_is_shown_in_part(shell, monkeypatch):
    monkeypatch.setattr(console, "MOST_ROWS", 20)
    model = sl.convert(sl.LinearSVR().fit([[0.0], [1.0]], [0, 1]))
    steps = [replace(model.history[-1], action=f"step {i}", parameters={}) for i in range(30)]
    sl.save(replace(model, history=(*model.history, *steps)), shell.folder / "m.slim")
    text = shell.ok("inspect", "m.slim")
    assert "12 rows more; --json prints all of them" in text
    assert len(json.loads(shell.ok("inspect", "m.slim", "--json"))["content"]["history"]) == 32
