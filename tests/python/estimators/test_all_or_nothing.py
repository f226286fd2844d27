"""A fit that is broken off, at whichever line, leaves an estimator as it was."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from slimline import estimators

FOLDER = str(Path(estimators.__file__).parent)
MOMENTS = 40  # at which each training is broken off

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 4))
LABELS = np.where(X[:, 0] > 0, "yes", "no")
OTHER_X = RNG.standard_normal((45, 3))
OTHER_LABELS = np.array(["a", "b", "c"])[np.arange(45) % 3]


class Trainer:
    """Trains once, on these rows and then on others of another shape, or on more of the same."""

    def __init__(self, estimator: Any, *, more: bool, regression: bool) -> None:
        self.estimator = estimator
        self.more = more
        self.values = regression

    def first(self) -> Any:
        made = copy.deepcopy(self.estimator)
        self.train(made, X, X[:, 0] if self.values else LABELS, ["no", "yes"])
        return made

    def again(self, estimator: Any) -> None:
        if self.more:
            self.train(estimator, -X, X[:, 1] if self.values else LABELS, None)
        else:
            y = OTHER_X[:, 0] if self.values else OTHER_LABELS
            self.train(estimator, OTHER_X, y, None)

    def train(self, estimator: Any, rows: Any, y: Any, classes: Any) -> None:
        if not self.more:
            estimator.fit(rows, y)
        elif self.values:
            estimator.partial_fit(rows, y)
        else:
            estimator.partial_fit(rows, y, classes=classes)


FEW: dict[str, Any] = {"max_iter": 3, "tol": 0, "random_state": 0}
SGD: dict[str, Any] = {"max_iter": 3, "tol": None, "random_state": 0, "average": True}
TRAINERS = {
    "SGDClassifier": Trainer(sl.SGDClassifier(**SGD), more=False, regression=False),
    "SGDClassifier.partial_fit": Trainer(
        sl.SGDClassifier(**SGD, adaptive_scale=True), more=True, regression=False
    ),
    "SGDRegressor": Trainer(sl.SGDRegressor(**SGD), more=False, regression=True),
    "SGDRegressor.partial_fit": Trainer(sl.SGDRegressor(**SGD), more=True, regression=True),
    "LinearSVC": Trainer(sl.LinearSVC(probability=True), more=False, regression=False),
    "LinearSVR": Trainer(sl.LinearSVR(warm_start=True), more=False, regression=True),
    "LogisticRegression": Trainer(
        sl.LogisticRegression(warm_start=True), more=False, regression=False
    ),
    "Lasso": Trainer(sl.Lasso(alpha=0.1, warm_start=True), more=False, regression=True),
    "Ridge": Trainer(sl.Ridge(), more=False, regression=True),
    "MLPClassifier": Trainer(sl.MLPClassifier((3,), **FEW), more=False, regression=False),
    "MLPClassifier.partial_fit": Trainer(
        sl.MLPClassifier((3,), **FEW), more=True, regression=False
    ),
    "MLPRegressor": Trainer(
        sl.MLPRegressor(hidden_layer_sizes=(3,), **FEW), more=False, regression=True
    ),
    "MLPRegressor.partial_fit": Trainer(
        sl.MLPRegressor(hidden_layer_sizes=(3,), **FEW), more=True, regression=True
    ),
}


def lines_of(call: Any, break_at: int | None = None) -> int:
    """Count the lines of estimators that a call runs; raise KeyboardInterrupt at one of them."""
    n_lines = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal n_lines
        if not frame.f_code.co_filename.startswith(FOLDER):
            return None
        if event == "line":
            n_lines += 1
            if n_lines == break_at:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return n_lines


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal to the bit, whatever they hold."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if hasattr(a, "__dict__"):
        return type(a) is type(b) and same_state(vars(a), vars(b))
    return bool(a == b)


def same_state(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", TRAINERS)
def test_a_training_that_is_broken_off_leaves_all_as_it_was(name: str) -> None:
    trainer = TRAINERS[name]
    estimator = trainer.first()
    before = copy.deepcopy(vars(estimator))
    finished = copy.deepcopy(estimator)
    n_lines = lines_of(lambda: trainer.again(finished))
    assert not same_state(before, vars(finished))
    for k in np.unique(np.linspace(1, n_lines, MOMENTS).astype(int)):
        with pytest.raises(KeyboardInterrupt):
            lines_of(lambda: trainer.again(estimator), int(k))
        if not same_state(before, vars(estimator)):  # broken off behind the last step
            assert same_state(vars(finished), vars(estimator))
            assert k > n_lines - 3
            return
    sl.convert(estimator).predict(X)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", TRAINERS)
def test_a_training_that_fails_leaves_all_as_it_was(name: str) -> None:
    trainer = TRAINERS[name]
    estimator = trainer.first()
    before = copy.deepcopy(vars(estimator))
    X_bad = OTHER_X.copy()
    X_bad[3, 1] = np.nan
    y = OTHER_X[:, 0] if trainer.values else OTHER_LABELS
    for rows, wanted in ((X_bad, y), (OTHER_X, y[:-1]), (sparse.csr_matrix(X_bad), y)):
        with pytest.raises(ValueError):  # noqa: PT011 - whichever it is
            trainer.train(estimator, rows, wanted, None)
        assert same_state(before, vars(estimator))


def test_a_warning_that_is_an_error_leaves_all_as_it_was() -> None:
    model = sl.SGDClassifier(random_state=0).fit(X, LABELS).set_params(max_iter=1)
    before = copy.deepcopy(vars(model))
    with pytest.raises(UserWarning, match="max_iter=1"):
        model.fit(X, X[:, 1] > 0)
    assert same_state(before, vars(model))


def test_blocks_before_one_that_fails_are_kept() -> None:
    model = sl.SGDClassifier(random_state=0)
    blocks = iter([(X, LABELS), (X, LABELS), (X[:, :2], LABELS)])
    with pytest.raises(ValueError, match="2 features"):
        model.partial_fit(blocks, classes=["no", "yes"])
    expected = sl.SGDClassifier(random_state=0)
    for _ in range(2):
        expected.partial_fit(X, LABELS, classes=["no", "yes"])
    np.testing.assert_array_equal(model.coef_, expected.coef_)


def test_what_comes_to_infinity_is_an_error() -> None:
    rows = X.astype(np.float32) * np.float32([1, 1e38, 1, 1])
    with pytest.raises(ValueError, match=r"SGD diverged|NaN or infinity in"):
        sl.SGDRegressor(max_iter=2, tol=None).fit(rows, X[:, 0] * 1e30)
