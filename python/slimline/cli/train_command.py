"""``slimline train``: from a table to a saved model."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from inspect import isclass
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from scipy import sparse

from slimline.cli import console
from slimline.cli.data import training_data
from slimline.cli.evaluate_command import facts_of, measured
from slimline.cli.hints import check_name, is_number
from slimline.cli.options import DataFile, Json, Output, Target
from slimline.model.saving import save

SUMMARY = "Train a model on a file of rows and save it."
EXAMPLES = (
    "slimline train flowers.csv flowers.slimline --target species --drop petal_width",
    "slimline train flowers.csv f.slimline --target species --estimator LinearSVC --set C=0.1",
)

# Regressors, and the classifier that does the same for texts.
SISTERS = {
    "SGDRegressor": "SGDClassifier",
    "Lasso": "LogisticRegression",
    "ElasticNet": "LogisticRegression",
    "Ridge": "LogisticRegression",
    "LinearSVR": "LinearSVC",
    "MLPRegressor": "MLPClassifier",
}
MAX_CLASSES = 20  # more different whole numbers than this are taken for a regression


def command(
    data: DataFile,
    output: Output,
    target: Target = None,
    estimator: Annotated[
        str, typer.Option(help="A class of slimline, or auto: SGD, by the type of the target.")
    ] = "auto",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A parameter of the estimator; repeatable."
        ),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A column to leave out; repeatable."),
    ] = None,
    scale: Annotated[
        bool, typer.Option(help="Standardise the features (sparse ones: divide by the largest).")
    ] = True,
    test_size: Annotated[
        float, typer.Option(help="Share of the rows to hold out for evaluation; 0: none.")
    ] = 0.2,
    seed: Annotated[int, typer.Option(help="Seed of the split and of the estimator.")] = 0,
    as_json: Json = False,
) -> None:
    """Train a model on a file of rows, evaluate it on held-out rows, and save it."""
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - takes seconds

    from slimline.conversion import convert  # noqa: PLC0415 - the same
    from slimline.evaluation import evaluate  # noqa: PLC0415 - the same

    if not 0 <= test_size < 1:
        msg = f"--test-size must be in [0, 1), got {test_size}"
        raise ValueError(msg)
    X, y, names = training_data(data, target, drop or ())
    chosen = _estimator(estimator, y, settings or (), seed)
    if type(chosen).__name__ in SISTERS and y.dtype.kind in "UO":
        _check_numbers(type(chosen).__name__, y, target)
    X_train, X_test, y_train, y_test = _split(X, y, test_size, seed)
    with console.working(f"training {type(chosen).__name__} on {len(y_train):,} rows"):
        pipeline = make_pipeline(_scaler(X) if scale else "passthrough", chosen)
        model = convert(pipeline.fit(X_train, y_train), X=X_train, y=y_train)
    if names is not None:
        model = replace(model, input=replace(model.input, feature_names=tuple(names)))
    facts: dict[str, Any] = {"saved": str(output), "estimator": type(chosen).__name__}
    facts["training rows"] = len(y_train)
    if X_test is not None:
        facts |= facts_of(evaluate(model, X_test, y_test))
    save(model, output)  # last: where it is, nothing has failed
    if not as_json:
        facts = measured(facts)
    console.show_facts(f"trained on {data}", facts, as_json=as_json)


def _split(X: Any, y: Any, test_size: float, seed: int) -> Any:
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 - takes seconds

    if not test_size:
        return X, None, y, None
    n_test = math.ceil(test_size * len(y))
    if n_test == len(y):
        msg = (
            f"--test-size {test_size} of {len(y)} rows leaves none to train on: take more rows, or"
            " --test-size 0 to measure on none"
        )
        raise ValueError(msg)
    return train_test_split(X, y, test_size=test_size, random_state=seed)


def _scaler(X: Any) -> Any:
    from sklearn.preprocessing import MaxAbsScaler, StandardScaler  # noqa: PLC0415 - takes seconds

    return MaxAbsScaler() if sparse.issparse(X) else StandardScaler()


def _estimator(name: str, y: Any, settings: Any, seed: int) -> Any:
    from slimline import estimators  # noqa: PLC0415 - takes seconds

    if name == "auto":
        few = y.dtype.kind in "iub" and len(np.unique(y)) <= MAX_CLASSES
        labels = y.dtype.kind in "UO" or few
        name, chosen = ("SGDClassifier", {"loss": "log_loss"}) if labels else ("SGDRegressor", {})
    else:
        classes = [each for each in estimators.__all__ if isclass(getattr(estimators, each))]
        check_name("--estimator", name, ("auto", *classes))
        chosen = {}
    made = getattr(estimators, name)(**chosen)
    known = made.get_params()
    if "random_state" in known:
        made.set_params(random_state=seed)
    for setting in settings:
        parameter, equals, text = setting.partition("=")
        if not equals:
            msg = f"--set must be NAME=VALUE, got {setting!r}"
            raise ValueError(msg)
        check_name(f"--set of {name}", parameter, known)
        made.set_params(**{parameter: _value(text)})
    return made


def _check_numbers(estimator: str, y: NDArray[Any], target: str | None) -> None:
    column = "the target" if target is None else f"column {target!r}"
    sister = SISTERS[estimator]
    for text in y.tolist():
        if not is_number(text):
            msg = f"{estimator} needs numbers, {column} holds texts such as {text!r}; use {sister}"
            raise ValueError(msg)


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
