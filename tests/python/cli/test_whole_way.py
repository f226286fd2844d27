"""From a CSV to a served int8 model, and every command on the way."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import joblib
import numpy as np
import onnxruntime
import pytest
import slimline as sl
from scipy import sparse
from sklearn.datasets import dump_svmlight_file, load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from slimline.cli import app, demo_command, evaluate_command
from slimline.evaluation import speed


def test_from_csv_to_int8(shell, flowers):
    target = ("--target", "species")
    facts = json.loads(shell.ok("train", flowers, "a.slimline", *target, "--json"))
    assert facts["accuracy"] > 0.8
    assert facts["training rows"] == 120
    model = sl.load(shell.folder / "a.slimline")
    assert model.input.columns[-1] == sl.inputs.Column("shape", "category")
    assert model.input.encoder.feature_names()[-2:] == ("shape_narrow", "shape_wide")
    assert model.spec.target == "species"
    assert model.bind().predict("5.1,3.5,1.4,0.2,wide") == "setosa"

    arguments = ("--sparsity", "0.5", "--data", flowers, *target, "--json")
    facts = json.loads(shell.ok("prune", "a.slimline", "b.slimline", *arguments))
    assert facts["nonzero weights"] == 9
    facts = json.loads(shell.ok("quantize", "b.slimline", "c.slimline", "--json"))
    assert facts["layers"] == "int8_weights"

    report = json.loads(
        shell.ok(
            *("evaluate", "c.slimline", flowers, *target),
            *("--baseline", "a.slimline", "--json"),
        )
    )
    assert report["accuracy"] > 0.8
    assert report["share of rows as baseline"] > 0.8

    text = flowers.read_text()
    lines = shell.ok("predict", "c.slimline", "-", stdin=text).splitlines()
    assert lines[0] == "prediction"
    truth = [line.rsplit(",", 1)[1] for line in text.splitlines()[1:]]
    assert np.mean(np.array(lines[1:]) == np.array(truth)) == report["accuracy"]


def test_tables_leave_out_energy_that_is_not_measured(shell, flowers, monkeypatch, tmp_path):
    target = ("--target", "species")
    monkeypatch.setattr(speed.energy, "__defaults__", (tmp_path / "no counters",))
    text = shell.ok("train", flowers, "a.slimline", *target)
    assert "batch (rows/s)" in text
    assert "uJ/row" not in text
    assert "uJ/row" not in shell.ok("evaluate", "a.slimline", flowers, *target)
    report = json.loads(shell.ok("evaluate", "a.slimline", flowers, *target, "--json"))
    assert "no energy counters" in report["energy (uJ/row)"]
    counted = {"energy (uJ/row)": 1.5}
    assert evaluate_command.measured(counted) == counted


def test_prune_to_two_of_four(shell, model_file, digits_model):
    sl.save(digits_model, model_file)
    assert "2:4" in shell.ok("prune", "--help")
    text = shell.ok("prune", model_file, "b.slimline", "--granularity", "2:4")
    assert "file bytes, with header and history" in text
    assert sl.load(shell.folder / "b.slimline").n_nonzero == 64 * 10 / 2


def test_compress_keeps_the_score(shell, flowers):
    target = ("--target", "species")
    shell.ok("train", flowers, "a.slimline", *target, "--drop", "shape")
    arguments = (*target, "--max-drop", "0.1", "--plot", "pareto.png", "--json")
    facts = json.loads(shell.ok("compress", "a.slimline", flowers, "b.slimline", *arguments))
    assert facts["bytes"] == sl.load(shell.folder / "b.slimline").nbytes < facts["bytes before"]
    assert facts["score, on rows held back"] >= facts["score before, on rows held back"] - 0.1
    assert facts["pareto"][0]["nbytes"] <= facts["bytes"]
    assert (shell.folder / "pareto.png").stat().st_size > 1000
    assert "score before" in shell.ok("compress", "a.slimline", flowers, "c.slimline", *target)


def test_predict_with_probabilities_into_a_file(shell, flowers):
    shell.ok("train", flowers, "a.slimline", "--target", "species", "--test-size", "0")
    assert not shell.ok("predict", "a.slimline", flowers, "--proba", "--output", "p.csv")
    lines = (shell.folder / "p.csv").read_text().splitlines()
    assert lines[0].split(",") == [
        "prediction",
        "probability_setosa",
        "probability_versicolor",
        "probability_virginica",
    ]
    assert len(lines) == 151
    assert sum(map(float, lines[1].split(",")[1:])) == pytest.approx(1)


def test_columns_are_found_by_name_in_any_order(shell, flowers):
    shell.ok("train", flowers, "a.slimline", "--target", "species")
    rows = [line.split(",") for line in flowers.read_text().splitlines()]
    turned = "\n".join(",".join(reversed(row)) for row in rows)
    assert shell.ok("predict", "a.slimline", stdin=turned) == shell.ok(
        "predict", "a.slimline", flowers
    )


def test_regression_settings_and_dropped_columns(shell, flowers):
    facts = json.loads(
        shell.ok(
            *("train", flowers, "r.slimline", "--target", "petal_width"),
            *("--estimator", "LinearSVR", "--set", "C=10", "--drop", "species", "--json"),
        )
    )
    assert facts["estimator"] == "LinearSVR"
    assert facts["r2"] > 0.8
    names = [column.name for column in sl.load(shell.folder / "r.slimline").input.columns]
    assert names == ["sepal_length", "sepal_width", "petal_length", "shape"]


def test_auto_takes_a_regression_for_a_target_with_many_values(shell):
    X, y = load_diabetes(return_X_y=True)
    np.savez(shell.folder / "d.npz", X=X, y=y)
    facts = json.loads(shell.ok("train", "d.npz", "d.slimline", "--no-scale", "--json"))
    assert facts["estimator"] == "SGDRegressor"
    assert not sl.load(shell.folder / "d.slimline").input.standardizes


def test_parquet_npz_and_svmlight_hold_the_same(shell, digits):
    from pandas import DataFrame  # noqa: PLC0415 - slow, and used here alone

    X, y = digits.X_train[:300], digits.y_train[:300]
    rows = sparse.csr_array(X)
    frame = DataFrame(X, columns=[f"p{j}" for j in range(64)]).assign(target=y)
    frame.to_parquet(shell.folder / "d.parquet")
    frame.to_csv(shell.folder / "d.csv", index=False)
    np.savez(shell.folder / "d.npz", X=X, y=y)
    parts = {"data": rows.data, "indices": rows.indices, "indptr": rows.indptr, "shape": X.shape}
    np.savez(shell.folder / "s.npz", y=y, **parts)
    dump_svmlight_file(rows, y, str(shell.folder / "d.svm"), zero_based=False)
    shell.ok("train", "d.npz", "m.slimline", "--estimator", "LinearSVC", "--set", "C=0.001")
    shell.ok("train", "d.svm", "s.slimline", "--estimator", "LinearSVC", "--set", "C=0.001")
    expected = shell.ok("predict", "m.slimline", "d.npz")
    for file in ("d.parquet", "d.csv", "s.npz", "d.svm"):
        assert shell.ok("predict", "m.slimline", file) == expected, file
    assert len(shell.ok("predict", "s.slimline", "d.npz").splitlines()) == 301


def test_convert_a_pickle_only_when_it_is_trusted(shell, digits):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(tol=0.01))
    pipeline.fit(digits.X_train, digits.y_train)
    joblib.dump(pipeline, shell.folder / "p.joblib")
    (shell.folder / "p.pickle").write_bytes(pickle.dumps(pipeline))
    refused = shell("convert", "p.joblib", "p.slimline")
    assert refused.returncode == 1
    assert "--trust" in refused.stderr
    for file in ("p.joblib", "p.pickle"):
        shell.ok("convert", file, "p.slimline", "--trust")
        model = sl.load(shell.folder / "p.slimline")
        np.testing.assert_array_equal(model.predict(digits.X_test), pipeline.predict(digits.X_test))
    (shell.folder / "bad").write_bytes(b"no pickle")
    assert "must be a pickle" in shell("convert", "bad", "x.slimline", "--trust").stderr


def test_inspect_shows_tensors_and_history(shell, model_file):
    text = shell.ok("inspect", model_file)
    for word in ("layers.0.weight_int8", "int8", "sha256", "quantized", "converted"):
        assert word in text
    described = json.loads(shell.ok("inspect", model_file, "--json"))
    assert described["content"]["layers"][0]["kind"] == "int8"


def test_inspect_says_what_the_model_takes_and_makes(shell, flowers):
    shell.ok("train", flowers, "a.slimline", "--target", "species")
    text = shell.ok("inspect", "a.slimline")
    names = "sepal_length, sepal_width"
    model = sl.load(shell.folder / "a.slimline")
    for part in (
        f"columns of a table, 5: {names}",
        "dense (6 to 3)",
        "model bytes",
        f" {model.nbytes} ",
        "learning_rate",
        "3: setosa, ",
    ):
        assert part in text
    assert "class_weight" not in text  # None
    assert "owner" not in text
    spec = sl.ModelSpec(task="classification", owner="operations", approver="the board")
    sl.save(model.with_spec(spec), shell.folder / "a.slimline")
    text = shell.ok("inspect", "a.slimline")
    assert "operations" in text
    assert "the board" in text


def test_inspect_counts_the_kept_features_and_each_layer(shell, digits, model_file):
    network = sl.MLPClassifier(hidden_layer_sizes=(7,), max_iter=2, random_state=0)
    with pytest.warns(ConvergenceWarning):
        model = sl.convert(network.fit(digits.X_train[:200], digits.y_train[:200]))
    kept = sl.prune(model, n_features=20, granularity="feature")
    sl.save(kept, model_file)
    text = shell.ok("inspect", model_file)
    assert "64, without names" in text
    assert "(20 to 7), " in text
    assert "(7 to 10)" in text


def test_verify(shell, model_file):
    assert json.loads(shell.ok("verify", model_file, "--json"))["intact"] is True
    damaged = bytearray(model_file.read_bytes())
    damaged[-1] ^= 1
    model_file.write_bytes(damaged)
    done = shell("verify", model_file)
    assert done.returncode == 3
    assert "sha256" in done.stderr


def test_verify_a_signature(shell, digits_model):
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    key = ed25519.Ed25519PrivateKey.generate()
    sl.save(digits_model, shell.folder / "m.slimline", sign_with=key)
    public = key.public_key().public_bytes_raw().hex()
    assert "trusted" in shell.ok("verify", "m.slimline", "--trusted-key", public)
    assert shell("verify", "m.slimline", "--trusted-key", "00" * 32).returncode == 3
    assert shell("verify", "m.slimline", "--trusted-key", "xyz").returncode == 1


def test_static_int8_needs_rows(shell, flowers):
    shell.ok("train", flowers, "a.slimline", "--target", "species")
    static = ("quantize", "a.slimline", "b.slimline", "--activations", "static")
    assert shell(*static).returncode == 1
    facts = json.loads(shell.ok(*static, "--data", flowers, "--json"))
    assert facts["layers"] == "int8_static"
    assert "int8_static (6 to 3)" in shell.ok("inspect", "b.slimline")


def test_export(shell, model_file, digits):
    shell.ok("export", model_file, "m.onnx")
    graph = (shell.folder / "m.onnx").read_bytes()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    label = session.run(["label"], {"X": digits.X_test})[0]
    np.testing.assert_array_equal(label, sl.load(model_file).predict(digits.X_test))
    shell.ok("export", model_file, "digits.h", "--name", "digits")
    assert "#define DIGITS_N_FEATURES 64" in (shell.folder / "digits.h").read_text()
    assert "one of .onnx, .h" in shell("export", model_file, "m.pmml").stderr


def test_evaluate_writes_a_page(shell, model_file, digits):
    np.savez(shell.folder / "d.npz", X=digits.X_test, y=digits.y_test)
    shell.ok("evaluate", model_file, "d.npz", "--html", "report.html")
    assert "<html" in (shell.folder / "report.html").read_text()


def test_bench(shell, model_file):
    rows = json.loads(shell.ok("bench", model_file, "--batch", 1, "--batch", 20, "--json"))
    assert {row["rows a call"] for row in rows} == {1, 20}
    assert all(row["p50 (us)"] > 0 for row in rows)


def test_config(shell):
    assert json.loads(shell.ok("config", "--json"))["slimline"] == sl.__version__
    assert sl.__version__ in shell.ok("config")


def test_demo_goes_the_whole_way(shell):
    text = shell.ok("demo")
    for word in ("LinearSVC", "SGD", "pruned", "int8", "loaded", "accuracy", "one row"):
        assert word in text
    path = shell.folder / "digits.slimline"
    assert f"to keep or to delete: {path}" in text
    assert sl.load(path).layers[0].kind == "sparse_int8"


def test_demo_fails_when_the_loaded_model_differs(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_command, "_predict_elsewhere", lambda _file, X: np.zeros(len(X)))
    with pytest.raises(ValueError, match="predicts differently"):
        demo_command.command(tmp_path / "x.slimline")


def test_help_shows_each_summary_whole(shell):
    text = shell.ok("--help")
    assert app.SUMMARIES.keys() == app.COMMANDS.keys()
    assert "..." not in text.partition("Commands:")[2]
    for summary in app.SUMMARIES.values():
        assert len(summary) <= 50
        assert summary in text


def test_help_does_not_wait_for_scikit_learn():
    code = "import sys; import slimline.cli.app; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_train_help_names_what_options_take(shell):
    text = shell.ok("train", "--help")
    assert "--set NAME=VALUE" in text
    assert "--drop NAME" in text
    assert all("--target" in example for example in app.COMMANDS["train"].EXAMPLES)


@pytest.mark.parametrize("name", app.COMMANDS)
def test_help_has_examples_that_begin_with_the_command(shell, name):
    text = shell.ok(name, "--help")
    assert "Examples:" in text
    for example in app.COMMANDS[name].EXAMPLES:
        assert example in text
        assert f"slimline {name}" in example
