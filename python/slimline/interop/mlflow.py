"""An MLflow flavor: models in its tracking store and registry, scored by its servers.

``champion`` is the alias that serves; ``challenger`` and ``previous`` stand beside it. Promoting
and rolling back move aliases and change no model. MLflow's own loader finds this module by the
name in a model's MLmodel file (``loader_module``), and from there reads one slimline file, which is
checked as any other and executes nothing.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from slimline._frames import is_frame
from slimline._version import version
from slimline.model import Model
from slimline.model.saving import load, save

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow warns of its own type hints
        from mlflow import MlflowClient
        from mlflow.models import Model as _MLmodel
        from mlflow.models import infer_signature
        from mlflow.models.utils import _save_example as save_example
        from mlflow.pyfunc import add_to_model
        from mlflow.tracking.artifact_utils import _download_artifact_from_uri as download
except ModuleNotFoundError as error:
    message = "slimline.mlflow needs mlflow: pip install mlflow narwhals pyarrow"
    raise ImportError(message, name=error.name) from error

FLAVOR_NAME = "slimline"
MODEL_FILE = "model.slimline"
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "FLAVOR_NAME",
    "PREVIOUS",
    "load_model",
    "log_model",
    "promote",
    "rollback",
    "save_model",
]


def save_model(  # noqa: PLR0913 - few are needed at a time
    model: Model,
    path: str | os.PathLike[str],
    *,
    mlflow_model: Any = None,
    input_example: Any = None,
    signature: Any = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write a model in MLflow's layout to a new folder.

    Parameters
    ----------
    model : Model
    path : str or path-like
    mlflow_model : mlflow.models.Model, optional
        Passed by MLflow when it logs.
    input_example : array or data frame, optional
        Rows that servers show as an example. The signature is derived from them.
    signature : mlflow.models.ModelSignature, optional
    metadata : mapping, optional
        Stored in the MLmodel file.
    """
    folder = Path(path)
    folder.mkdir(parents=True)
    mlmodel = _MLmodel() if mlflow_model is None else mlflow_model
    save(model, folder / MODEL_FILE)
    if signature is None and input_example is not None:
        signature = infer_signature(input_example, model.predict(input_example))
    mlmodel.signature = signature
    if input_example is not None:
        save_example(mlmodel, input_example, str(folder))
    mlmodel.metadata = {
        **(mlmodel.metadata or {}),
        **(metadata or {}),
        "slimline_sha256": model.sha256,
    }
    add_to_model(mlmodel, loader_module=__name__, data=MODEL_FILE, code=None)
    mlmodel.add_flavor(FLAVOR_NAME, data=MODEL_FILE, slimline_version=version, task=model.task)
    (folder / "requirements.txt").write_text(f"slimline=={version}\n", encoding="utf-8")
    mlmodel.save(str(folder / "MLmodel"))


def log_model(model: Model, name: str = "model", **options: Any) -> Any:
    """Log a model to the active run, and register it if ``registered_model_name`` is given.

    Parameters
    ----------
    model : Model
    name : str, default="model"
    **options
        Options of :func:`save_model` and of ``mlflow.models.Model.log``.

    Returns
    -------
    mlflow.models.model.ModelInfo
    """
    return _MLmodel.log(
        artifact_path=None, name=name, flavor=_this_module(), model=model, **options
    )


def load_model(uri: str, *, trusted_keys: Any = None) -> Model:
    """Load a model, such as ``"models:/flights@champion"`` or ``"runs:/<id>/model"``.

    Parameters
    ----------
    uri : str
    trusted_keys : iterable of Ed25519PublicKey or bytes, optional
        As in :func:`slimline.load`.

    Returns
    -------
    Model
    """
    folder = Path(download(artifact_uri=uri))
    # The name is ours, never the MLmodel file's: what a file says must not lead elsewhere.
    return load(folder / MODEL_FILE, trusted_keys=trusted_keys)


def promote(name: str, version: int | str) -> None:
    """Make a version of a registered model the champion; the one before becomes ``previous``."""
    client = MlflowClient()
    aliases = client.get_registered_model(name).aliases
    if CHAMPION in aliases and str(aliases[CHAMPION]) != str(version):
        client.set_registered_model_alias(name, PREVIOUS, aliases[CHAMPION])
    client.set_registered_model_alias(name, CHAMPION, str(version))
    if str(aliases.get(CHALLENGER)) == str(version):
        client.delete_registered_model_alias(name, CHALLENGER)


def rollback(name: str) -> str:
    """Make the previous champion the champion again; return its version.

    Raises
    ------
    ValueError
        If there is no previous champion.
    """
    client = MlflowClient()
    aliases = client.get_registered_model(name).aliases
    if PREVIOUS not in aliases:
        msg = f"{name} has no previous champion to roll back to"
        raise ValueError(msg)
    client.set_registered_model_alias(name, CHAMPION, aliases[PREVIOUS])
    client.delete_registered_model_alias(name, PREVIOUS)
    return str(aliases[PREVIOUS])


class _Predictor:
    """What MLflow's pyfunc calls."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Return predictions; with ``params={"probabilities": True}`` those of the classes."""
        X = data if is_frame(data) or hasattr(data, "tocsr") else np.asarray(data)
        if (params or {}).get("probabilities"):
            return self.model.predict_proba(X)
        return self.model.predict(X)


def _load_pyfunc(path: str) -> _Predictor:
    return _Predictor(load(path))


def _this_module() -> Any:
    return sys.modules[__name__]
