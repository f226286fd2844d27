"""Lost workers, tasks that raise, cancelled futures: the same result, or one clear error."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest
from sklearn.datasets import make_classification

pytest.importorskip("distributed")

import dask.array as da
import distributed
from slimline.dask import LinearSVC, SGDClassifier, _rounds

X, Y = make_classification(n_samples=1200, n_features=8, random_state=0)
CHUNK = 150


def rows(values=X):
    return da.from_array(values, chunks=(CHUNK, *values.shape[1:]))


def model_of(client, **parameters):
    return SGDClassifier(
        loss="log_loss", max_iter=8, tol=None, random_state=0, client=client, **parameters
    )


def kill_one(client):
    """End a worker's process as the kernel does when memory is short."""
    victim = min(client.run(os.getpid).values())
    os.kill(victim, signal.SIGKILL)


def test_a_worker_killed_in_mid_fit_changes_no_bit(client):
    undisturbed = model_of(client).fit(rows(), rows(Y))

    def disturb(number, _objective, _coef):
        if number == 2:
            kill_one(client)

    disturbed = model_of(client, callback=disturb).fit(rows(), rows(Y))
    assert np.array_equal(disturbed.coef_, undisturbed.coef_)
    assert np.array_equal(disturbed.intercept_, undisturbed.intercept_)


def test_multipliers_of_a_killed_worker_are_made_again(client, monkeypatch):
    undisturbed = LinearSVC(loss="hinge", client=client).fit(rows(), rows(Y))
    looks = []
    result = _rounds.Rounds.result

    def watched(self, future):
        looks.append(None)
        if len(looks) == 6:
            kill_one(client)
        return result(self, future)

    monkeypatch.setattr(_rounds.Rounds, "result", watched)
    disturbed = LinearSVC(loss="hinge", client=client).fit(rows(), rows(Y))
    assert len(looks) > 6
    assert np.array_equal(disturbed.coef_, undisturbed.coef_)


def test_a_task_that_raises_ends_the_fit_with_its_error(client):
    def broken(block, block_info=None):
        if block_info[0]["chunk-location"][0] == 3:
            message = "the file of partition 3 is gone"
            raise OSError(message)
        return block

    with pytest.raises(OSError, match="the file of partition 3 is gone"):
        model_of(client).fit(rows().map_blocks(broken, dtype=X.dtype), rows(Y))


def test_cancelled_futures_end_the_fit(client):
    def cancel(number, _objective, _coef):
        if number == 2:
            client.cancel([distributed.Future(key, client) for key in list(client.futures)])

    with pytest.raises(RuntimeError, match="the fit was ended: one of its tasks was cancelled"):
        model_of(client, callback=cancel).fit(rows(), rows(Y))


def test_a_client_that_closes_ends_the_fit(cluster):
    client = distributed.Client(cluster, set_as_default=False)

    def close(number, _objective, _coef):
        if number == 2:
            client.close()

    with pytest.raises(RuntimeError, match="its client or cluster closed"):
        model_of(client, callback=close).fit(rows(), rows(Y))


def test_a_cluster_without_workers_is_said():
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address="127.0.0.1:0"
        ) as empty,
        distributed.Client(empty, set_as_default=False) as client,
    ):
        rounds = _rounds.Rounds(client, patience=0.5)
        start = time.monotonic()
        with pytest.raises(RuntimeError, match=r"the cluster had no worker for 0\.5 s"):
            rounds.result(rounds.hold(bytes(_rounds.SMALL + 1)))
        assert time.monotonic() - start < 30


def test_a_task_that_kills_its_workers_is_said(client):
    def end(_):  # local: workers cannot import this file
        os.kill(os.getpid(), signal.SIGKILL)

    rounds = _rounds.Rounds(client)
    with pytest.raises(RuntimeError, match="workers died again and again on one task"):
        rounds.results(rounds.each(end, [0]))
