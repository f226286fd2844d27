"""``import slimline`` is light, and says which extra is missing when more is asked for."""

from __future__ import annotations

import subprocess
import sys

TRAINING = {
    "Comparison",
    "ConversionError",
    "CountVectorizer",
    "DataWarning",
    "ElasticNet",
    "EngineChoices",
    "HashingVectorizer",
    "Lasso",
    "LinearSVC",
    "LinearSVR",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "Report",
    "Ridge",
    "SGDClassifier",
    "SGDRegressor",
    "TablePreprocessor",
    "TfidfVectorizer",
    "compare",
    "convert",
    "update",
    "evaluate",
    "explain_choice",
    "svm_path",
}

WITHOUT_SKLEARN = """
import sys
sys.modules["sklearn"] = None  # importing it raises ModuleNotFoundError
import slimline as sl
for name in sl.__all__:
    try:
        getattr(sl, name)
    except ImportError as error:
        print(name, error)
"""


def lines_of(code):
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return run.stdout.splitlines()


def test_import_is_light():
    modules = lines_of("import sys, slimline; print(*sys.modules, sep='\\n')")
    assert "slimline._core" in modules
    assert not {"sklearn", "scipy", "joblib", "typer", "rich"} & set(modules)


def test_without_scikit_learn_the_extra_is_named():
    messages = dict(line.split(" ", 1) for line in lines_of(WITHOUT_SKLEARN))
    assert set(messages) == TRAINING
    for name, message in messages.items():
        assert message == f"slimline.{name} needs sklearn: pip install scikit-learn scipy"
