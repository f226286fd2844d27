"""What dask counts: partitions by their rows, rounds by their weights."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("distributed")

import dask.array as da
from dask.sizeof import sizeof
from slimline.dask import SGDClassifier
from slimline.dask._partitions import Part


def moved(client):
    sent = client.run(lambda dask_worker: dask_worker.transfer_outgoing_bytes_total)
    return sum(sent.values())


def test_a_partition_is_as_large_as_its_rows():
    part = Part(0, np.zeros((100, 50)), np.zeros(100), np.zeros(100), None, 100)
    assert 100 * 52 * 8 <= sizeof(part) < 100 * 52 * 8 + 1000


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_round_moves_weights_and_no_rows(client):
    n_features = 2000
    X = da.random.default_rng(0).normal(size=(4000, n_features), chunks=(500, n_features))
    X = client.persist(X.astype("f4"))
    y = (X[:, 0] > 0).astype(int)
    seen = {}
    model = SGDClassifier(max_iter=12, tol=None, random_state=0, client=client)
    model.set_params(callback=lambda number, *_: seen.setdefault(number, moved(client)))
    model.fit(X, y)
    a_round = (seen[12] - seen[2]) / 10
    weights = 4 * n_features
    # The order goes to the other worker once, and the other half of eight results to the merge.
    assert weights <= a_round <= 12 * weights
