"""Contributions sum to what is explained, for every kind of layer."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from slimline.layers import KINDS


def total(why):
    return why.base + why.contributions.sum(axis=2, dtype=np.float64)


def test_linear_contributions_are_exact_and_known():
    X, y = load_diabetes(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), Ridge()).fit(X, y)
    model = sl.convert(pipeline)
    why = sl.explain(model, X)
    expected = (X - X.mean(axis=0)) / X.std(axis=0) * pipeline[-1].coef_
    np.testing.assert_allclose(why.contributions[:, 0], expected, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(total(why), model.outputs(X), rtol=1e-5)
    np.testing.assert_allclose(why.base, y.mean(), rtol=1e-4)


def test_the_background_is_where_contributions_are_zero(network):
    X = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32)
    why = sl.explain(network, X, background=X[:4])
    np.testing.assert_allclose(why.base, network.outputs(X[:4].mean(axis=0)[None])[0], rtol=1e-5)
    np.testing.assert_allclose(total(why), network.outputs(X), rtol=1e-4, atol=1e-4)
    middle = sl.explain(network, X[:4].mean(axis=0)[None], background=X[:4])
    np.testing.assert_allclose(middle.contributions, 0, atol=1e-5)


@pytest.mark.parametrize("n_steps", [1, 5, 64])
def test_networks_are_complete_for_any_number_of_steps(n_steps, network):
    X = 3 * np.random.default_rng(1).normal(size=(50, 5)).astype(np.float32)
    why = sl.explain(network, X, n_steps=n_steps)
    assert why.contributions.shape == (50, 2, 5)
    np.testing.assert_allclose(total(why), network.outputs(X), rtol=1e-4, atol=1e-4)


def test_the_number_of_threads_does_not_matter(network):
    X = np.random.default_rng(2).normal(size=(30, 5)).astype(np.float32)
    one, two = (sl.explain(network, X, n_threads=n).contributions for n in (1, 2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_layer(kind, digits_model, digits):
    model = sl.quantize(digits_model) if "int8" in kind else digits_model
    why = sl.explain(model, digits.X_test[:50])
    scale = np.abs(model.outputs(digits.X_test[:50])).max()
    gap = np.abs(total(why) - model.outputs(digits.X_test[:50])).max()
    assert gap < scale * (0.02 if "int8" in kind else 1e-5)
    assert why.outputs == tuple("0123456789")


@pytest.mark.parametrize("make", [lambda model: model, sl.quantize], ids=["float32", "int8"])
def test_models_pruned_by_feature(make, digits_model, digits):
    X, background = digits.X_test[:50], digits.X_train[:9]
    full, kept = (
        make(sl.prune(digits_model, n_features=20, granularity="feature", reads=reads))
        for reads in ("full", "kept")
    )
    columns = full.input.selected
    for given in (None, background):
        why = sl.explain(full, X, background=given)
        gap = np.abs(total(why) - full.outputs(X)).max()
        assert gap < np.abs(full.outputs(X)).max() * (0.02 if make is sl.quantize else 1e-5)
        assert why.contributions.shape == (50, 10, 64)
        assert not np.delete(why.contributions, columns, axis=2).any()
        assert {name for name, _ in why.top(20)} == {f"x{j}" for j in columns}
        narrow = None if given is None else given[:, columns]
        other = sl.explain(kept, X[:, columns], background=narrow)
        np.testing.assert_array_equal(other.contributions, why.contributions[:, :, columns])
        np.testing.assert_array_equal(other.base, why.base)


def test_networks_pruned_by_feature(network):
    X = 3 * np.random.default_rng(3).normal(size=(50, 5)).astype(np.float32)
    full, kept = (
        sl.prune(network, n_features=3, granularity="feature", reads=reads)
        for reads in ("full", "kept")
    )
    columns = full.input.selected
    why = sl.explain(full, X, background=X[:4])
    np.testing.assert_allclose(total(why), full.outputs(X), rtol=1e-4, atol=1e-4)
    assert not np.delete(why.contributions, columns, axis=2).any()
    assert why.feature_names == ("a", "b", "c", "d", "e")
    other = sl.explain(kept, X[:, columns], background=X[:4, columns])
    np.testing.assert_array_equal(other.contributions, why.contributions[:, :, columns])
    np.testing.assert_allclose(total(other), kept.outputs(X[:, columns]), rtol=1e-4, atol=1e-4)


def test_sparse_rows(digits_model, digits):
    X = digits.X_test[:10]
    one, other = (sl.explain(digits_model, x) for x in (X, sparse.csr_array(X)))
    np.testing.assert_array_equal(one.contributions, other.contributions)


def test_names_table_and_page():
    X = np.array([[0.0, 5, 1], [1, 0, 1], [2, 9, 1], [9, 0, 1]])
    model = sl.convert(sl.LinearSVC().fit(X, ["no", "no", "yes", "yes"]))
    spec = sl.ModelSpec(
        task="classification", features=dict.fromkeys(["age", "<b>", "z"], "float32")
    )
    why = sl.explain(model.with_spec(spec), X)
    assert why.outputs == ("yes over no",)
    assert set(dict(why.top())) == {"age", "<b>", "z"}
    assert why.top(3)[2] == ("z", pytest.approx(abs(model.layers[0].weight[0, 2])))
    assert str(why).splitlines()[2].startswith(why.top(1)[0][0])
    page = why.to_html()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert page.count("<svg") == 2


def test_pairs_of_classes_are_named(digits):
    model = sl.convert(sl.LinearSVC(multi_class="ovo", C=1e-4).fit(digits.X_train, digits.y_train))
    why = sl.explain(model, digits.X_test[:2])
    assert why.outputs[0] == "0 over 1"
    assert len(why.outputs) == 45
    np.testing.assert_allclose(total(why), model.outputs(digits.X_test[:2]), rtol=1e-4, atol=1e-4)


def test_refusals(network):
    X = np.zeros((1, 5))
    with pytest.raises(ValueError, match="n_steps must be 1 to 1,000,000, got 0"):
        sl.explain(network, X, n_steps=0)
    with pytest.raises(ValueError, match="background must have at least one row"):
        sl.explain(network, X, background=X[:0])
    with pytest.raises(ValueError, match="X has 4 features"):
        sl.explain(network, X[:, :4])


def test_what_cannot_be_explained(network):
    rows = np.zeros((2, network.input.n_features))
    with pytest.raises(ValueError, match="X must have at least one row"):
        sl.explain(network, rows[:0])
    with pytest.raises(ValueError, match=r"n_steps must be 1 to 1,000,000, got 1\.5"):
        sl.explain(network, rows, n_steps=1.5)
