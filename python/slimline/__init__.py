"""Train, prune, quantize, save and serve linear models and small dense networks on CPUs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from slimline import ops
from slimline._config import show_config
from slimline._version import version as __version__
from slimline.model import Model
from slimline.model.effects import DegradationWarning
from slimline.model.saving import load, save
from slimline.model.spec import ModelSpec
from slimline.persistence import FormatError

if TYPE_CHECKING:
    from slimline.compression import (
        CompressResult,
        compress,
        finetune,
        plot_sparsity,
        prune,
        quantize,
        sparsity_report,
    )
    from slimline.conversion import ConversionError, convert
    from slimline.estimators import (
        ElasticNet,
        EngineChoices,
        Lasso,
        LinearSVC,
        LinearSVR,
        LogisticRegression,
        MLPClassifier,
        MLPRegressor,
        Ridge,
        SGDClassifier,
        SGDRegressor,
        explain_choice,
        svm_path,
    )
    from slimline.evaluation import Comparison, Report, compare, evaluate
    from slimline.interop.c_header import to_c
    from slimline.interop.onnx import to_onnx
    from slimline.interop.torch import to_torch
    from slimline.lifecycle.audit import AuditLog
    from slimline.lifecycle.audit_checking import AuditReport, check_audit, verify_audit
    from slimline.lifecycle.differences import Difference, diff
    from slimline.lifecycle.explaining import Explanation, explain
    from slimline.lifecycle.monitor_report import MonitorReport
    from slimline.lifecycle.monitoring import Monitor
    from slimline.lifecycle.prometheus import export_metrics
    from slimline.lifecycle.updating import update
    from slimline.preprocessing import DataWarning, TablePreprocessor
    from slimline.text import CountVectorizer, HashingVectorizer, TfidfVectorizer

__all__ = [
    "AuditLog",
    "AuditReport",
    "Comparison",
    "CompressResult",
    "ConversionError",
    "CountVectorizer",
    "DataWarning",
    "DegradationWarning",
    "Difference",
    "ElasticNet",
    "EngineChoices",
    "Explanation",
    "FormatError",
    "HashingVectorizer",
    "Lasso",
    "LinearSVC",
    "LinearSVR",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "Model",
    "ModelSpec",
    "Monitor",
    "MonitorReport",
    "Report",
    "Ridge",
    "SGDClassifier",
    "SGDRegressor",
    "TablePreprocessor",
    "TfidfVectorizer",
    "__version__",
    "check_audit",
    "compare",
    "compress",
    "convert",
    "diff",
    "evaluate",
    "explain",
    "explain_choice",
    "export_metrics",
    "finetune",
    "load",
    "ops",
    "plot_sparsity",
    "prune",
    "quantize",
    "save",
    "show_config",
    "sparsity_report",
    "svm_path",
    "to_c",
    "to_onnx",
    "to_torch",
    "update",
    "verify_audit",
]

# Imported when it is first asked for: what loads and predicts starts without it. Most of it needs
# scikit-learn, the extra "train".
_LAZY = {
    "AuditLog": "slimline.lifecycle.audit",
    "AuditReport": "slimline.lifecycle.audit_checking",
    "Comparison": "slimline.evaluation",
    "CompressResult": "slimline.compression",
    "ConversionError": "slimline.conversion",
    "CountVectorizer": "slimline.text",
    "DataWarning": "slimline.preprocessing",
    "Difference": "slimline.lifecycle.differences",
    "ElasticNet": "slimline.estimators",
    "EngineChoices": "slimline.estimators",
    "Explanation": "slimline.lifecycle.explaining",
    "HashingVectorizer": "slimline.text",
    "Lasso": "slimline.estimators",
    "LinearSVC": "slimline.estimators",
    "LinearSVR": "slimline.estimators",
    "LogisticRegression": "slimline.estimators",
    "MLPClassifier": "slimline.estimators",
    "MLPRegressor": "slimline.estimators",
    "Monitor": "slimline.lifecycle.monitoring",
    "MonitorReport": "slimline.lifecycle.monitor_report",
    "Report": "slimline.evaluation",
    "Ridge": "slimline.estimators",
    "SGDClassifier": "slimline.estimators",
    "SGDRegressor": "slimline.estimators",
    "TablePreprocessor": "slimline.preprocessing",
    "TfidfVectorizer": "slimline.text",
    "check_audit": "slimline.lifecycle.audit_checking",
    "compare": "slimline.evaluation",
    "compress": "slimline.compression",
    "convert": "slimline.conversion",
    "diff": "slimline.lifecycle.differences",
    "evaluate": "slimline.evaluation",
    "explain": "slimline.lifecycle.explaining",
    "explain_choice": "slimline.estimators",
    "export_metrics": "slimline.lifecycle.prometheus",
    "finetune": "slimline.compression",
    "plot_sparsity": "slimline.compression",
    "prune": "slimline.compression",
    "quantize": "slimline.compression",
    "sparsity_report": "slimline.compression",
    "svm_path": "slimline.estimators",
    "to_c": "slimline.interop.c_header",
    "to_onnx": "slimline.interop.onnx",
    "to_torch": "slimline.interop.torch",
    "update": "slimline.lifecycle.updating",
    "verify_audit": "slimline.lifecycle.audit_checking",
}

_MODULES = {"dask": "slimline.dask", "mlflow": "slimline.interop.mlflow"}  # take seconds to import


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _LAZY:
        msg = f"module 'slimline' has no attribute {name!r}"
        raise AttributeError(msg)
    try:
        return getattr(import_module(_LAZY[name]), name)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in {"sklearn", "scipy", "joblib"}:
            raise
        msg = f"slimline.{name} needs {missing}: pip install scikit-learn scipy"
        raise ImportError(msg, name=error.name) from error


def __dir__() -> list[str]:
    return sorted(__all__)
