"""Champion against challenger: tests against scipy, and false alarms at the stated rate."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl
from scipy import stats
from slimline.inputs import InputStage
from slimline.layers import DenseLayer


def line(weight, classes=(0, 1)):
    """A model of one feature a weight: the sign, or for no classes the value, of the sum."""
    weight = np.atleast_2d(np.asarray(weight, dtype=np.float32))
    return sl.Model(
        input=InputStage(n_features=weight.shape[1]),
        layers=(DenseLayer(weight=weight, bias=np.zeros(1, dtype=np.float32)),),
        link="margin" if classes else "identity",
        classes=np.array(classes) if classes else None,
    )


def test_mcnemar_counts_the_rows_that_one_model_alone_gets_right():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    y = (X[:, 0] + rng.normal(size=400) > 0).astype(int)
    champion, challenger = line([1, 0.8]), line([1, 0])
    right = [model.predict(X) == y for model in (champion, challenger)]
    (contest,) = sl.compare([champion, challenger], X, y).contests
    lost, won = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
    assert (contest.only_champion, contest.only_challenger) == (lost, won)
    assert contest.p_value == stats.binomtest(min(lost, won), lost + won).pvalue
    assert contest.difference == pytest.approx(right[0].mean() - right[1].mean())
    assert contest.low < contest.difference < contest.high


def test_bootstrap_of_squared_errors_agrees_with_scipy():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 2))
    y = X[:, 0] + rng.normal(size=300)
    champion, challenger = line([0.7, 0.1], ()), line([1, 0], ())
    result = sl.compare([champion, challenger], X, y, n_resamples=5000)
    gaps = (challenger.predict(X) - y) ** 2 - (champion.predict(X) - y) ** 2
    expected = stats.bootstrap((gaps,), np.mean, n_resamples=5000, method="percentile", rng=0)
    (contest,) = result.contests
    width = contest.high - contest.low
    assert contest.low == pytest.approx(expected.confidence_interval.low, abs=0.05 * width)
    assert contest.high == pytest.approx(expected.confidence_interval.high, abs=0.05 * width)
    t_test = stats.ttest_1samp(gaps, 0).pvalue
    assert np.log(contest.p_value) == pytest.approx(np.log(t_test), rel=0.2)
    assert result.better == (contest.high < 0 and contest.p_value < 0.05,)


def test_equal_models_differ_by_nothing():
    X = np.random.default_rng(0).normal(size=(50, 2))
    for classes in ((0, 1), ()):
        model = line([1, 1], classes)
        result = sl.compare([model, model], X, (X[:, 0] > 0).astype(int))
        (contest,) = result.contests
        assert (contest.low, contest.high, contest.p_value) == (0, 0, 1)
        assert result.better == (False,)


def test_false_alarms_come_at_no_more_than_the_stated_rate():
    rng = np.random.default_rng(2)
    alarms = 0
    for _ in range(300):
        X = rng.normal(size=(200, 2))
        y = (X.sum(axis=1) + rng.normal(size=200) > 0).astype(int)
        alarms += sl.compare([line([1, 0]), line([0, 1])], X, y, n_resamples=500).better[0]
    # One-sided at 5 % two-sided: 2.5 % expected; 99.9 % of binomials stay within this.
    assert alarms <= stats.binom.ppf(0.999, 300, 0.025)


def test_table_and_refusals():
    X, y = np.array([[1.0], [-1.0]]), np.array([1, 0])
    text = str(sl.compare([line([1]), line([-1]), line([2])], X, y))
    assert "champion: error rate 0" in text
    assert text.count("no") == 2
    with pytest.raises(ValueError, match="at least two of one task, got 1"):
        sl.compare([line([1])], X, y)
    with pytest.raises(ValueError, match="one task, got 2 of"):
        sl.compare([line([1]), line([1], ())], X, y)
    with pytest.raises(TypeError, match="models must be slimline Models, got int"):
        sl.compare([line([1]), 3], X, y)
    with pytest.raises(ValueError, match="confidence must be between 0 and 1"):
        sl.compare([line([1]), line([2])], X, y, confidence=95)
