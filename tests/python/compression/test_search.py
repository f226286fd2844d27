"""compress: within max_drop on rows it never saw, everything measured, the front and the plot."""

from __future__ import annotations

import sys
from itertools import product
from typing import Any

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from slimline.compression.search.candidates import Part, Scores, split_rows
from slimline.compression.search.recipe import epochs
from slimline.layers import layer_nbytes
from slimline.model.effects import default_score

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
    assert made >= {"weight", "block", "node", "feature", "8:16"}


def test_nothing_beats_a_member_of_the_front(result: Any) -> None:
    everything = (result.baseline, *result.candidates)
    for c in result.pareto:
        assert not any(o.nbytes <= c.nbytes and o.score > c.score for o in everything)
    assert result.summary().count("\n") >= len(result.pareto)


def test_the_plot_is_a_picture(result: Any, tmp_path: Any, monkeypatch: Any) -> None:
    result.plot(tmp_path / "front.png")
    assert (tmp_path / "front.png").read_bytes().startswith(b"\x89PNG")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        result.plot(tmp_path / "front.png")


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # on purpose
def test_it_finds_the_smallest_admissible_model_of_an_exhaustive_grid(digits: list[Any]) -> None:
    X, X_val, y, y_val = digits
    model = sl.convert(LogisticRegression(max_iter=20).fit(X, y))
    found = sl.compress(model, X, y, validation=(X_val, y_val), max_drop=0.01, max_iter=4).model
    _, *halves = split_rows(model, X, y, (X_val, y_val), 0)
    scores = [Scores(default_score, half, model) for half in halves]
    admissible = [model.nbytes]
    for granularity, sparsity in product(
        ("weight", "block", "feature", "n:m"), (0.5, 0.7, 0.8, 0.9, 0.95)
    ):
        how = {"sparsity": sparsity, "granularity": granularity}
        if granularity == "n:m":
            how = {"granularity": f"{round(16 * (1 - sparsity))}:16"}
        pruned = sl.finetune(model, X, y, max_iter=4, **how)
        small = sl.finetune(sl.quantize(pruned), X, y, max_iter=2, learning_rate_init=3e-4)
        admissible += [
            each.nbytes
            for each in (pruned, small)
            if all(half.allow(each, 0.01) for half in scores)
        ]
    assert found.nbytes <= 1.05 * min(admissible) < model.nbytes / 2
    assert all(half.allow(found, 0.01) for half in scores)


class Constant:
    """Answers as told, by the column that it is told to look at."""

    def __init__(self, column: int) -> None:
        self.column = column

    def right(self, X: Any) -> Any:
        return X[:, self.column]


def share_right(model: Any, X: Any, _y: Any) -> float:
    return float(model.right(X).mean())


def test_one_standard_error_must_be_left() -> None:
    right = np.ones((1000, 2))
    right[: 4 * 25 : 25, 1] = 0  # the other is wrong in 4 rows of 1,000, spread over the groups
    scores = Scores(share_right, Part(right, right), Constant(0))  # type: ignore[arg-type]
    other: Any = Constant(1)
    share = right[:, 1].reshape(-1, 10).mean(axis=0)  # of the groups, every tenth row each
    error = share.std() / np.sqrt(10 - 1)  # of their mean: the jackknife's, for a mean
    assert scores.allow(other, 0.004 + error + 1e-9)
    assert not scores.allow(other, 0.004 + error - 1e-9)
    assert scores.allow(Constant(0), 0)  # type: ignore[arg-type]


def test_a_single_row_allows_nothing() -> None:
    one = np.ones((1, 1))
    scores = Scores(share_right, Part(one, one), Constant(0))  # type: ignore[arg-type]
    assert not scores.allow(Constant(0), 0.5)  # type: ignore[arg-type]


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


def test_networks_on_few_rows_train_longer(result: Any, digits: list[Any]) -> None:
    X, _, y, _ = digits
    network = result.baseline.model
    assert [epochs(network, n) for n in (500, 2_000, 100_000)] == [80, 31, 10]
    assert epochs(sl.convert(LogisticRegression(max_iter=5).fit(X, y)), 500) == 10


def test_bad_input_is_named(digits: list[Any]) -> None:
    X, _, y, _ = digits
    model = sl.convert(LogisticRegression(max_iter=5).fit(X, y))
    with pytest.raises(TypeError, match="scoring must be a callable"):
        sl.compress(model, X, y, scoring="accuracy")
    with pytest.raises(ValueError, match="target must be one of 'size', 'latency'"):
        sl.compress(model, X, y, target="speed")
    with pytest.raises(ValueError, match="at least 10"):
        sl.compress(model, X[:5], y[:5])
    with pytest.raises(ValueError, match="same number of rows, at least 10, got 20, 19"):
        sl.compress(model, X, y, validation=(X[:20], y[:19]))
