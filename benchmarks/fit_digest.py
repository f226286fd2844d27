"""A digest of 200 fits and of what every file of the corpus predicts, to compare two builds by.

Run from the project's folder, on one machine, before and after a change that must change no bit::

    python benchmarks/fit_digest.py write before.json
    python benchmarks/fit_digest.py compare before.json

Each case has the sha256 of everything that was learned. Where a case differs, its name is printed,
and the exit code is 1. Bits belong to a machine: its instruction set is part of the file.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import slimline as sl
from scipy import sparse
from slimline import _core

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
CLASSIFYING = ("hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron")
REGRESSING = ("squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive")
SCHEDULES = ("optimal", "invscaling", "adaptive", "auto")


def data(kind: str, dtype: str, n_classes: int) -> tuple[Any, Any]:
    """Return rows, dense or CSR, and labels, or targets for no classes."""
    random = np.random.default_rng(7)
    X = random.standard_normal((240, 12)).astype(dtype)
    X[random.random(X.shape) < (0.8 if kind == "csr" else 0.2)] = 0
    scores = X @ random.standard_normal((12, max(1, n_classes))) + 0.3
    y = scores.argmax(axis=1) if n_classes > 2 else scores[:, 0]
    if n_classes == 2:
        y = (y > 0).astype(int)
    return (sparse.csr_matrix(X) if kind == "csr" else X), y


def estimators() -> Iterator[tuple[str, Any, int]]:
    """Yield name, estimator and number of classes."""
    for loss, schedule, penalty in itertools.product(CLASSIFYING, SCHEDULES, ("l2", "l1")):
        if penalty == "l1" and schedule != "optimal":
            continue
        arguments = {"loss": loss, "learning_rate": schedule, "penalty": penalty, "eta0": 0.01}
        yield f"sgd-{loss}-{schedule}-{penalty}", sl.SGDClassifier(random_state=1, **arguments), 3
    for loss, schedule in itertools.product(REGRESSING, ("invscaling", "auto")):
        arguments = {"loss": loss, "learning_rate": schedule, "eta0": 0.01}
        yield f"sgd-{loss}-{schedule}", sl.SGDRegressor(random_state=1, **arguments), 0
    yield "sgd-average", sl.SGDClassifier(random_state=1, average=True, batch_size=16), 2
    yield "sgd-batches", sl.SGDRegressor(random_state=1, batch_size=32, adaptive_scale=True), 0
    yield "sgd-elasticnet", sl.SGDClassifier(random_state=1, penalty="elasticnet"), 3
    yield "sgd-balanced", sl.SGDClassifier(random_state=1, class_weight="balanced"), 3
    yield "sgd-early", sl.SGDRegressor(random_state=1, early_stopping=True), 0
    yield "sgd-multinomial", sl.SGDClassifier(loss="multinomial", learning_rate="auto"), 3
    for loss, solver in itertools.product(("hinge", "squared_hinge"), ("newton", "smo", "dcd")):
        if solver == "smo" and loss == "squared_hinge":
            continue
        yield f"svc-{loss}-{solver}", sl.LinearSVC(loss=loss, solver=solver, C=0.5), 3
    yield "svc-ovo", sl.LinearSVC(multi_class="ovo"), 3
    for loss in ("epsilon_insensitive", "squared_epsilon_insensitive"):
        yield f"svr-{loss}", sl.LinearSVR(loss=loss, C=0.5), 0
    for solver in ("adam", "sgd"):
        small = {"hidden_layer_sizes": (7,), "solver": solver, "max_iter": 5, "random_state": 0}
        yield f"mlp-{solver}", sl.MLPClassifier(**small), 3
        yield f"mlp-{solver}-regressor", sl.MLPRegressor(**small), 0


def learned(estimator: Any) -> str:
    """Return the sha256 of the arrays that were learned, in the order of their names."""
    sha256 = hashlib.sha256()
    for name, value in sorted(vars(estimator).items()):
        if not name.endswith("_") or name.startswith("_"):
            continue
        for part in value if isinstance(value, list | tuple) else [value]:
            if isinstance(part, np.ndarray) and part.dtype.kind in "fiu":
                sha256.update(name.encode() + part.tobytes())
    return sha256.hexdigest()


def fits() -> Iterator[tuple[str, str]]:
    """Yield name and digest of each fit."""
    for name, estimator, n_classes in estimators():
        for kind, dtype in (("dense", "float32"), ("csr", "float64"), ("dense", "float64")):
            if kind == "csr" and getattr(estimator, "solver", None) == "smo":
                continue
            for n_jobs in (1, 2) if dtype == "float32" and hasattr(estimator, "n_jobs") else (1,):
                if hasattr(estimator, "n_jobs"):
                    estimator.n_jobs = n_jobs
                estimator.fit(*data(kind, dtype, n_classes))
                yield f"{name}-{kind}-{dtype}-{n_jobs}", learned(estimator)


def corpus() -> Iterator[tuple[str, str]]:
    """Yield name and digest of what each file of the corpus predicts, where it is a model."""
    for path in sorted(CORPUS.glob("v*/*.slim")):
        try:
            model = sl.load(path)
        except sl.FormatError:
            continue
        X = np.linspace(-2, 2, 5 * model.input.n_features, dtype=np.float32)
        outputs = model.outputs(X.reshape(5, -1))
        yield f"corpus-{path.parent.name}-{path.stem}", hashlib.sha256(outputs).hexdigest()


def digest() -> dict[str, str]:
    """Return the digests of all cases by name."""
    warnings.simplefilter("ignore")
    return dict(itertools.chain(fits(), corpus()))


def main() -> int:
    """Write or compare, as the command line says."""
    action, path = sys.argv[1], Path(sys.argv[2])
    found = {"isa": _core.active_isa(), "cases": digest()}
    if action == "write":
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="ascii")
        print(f"{len(found['cases'])} cases")
        return 0
    before = json.loads(path.read_text(encoding="ascii"))
    if before["isa"] != found["isa"]:
        print(f"another instruction set: {before['isa']}, now {found['isa']}")
        return 1
    cases = before["cases"]
    different = [name for name, sha256 in cases.items() if found["cases"].get(name) != sha256]
    print(*different, f"{len(cases) - len(different)} of {len(cases)} cases are equal", sep="\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
