"""Threads and processes of others around slimline: the same numbers, and nothing hangs."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import joblib
import numpy as np
import pytest
import slimline as sl
from integration.work import coefficients, rows
from sklearn.model_selection import GridSearchCV, cross_val_score
from threadpoolctl import threadpool_info, threadpool_limits

SECONDS = 120  # a worker that hangs ends the test


@pytest.fixture(scope="module")
def expected():
    return [coefficients(seed) for seed in range(4)]


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_joblib(backend, expected):
    with joblib.parallel_config(backend, n_jobs=2):
        found = joblib.Parallel(timeout=SECONDS)(
            joblib.delayed(coefficients)(seed) for seed in range(4)
        )
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(method, expected):
    """Fork is the hard one: the parent has run threads already, which the child has not."""
    with ProcessPoolExecutor(2, mp_context=get_context(method)) as pool:
        found = list(pool.map(coefficients, range(4), timeout=SECONDS))
    np.testing.assert_array_equal(found, expected)


def test_python_threads(expected):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(coefficients, range(4), timeout=SECONDS))
    np.testing.assert_array_equal(found, expected)


def test_one_model_in_many_threads():
    X, y = rows()
    model = sl.quantize(sl.convert(sl.SGDClassifier(random_state=0).fit(X, y)))
    with ThreadPoolExecutor(8) as pool:
        for outputs in pool.map(lambda _: model.outputs(X, n_threads=2), range(32)):
            np.testing.assert_array_equal(outputs, model.outputs(X))


def test_nested_parallelism(expected):
    """Parallel fits inside a parallel search, which the outer one keeps to a thread each."""
    X, y = rows()
    estimator = sl.SGDClassifier(batch_size=64, max_iter=3, tol=None, n_jobs=2, random_state=0)
    search = GridSearchCV(estimator, {"alpha": [1e-4, 1e-3]}, n_jobs=2, cv=2).fit(X, y)
    serial = GridSearchCV(estimator.set_params(n_jobs=1), {"alpha": [1e-4, 1e-3]}, cv=2).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], serial.cv_results_["mean_test_score"]
    )
    np.testing.assert_array_equal(expected[0], coefficients(0))


def test_n_jobs_none_follows_the_joblib_context():
    X, y = rows()
    estimator = sl.SGDClassifier(batch_size=64, max_iter=2, tol=None, random_state=0)
    with joblib.parallel_config("threading", n_jobs=2):
        scores = cross_val_score(estimator, X, y, cv=2)
    np.testing.assert_array_equal(scores, cross_val_score(estimator, X, y, cv=2))


def test_threadpoolctl_sees_and_limits_openmp(expected):
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "openmp"]
    assert any(pool["internal_api"] == "openmp" for pool in pools)
    with threadpool_limits(1, user_api="openmp"):
        np.testing.assert_array_equal(coefficients(0), expected[0])


def threads_with(**environment):
    """CPUs that a fresh process may use, with these environment variables."""
    code = "from slimline import _core; print(_core.available_threads())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    return int(done.stdout)


def test_omp_num_threads():
    assert threads_with(OMP_NUM_THREADS="1") == 1


def test_affinity():
    first = min(os.sched_getaffinity(0))
    code = (
        f"import os; os.sched_setaffinity(0, {{{first}}})\n"
        "from slimline import _core; print(_core.available_threads())"
    )
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    assert int(done.stdout) == 1
