"""Train, prune, quantize, save and serve linear models and small dense networks on CPUs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from slimline import ops
from slimline._config import show_config
from slimline._version import version as __version__
from slimline.compression import finetune, prune, quantize
from slimline.model import Model, load, save
from slimline.persistence import FormatError
from slimline.spec import ModelSpec

if TYPE_CHECKING:
    from slimline.conversion import convert
    from slimline.estimators import (
        LinearSVC,
        LinearSVR,
        MLPClassifier,
        MLPRegressor,
        SGDClassifier,
        SGDRegressor,
    )
    from slimline.evaluation import Comparison, Report, compare, evaluate

__all__ = [
    "Comparison",
    "FormatError",
    "LinearSVC",
    "LinearSVR",
    "MLPClassifier",
    "MLPRegressor",
    "Model",
    "ModelSpec",
    "Report",
    "SGDClassifier",
    "SGDRegressor",
    "__version__",
    "compare",
    "convert",
    "evaluate",
    "finetune",
    "load",
    "ops",
    "prune",
    "quantize",
    "save",
    "show_config",
]

# What needs scikit-learn (the extra "train") is imported when it is first asked for.
_TRAIN = {
    "Comparison": "slimline.evaluation",
    "LinearSVC": "slimline.estimators",
    "LinearSVR": "slimline.estimators",
    "MLPClassifier": "slimline.estimators",
    "MLPRegressor": "slimline.estimators",
    "Report": "slimline.evaluation",
    "SGDClassifier": "slimline.estimators",
    "SGDRegressor": "slimline.estimators",
    "compare": "slimline.evaluation",
    "convert": "slimline.conversion",
    "evaluate": "slimline.evaluation",
}


def __getattr__(name: str) -> Any:
    if name not in _TRAIN:
        msg = f"module 'slimline' has no attribute {name!r}"
        raise AttributeError(msg)
    try:
        return getattr(import_module(_TRAIN[name]), name)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in {"sklearn", "scipy", "joblib"}:
            raise
        msg = f"slimline.{name} needs {missing}: pip install 'slimline[train]'"
        raise ImportError(msg, name=error.name) from error


def __dir__() -> list[str]:
    return sorted(__all__)
