"""A child that is forked after parallel work must not wait for threads that it does not have."""

from __future__ import annotations

import subprocess
import sys

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
