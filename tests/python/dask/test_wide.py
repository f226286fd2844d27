"""Many classes, split over workers: the weights of one machine, which stay where they are."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl
from scipy import sparse

pytest.importorskip("distributed")

import dask.array as da
from slimline.dask import WideSGDClassifier

N, D, K = 600, 80, 21
RANDOM = np.random.default_rng(0)
CENTRES = RANDOM.normal(size=(K, D)) * (RANDOM.uniform(size=(K, D)) < 0.2)
Y = RANDOM.integers(0, K, N)
X = (CENTRES[Y] + 0.2 * RANDOM.normal(size=(N, D)) * (RANDOM.uniform(size=(N, D)) < 0.2)).astype(
    np.float32
)
OPTIONS = {"loss": "log_loss", "max_iter": 10, "tol": None, "random_state": 0, "alpha": 1e-3}


def rows(values=X):
    return da.from_array(values, chunks=(250, *values.shape[1:]))


@pytest.mark.parametrize("block", [None, sparse.csr_matrix])
def test_every_class_is_trained_as_on_one_machine(client, block):
    alone = sl.SGDClassifier(**OPTIONS).fit(X if block is None else block(X), Y)
    wide = rows() if block is None else rows().map_blocks(block)
    with client.as_current():
        model = WideSGDClassifier(**OPTIONS, classes_per_task=8).fit(wide, rows(Y))
        assert model.coef_.chunks[0] == (8, 8, 5)
        np.testing.assert_allclose(model.coef_.compute(), alone.coef_, rtol=1e-3, atol=1e-4)
        assert np.array_equal(model.predict(wide).compute(), alone.predict(X))
        scores = model.decision_function(wide)
        assert scores.chunks == ((250, 250, 100), (K,))
        np.testing.assert_allclose(scores.compute(), alone.decision_function(X), atol=1e-3)
        local = model.to_local()
    assert type(local) is sl.SGDClassifier
    assert np.array_equal(local.predict(X), alone.predict(X))
    assert sl.convert(local).n_parameters == K * (D + 1)


def test_weights_stay_on_the_workers(client):
    with client.as_current():
        model = WideSGDClassifier(**OPTIONS, classes_per_task=7).fit(rows(), rows(Y))
        holders = client.who_has(model._blocks).values()  # noqa: SLF001 - where they are
    assert all(holders)


def test_what_is_not_offered_is_said(client):
    with client.as_current():
        for parameters, text in (
            ({"loss": "multinomial"}, "'multinomial', which couples all classes"),
            ({"class_weight": "balanced"}, "class_weight must be None in WideSGDClassifier"),
        ):
            with pytest.raises(ValueError, match=text):
                WideSGDClassifier(**parameters).fit(rows(), rows(Y))
        with pytest.raises(ValueError, match="at least 3 classes"):
            WideSGDClassifier().fit(rows(), rows(Y % 2))
        model = WideSGDClassifier(max_iter=1, tol=None).fit(rows(), rows(Y))
        with pytest.raises(TypeError, match="X must be a dask array or data frame"):
            model.predict(X)
