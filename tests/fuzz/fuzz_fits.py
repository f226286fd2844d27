"""Fuzz fits: hostile rows, labels, weights and parameters raise what is documented, or are learned.

Run from the project's folder::

    python tests/fuzz/fuzz_fits.py --cases 10000 --seconds 600

Every case draws an estimator with parameters, rows, labels and weights, trains by ``fit`` or
``partial_fit``, trains again on others, and predicts. What may happen: a ValueError, TypeError or
NotFittedError that slimline or scikit-learn's validation raises; or numbers that are finite and
labels that were given. Anything else is a finding: another exception, one of numpy's, scipy's or
pybind11's own, NaN, a case of many seconds, a crash. Findings are kept in ``--keep`` by number;
``--only NUMBER`` runs one again and shows its traceback. A crash names its case in ``last-case``.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import pickle
import re
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hostile_estimators
import hostile_rows
import hostile_targets
import numpy as np
from hostile_rows import Random
from sklearn.exceptions import NotFittedError

SEED = 20_250_101
MOST_SECONDS = 20.0  # of CPU time for one case

# Files whose own words are documented errors, and what numpy, scipy, pybind11 and Python say where
# nobody has checked before.
RAISERS = re.compile(r"/(slimline|sklearn|joblib)/")
PRIVATE = re.compile(
    "incompatible function arguments|could not be broadcast|not aligned|setting an array element"
    "|truth value of|not supported between|cannot reshape|Cannot cast|ufunc|NA is ambiguous"
    "|out of bounds|unsupported operand|object is not|has no attribute|unhashable|not subscriptable"
    "|invalid literal|zip\\(\\)|Buffer dtype|dimension mismatch|zero-size array"
)


class Finding(Exception):  # noqa: N818 - what is looked for
    """What must not happen."""


@dataclass
class Case:
    """One training, of an estimator on arguments, and what is done with it afterwards."""

    estimator: Any
    method: str
    rounds: list[dict[str, Any]]  # arguments by name
    rows: list[Any]  # to predict


def make_case(number: int, seed: int = SEED) -> Case:
    """Draw a case; the same number gives the same."""
    with np.errstate(all="ignore"):
        return _make_case(Random(np.random.default_rng([seed, number])))


def _make_case(random: Random) -> Case:
    kind = random.choice(sorted(hostile_estimators.ESTIMATORS))
    regression = "Regressor" in kind or kind == "LinearSVR"
    estimator = hostile_estimators.ESTIMATORS[kind](random)
    can_go_on = hasattr(estimator, "partial_fit")
    method = "partial_fit" if can_go_on and random.odds(3) else "fit"
    rounds = []
    n_rows, n_columns = hostile_rows.shape(random)
    for _ in range(1 + random.odds(3)):
        if random.odds(4):
            n_rows, n_columns = hostile_rows.shape(random)
        given = {
            "X": hostile_rows.rows(random, n_rows, n_columns),
            "y": hostile_targets.targets(random, n_rows, regression=regression),
        }
        if random.odds(2):
            given["sample_weight"] = hostile_targets.weights(random, n_rows, given["y"])
        if method == "partial_fit" and not regression:
            given["classes"] = hostile_targets.classes(random, given["y"])
        rounds.append(given)
    others = [hostile_rows.rows(random, 3, n_columns), random.normal(5, n_columns)]
    return Case(estimator, method, rounds, others)


def run(case: Case) -> str:
    """Run a case: "learned" or "refused"; raise Finding."""
    learned = False
    for given in case.rounds:
        before = {**vars(case.estimator)}
        try:
            getattr(case.estimator, case.method)(**given)
            learned = True
        except (ValueError, TypeError) as error:
            check_documented(error)
            if {**vars(case.estimator)}.keys() != before.keys():
                msg = "an error has left attributes behind"
                raise Finding(msg) from error
    for rows in [*(given["X"] for given in case.rounds), *case.rows]:
        predict(case.estimator, rows, learned=learned)
    if learned:
        check_finite(case.estimator)
    return "learned" if learned else "refused"


def predict(estimator: Any, rows: Any, *, learned: bool) -> None:
    """Predict by every method; each is finite, or refuses."""
    for name in ("predict", "decision_function", "predict_proba"):
        if not hasattr(estimator, name):
            continue
        try:
            found = getattr(estimator, name)(rows)
        except NotFittedError as error:
            if learned:
                msg = f"{name}: fitted, it says that it is not"
                raise Finding(msg) from error
        except (ValueError, TypeError) as error:
            check_documented(error)
        else:
            check_predictions(estimator, name, np.asarray(found))


def check_predictions(estimator: Any, name: str, found: Any) -> None:
    """Raise Finding unless predictions are finite, or labels of those learned."""
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        msg = f"{name} gave NaN or infinity"
        raise Finding(msg)
    if name == "predict_proba":
        multilabel = found.ndim == 2 and found.shape[1] != len(estimator.classes_)
        near = np.abs(found.sum(axis=1) - 1).max(initial=0) < 1e-4
        inside = found.min(initial=0) >= 0 and found.max(initial=0) <= 1
        if not (inside and (near or multilabel or is_multilabel(estimator))):
            msg = "predict_proba gave no probabilities"
            raise Finding(msg)
    labels = name == "predict" and hasattr(estimator, "classes_") and not is_multilabel(estimator)
    if labels and not np.isin(found, estimator.classes_).all():
        msg = "predict gave a label that is none"
        raise Finding(msg)


def is_multilabel(estimator: Any) -> bool:
    """Whether each row has several labels."""
    return getattr(estimator, "n_outputs_", 1) > 1 and (
        getattr(estimator, "out_activation_", "") == "logistic"
    )


def check_documented(error: Exception) -> None:
    """Raise Finding unless slimline or scikit-learn has said what is wrong."""
    frames = traceback.extract_tb(error.__traceback__)
    text = str(error)
    if PRIVATE.search(text):
        msg = f"a private error: {text.splitlines()[0]:.200}"
        raise Finding(msg) from error
    if not RAISERS.search(frames[-1].filename):
        msg = f"an error of {frames[-1].filename}: {text:.200}"
        raise Finding(msg) from error
    if not text:
        msg = "an error without a word"
        raise Finding(msg) from error


def check_finite(estimator: Any) -> None:
    """Raise Finding where something learned is not finite."""
    for name, value in vars(estimator).items():
        if not name.endswith("_") or name.startswith(("_", "best_")):
            continue
        for part in value if isinstance(value, list) else [value]:
            values = np.asarray(part)
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                msg = f"{name} is not finite"
                raise Finding(msg)


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """End what takes too long; keep quiet what warns or prints."""

    def too_long(*_: object) -> None:
        msg = f"not done after {MOST_SECONDS:g} CPU seconds"
        raise Finding(msg)

    before = signal.signal(signal.SIGPROF, too_long)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def outcome(number: int, seed: int = SEED) -> str:
    """Run the case of a number; "learned" or "refused", or raise Finding."""
    with watched():
        case = make_case(number, seed)
        try:
            return run(case)
        except Finding:
            raise
        except Exception as error:
            msg = f"{type(error).__name__}: {error!s:.200}"
            raise Finding(msg) from error


def describe(case: Case) -> str:
    """Return what a case is, for people."""
    lines = [f"{case.estimator}.{case.method}"]
    for given in case.rounds:
        lines += [
            f"  {name}: {type(value).__name__} {value!r:.300}" for name, value in given.items()
        ]
    return "\n".join(lines)


def keep(folder: Path, number: int, seed: int, finding: Finding) -> None:
    """Write a finding with its input."""
    folder.mkdir(parents=True, exist_ok=True)
    case = make_case(number, seed)
    (folder / f"{number}.txt").write_text(f"{finding}\n{describe(case)}\n", encoding="utf-8")
    with contextlib.suppress(Exception):
        (folder / f"{number}.pickle").write_bytes(pickle.dumps(case.rounds))


def main(arguments: list[str] | None = None) -> int:
    """Run cases until there are enough or time is up; 1 where there was a finding."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--only", type=int, help="run this case alone, and show what it is")
    parser.add_argument("--keep", type=Path, default=Path("fuzz_fits_findings"))
    chosen = parser.parse_args(arguments)
    if chosen.only is not None:
        sys.stdout.write(describe(make_case(chosen.only, chosen.seed)) + "\n")
        sys.stdout.write(outcome(chosen.only, chosen.seed) + "\n")
        return 0
    counts = {"learned": 0, "refused": 0, "findings": 0}
    start = time.monotonic()
    for number in range(chosen.first, chosen.first + chosen.cases):
        if time.monotonic() - start > chosen.seconds:
            break
        try:
            counts[outcome(number, chosen.seed)] += 1
        except Finding as finding:
            counts["findings"] += 1
            keep(chosen.keep, number, chosen.seed, finding)
            sys.stdout.write(f"case {number}: {finding}\n")
    numbers = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    total = sum(counts.values())
    sys.stdout.write(f"fuzz_fits: {total:,} cases, {numbers}, seed {chosen.seed}\n")
    return 1 if counts["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
