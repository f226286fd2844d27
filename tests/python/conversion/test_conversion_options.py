"""Every option of every estimator and scaler: a Model answers as they do, or convert refuses."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from inspect import signature
from numbers import Integral
from typing import Any

import numpy as np
import pytest
import slimline as sl
from sklearn import linear_model, preprocessing, svm
from sklearn.base import clone, is_classifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils._param_validation import Interval, Options, StrOptions, make_constraint
from slimline.conversion import registry, scalers

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.filterwarnings("ignore:Class PassiveAggressive:FutureWarning")
ELSEWHERE = {"sklearn.ensemble._voting", "sklearn.compose._target", "sklearn.naive_bayes"}
ROWS = RNG.normal(size=(45, 3)).round(1)  # rounded, so that pairs of classes tie
MANY = (2 * RNG.normal(size=(600, 3))).round(1)  # some beyond what scalers saw
VALUES = np.exp(0.3 * ROWS @ [1.0, -2, 0.5])
CLASSES = {k: np.digitize(ROWS @ [1.0, -2, 0.5], [-0.5, 0.7][: k - 1]) for k in (2, 3)}

# Small fits; what is not listed stays at its default.
SMALL = {
    "max_iter": 8,
    "hidden_layer_sizes": (3,),
    "random_state": 0,
    "kernel": "linear",
    "Cs": 2,
}
# What no constraint says: parameters that take objects, and what goes together.
MORE: dict[str, tuple[Any, ...]] = {
    "class_weight": ({0: 1.0, 1: 3.0},),
    "feature_range": ((-1, 2),),
    "quantile_range": ((10.0, 60.0),),
    "hidden_layer_sizes": ((), (4, 2)),
    "callback": (lambda *_: None,),
    "Cs": ([0.1, 1.0],),
    "cv": (3,),
}
TOGETHER: dict[str, dict[str, Any]] = {
    "break_ties": {"decision_function_shape": "ovr"},
    "momentum": {"batch_size": 8},
    "shrinkage": {"solver": "lsqr"},
}
KNOWN = {**registry.linear_of.registry, **registry.model_of.registry}
# Wrappers have estimators of their own, naive Bayes takes counts: test_linear_models.py.
ESTIMATORS = [
    kind
    for kind in KNOWN
    if kind is not object
    and kind.__module__ not in ELSEWHERE
    and "estimator" not in signature(kind).parameters
    and not kind.__name__.endswith("CV")  # whose weights are those of the class without
]
SCALERS = [kind for kind in scalers.scaling.registry if kind is not object]


def _values(name: str, constraints: Any) -> Iterator[Any]:
    """Yield values that the constraints of a parameter allow, and that are unlike the others."""
    yield from MORE.get(name, ())
    for constraint in map(make_constraint, constraints if constraints != "no_validation" else []):
        if isinstance(constraint, StrOptions | Options):
            yield from sorted(constraint.options, key=str)
        elif isinstance(constraint, Interval):
            low = 0 if constraint.left is None else constraint.left
            high = low + 2 if constraint.right is None else constraint.right
            middle = (low + high) / 2
            whole = constraint.type is Integral
            yield from ([max(1, int(np.ceil(middle))), 7] if whole else [middle, 0.3])
        elif constraint.is_satisfied_by(True):  # noqa: FBT003 - booleans, also as levels of verbosity
            yield from (False, True)
        elif constraint.is_satisfied_by(None):
            yield None


def _options(kind: Any) -> Iterator[tuple[str, list[Any]]]:
    """Yield the parameters of a class, each with values."""
    for name in kind().get_params():
        values = _values(name, kind._parameter_constraints.get(name, ()))  # noqa: SLF001 - its name
        yield name, list({repr(value): value for value in values}.values())


def _class_name(kind: type) -> str:
    return f"{kind.__module__.partition('.')[0]}-{kind.__name__}"


with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # some are deprecated
    CASES = [(kind, name, values) for kind in ESTIMATORS for name, values in _options(kind)]


def _made(kind: type, **options: Any) -> Any:
    known = kind().get_params()
    small = {name: value for name, value in SMALL.items() if name in known}
    return kind(**{**small, **options})


def _fitted(estimator: Any, y: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return clone(estimator).fit(ROWS.copy(), y)
        except (ValueError, TypeError, AttributeError):
            return None  # what cannot be trained cannot be converted


def _check_answers(fitted: Any, model: sl.Model, scale: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        if hasattr(fitted, "decision_function"):
            decision = fitted.decision_function(MANY.copy())
            np.testing.assert_allclose(
                model.decision_function(MANY.copy()), decision, rtol=1e-4, atol=1e-4 * scale
            )
        if hasattr(fitted, "predict_proba"):
            expected = fitted.predict_proba(MANY.copy())
            np.testing.assert_allclose(model.predict_proba(MANY.copy()), expected, atol=1e-4)
        predicted = fitted.predict(MANY.copy())
    if is_classifier(fitted):
        assert np.mean(model.predict(MANY.copy()) == predicted) > 0.995  # float32 decides some ties
    else:
        if predicted.shape[1:] == (1,):  # Lars(fit_path=False) gives one target a column
            predicted = predicted[:, 0]
        np.testing.assert_allclose(
            model.predict(MANY.copy()), predicted, rtol=1e-4, atol=1e-4 * scale
        )


def _check(estimator: Any, name: str) -> set[str]:
    """Train, convert and compare; return what became of the conversions."""
    outcomes = set()
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    targets = CLASSES.values() if is_classifier(last) else [VALUES, np.c_[VALUES, -VALUES]]
    for y in targets:
        fitted = _fitted(estimator, y)
        if fitted is None:
            continue
        try:
            model = sl.convert(fitted)
        except ValueError as error:
            if name not in str(error):
                raise
            outcomes.add("refused")
            continue
        _check_answers(fitted, model, float(np.abs(model.outputs(MANY)).max()))
        outcomes.add("carried")
    return outcomes


@pytest.mark.parametrize(
    ("kind", "name", "values"),
    CASES,
    ids=[f"{_class_name(kind)}-{name}" for kind, name, _ in CASES],
)
def test_options_of_estimators(kind: type, name: str, values: list[Any]) -> None:
    together = TOGETHER.get(name, {})
    outcomes = [_check(_made(kind, **{name: value, **together}), name) for value in values]
    assert any(outcomes), "no value of it could be trained"


@pytest.mark.parametrize("kind", SCALERS, ids=_class_name)
def test_options_of_scalers(kind: type) -> None:
    for name, values in _options(kind):
        for value in values:
            scaler = kind(**{name: value})
            for last in (linear_model.LinearRegression(), linear_model.LogisticRegression()):
                assert _check(make_pipeline(scaler, last), name)


REFUSED = [
    (svm.SVC, {"kernel": "linear", "break_ties": True}, "break_ties=True"),
    (svm.SVC, {"kernel": "linear", "decision_function_shape": "ovo"}, "function_shape='ovo'"),
    (svm.SVC, {"kernel": "rbf"}, "kernel='rbf'"),
    (sl.LinearSVC, {"probability": True}, "probability=True"),
]


@pytest.mark.parametrize(("kind", "options", "message"), REFUSED)
def test_what_a_model_has_not_is_refused(kind: type, options: Any, message: str) -> None:
    estimator = _made(kind, **options)
    fitted = _fitted(estimator, CLASSES[3] if is_classifier(estimator) else VALUES)
    with pytest.raises(ValueError, match=message):
        sl.convert(fitted)


def test_what_refusals_advise_helps() -> None:
    ties = _fitted(svm.SVC(kernel="linear", break_ties=True), CLASSES[3])
    pairs = _fitted(svm.SVC(kernel="linear", decision_function_shape="ovo"), CLASSES[3])
    chances = _fitted(sl.LinearSVC(probability=True), CLASSES[3])
    sl.convert(ties.set_params(break_ties=False))
    sl.convert(chances.set_params(probability=False))
    expected = pairs.decision_function(MANY)
    model = sl.convert(pairs.set_params(decision_function_shape="ovr"))
    np.testing.assert_allclose(model.outputs(MANY), expected, atol=1e-4)


@pytest.mark.parametrize("clips", [preprocessing.MinMaxScaler, preprocessing.MaxAbsScaler])
def test_scalers_that_clip_do_so_in_the_model(clips: type) -> None:
    if "clip" not in clips().get_params():
        pytest.skip("this scikit-learn's scaler never clips")
    pipeline = _fitted(make_pipeline(clips(clip=True), linear_model.Ridge()), VALUES)
    _check_answers(pipeline, sl.convert(pipeline), 1.0)
    through = make_pipeline(clips(), linear_model.Ridge()).fit(ROWS, VALUES)
    assert np.abs(through.predict(MANY) - pipeline.predict(MANY)).max() > 0.05


def test_subclasses_that_answer_otherwise_are_refused() -> None:
    class Shy(linear_model.LogisticRegression):
        def predict(self, X: Any) -> Any:
            return super().predict(X)[::-1]

    class Half(preprocessing.StandardScaler):
        def transform(self, X: Any) -> Any:
            return super().transform(X) / 2

    class Named(linear_model.LogisticRegression):
        """Another name alone."""

    for own in (Shy(), make_pipeline(Half(), Named())):
        with pytest.raises(TypeError, match=r"cannot convert a .*: its .* is not that of"):
            sl.convert(_fitted(own, CLASSES[2]))
    sl.convert(_fitted(Named(), CLASSES[2]))
    sl.convert(_fitted(linear_model.LogisticRegressionCV(Cs=2), CLASSES[2]))


def test_names_pass_a_first_step_that_does_nothing() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(ROWS, columns=["a", "b", "c"])
    for scaler in ("passthrough", preprocessing.StandardScaler()):
        pipeline = make_pipeline("passthrough", scaler, linear_model.Ridge()).fit(frame, VALUES)
        assert sl.convert(pipeline).input.feature_names == ("a", "b", "c")
