"""``slimline train``: from a table to a saved model."""

from __future__ import annotations

import ast
import math
import warnings
from dataclasses import replace
from inspect import isclass
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from scipy import sparse

from slimline._checks import check_choice
from slimline.cli import console
from slimline.cli.data import is_table, training_arrays, training_table
from slimline.cli.evaluate_command import facts_of, measured
from slimline.cli.hints import check_name, is_number
from slimline.cli.options import (
    CategoryColumns,
    DataFile,
    Decimal,
    Drop,
    Encoding,
    Force,
    Json,
    Marks,
    NumberColumns,
    Output,
    Sep,
    Target,
    Unknown,
    check_new,
    names_of,
)
from slimline.cli.preparing import Choices, prepared, records
from slimline.cli.reading import checked_reading
from slimline.cli.tuning import choose_alpha, default_estimator
from slimline.model import Model
from slimline.model.saving import save
from slimline.model.spec import ModelSpec

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
    drop: Drop = None,
    number: NumberColumns = None,
    category: CategoryColumns = None,
    na: Marks = None,
    unknown: Unknown = "ignore",
    sep: Sep = None,
    encoding: Encoding = None,
    decimal: Decimal = None,
    scale: Annotated[
        bool, typer.Option(help="Standardise the features (sparse ones: divide by the largest).")
    ] = True,
    test_size: Annotated[
        float, typer.Option(help="Share of the rows to hold out for evaluation; 0: none.")
    ] = 0.2,
    seed: Annotated[int, typer.Option(help="Seed of the split and of the estimator.")] = 0,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Train a model on a file of rows, evaluate it on held-out rows, and save it."""
    from slimline.evaluation import evaluate  # noqa: PLC0415 - the same

    if not 0 <= test_size < 1:
        msg = f"--test-size must be in [0, 1), got {test_size}"
        raise ValueError(msg)
    check_new(output, (data,), force=force, models=True)
    check_choice("--unknown", unknown, ("ignore", "error"))
    choices = Choices(
        numbers=names_of(number),
        categories=names_of(category),
        marks=names_of(na),
        unknown=unknown,
    )
    table, names, preprocessor, column = None, None, None, target
    if is_table(data):
        reading = checked_reading(sep, encoding, decimal)
        table, y, column = training_table(data, target, names_of(drop), choices.named(), reading)
    else:
        X, y = training_arrays(data)
    chosen = _estimator(estimator, y, settings or (), seed)
    given = {setting.partition("=")[0] for setting in settings or ()}
    choose = estimator == "auto" and "alpha" not in given
    if type(chosen).__name__ in SISTERS and y.dtype.kind in "UO":
        _check_numbers(type(chosen).__name__, y, target)
    _check_split(test_size, len(y))
    if table is not None:
        X, names, preprocessor = prepared(table, choices)
    X_train, X_test, y_train, y_test = _split(X, y, test_size, seed)
    with console.working(f"training {type(chosen).__name__} on {len(y_train):,} rows"):
        first, rows = preprocessor, X_train
        if preprocessor is None:
            first = _scaler(X) if scale else "passthrough"
        else:
            rows = records(X_train, names or ())
        model = _trained(first, chosen, rows, y_train, seed if choose else None)
    if names is not None and preprocessor is None:
        model = replace(model, input=replace(model.input, feature_names=tuple(names)))
    if names is not None:
        classifies = model.classes is not None
        spec = ModelSpec(task="classification" if classifies else "regression", target=column)
        model = model.with_spec(spec)
    facts: dict[str, Any] = {"saved": str(output), "estimator": type(chosen).__name__}
    facts["training rows"] = len(y_train)
    if X_test is not None:
        facts |= facts_of(evaluate(model, X_test, y_test))
    save(model, output)  # last: where it is, nothing has failed
    if not as_json:
        facts = measured(facts)
    console.show_facts(f"trained on {data}", facts, as_json=as_json)


def _trained(first: Any, estimator: Any, rows: Any, y: NDArray[Any], seed: int | None) -> Model:
    """Fit both parts of a pipeline and convert it; with a seed, choose the penalty first."""
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - takes seconds

    from slimline.conversion import convert  # noqa: PLC0415 - the same

    features = rows if first == "passthrough" else first.fit_transform(rows)
    if seed is not None:
        choose_alpha(estimator, features, y, seed)
    pipeline = make_pipeline(first, estimator.fit(features, y))
    return convert(pipeline, X=rows, y=y)


def _check_split(test_size: float, n_rows: int) -> None:
    if test_size and math.ceil(test_size * n_rows) == n_rows:
        msg = (
            f"--test-size {test_size} of {n_rows} rows leaves none to train on: take more rows, or"
            " --test-size 0 to measure on none"
        )
        raise ValueError(msg)


def _split(X: Any, y: Any, test_size: float, seed: int) -> Any:
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 - takes seconds

    if not test_size:
        return X, None, y, None
    return train_test_split(X, y, test_size=test_size, random_state=seed)


def _scaler(X: Any) -> Any:
    from sklearn.preprocessing import MaxAbsScaler, StandardScaler  # noqa: PLC0415 - takes seconds

    return MaxAbsScaler() if sparse.issparse(X) else StandardScaler()


def _estimator(name: str, y: Any, settings: Any, seed: int) -> Any:
    from slimline import estimators  # noqa: PLC0415 - takes seconds

    if name == "auto":
        labels = y.dtype.kind in "UO" or (
            y.dtype.kind in "iub" and len(np.unique(y)) <= MAX_CLASSES
        )
        name, chosen = default_estimator(y, labels=labels)
        _say_what_it_took(y, labels=labels)
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


def _say_what_it_took(y: NDArray[Any], *, labels: bool) -> None:
    """Warn of a target of whole numbers, which may be labels or amounts."""
    n_values = len(np.unique(y))
    if y.dtype.kind not in "iu" or n_values <= 2:  # noqa: PLR2004 - two are labels
        return
    what, other = "numbers to estimate", "for classes, pass --estimator SGDClassifier"
    if labels:
        what, other = "classes", "for numbers to estimate, pass --estimator SGDRegressor"
    msg = f"the target holds {n_values:,} different whole numbers, taken as {what}: {other}"
    warnings.warn(msg, stacklevel=2)


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
