"""Commands on models of tables take CSV and Parquet with the columns of the table."""

from __future__ import annotations

import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import slimline as sl
from inputs.tables import in_columns, many, model

ROWS, LABELS = many(120)


@pytest.fixture
def table(shell):
    """A model in a file, and its rows in a CSV and a Parquet file."""
    made = sl.finetune(model(), ROWS, LABELS, max_iter=5)
    sl.save(made, shell.folder / "m.slimline")
    names = ["target", *reversed(ROWS[0])]
    with (shell.folder / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows({**row, "target": y} for row, y in zip(ROWS, LABELS, strict=True))
    columns = pa.table({**in_columns(ROWS), "target": LABELS.tolist()})
    pq.write_table(columns, shell.folder / "rows.parquet")
    return made


@pytest.mark.parametrize("data", ["rows.csv", "rows.parquet"])
def test_predictions_and_metrics(table, shell, data):
    lines = shell.ok("predict", "m.slimline", data).splitlines()
    assert lines[1:] == table.predict(ROWS).tolist()
    report = json.loads(shell.ok("evaluate", "m.slimline", data, "--json"))
    assert report["accuracy"] == np.mean(table.predict(ROWS) == LABELS)


def test_steps(table, shell):
    arguments = ("--sparsity", "0.5", "--granularity", "feature", "--data", "rows.csv", "--json")
    shell.ok("prune", "m.slimline", "b.slimline", *arguments)
    shell.ok("quantize", "b.slimline", "c.slimline", "--data", "rows.csv", "--json")
    small = sl.load(shell.folder / "c.slimline")
    assert small.input.n_features < table.input.n_features
    lines = shell.ok("predict", "c.slimline", "rows.csv").splitlines()
    assert lines[1:] == small.predict(ROWS).tolist()


@pytest.mark.usefixtures("table")
def test_inspect_shows_the_columns(shell):
    text = shell.ok("inspect", "m.slimline")
    assert "22, of the columns of a table, 5: age, city, income" in " ".join(text.split())


@pytest.mark.usefixtures("table")
def test_mistakes(shell):
    (shell.folder / "few.csv").write_text("age,city\n1,Paris\n", encoding="utf-8")
    done = shell("predict", "m.slimline", "few.csv")
    assert done.returncode != 0
    assert "missing: income, floor, member" in " ".join(done.stderr.split())
    header = "age,city,income,floor,member\n"
    (shell.folder / "bad.csv").write_text(f"{header}1,Paris,1,2,true\nx,Rome,1,2,true\n")
    done = shell("predict", "m.slimline", "bad.csv")
    assert "column 'age' must hold a number, got 'x' in row 1" in " ".join(done.stderr.split())
    done = shell("bench", "m.slimline")
    assert "data must be given" in " ".join(done.stderr.split())
