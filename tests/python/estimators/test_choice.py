"""explain_choice says what "auto" runs: each row of the table of engines for a problem of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from slimline import _core

WIDE = 1100  # columns of which no matrix is factorised


def rows(n: int, n_columns: int, dtype: Any = np.float64) -> Any:
    return np.random.default_rng(0).standard_normal((n, n_columns)).astype(dtype)


def classes(X: Any, n: int = 2) -> Any:
    return np.arange(X.shape[0]) % n


def sgd(loss: str, penalty: str | None = "l2") -> Any:
    kind = sl.SGDRegressor if loss in {"huber", "squared_error"} else sl.SGDClassifier
    return kind(loss=loss, penalty=penalty, learning_rate="auto", random_state=0)


# By a word of the row of the table: an estimator and rows that it is the first to hold for.
PROBLEMS = {
    "primal-dual for kinks": (sgd("huber", "l1"), rows(200, 9)),
    "`newton` of the linear SVM": (sgd("hinge"), rows(200, 9)),
    "`dcd` of the linear SVM": (sgd("hinge"), rows(40, WIDE)),
    "nothing is proven": (sgd("hinge", "l1"), rows(40, WIDE)),
    "accelerated proximal gradients": (sgd("log_loss", "l1"), rows(40, WIDE)),
    "L-BFGS": (sgd("log_loss"), rows(200, 9)),
    "by conjugate gradients": (sgd("log_loss"), rows(40, 300)),
    "`dcd`, `newton`, `smo`": (sl.LinearSVC(), rows(40, 300)),
    "`newton`, `smo`": (sl.LinearSVR(), rows(200, 9)),
}


def test_every_row_of_the_table_is_reached():
    found = [sl.explain_choice(*problem).choices[0] for problem in PROBLEMS.values()]
    for word, choice in zip(PROBLEMS, found, strict=True):
        assert word in choice.engines
    assert {(choice.rule, choice.engines) for choice in found} == {
        rule[1:] for rule in _core.engine_rules()
    }


@pytest.mark.parametrize("word", PROBLEMS)
def test_the_choice_does_not_depend_on_how_rows_are_stored(word):
    estimator, X = PROBLEMS[word]
    expected = sl.explain_choice(estimator, X)
    for same in (X.astype(np.float32), sparse.csr_matrix(X), X.tolist()):
        assert sl.explain_choice(estimator, same) == expected
    assert sl.explain_choice(estimator, X, classes(X)) == expected


@pytest.mark.parametrize("n_columns", [9, 129, 140])
def test_the_first_engine_of_an_svm_is_the_one_that_fits_end_with(n_columns):
    X = rows(270, n_columns)
    (choice,) = sl.explain_choice(sl.LinearSVC(), X, classes(X)).choices
    fitted = sl.LinearSVC().fit(X, X[:, 0] + X[:, 1] > 0)
    assert choice.engines.startswith(f"`{fitted.solver_}`")


def test_outputs_are_those_of_y_or_of_the_last_fit():
    X = rows(120, 300)
    estimator = sgd("log_loss")
    assert "1 output" in sl.explain_choice(estimator, X).choices[0].facts
    (three,) = sl.explain_choice(estimator, X, classes(X, 3)).choices
    assert "3 outputs" in three.facts
    assert "L-BFGS" in three.engines  # at most 256 columns per output
    estimator.fit(X, classes(X, 3))
    assert sl.explain_choice(estimator, X).choices == (three,)
    (coupled,) = sl.explain_choice(sgd("multinomial"), X, classes(X, 3)).choices
    assert "3 outputs coupled by softmax" in coupled.facts
    (targets,) = sl.explain_choice(sgd("squared_error"), X, X[:, :2]).choices
    assert "2 outputs" in targets.facts


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_columns_far_from_zero_are_a_fact_of_the_rows(dtype):
    X = rows(200, 9, dtype)
    near = sl.explain_choice(sgd("log_loss"), X).choices[0]
    far = sl.explain_choice(sgd("log_loss"), X + dtype(1e5)).choices[0]
    assert "L-BFGS" in near.engines
    assert near.fallback == far.engines
    assert not far.fallback
    assert "columns far from 0 for their deviation" in far.facts


def test_what_no_copy_is_affordable_for_has_no_fallback():
    for word in ("`dcd` of the linear SVM", "nothing is proven", "accelerated proximal gradients"):
        (choice,) = sl.explain_choice(*PROBLEMS[word]).choices
        assert not choice.fallback
        assert "a copy of the rows and a Hessian per output are not affordable" in choice.facts


def test_pairs_of_classes_are_chosen_for_by_their_own_rows():
    labels = np.repeat([0, 1, 2, 3], [200, 190, 20, 10])
    X = rows(len(labels), 150)
    one_for_all = sl.explain_choice(sl.LinearSVC(), X, labels)
    assert [choice.n_problems for choice in one_for_all.choices] == [4]
    many, few = sl.explain_choice(sl.LinearSVC(multi_class="ovo"), X, labels).choices
    assert many.engines == "`newton`, `smo`"
    assert (many.n_problems, many.facts) == (1, ("390 rows", "150 columns"))
    assert few.engines == "`dcd`, `newton`, `smo`"
    assert (few.n_problems, few.facts) == (5, ("30 to 220 rows", "150 columns"))
    with pytest.raises(ValueError, match="y must be given"):
        sl.explain_choice(sl.LinearSVC(multi_class="ovo").fit(X, labels), X)


def test_nothing_changes():
    X = rows(50, 3)
    random = np.random.RandomState(5)
    estimator = sgd("hinge").set_params(random_state=random)
    before = dict(vars(estimator))
    sl.explain_choice(estimator, X, classes(X))
    assert vars(estimator) == before
    assert random.randint(10**6) == np.random.RandomState(5).randint(10**6)


@pytest.mark.parametrize(
    ("named", "same"),
    [
        (sl.LogisticRegression(C=0.1), sgd("multinomial")),
        (sl.LogisticRegression(l1_ratio=1), sgd("multinomial", "l1")),
        (sl.LogisticRegression(C=np.inf), sgd("multinomial", None)),
        (sl.Lasso(), sgd("squared_error", "l1")),
        (sl.ElasticNet(), sgd("squared_error", "elasticnet")),
        (sl.Ridge(alpha=[0.1, 2.0]), sgd("squared_error")),
    ],
)
@pytest.mark.parametrize("n_columns", [9, 300, WIDE])
def test_the_linear_models_choose_as_sgd_does(named, same, n_columns):
    X = rows(60, n_columns)
    y = classes(X, 3) if hasattr(named, "C") else X[:, :2]
    chosen = sl.explain_choice(named, X, y)
    assert chosen.choices == sl.explain_choice(same, X, y).choices
    assert chosen.estimator == f"{type(named).__name__}()"
    assert "3 outputs" in str(chosen) or "2 outputs" in str(chosen)


def test_it_prints():
    text = str(sl.explain_choice(sgd("hinge"), rows(50, 3)))
    assert text.startswith("SGDClassifier(learning_rate='auto')\n  given:  50 rows, 3 columns")
    assert "`newton` of the linear SVM" in text
    assert "where tol is not proven: Newton's method" in text


@pytest.mark.parametrize(
    ("estimator", "error", "message"),
    [
        (sl.SGDClassifier(), ValueError, "learning_rate='auto'.*got 'optimal'"),
        (sl.LinearSVC(solver="smo"), ValueError, "solver='auto'.*got 'smo'"),
        (LogisticRegression(), TypeError, "got sklearn.linear_model.LogisticRegression"),
        (sgd("hinge").set_params(alpha=-1), ValueError, "alpha"),
        (sgd("hinge").set_params(early_stopping=True), ValueError, "early_stopping"),
        (sl.LinearSVC(penalty="l1"), ValueError, "not offered"),
    ],
)
def test_what_has_no_choice_is_refused(estimator, error, message):
    with pytest.raises(error, match=message):
        sl.explain_choice(estimator, rows(9, 2))


@pytest.mark.parametrize("estimator", [sgd("hinge"), sl.LinearSVR()])
def test_rows_are_checked_as_in_a_fit(estimator):
    for X in ([[np.nan]], [["a"]], [], np.empty((0, 3))):
        with pytest.raises(ValueError, match=r"X|array|sample"):
            sl.explain_choice(estimator, X)
    with pytest.raises(ValueError, match="inconsistent"):
        sl.explain_choice(estimator, rows(9, 2), [0, 1])


def test_an_estimator_of_dask_is_refused():
    pytest.importorskip("distributed")
    from slimline.dask import LinearSVC  # noqa: PLC0415 - the extra may be missing

    with pytest.raises(TypeError, match=r"got slimline\.dask\.LinearSVC"):
        sl.explain_choice(LinearSVC(), rows(9, 2))
