"""Threads that are not there: a forked child's, those that the system refuses, absurd numbers."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import slimline as sl

FORK = """
import os, signal, sys
import numpy as np
import slimline as sl

random = np.random.default_rng(0)
X = random.standard_normal((4000, 20))
y = random.integers(4, size=4000)

def work():
    sgd = sl.SGDClassifier(max_iter=2, tol=None, n_jobs=2, random_state=0).fit(X, y)
    svm = sl.LinearSVC(loss="hinge", n_jobs=2, C=1e-3).fit(X, y)
    outputs = sl.convert(sgd).outputs(X, n_threads=2)
    return sgd.coef_, svm.coef_, outputs

expected = work()
child = os.fork()
if child == 0:
    signal.alarm(60)  # a child that hangs is killed
    same = all(map(np.array_equal, work(), expected))
    os._exit(0 if same else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_child_works_and_gets_the_same_result():
    result = subprocess.run(
        [sys.executable, "-c", FORK], check=False, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr


LIMITED = """
import os, resource, sys
import numpy as np
import slimline as sl

random = np.random.default_rng(0)
X = random.standard_normal((4000, 20))
y = random.integers(4, size=4000)

def work(n):
    sgd = sl.SGDClassifier(max_iter=2, tol=None, n_jobs=n, batch_size=200, random_state=0)
    svm = sl.LinearSVC(loss="hinge", n_jobs=n, C=1e-3)
    mlp = sl.MLPClassifier((200,), max_iter=1, n_jobs=n, random_state=0, batch_size=4000)
    fitted = [model.fit(X, y) for model in (sgd, svm, mlp)]
    return [fitted[0].coef_, fitted[1].coef_, *fitted[2].coefs_,
            sl.convert(fitted[0]).outputs(X, n_threads=max(1, min(n, 2**31 - 1)))]

def free_threads():
    import threading
    event, threads = threading.Event(), []
    try:
        while len(threads) < 50:
            threads.append(threading.Thread(target=event.wait))
            threads[-1].start()
    except RuntimeError:
        threads.pop()
    event.set()
    for thread in threads:
        thread.join()
    return len(threads)

expected = work(1)
limit = int(sys.argv[1])
if os.getuid() == 0:  # root has no limit; this user has no other process
    os.setgid(70_000 + os.getpid() % 10_000)
    os.setuid(70_000 + os.getpid() % 10_000)
resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
assert (free_threads() < 3) == (limit <= 3), free_threads()
for n in map(int, sys.argv[2:]):
    assert all(map(np.array_equal, work(n), expected)), n
print("done")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
@pytest.mark.parametrize(
    "limit",
    [
        1,
        pytest.param(
            3, marks=pytest.mark.skipif(os.getuid() != 0, reason="counts the user's processes")
        ),
        pytest.param(
            9, marks=pytest.mark.skipif(os.getuid() != 0, reason="counts the user's processes")
        ),
    ],
)
def test_threads_that_the_system_refuses_are_done_without(limit):
    numbers = ["2", "8", "3", str(2**31), str(2**70), "-1", str(-(2**70))]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LIMITED, str(limit), *numbers],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
    )
    assert (result.returncode, result.stdout) == (0, "done\n"), result.stderr


@pytest.mark.parametrize(
    "estimator", [sl.SGDClassifier(), sl.LinearSVC(), sl.MLPClassifier((3,), max_iter=1)]
)
def test_no_threads_are_a_mistake(estimator):
    with pytest.raises(ValueError, match="n_jobs must be"):
        estimator.set_params(n_jobs=0).fit([[0.0], [1.0]], [0, 1])
