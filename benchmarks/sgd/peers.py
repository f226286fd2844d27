"""The libraries that train linear models, each with a ladder of settings from rough to exact.

A peer is a function of (problem, threads) that returns an Effort: fit(level) trains and returns
coef, intercept; levels are the iterations, epochs or tolerances to try. Every library gets the same
float32 arrays and what it prepares from them once (tensors, text files) is not timed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import slimline as sl
from problems import Problem
from scipy import sparse
from sklearn import linear_model, svm

Fit = Callable[[float], tuple[np.ndarray, np.ndarray]]
ITERATIONS = (5, 7, 10, 14, 20, 28, 40, 56, 80, 113, 160, 226, 320, 453, 640, 905, 1280, 2560, 5120)
EPOCHS = (1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200)
VW_CONSTANT = 11650396  # where VW keeps the intercept
TOLERANCES = (1e-2, 6e-3, 3e-3, 2e-3, 1e-3, 6e-4, 3e-4, 1e-4, 1e-5, 1e-6, 1e-7)


@dataclass(frozen=True)
class Effort:
    """How to spend more and more on a problem."""

    fit: Fit
    levels: tuple[float, ...]


def _result(model: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.atleast_2d(np.asarray(model.coef_)), np.ravel(np.asarray(model.intercept_))


def slimline(p: Problem, threads: int) -> Effort | None:
    """SGDClassifier with learning_rate="auto", from a rough to an exact tol."""
    loss = "multinomial" if p.multinomial else p.loss

    def fit(level: float) -> tuple[np.ndarray, np.ndarray]:
        options = {"loss": loss, "alpha": p.alpha, "tol": level, "n_jobs": threads}
        model = sl.SGDClassifier(learning_rate="auto", random_state=0, **options)
        return _result(model.fit(p.X, p.y))

    return Effort(fit, TOLERANCES)


def _logistic_regression(solver: str) -> Callable[[Problem, int], Effort | None]:
    def peer(p: Problem, _threads: int) -> Effort | None:
        cholesky = solver == "newton-cholesky"
        if p.loss != "log_loss" or (cholesky and p.X.shape[1] * p.n_outputs > 3000):
            return None  # its Hessian has the square of that many entries

        def fit(level: float) -> tuple[np.ndarray, np.ndarray]:
            options = {"C": 1 / (p.alpha * p.X.shape[0]), "solver": solver, "tol": 1e-10}
            model = linear_model.LogisticRegression(max_iter=int(level), random_state=0, **options)
            return _result(model.fit(p.X, p.y))

        return Effort(fit, tuple(range(1, 31)) if cholesky else ITERATIONS)

    return peer


def sklearn_sgd(p: Problem, _threads: int) -> Effort | None:
    """SGDClassifier with its default schedule, stopped by its own rule; then with more epochs."""
    if p.multinomial:
        return None

    def fit(level: float) -> tuple[np.ndarray, np.ndarray]:
        options = {"loss": p.loss, "alpha": p.alpha, "random_state": 0}
        stop = {"max_iter": int(level), "tol": None} if level else {"max_iter": 1000}
        return _result(linear_model.SGDClassifier(**options, **stop).fit(p.X, p.y))

    return Effort(fit, (0, 10, 20, 50, 100, 200, 500))


def linear_svc(p: Problem, _threads: int) -> Effort | None:
    """LIBLINEAR's dual coordinate descent."""
    if p.loss != "hinge":
        return None

    def fit(level: float) -> tuple[np.ndarray, np.ndarray]:
        options = {"C": 1 / (p.alpha * p.X.shape[0]), "loss": "hinge", "tol": 1e-10}
        model = svm.LinearSVC(max_iter=int(level), random_state=0, **options)
        return _result(model.fit(p.X, p.y))

    return Effort(fit, EPOCHS + ITERATIONS[-6:])


def snap(p: Problem, threads: int) -> Effort | None:
    """Snap ML's dual coordinate descent."""
    if p.multinomial:
        return None
    from snapml import LogisticRegression, SupportVectorMachine  # noqa: PLC0415 - slow to import

    estimator = SupportVectorMachine if p.loss == "hinge" else LogisticRegression
    extra = {"loss": "hinge"} if p.loss == "hinge" else {"dual": True}

    def fit(level: float) -> tuple[np.ndarray, np.ndarray]:
        options = {"regularizer": p.alpha * p.X.shape[0], "fit_intercept": True, "tol": 1e-12}
        model = estimator(max_iter=int(level), n_jobs=threads, random_state=0, **options, **extra)
        model.fit(p.X, p.y)
        return _result(model)

    return Effort(fit, EPOCHS + ITERATIONS[-6:])


