"""The MLflow flavor against a real MLflow on SQLite: log, load, score over HTTP, move aliases."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import slimline as sl

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of MLflow's own imports
    mlflow = pytest.importorskip("mlflow")

pytestmark = pytest.mark.filterwarnings("default")  # MLflow warns of itself

COLUMNS = ["distance", "hour"]
X = np.array([[1.0, 9], [2.0, 8], [9.0, 17], [8.0, 18]], dtype=np.float32)
y = np.array(["early", "early", "late", "late"])
NAME = "flights"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    mlflow.create_experiment("here", artifact_location=(folder / "artifacts").as_uri())
    mlflow.set_experiment("here")
    yield uri
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)


def trained(C):
    spec = sl.ModelSpec(task="classification", features=dict.fromkeys(COLUMNS, "float32"))
    return sl.convert(sl.LinearSVC(C=C).fit(X, y)).with_spec(spec)


@pytest.fixture(scope="module")
def logged(store):  # noqa: ARG001 - the place where they go
    """Three versions of a registered model."""
    models = [trained(C) for C in (0.01, 0.1, 1.0)]
    example = pd.DataFrame(X, columns=COLUMNS)
    for model in models:
        with mlflow.start_run():
            sl.mlflow.log_model(
                model, input_example=example, registered_model_name=NAME, metadata={"team": "a"}
            )
    return models


def test_logged_models_come_back_as_they_were(logged):
    for version, model in enumerate(logged, 1):
        assert sl.mlflow.load_model(f"models:/{NAME}/{version}").sha256 == model.sha256
    info = mlflow.models.get_model_info(f"models:/{NAME}/1")
    assert info.flavors["slimline"]["task"] == "classification"
    assert info.metadata == {"team": "a", "slimline_sha256": logged[0].sha256}
    assert [column.name for column in info.signature.inputs] == COLUMNS


def test_pyfunc_predicts_and_checks_columns(logged):
    loaded = mlflow.pyfunc.load_model(f"models:/{NAME}/3")
    frame = pd.DataFrame(X, columns=COLUMNS)
    assert loaded.predict(frame).tolist() == logged[2].predict(X).tolist()
    assert loaded.predict(frame[COLUMNS[::-1]]).tolist() == logged[2].predict(X).tolist()
    with pytest.raises(mlflow.exceptions.MlflowException, match="hour"):
        loaded.predict(frame[["distance"]])


def test_promoting_and_rolling_back_move_aliases(logged):
    client = mlflow.MlflowClient()
    sl.mlflow.promote(NAME, 1)
    client.set_registered_model_alias(NAME, sl.mlflow.CHALLENGER, "2")
    sl.mlflow.promote(NAME, 2)
    aliases = client.get_registered_model(NAME).aliases
    assert {k: int(v) for k, v in aliases.items()} == {"champion": 2, "previous": 1}
    assert sl.mlflow.load_model(f"models:/{NAME}@champion").sha256 == logged[1].sha256
    sl.mlflow.promote(NAME, 2)  # once more changes nothing
    assert sl.mlflow.rollback(NAME) == "1"
    assert sl.mlflow.load_model(f"models:/{NAME}@champion").sha256 == logged[0].sha256
    with pytest.raises(ValueError, match="no previous champion"):
        sl.mlflow.rollback(NAME)


def test_what_the_mlmodel_file_says_leads_nowhere_else(logged, tmp_path):
    sl.mlflow.save_model(logged[0], tmp_path / "m")
    text = (tmp_path / "m" / "MLmodel").read_text()
    (tmp_path / "m" / "MLmodel").write_text(text.replace("model.slimline", "../other.slimline"))
    sl.save(logged[2], tmp_path / "other.slimline")
    assert sl.mlflow.load_model(str(tmp_path / "m")).sha256 == logged[0].sha256


def test_probabilities_of_pyfunc():
    model = sl.convert(sl.SGDClassifier(loss="log_loss", random_state=0).fit(X, y))
    predictor = sl.mlflow._Predictor(model)  # noqa: SLF001 - what MLflow calls
    probabilities = predictor.predict(pd.DataFrame(X), {"probabilities": True})
    np.testing.assert_array_equal(probabilities, model.predict_proba(X))


def test_a_server_scores(logged, store, tmp_path):
    sl.mlflow.promote(NAME, 3)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", f"models:/{NAME}@champion"]
    command += [
        "--env-manager",
        "local",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    programs = (
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # MLflow calls uvicorn
    )
    environment = {"MLFLOW_TRACKING_URI": store, "MLFLOW_REGISTRY_URI": store, "PATH": programs}
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log, env=os.environ | environment, start_new_session=True
        )
    body = {"dataframe_split": {"columns": COLUMNS, "data": X.tolist()}}
    try:
        answer = post(f"http://127.0.0.1:{port}/invocations", body, server)
    except AssertionError as error:
        error.add_note((tmp_path / "log").read_text())
        raise
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
    assert answer == {"predictions": logged[2].predict(X).tolist()}


def post(url, body, server):
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), head)  # noqa: S310 - http
    for _ in range(600):
        assert server.poll() is None, "the server has ended"
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - http, ours
                return json.load(response)
        except OSError:
            time.sleep(0.2)
    return None
