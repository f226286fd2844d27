"""The problems to solve: seven real data sets, their regularised objectives and the optima.

Dense columns are standardised by the training rows, texts are sublinear tf-idf, a9a stays as it
is. The objective is the mean loss plus alpha/2 |W|^2, with the intercept free, of coef_ and
intercept_ as the library returns them, computed here in float64.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize, sparse, special
from sklearn.feature_extraction.text import TfidfTransformer
from slimline.estimators import LinearSVC, SGDClassifier

DATA = Path(os.environ.get("SLIMLINE_DATA", Path(__file__).parents[3] / "shared" / "data"))
CACHE = Path(tempfile.gettempdir()) / "slimline-optima"
NAMES = ("a9a", "adult", "magic", "flights", "newsgroups20", "movie_snippets", "fashion_mnist")


def load(name: str) -> tuple[Any, np.ndarray, Any, np.ndarray]:
    """Return X_train, y_train, X_test, y_test of a set, prepared, in float32."""
    path = DATA / f"{name}.npz"
    if not path.is_file():
        msg = f"no data set {name}: {path} is missing; set SLIMLINE_DATA to its folder"
        raise SystemExit(msg)
    z = np.load(path, allow_pickle=False)
    n, y = int(z["n_train"]), z["y"]
    if str(z["kind"]) == "dense":
        X = z["X"].astype(np.float64)
        scale = X[:n].std(axis=0)
        X = ((X - X[:n].mean(axis=0)) / np.where(scale > 0, scale, 1)).astype(np.float32)
        return X[:n], y[:n], X[n:], y[n:]
    parts = (z["data"].astype(np.float32), z["indices"], z["indptr"])
    X = sparse.csr_matrix(parts, tuple(z["shape"]))
    if name == "a9a":
        return X[:n], y[:n], X[n:], y[n:]
    idf = TfidfTransformer(sublinear_tf=True).fit(X[:n])
    X, X_test = (
        sparse.csr_matrix(idf.transform(part), dtype=np.float32) for part in (X[:n], X[n:])
    )
    return X, y[:n], X_test, y[n:]


@dataclass(frozen=True)
class Problem:
    """A data set with the loss ("log_loss", multinomial for many classes, or "hinge") and alpha."""

    name: str
    loss: str
    alpha: float
    X: Any
    y: np.ndarray

    @property
    def n_outputs(self) -> int:
        """Return 1 for two classes, else their number."""
        n_classes = int(self.y.max()) + 1
        return 1 if n_classes == 2 else n_classes

    @property
    def multinomial(self) -> bool:
        """Say whether the loss is the one of softmax."""
        return self.loss == "log_loss" and self.n_outputs > 1

    def objective(self, coef: np.ndarray, intercept: np.ndarray) -> float:
        """Return the objective of a model."""
        theta = np.concatenate([np.ravel(coef), np.ravel(intercept)]).astype(np.float64)
        return _objective_and_gradient(theta, self)[0]

    def optimum(self) -> float:
        """Return the least objective, or for hinge a bound below it; kept in a temporary folder."""
        key = hashlib.sha256(f"{self.X.shape}{self.X.sum()!r}{self.y.sum()}".encode()).hexdigest()
        path = CACHE / f"{self.name}-{self.loss}-{self.alpha:g}-{key[:8]}.npy"
        if not path.is_file():
            CACHE.mkdir(exist_ok=True)
            found = _hinge_bound(self) if self.loss == "hinge" else _smooth_optimum(self)
            np.save(path, found)
        return float(np.load(path))


def _objective_and_gradient(theta: np.ndarray, p: Problem) -> tuple[float, np.ndarray]:
    n, d = p.X.shape
    W, b = theta[: -p.n_outputs].reshape(p.n_outputs, d), theta[-p.n_outputs :]
    Z = np.asarray(p.X @ W.T) + b
    if p.multinomial:
        Z -= Z.max(axis=1, keepdims=True)
        rows = np.arange(n)
        total = np.exp(Z).sum(axis=1, keepdims=True)
        loss = (np.log(total[:, 0]) - Z[rows, p.y]).mean()
        R = np.exp(Z) / total
        R[rows, p.y] -= 1
    else:
        classes = np.arange(p.n_outputs) if p.n_outputs > 1 else np.ones(1)
        signs = np.where(p.y[:, None] == classes, 1.0, -1.0)
        margins = signs * Z
        if p.loss == "hinge":
            loss = np.maximum(0, 1 - margins).mean(axis=0).sum()
            R = -signs * (margins < 1)
        else:
            loss = np.logaddexp(0, -margins).mean()
            R = -signs * np.exp(-np.logaddexp(0, margins))
    gradient = np.concatenate([(np.asarray(p.X.T @ R).T / n + p.alpha * W).ravel(), R.mean(axis=0)])
    return float(loss + p.alpha / 2 * (W * W).sum()), gradient


def _smooth_optimum(p: Problem) -> float:
    """Minimise by L-BFGS, with few columns in coordinates in which the Hessian is nearly 1.

    Taken for it are X'X/(4 n) + alpha and, with softmax, which would take hours so, its blocks at
    slimline's weights, where L-BFGS then starts; again and again as long as that brings anything.
    """
    n, d = p.X.shape
    X = sparse.csr_matrix(p.X, dtype=np.float64) if sparse.issparse(p.X) else p.X.astype(np.float64)
    exact = Problem(p.name, p.loss, p.alpha, X, p.y)
    theta = np.zeros(p.n_outputs * (d + 1))
    if d > 1000:
        return _minimise(theta, exact, [np.eye(1)])[1]
    if not p.multinomial:
        H = (X.T @ X) / (4 * n)
        return _minimise(theta, exact, [_whiten(H.toarray() if sparse.issparse(H) else H, p)])[1]
    model = SGDClassifier(
        loss="multinomial", alpha=p.alpha, learning_rate="auto", tol=1e-4, random_state=0
    ).fit(p.X, p.y)
    theta = np.concatenate([model.coef_.ravel(), model.intercept_]).astype(np.float64)
    before, value = np.inf, _objective_and_gradient(theta, exact)[0]
    while before - value > 1e-6 * value:
        before = value
        theta, value = _minimise(theta, exact, _hessian_blocks(theta, exact), 400)
    return value


def _whiten(H: np.ndarray, p: Problem) -> np.ndarray:
    return np.linalg.inv(np.linalg.cholesky(H + max(p.alpha, 1e-7) * np.eye(len(H))))


def _hessian_blocks(theta: np.ndarray, p: Problem) -> list[np.ndarray]:
    """Return the matrix that whitens each output's block of the Hessian of softmax, nearly."""
    n, d = p.X.shape
    Z = p.X @ theta[: -p.n_outputs].reshape(-1, d).T + theta[-p.n_outputs :]
    P = special.softmax(Z, axis=1)
    result = []
    for c in range(p.n_outputs):
        h = P[:, c] * (1 - P[:, c])
        X = p.X[h > 1e-4] * np.sqrt(h[h > 1e-4, None])
        result.append(_whiten(X.T @ X / n, p))
    return result