def torch_sgd(rate: float) -> Callable[[Problem, int], Effort | None]:
    """Batches of 1024, momentum 0.9, a rate that falls linearly to zero."""

    def peer(p: Problem, threads: int) -> Effort | None:
        if p.loss != "log_loss" or p.X.shape[1] > 2000:
            return None  # dense only
        import torch  # noqa: PLC0415 - slow to import

        torch.set_num_threads(threads)
        X = torch.from_numpy(p.X.toarray() if sparse.issparse(p.X) else np.array(p.X))
        y = torch.from_numpy(p.y.astype(np.int64 if p.multinomial else np.float32))
        loss = torch.nn.functional.cross_entropy if p.multinomial else _binary

        def fit(level: float) -> tuple[np.ndarray, np.ndarray]:
            torch.manual_seed(0)
            model = torch.nn.Linear(X.shape[1], p.n_outputs)
            torch.nn.init.zeros_(model.weight)
            torch.nn.init.zeros_(model.bias)
            groups = [
                {"params": [model.weight], "weight_decay": p.alpha},
                {"params": [model.bias], "weight_decay": 0.0},
            ]
            steps = int(level) * -(-len(X) // 1024)
            optimizer = torch.optim.SGD(groups, lr=rate, momentum=0.9)
            schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.001, steps)
            for _ in range(int(level)):
                for rows in torch.randperm(len(X)).split(1024):
                    optimizer.zero_grad(set_to_none=True)
                    loss(model(X[rows]), y[rows]).backward()
                    optimizer.step()
                    schedule.step()
            return model.weight.detach().numpy().copy(), model.bias.detach().numpy().copy()

        return Effort(fit, EPOCHS)

    return peer


def _binary(scores: Any, y: Any) -> Any:
    from torch.nn.functional import binary_cross_entropy_with_logits  # noqa: PLC0415

    return binary_cross_entropy_with_logits(scores[:, 0], y)


def vowpal(kind: str) -> Callable[[Problem, int], Effort | None]:
    """VW over its cache of the text file: "adaptive" (its default SGD) or "bfgs"."""

    def peer(p: Problem, _threads: int) -> Effort | None:
        if p.n_outputs > 1 or (p.loss == "hinge" and kind == "bfgs"):
            return None  # no softmax; no gradient
        from vowpalwabbit import Workspace  # noqa: PLC0415 - slow to import

        folder = Path(tempfile.mkdtemp(prefix="slimline-vw-"))
        _write_vw(folder / "train", p)
        loss = "logistic" if p.loss == "log_loss" else "hinge"
        l2 = p.alpha * p.X.shape[0] if kind == "bfgs" else p.alpha
        mode = "--bfgs --termination 1e-12 --predict_only_model" if kind == "bfgs" else ""
        common = f"-d {folder}/train --cache_file {folder}/cache --holdout_off --quiet -b 18"

        def fit(level: float) -> tuple[np.ndarray, np.ndarray]:
            options = f"{common} {mode} --loss_function {loss} --l2 {l2} --passes {int(level)}"
            Workspace(f"{options} -f {folder}/model").finish()  # saving applies the pending l2
            vw = Workspace(f"-i {folder}/model -t --quiet --predict_only_model")
            w = np.array([vw.get_weight(j) for j in range(p.X.shape[1])])
            b = np.array([vw.get_weight(VW_CONSTANT)])
            vw.finish()
            return w[None], b

        return Effort(fit, ITERATIONS if kind == "bfgs" else EPOCHS)

    return peer


def _write_vw(path: Path, p: Problem) -> None:
    X = sparse.csr_matrix(p.X)
    with path.open("w", encoding="ascii") as file:
        for i, label in enumerate(p.y):
            row = slice(X.indptr[i], X.indptr[i + 1])
            pairs = zip(X.indices[row].tolist(), X.data[row].tolist(), strict=True)
            file.write(f"{1 if label else -1} | " + " ".join(f"{j}:{v:.6g}" for j, v in pairs))
            file.write("\n")


PEERS: dict[str, Callable[[Problem, int], Effort | None]] = {
    "lbfgs": _logistic_regression("lbfgs"),
    "saga": _logistic_regression("saga"),
    "newton-cholesky": _logistic_regression("newton-cholesky"),
    "LinearSVC": linear_svc,
    "Snap ML": snap,
    "torch 0.02": torch_sgd(0.02),
    "torch 0.1": torch_sgd(0.1),
    "torch 0.5": torch_sgd(0.5),
    "VW": vowpal("adaptive"),
    "VW bfgs": vowpal("bfgs"),
    "sklearn SGD": sklearn_sgd,
}
