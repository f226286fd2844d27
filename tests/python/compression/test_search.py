"""compress: within max_drop on rows it never saw, everything measured, the front and the plot."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from slimline.layers import layer_nbytes

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def digits() -> list[Any]:
    X, y = load_digits(return_X_y=True)
    return train_test_split((X / 16).astype(np.float32), y, random_state=0, stratify=y)


@pytest.fixture(scope="module")
def result(digits: list[Any]) -> Any:
    X, _, y, _ = digits
    model = sl.convert(sl.MLPClassifier((64,), max_iter=30, random_state=0).fit(X, y))
    return sl.compress(model, X, y, max_drop=0.02, max_iter=6)


def test_the_model_is_smaller_and_as_good(result: Any, digits: list[Any]) -> None:
    _, X_test, _, y_test = digits
    before, after = result.baseline.model, result.model
    assert after.nbytes < before.nbytes / 3
    assert result.check_score >= result.check_baseline - 0.02
    drop = (before.predict(X_test) == y_test).mean() - (after.predict(X_test) == y_test).mean()
    assert drop <= 0.03  # of 450 other rows


def left(candidate: Any, before: Any) -> float:
    """Return the share of what the granularity is about that is left."""
    layers = candidate.model.layers
    if candidate.granularity == "node":
        return sum(a.n_out for a in layers[:-1]) / sum(b.n_out for b in before.layers[:-1])
    if candidate.granularity == "feature":
        return layers[0].n_in / before.layers[0].n_in
    return candidate.model.n_nonzero / sum(b.weight.size for b in before.layers)


def test_every_candidate_was_measured(result: Any) -> None:
    assert {c.dtype for c in result.candidates} == {"float32", "int8 dynamic", "int8 static"}
    for c in result.candidates:
        assert c.nbytes == c.model.nbytes >= sum(map(layer_nbytes, c.model.layers))
        assert c.latency_us > 0
        assert left(c, result.baseline.model) <= 1 - c.sparsity + 0.02
    made = {c.granularity for c in result.candidates}
    assert made >= {"weight", "block", "node", "feature", "2:4"}


def test_nothing_beats_a_member_of_the_front(result: Any) -> None:
    everything = (result.baseline, *result.candidates)
    for c in result.pareto:
        assert not any(o.nbytes <= c.nbytes and o.score > c.score for o in everything)
    assert result.summary().count("\n") >= len(result.pareto)


def test_the_plot_is_a_picture(result: Any, tmp_path: Any, monkeypatch: Any) -> None:
    result.plot(tmp_path / "front.png")
    assert (tmp_path / "front.png").read_bytes().startswith(b"\x89PNG")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"slimline\[report\]"):
        result.plot(tmp_path / "front.png")


def test_no_candidate_that_fails_is_taken(digits: list[Any]) -> None:
    X, _, y, _ = digits
    model = sl.convert(LogisticRegression(max_iter=20).fit(X, y))

    def only_the_model(candidate: Any, _X: Any, _y: Any) -> float:
        return 1.0 if candidate is model else 0.0

    result = sl.compress(model, X, y, scoring=only_the_model, max_iter=1)
    assert result.model is model


def test_budget_target_and_sparse_rows(digits: list[Any], capsys: Any) -> None:
    X, _, y, _ = digits
    model = sl.convert(LogisticRegression(max_iter=20).fit(X, y))
    result = sl.compress(
        model,
        sparse.csr_matrix(X),
        y,
        target="latency",
        budget_seconds=0,
        max_iter=1,
        verbose=True,
    )
    assert len(result.candidates) == 1
    assert capsys.readouterr().out.count("\n") == 1


def test_regression() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = sl.convert(Ridge(alpha=0.1).fit(X, y))
    result = sl.compress(model, X, y, max_drop=0.05, max_iter=3)
    assert result.check_score >= result.check_baseline - 0.05


def test_bad_input_is_named(digits: list[Any]) -> None:
    X, _, y, _ = digits
    model = sl.convert(LogisticRegression(max_iter=5).fit(X, y))
    with pytest.raises(ValueError, match="target must be one of 'size', 'latency'"):
        sl.compress(model, X, y, target="speed")
    with pytest.raises(ValueError, match="at least 10"):
        sl.compress(model, X[:5], y[:5])
