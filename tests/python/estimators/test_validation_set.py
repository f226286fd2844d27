"""``early_stopping`` on a validation set of the user's own, in SGD and networks."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
import pytest
import sklearn
import slimline as sl
from scipy import sparse
from sklearn import linear_model, neural_network
from sklearn.metrics import accuracy_score, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((200, 4))
X_VAL = RANDOM.standard_normal((60, 4))
TRUE = np.array([1.0, -2.0, 0.5, 0.0])
WEIGHT = RANDOM.integers(0, 3, 60).astype(float)


def targets(rows: Any, kind: Any) -> Any:
    """Values, or texts of three classes."""
    scores = rows @ TRUE + 0.5 * np.random.default_rng(1).standard_normal(len(rows))
    if kind in {sl.SGDRegressor, sl.MLPRegressor}:
        return scores
    return np.array(["low", "middle", "top"])[np.digitize(scores, [-1, 1])]


SETTINGS: dict[Any, dict[str, Any]] = {
    sl.SGDClassifier: {},
    sl.SGDRegressor: {},
    sl.MLPClassifier: {"hidden_layer_sizes": (5,), "learning_rate_init": 0.02},
    sl.MLPRegressor: {"hidden_layer_sizes": (5,), "learning_rate_init": 0.02},
}
KINDS = list(SETTINGS)
every_kind = pytest.mark.parametrize("kind", KINDS)
CLASSIFIERS = [sl.SGDClassifier, sl.MLPClassifier]
REGRESSORS = [sl.SGDRegressor, sl.MLPRegressor]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def make(kind: Any, **more: Any) -> Any:
    common = {"early_stopping": True, "random_state": 0, "max_iter": 12, "n_iter_no_change": 2}
    return kind(**{**SETTINGS[kind], **common, **more})


def fit(model: Any, **changed: Any) -> Any:
    kind = type(model)
    given = {"X_val": X_VAL, "y_val": targets(X_VAL, kind), **changed}
    return model.fit(X, targets(X, kind), **given)


@every_kind
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weighted"])
def test_the_curve_is_that_of_the_scores_after_each_epoch(kind: Any, weight: Any) -> None:
    """One more epoch is a fit of one more: the model after k of them has the k-th score."""
    y_val = targets(X_VAL, kind)
    model = fit(make(kind), sample_weight_val=weight)
    curve = model.validation_scores_
    assert 1 <= len(curve) <= 12
    assert model.best_iteration_ == np.argmax(curve) + 1
    for epochs in (1, len(curve)):
        part = fit(make(kind, max_iter=epochs), sample_weight_val=weight)
        assert part.validation_scores_ == curve[:epochs]
    if kind is sl.MLPClassifier:
        expected = accuracy_score(y_val, model.predict(X_VAL), sample_weight=weight)
    elif kind in REGRESSORS:
        expected = r2_score(y_val, model.predict(X_VAL), sample_weight=weight)
    if kind in {sl.MLPClassifier, sl.MLPRegressor}:  # which keep their best weights
        assert max(curve) == pytest.approx(expected) == model.best_validation_score_
    elif kind is sl.SGDRegressor:
        assert curve[-1] == pytest.approx(expected)


def test_each_class_of_sgd_is_scored_against_the_rest() -> None:
    model = fit(make(sl.SGDClassifier))
    y = targets(X_VAL, sl.SGDClassifier)
    signs = model.decision_function(X_VAL) > 0
    expected = np.mean([np.mean(signs[:, k] == (y == c)) for k, c in enumerate(model.classes_)])
    assert model.validation_scores_[-1] == pytest.approx(expected)


@every_kind
def test_it_stops_by_these_rows_and_trains_on_all_others(kind: Any) -> None:
    """Scores that cannot rise end the fit after the epochs that may be in vain."""
    y_val = targets(X_VAL, kind)[:2].copy()
    y_val[:] = y_val[0]
    if kind in REGRESSORS:
        y_val[1] += 1e-9  # R2 far below 0, whatever is learned
    model = make(kind, max_iter=100, tol=1e300)
    model.fit(X, targets(X, kind), X_val=X_VAL[:2], y_val=y_val)
    n_more = 1 if kind in {sl.MLPClassifier, sl.MLPRegressor} else 0
    assert len(model.validation_scores_) <= 3 + n_more
    # All rows are trained on: held out, each of these changes what is learned.
    plain = make(kind, early_stopping=False, max_iter=3, n_iter_no_change=100)
    plain.fit(X, targets(X, kind))
    own = fit(make(kind, max_iter=3, n_iter_no_change=100, tol=0))
    if kind in {sl.SGDClassifier, sl.SGDRegressor}:
        np.testing.assert_array_equal(own.coef_, plain.coef_)
    elif own.best_iteration_ == 3:
        np.testing.assert_array_equal(own.coefs_[0], plain.coefs_[0])


@every_kind
def test_held_out_rows_leave_a_curve_too(kind: Any) -> None:
    model = make(kind).fit(X, targets(X, kind))
    assert model.best_iteration_ == np.argmax(model.validation_scores_) + 1
    again = model.set_params(early_stopping=False).fit(X, targets(X, kind))
    assert getattr(again, "validation_scores_", None) is None
    assert getattr(again, "best_iteration_", None) is None


@every_kind
def test_sparse_rows_and_rows_of_weight_0(kind: Any) -> None:
    expected = fit(make(kind), sample_weight_val=WEIGHT)
    rows = sparse.csr_array(X_VAL)
    found = fit(make(kind), X_val=rows, sample_weight_val=WEIGHT)
    np.testing.assert_allclose(found.validation_scores_, expected.validation_scores_, rtol=1e-5)
    used = WEIGHT > 0
    y_val = targets(X_VAL, kind)[used]
    found = fit(make(kind), X_val=X_VAL[used], y_val=y_val, sample_weight_val=WEIGHT[used])
    assert found.validation_scores_ == expected.validation_scores_


@pytest.mark.parametrize("kind", REGRESSORS)
def test_several_targets(kind: Any) -> None:
    y, y_val = (np.column_stack([targets(rows, kind), rows[:, 0]]) for rows in (X, X_VAL))
    model = make(kind).fit(X, y, X_val=X_VAL, y_val=y_val)
    if kind is sl.SGDRegressor:
        assert model.validation_scores_[-1] == pytest.approx(r2_score(y_val, model.predict(X_VAL)))
    with pytest.raises(ValueError, match=r"y_val: it must have 2 columns, as y, got shape \(60,\)"):
        make(kind).fit(X, y, X_val=X_VAL, y_val=y_val[:, 0])


def test_several_labels() -> None:
    y, y_val = ((rows > 0).astype(int) for rows in (X, X_VAL))
    model = make(sl.MLPClassifier).fit(X, y, X_val=X_VAL, y_val=y_val)
    best = accuracy_score(y_val, model.predict(X_VAL))
    assert max(model.validation_scores_) == pytest.approx(best)
    with pytest.raises(ValueError, match=r"y_val: it must hold labels of y, got 2"):
        make(sl.MLPClassifier).fit(X, y, X_val=X_VAL, y_val=2 * y_val)


def test_networks_count_their_best_epoch_over_warm_starts() -> None:
    model = make(sl.MLPClassifier, warm_start=True, max_iter=3, n_iter_no_change=100)
    for _ in range(2):
        fit(model)
    assert len(model.validation_scores_) == 6
    assert model.best_iteration_ == np.argmax(model.validation_scores_) + 1


@every_kind
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"y_val": None}, "^y_val must be given too where X_val is, got None"),
        ({"X_val": None}, "^X_val must be given too where y_val is, got None"),
        (
            {"X_val": None, "y_val": None, "sample_weight_val": WEIGHT},
            "^X_val must be given too where sample_weight_val is",
        ),
        ({"X_val": X_VAL[:, :3]}, "^X_val: X has 3 features, but .* is expecting 4 features"),
        ({"X_val": X_VAL * np.nan}, "^X_val: .*NaN"),
        ({"X_val": X_VAL[:50]}, "^y_val: .*inconsistent numbers of samples"),
        ({"y_val": None, "X_val": X_VAL, "sample_weight_val": WEIGHT}, "^y_val must be given"),
        ({"sample_weight_val": WEIGHT[:3]}, "^sample_weight_val: .* must have shape"),
        ({"sample_weight_val": 0 * WEIGHT}, "^sample_weight_val: .* zero everywhere"),
        ({"sample_weight_val": -WEIGHT}, "^sample_weight_val: .*numbers >= 0"),
    ],
)
def test_faults_are_named(kind: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(make(kind), **given)


@every_kind
def test_without_early_stopping_nothing_would_look_at_it(kind: Any) -> None:
    with pytest.raises(ValueError, match="X_val needs early_stopping=True"):
        fit(make(kind, early_stopping=False))


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_unknown_labels_are_shown(kind: Any) -> None:
    y_val = targets(X_VAL, kind).astype("U9")
    y_val[3] = "elsewhere"
    with pytest.raises(ValueError, match=r"^y_val: it must hold labels of y, got .*elsewhere"):
        fit(make(kind), y_val=y_val)
    with pytest.raises(ValueError, match=r"^y_val: .*label in every row"):
        fit(make(kind), y_val=[None] * 60)


@pytest.mark.parametrize("kind", REGRESSORS)
def test_values_must_be_finite_and_more_than_one(kind: Any) -> None:
    with pytest.raises(ValueError, match=r"^y_val: y must hold finite numbers"):
        fit(make(kind), y_val=np.full(60, np.inf))
    one = np.arange(60) == 7
    with pytest.raises(ValueError, match=r"X_val must have at least 2 rows of positive weight"):
        fit(make(kind), sample_weight_val=one)


def test_solvers_without_epochs_have_no_use_for_it() -> None:
    with pytest.raises(ValueError, match="X_val needs solver 'adam', 'adamw' or 'sgd'"):
        fit(make(sl.MLPClassifier, solver="lbfgs"))
    with pytest.raises(ValueError, match="early_stopping should be False with learning_rate='auto"):
        fit(make(sl.SGDClassifier, learning_rate="auto"))


@every_kind
def test_positions_are_scikit_learns(kind: Any) -> None:
    home = linear_model if hasattr(linear_model, kind.__name__) else neural_network
    theirs = list(signature(getattr(home, kind.__name__).fit).parameters)
    ours = signature(kind.fit).parameters
    positional = [name for name, p in ours.items() if p.kind is not p.KEYWORD_ONLY]
    assert positional[: len(theirs)] == theirs


@every_kind
def test_metadata_are_routed(kind: Any) -> None:
    """A pipeline transforms X_val like X, where it is asked to."""
    y, y_val = targets(X, kind), targets(X_VAL, kind)
    scaler = StandardScaler().fit(X)
    expected = make(kind).fit(scaler.transform(X), y, X_val=scaler.transform(X_VAL), y_val=y_val)
    with sklearn.config_context(enable_metadata_routing=True):
        model = make(kind).set_fit_request(X_val=True, y_val=True)
        pipeline = make_pipeline(StandardScaler(), model, transform_input=["X_val"])
        pipeline.fit(X, y, X_val=X_VAL, y_val=y_val)
    assert pipeline[-1].validation_scores_ == expected.validation_scores_
