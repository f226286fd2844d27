"""Tables as people have them: what train makes of them, and what predict says of rows."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import slimline as sl
from slimline.cli.options import names_of


def raw_rows():
    """Rows with an identifier, a date, missing cells, a number in words and few cities."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(200):
        age = int(rng.integers(20, 70))
        rows.append(
            {
                "customer_id": f"c-{i:05}",
                "when": f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}",
                "age": "N/A" if i % 23 == 0 else str(age),
                "income": f"{rng.normal(30):.3f}",
                "city": ("Oslo", "Paris", "Rome", "")[i % 4],
                "churn": ("no", "yes")[int(age + 20 * (i % 4 == 1) > 50)],
            }
        )
    return rows


def write(path, rows, sep=",", encoding="utf-8", decimal="."):
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, delimiter=sep)
        writer.writerow(rows[0])
        cells = ([cell.replace(".", decimal) for cell in row.values()] for row in rows)
        writer.writerows(cells)


@pytest.fixture
def customers(shell):
    write(shell.folder / "c.csv", raw_rows())
    lines = [json.dumps({k: v or None for k, v in row.items()}) for row in raw_rows()]
    (shell.folder / "c.jsonl").write_text("\n".join(lines))
    return shell


TRAIN = ("train", "c.csv", "m.slim", "--target", "churn")


def test_the_model_file_alone_takes_raw_rows(customers):
    done = customers(*TRAIN, "--json")
    assert done.returncode == 0
    assert "left out: 'customer_id' (identifier" in done.stderr
    assert "'when' (texts that look like dates)" in done.stderr
    assert "--drop customer_id,when" in done.stderr
    assert json.loads(done.stdout)["accuracy"] > 0.8
    model = sl.load(customers.folder / "m.slim")
    assert [column.name for column in model.input.columns] == ["age", "income", "city"]
    expected = customers.ok("predict", "m.slim", "c.csv").splitlines()[1:]
    assert model.predict(raw_rows()).tolist() == expected
    assert [model.bind().predict(row) for row in raw_rows()[:30]] == expected[:30]
    assert customers.ok("predict", "m.slim", "c.jsonl").splitlines()[1:] == expected
    report = json.loads(customers.ok("evaluate", "m.slim", "c.csv", "--json"))  # no --target
    truth = [row["churn"] for row in raw_rows()]
    assert report["accuracy"] == pytest.approx(np.mean(np.array(expected) == np.array(truth)))


def test_bench_makes_rows_of_a_table(customers):
    customers.ok(*TRAIN, "--unknown", "error")
    rows = json.loads(customers.ok("bench", "m.slim", "--batch", 7, "--json"))
    assert {row["rows a call"] for row in rows} == {7}
    customers.ok("bench", "m.slim", "--data", "c.csv", "--batch", 7)


def test_columns_are_what_options_say(customers):
    rows = [{**row, "zone": str(i % 5)} for i, row in enumerate(raw_rows())]
    write(customers.folder / "c.csv", rows)
    named = ("--drop", "when,customer_id", "--category", "zone", "--drop", "income")
    done = customers(*TRAIN, *named)
    assert (done.returncode, done.stderr) == (0, "")
    columns = sl.load(customers.folder / "m.slim").input.columns
    kinds = {column.name: column.kind for column in columns}
    assert kinds == {"age": "number", "city": "category", "zone": "category"}


def test_separators_decimals_encodings_and_marks(customers):
    customers.ok(*TRAIN)
    expected = customers.ok("predict", "m.slim", "c.csv")
    rows = [{**row, "age": row["age"].replace("N/A", "fehlt")} for row in raw_rows()]
    write(customers.folder / "c.csv", rows, sep=";", encoding="utf-16", decimal=",")
    assert "--na fehlt" not in customers(*TRAIN).stderr
    how = ("--sep", ";", "--encoding", "utf-16", "--decimal", ",")
    assert "--na fehlt" in customers(*TRAIN, *how).stderr
    customers.ok(*TRAIN, *how, "--na", "fehlt")
    assert customers.ok("predict", "m.slim", "c.csv", *how) == expected
    customers.ok("evaluate", "m.slim", "c.csv", *how)


