"""Local SGD on a cluster of two processes: the same bits everywhere, and a good model."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from slimline import _core

pytest.importorskip("distributed")

import dask.array as da
import dask.dataframe as dd
import pandas as pd
from slimline.dask import SGDClassifier, SGDRegressor

X, Y = make_classification(
    n_samples=2000, n_features=12, n_informative=6, n_classes=3, random_state=0
)
CHUNKS = (700, 600, 500, 200)


def rows(values=X, chunks=CHUNKS):
    return da.from_array(values, chunks=(chunks, *((n,) for n in values.shape[1:])))


def objective(model, X, y):
    """Mean log-loss of the classes, each against the rest, plus the penalty."""
    scores = model._scores(X)  # noqa: SLF001 - one a class
    signs = np.where(y[:, None] == model.classes_, 1, -1)
    loss = np.logaddexp(0, -signs * scores).mean(axis=0).sum()
    return loss + model.alpha / 2 * np.square(model.coef_).sum()


def fitted(client, **parameters):
    model = SGDClassifier(
        loss="log_loss", max_iter=6, tol=None, random_state=0, client=client, **parameters
    )
    return model.fit(rows(), rows(Y))


def test_the_number_of_workers_does_not_change_a_bit(client):
    two = fitted(client)
    alone = fitted(None)  # one process, in threads
    assert np.array_equal(two.coef_, alone.coef_)
    assert np.array_equal(two.intercept_, alone.intercept_)
    assert two.n_iter_ == 6


def test_a_round_is_the_mean_of_local_epochs():
    """By hand: two partitions, one round."""
    options = {"loss": "hinge", "shuffle": False, "max_iter": 2, "tol": None, "alpha": 1e-3}
    labels = Y > 0
    parts = [slice(0, 1500), slice(1500, 2000)]
    shares = [sl.SGDClassifier(**options).fit(X[part], labels[part]).coef_ for part in parts]
    model = SGDClassifier(**options | {"max_iter": 1}, local_epochs=2)
    model.fit(rows(chunks=(1500, 500)), rows(labels, chunks=(1500, 500)))
    np.testing.assert_allclose(model.coef_, 0.75 * shares[0] + 0.25 * shares[1], rtol=1e-12)


@pytest.mark.parametrize("learning_rate", ["optimal", "linear", "auto"])
def test_rounds_come_near_the_objective_of_one_machine(learning_rate):
    options = {"loss": "log_loss", "max_iter": 10, "tol": None, "random_state": 0, "alpha": 1e-3}
    options |= {"learning_rate": learning_rate, "eta0": 0.1}
    alone = sl.SGDClassifier(**options).fit(X, Y)
    model = SGDClassifier(**options).fit(rows(), rows(Y))
    assert objective(model, X, Y) <= 1.02 * objective(alone, X, Y)


@pytest.mark.parametrize("learning_rate", _core.schedule_names())
def test_every_schedule_learns(learning_rate):
    loss = "hinge" if learning_rate.startswith("pa") else "log_loss"
    model = SGDClassifier(
        loss=loss, learning_rate=learning_rate, eta0=0.05, max_iter=8, tol=None, random_state=0
    )
    assert model.fit(rows(), rows(Y)).score(X, Y) > 0.6


def test_blocks_may_be_sparse(client):
    # Of sparse rows the intercept takes shorter steps.
    options = {"max_iter": 3, "tol": None, "random_state": 0, "fit_intercept": False}
    model = SGDClassifier(**options, client=client)
    wide = rows().map_blocks(sparse.csr_array)
    assert np.allclose(model.fit(wide, rows(Y)).coef_, clone(model).fit(rows(), rows(Y)).coef_)


def test_chunk_sizes_may_be_unknown_and_partitions_empty(client):
    known = rows(chunks=(700, 600, 500, 200))
    kept = rows(np.arange(2000)) < 1800  # the last partition has no row left
    model = SGDClassifier(max_iter=3, tol=None, random_state=0, client=client)
    some = clone(model).fit(known[kept], rows(Y)[kept])
    same = clone(model).fit(rows(X[:1800], (700, 600, 500)), rows(Y[:1800], (700, 600, 500)))
    assert np.array_equal(some.coef_, same.coef_)


def test_a_partition_may_lack_a_class(client):
    order = np.argsort(Y, kind="stable")
    model = SGDClassifier(loss="log_loss", max_iter=20, tol=None, random_state=0, client=client)
    model.fit(rows(X[order]), rows(Y[order]))
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.score(X, Y) > 0.5


def test_data_frames_bring_names(client):
    frame = pd.DataFrame(X, columns=[f"c{j}" for j in range(12)])
    frame["label"] = np.array(["a", "b", "c"])[Y]
    lazy = dd.from_pandas(frame, npartitions=3)
    model = SGDClassifier(max_iter=3, tol=None, random_state=0, client=client)
    model.fit(lazy[[f"c{j}" for j in range(12)]], lazy["label"])
    assert model.feature_names_in_.tolist() == [f"c{j}" for j in range(12)]
    said = model.predict(lazy[[f"c{j}" for j in range(12)]])
    assert isinstance(said, da.Array)
    assert np.array_equal(said.compute(), model.predict(frame.iloc[:, :12]))


def test_partitions_without_weight_take_no_part():
    options = {"max_iter": 1, "tol": None, "shuffle": False}
    weights = np.where(np.arange(2000) < 1000, 0.0, 1.0)
    halves = (1000, 1000)
    alone = sl.SGDClassifier(**options).fit(X[1000:], Y[1000:])
    split = SGDClassifier(**options)
    split.fit(rows(chunks=halves), rows(Y, halves), sample_weight=rows(weights, halves))
    assert np.array_equal(split.coef_, alone.coef_)


def test_balanced_classes_are_those_of_all_partitions():
    options = {"class_weight": "balanced", "shuffle": False, "max_iter": 1, "tol": None}
    alone = sl.SGDClassifier(**options).fit(X, Y)
    model = SGDClassifier(**options).fit(rows(chunks=(2000,)), Y)
    np.testing.assert_allclose(model.coef_, alone.coef_, rtol=1e-12)


def test_l1_stays_sparse():
    options = {"loss": "log_loss", "penalty": "l1", "alpha": 0.03, "learning_rate": "linear"}
    options |= {"eta0": 0.05, "max_iter": 10, "tol": None, "random_state": 0}
    alone = sl.SGDClassifier(**options).fit(X, Y)
    model = SGDClassifier(**options).fit(rows(), rows(Y))

    def total(fitted):
        l1 = np.abs(fitted.coef_).sum() - np.square(fitted.coef_).sum() / 2
        return objective(fitted, X, Y) + fitted.alpha * l1

    assert total(model) <= 1.005 * total(alone)
    assert np.count_nonzero(model.coef_) <= np.count_nonzero(alone.coef_) + 4


def test_averages_and_adaptive_scales_are_reduced_too():
    for extra in ({"average": True}, {"adaptive_scale": True, "eta0": 0.1}):
        model = SGDClassifier(
            loss="log_loss", learning_rate="constant", max_iter=5, tol=None, random_state=0, **extra
        )
        assert model.fit(rows(), rows(Y)).score(X, Y) > 0.6


def test_warm_start_goes_on():
    steps = {"learning_rate": "constant", "eta0": 1e-3}  # small enough to descend all the way
    model = SGDClassifier(
        loss="log_loss", max_iter=3, tol=None, random_state=0, warm_start=True, **steps
    )
    first = objective(model.fit(rows(), rows(Y)), X, Y)
    again = clone(model)
    again.fit(rows(), rows(Y), coef_init=model.coef_, intercept_init=model.intercept_)
    second = objective(model.fit(rows(), rows(Y)), X, Y)
    assert second < first
    assert np.array_equal(model.coef_, again.coef_)


def test_the_way_back(client):
    model = fitted(client)
    local = model.to_local()
    assert type(local) is sl.SGDClassifier
    assert np.array_equal(local.predict_proba(X), model.predict_proba(X))
    assert np.array_equal(model.predict_proba(rows()).compute(), model.predict_proba(X))
    assert np.array_equal(sl.convert(model).predict(X), sl.convert(local).predict(X))
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 - ours
    assert again.client is None
    assert np.array_equal(again.coef_, model.coef_)
    assert clone(model).client is client


def test_predictions_are_lazy_and_keep_the_chunks(client):
    model = fitted(client)
    lazy = model.decision_function(rows())
    assert lazy.shape == (2000, 3)
    assert lazy.chunks[0] == CHUNKS
    assert np.array_equal(client.gather(client.compute(lazy)), model.decision_function(X))
    whole = sl.convert(model)
    assert np.array_equal(sl.dask.predict(whole, rows()).compute(), whole.predict(X))


def test_several_targets():
    Z = np.random.default_rng(0).normal(size=(2000, 12))
    target = np.column_stack([Z @ np.arange(12), Z[:, 0] - 1])
    model = SGDRegressor(
        learning_rate="constant", eta0=0.01, max_iter=30, tol=None, random_state=0, alpha=0
    )
    model.fit(rows(Z), rows(target))
    np.testing.assert_allclose(model.coef_[0], np.arange(12), atol=0.01)
    assert model.predict(rows()).compute().shape == (2000, 2)


def test_rounds_stop_by_tol_and_are_told():
    told = []
    model = SGDClassifier(
        loss="log_loss",
        tol=1e-2,
        random_state=0,
        callback=lambda number, objective, coef: told.append((number, objective, coef.shape)),
    )
    model.fit(rows(), rows(Y))
    assert 5 < model.n_iter_ < 500
    assert [number for number, *_ in told] == list(range(1, model.n_iter_ + 1))
    assert told[-1][1] < told[0][1]
    assert told[-1][2] == (3, 12)
    with pytest.warns(ConvergenceWarning, match="max_iter=2 rounds"):
        SGDClassifier(max_iter=2).fit(rows(), rows(Y))


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"X": X}, TypeError, "X must be a dask array or data frame, got ndarray"),
        ({"y": rows(Y, (2000,))}, None, None),
        ({"y": rows(Y[:1500], (700, 600, 200))}, ValueError, "as many rows, got 2000 and 1500"),
        ({"y": rows(np.zeros(2000))}, ValueError, "at least 2 classes, got 1"),
        ({"sample_weight": np.zeros(2000)}, ValueError, "must not be zero everywhere"),
        (
            {"sample_weight": -rows(np.ones(2000))},
            ValueError,
            r"partition \d: sample_weight must hold \d+ finite",
        ),
        ({"X": rows(np.where(np.arange(12) == 3, np.nan, X))}, ValueError, r"partition \d: .*NaN"),
        ({"X": rows()[:0], "y": rows(Y)[:0]}, ValueError, "at least one row"),
    ],
)
def test_what_does_not_fit_is_said(change, error, text):
    arguments = {"X": rows(), "y": rows(Y), **change}
    model = SGDClassifier(max_iter=1, tol=None)
    if error is None:
        model.fit(**arguments)  # rechunked like X
        return
    with pytest.raises(error, match=text):
        model.fit(**arguments)


def test_parameters_are_checked():
    with pytest.raises(TypeError, match="SGDClassifier has no parameter 'C'"):
        SGDClassifier(C=1)
    with pytest.raises(ValueError, match="local_epochs"):
        SGDClassifier(local_epochs=0).fit(rows(), rows(Y))
    with pytest.raises(ValueError, match="early_stopping must be False on a cluster"):
        SGDClassifier(early_stopping=True).fit(rows(), rows(Y))
    with pytest.raises(TypeError, match=r"client must be a distributed\.Client or None, got str"):
        SGDClassifier(client="here").fit(rows(), rows(Y))
    assert SGDClassifier(alpha=0.5).get_params()["alpha"] == 0.5
