"""A real cluster of two processes, which all tests share, and an end for whatever waits."""

from __future__ import annotations

import signal

import pytest

SECONDS = 60


@pytest.fixture(scope="session")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as running:
        yield running


@pytest.fixture
def client(cluster):
    distributed = pytest.importorskip("distributed")
    with distributed.Client(cluster, set_as_default=False) as connected:
        yield connected


@pytest.fixture(autouse=True)
def _no_test_waits_for_ever():
    def end(*_):
        message = f"a test took more than {SECONDS} s"
        raise AssertionError(message)

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