def test_unknown_categories_are_counted_or_refused(customers):
    customers.ok(*TRAIN)
    rows = raw_rows()[:6]
    rows[2]["city"] = rows[4]["city"] = "Lima"
    write(customers.folder / "new.csv", rows)
    done = customers("predict", "m.slim", "new.csv")
    assert done.returncode == 0
    assert "was not trained on, in 'city' (2 cells)" in done.stderr
    customers.ok(*TRAIN, "--unknown", "error")
    done = customers("predict", "m.slim", "new.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert "row 3: " in done.stderr
    assert "row 5: " in done.stderr
    assert "'Lima'" in done.stderr


def test_bad_rows_go_to_a_file_of_their_own(customers):
    customers.ok(*TRAIN)
    rows = raw_rows()
    rows[7]["age"], rows[150]["income"] = "old", "1e999"
    write(customers.folder / "new.csv", rows)
    out = ("--output", "p.csv", "--id", "customer_id")
    done = customers("predict", "m.slim", "new.csv", *out)
    assert done.returncode == 1
    assert not (customers.folder / "p.csv").exists()
    done = customers("predict", "m.slim", "new.csv", *out, "--bad", "bad.csv")
    assert done.returncode == 3
    assert "2 rows are in bad.csv, not predicted" in done.stderr
    with (customers.folder / "bad.csv").open(newline="") as file:
        bad = [*csv.DictReader(file)]
    assert [row["customer_id"] for row in bad] == ["c-00007", "c-00150"]
    assert "must hold numbers, got 'old'" in bad[0]["problem"]
    lines = (customers.folder / "p.csv").read_text().splitlines()
    assert lines[0] == "customer_id,prediction"
    kept = [row["customer_id"] for i, row in enumerate(rows) if i not in {7, 150}]
    assert [line.partition(",")[0] for line in lines[1:]] == kept
    write(customers.folder / "good.csv", raw_rows())
    customers.ok("predict", "m.slim", "good.csv", "--bad", "none.csv")


def test_json_lines_out(customers):
    customers.ok(*TRAIN)
    asked = ("predict", "m.slim", "c.csv", "--proba", "--id", "customer_id,age")
    lines = [json.loads(line) for line in customers.ok(*asked, "--json").splitlines()]
    assert [*lines[0]] == [
        *("customer_id", "age", "prediction", "probability_no", "probability_yes"),
    ]
    model = sl.load(customers.folder / "m.slim")
    got = [[line["probability_no"], line["probability_yes"]] for line in lines]
    np.testing.assert_allclose(got, model.predict_proba(raw_rows()), rtol=1e-6)
    customers.ok(*asked, "--output", "p.jsonl")
    written = (customers.folder / "p.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in written] == lines


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[1]", "got \\[1\\] in line 2"),
        ("{", "line 2 is none"),
        ('{"a": [1]}', "got list as 'a' in line 2"),
        ("\x1b", "line 2 is none"),
    ],
)
def test_lines_that_are_no_objects(shell, line, message):
    (shell.folder / "a.jsonl").write_text(f'{{"a": 1, "target": 0}}\n{line}\n')
    done = shell("train", "a.jsonl", "m.slim")
    assert done.returncode == 1
    assert message.replace("\\", "") in done.stderr
    assert "\x1b" not in done.stderr


def test_a_target_of_few_whole_numbers_is_said_aloud(shell):
    rows = "".join(f"{i % 7 + i % 3},{i % 3}\n" for i in range(60))
    (shell.folder / "a.csv").write_text(f"a,target\n{rows}")
    assert "3 different whole numbers, taken as classes" in shell("train", "a.csv", "m").stderr
    rows = "".join(f"{i % 7},{i}\n" for i in range(60))
    (shell.folder / "a.csv").write_text(f"a,target\n{rows}")
    done = shell("train", "a.csv", "m")
    assert "60 different whole numbers, taken as numbers to estimate" in done.stderr
    assert json.loads(shell.ok("train", "a.csv", "m", "--json"))["estimator"] == "SGDRegressor"


def test_force_overwrites_inputs_and_other_files(customers):
    (customers.folder / "notes.txt").write_text("mine")
    for name in ("c.csv", "notes.txt"):
        done = customers(*TRAIN[:2], name, *TRAIN[3:])
        assert done.returncode == 1
        assert "--force" in done.stderr
    assert (customers.folder / "notes.txt").read_text() == "mine"
    customers.ok(*TRAIN[:2], "notes.txt", *TRAIN[3:], "--force")
    customers.ok(*TRAIN[:2], "notes.txt", *TRAIN[3:])  # a model now
    done = customers("quantize", "notes.txt", "c.csv")
    assert "c.csv exists and is no model" in done.stderr


def test_lists_of_names():
    assert names_of(["a,b", "c", '"d,e",f']) == ["a", "b", "c", "d,e", "f"]
    assert names_of(None) == []


def test_version(shell):
    assert shell.ok("--version") == f"slimline {sl.__version__}\n"