def _minimise(
    theta: np.ndarray, p: Problem, whiten: list[np.ndarray], max_iter: int = 20_000
) -> tuple[np.ndarray, float]:
    back = [M.T for M in whiten]

    def function(theta: np.ndarray) -> tuple[float, np.ndarray]:
        f, g = _objective_and_gradient(_mix(theta, whiten, p.n_outputs), p)
        return f, _mix(g, back, p.n_outputs)

    options = {"maxiter": max_iter, "maxfun": 40_000, "ftol": 1e-14, "gtol": 1e-10, "maxcor": 30}
    start = _mix(theta, [np.linalg.inv(M) for M in whiten], p.n_outputs)
    found = optimize.minimize(function, start, jac=True, method="L-BFGS-B", options=options)
    return _mix(found.x, whiten, p.n_outputs), float(found.fun)


def _mix(theta: np.ndarray, matrices: list[np.ndarray], n_outputs: int) -> np.ndarray:
    """Return theta, each output's coefficients times its matrix or the only one; [[1]]: as is."""
    if len(matrices[0]) == 1:
        return theta
    W = theta[:-n_outputs].reshape(n_outputs, -1)
    mixed = [w @ matrices[c % len(matrices)] for c, w in enumerate(W)]
    return np.concatenate([*mixed, theta[-n_outputs:]])


def _hinge_bound(p: Problem) -> float:
    """Return the sum over the outputs of the certified dual objectives of the exact linear SVM."""
    n = p.X.shape[0]
    model = LinearSVC(loss="hinge", C=1 / (p.alpha * n), tol=1e-4, max_iter=100_000).fit(p.X, p.y)
    return float(np.sum(model.dual_objective_)) * p.alpha
