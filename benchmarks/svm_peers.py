"""Who else solves linear SVMs, on equal terms: the objective with a free intercept, recomputed.

Times are CPU seconds of a process on one CPU, which other work on the machine hardly changes.
Several peers regularise the intercept. Each solution's w is therefore judged with the best
intercept for it, and a peer runs with the loosest of its settings that reaches the objective.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import slimline as sl
from scipy.optimize import minimize_scalar
from sklearn import svm

LIMIT = 60.0  # seconds, then a fit is killed
REPEATS = 5
ENOUGH = 2.0  # seconds, above which a fit is not repeated


class Outcome(NamedTuple):
    """Least CPU seconds (None: killed at LIMIT) and the coefficients, one row a problem."""

    seconds: float | None
    coef: Any


def losses(kind: str, z: Any, f: Any, epsilon: float = 0.0) -> Any:
    """Losses of values f for targets z (signs or numbers)."""
    hinge = kind.endswith("hinge")
    excess = np.maximum(0, 1 - z * f if hinge else np.abs(z - f) - epsilon)
    return excess**2 if kind.startswith("squared") else excess


def objective(w: Any, X: Any, z: Any, C: float, kind: str, epsilon: float = 0.0) -> float:
    """Return the primal objective of w with the best intercept."""
    w = np.pad(w, (0, X.shape[1] - len(w)))  # snapml leaves out columns without entries at the end
    f = np.asarray(X @ w, dtype=np.float64).ravel()
    reach = np.abs(z - f).max() + 1

    def at(b):
        return C * losses(kind, z, f + b, epsilon).sum()

    best = minimize_scalar(at, bounds=(-reach, reach), method="bounded", options={"xatol": 1e-9})
    return float(w @ w / 2 + best.fun)


def _work(fit: Callable[[], Any], pipe: Any) -> None:
    warnings.simplefilter("ignore")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one thread for everybody
    times = []
    while not times or (len(times) < REPEATS and sum(times) < ENOUGH):
        start = time.process_time()
        model = fit()
        times.append(time.process_time() - start)
    coef = model.coef_ if hasattr(model, "coef_") else model
    coef = coef.toarray() if hasattr(coef, "toarray") else np.asarray(coef)
    pipe.send(Outcome(min(times), np.atleast_2d(coef)))


def measure(fit: Callable[[], Any], limit: float = LIMIT) -> Outcome:
    """Run ``fit`` in a process of its own: five times, once when slow, killed at the limit."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_work, args=(fit, theirs))
    child.start()
    theirs.close()
    try:
        outcome = ours.recv() if ours.poll(limit) else Outcome(None, None)
    except EOFError:
        outcome = Outcome(None, None)
    child.kill()
    child.join()
    return outcome


def slimline(loss: str, C: float, **parameters: Any) -> Callable[[Any, Any], Any]:
    """Return slimline's fit with a gap of at most 1e-3."""
    return lambda X, y: sl.LinearSVC(loss=loss, C=C, tol=1e-3, **parameters).fit(X, y)


def _liblinear_official(loss: str, C: float, tol: float) -> Callable[[Any, Any], Any]:
    from liblinear.liblinearutil import parameter, problem, train  # noqa: PLC0415 - optional

    solver = 3 if loss == "hinge" else 2

    def fit(X, y):
        data = X.astype(np.float64)
        model = train(problem(y, data), parameter(f"-s {solver} -c {C} -e {tol} -B 1 -q"))
        w = np.array([model.w[j] for j in range(X.shape[1])])
        return w if model.get_labels()[0] == 1 else -w

    return fit


def _snapml(loss: str, C: float, tol: float) -> Callable[[Any, Any], Any]:
    from snapml import SupportVectorMachine  # noqa: PLC0415 - optional

    regularizer = 1 / C

    def fit(X, y):
        return SupportVectorMachine(
            loss=loss, regularizer=regularizer, tol=tol, max_iter=100_000, fit_intercept=True
        ).fit(X, y)

    return fit


def _intelex(C: float) -> Callable[[Any, Any], Any]:
    from sklearnex.svm import SVC  # noqa: PLC0415 - optional

    return lambda X, y: SVC(kernel="linear", C=C).fit(X, y)


def peers(loss: str, C: float) -> dict[str, list[Callable[[Any, Any], Any]]]:
    """Return each installed peer's settings, loosest first."""
    tols = (1e-1, 1e-2, 1e-3, 1e-4)
    dual = loss == "hinge"
    ladder: dict[str, list[Callable[[Any, Any], Any]]] = {
        "LinearSVC": [
            lambda X, y, tol=tol: svm.LinearSVC(
                loss=loss, C=C, dual=dual, tol=tol, max_iter=10_000_000, random_state=0
            ).fit(X, y)
            for tol in tols
        ]
    }
    for name, make in (("liblinear", _liblinear_official), ("snapml", _snapml)):
        try:
            ladder[name] = [make(loss, C, tol) for tol in tols]
        except ImportError:
            continue
    if loss == "hinge":
        ladder["SVC"] = [lambda X, y: svm.SVC(kernel="linear", C=C).fit(X, y)]
        with contextlib.suppress(ImportError):
            ladder["intelex SVC"] = [_intelex(C)]
    return ladder


def reach(
    ladder: list[Callable[[Any, Any], Any]],
    data: tuple[Any, Any],
    gap: Callable[[Any], float],
    limit: float = LIMIT,
) -> tuple[Outcome, float]:
    """Measure the first setting whose gap is at most 1e-3, else the last that ended."""
    result = Outcome(None, None), float("nan")
    for fit in ladder:
        outcome = measure(lambda fit=fit: fit(*data), limit)
        if outcome.seconds is None:
            return outcome, result[1]
        result = outcome, gap(outcome.coef)
        if result[1] <= 1e-3:
            break
    return result
