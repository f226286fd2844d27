"""A slow, certified optimum of any problem of the linear learners, in float64 and wider.

Minimises ``sum_i c_i loss(p_i) + l1 |w|_1 + l2/2 |w|^2``, ``p = X w + b``, b not penalised, on
centred and scaled columns: Newton's method on the objective with its kinks rounded off by a
logarithmic barrier, which falls to nothing (Boyd & Vandenberghe, "Convex Optimization", 2004,
section 11.3). What it finds is trusted for its certificate alone: a dual point whose value is a
lower bound of the objective. Where a column has no l2 penalty, the bound holds for coefficients of
up to ``_FAR`` times those found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from estimators.reference_losses import Residual
from scipy import linalg

Array = Any

_FAR = 1e3  # in units of the largest coefficient found, on scaled columns
_FALL = 0.03  # of the barrier from one stage to the next
_LEAST = 1e-11  # barriers of the last stage, in units of the objective of the zero model
_STEPS = 80  # of Newton's method, in a stage
_DECREMENT = 1e-4  # at which a stage ends, in units of what its barrier adds to the objective
_RIDGES = (1e-15, 1e-13, 1e-11, 1e-9, 1e-6)
_NOTHING = 1e-14  # likewise, of the objective, where there is no barrier


@dataclass(frozen=True)
class Reference:
    """One problem: X (n, d), a loss for K outputs, costs c > 0, penalties and how b is fitted."""

    X: Array
    loss: Any
    cost: Array  # (n,)
    l1: Any = 0.0  # one number, or one a column
    l2: Any = 0.0
    fit_intercept: bool = True

    def objective(self, coef: Array, intercept: Array) -> float:
        """Evaluate at coef (K, d) and intercept (K,), in long double."""
        W = np.asarray(coef, dtype=np.longdouble)
        P = self.X.astype(np.longdouble) @ W.T + np.asarray(intercept, dtype=np.longdouble)
        penalty = (self.l1 * np.abs(W)).sum() + (self.l2 * W * W).sum() / 2
        return float(self.cost @ self.loss.values(P) + penalty)


@dataclass(frozen=True)
class Optimum:
    """The least objective lies between lower and upper, which is that of coef and intercept."""

    lower: float
    upper: float
    coef: Array  # (K, d)
    intercept: Array  # (K,)
    zero: float  # objective of the zero model with the best intercept

    @property
    def scale(self) -> float:
        """What tolerances are relative to."""
        return max(self.upper, self.zero / 100)

    @property
    def gap(self) -> float:
        return (self.upper - self.lower) / self.scale if self.scale > 0 else 0.0


def optimum(problem: Reference, n_outputs: int = 1, gap: float = 1e-6) -> Optimum:
    """Return the certified optimum of a problem with n_outputs coupled outputs.

    Works in float64, and where that does not lead to a relative gap of ``gap``, in long double.
    """
    with np.errstate(all="ignore"):  # a point that is not finite certifies nothing
        found = _optimum(problem, n_outputs, gap, np.dtype(float))
        if found.gap <= gap:
            return found
        return _optimum(problem, n_outputs, gap, np.dtype(np.longdouble))


def _optimum(problem: Reference, n_outputs: int, gap: float, dtype: Any) -> Optimum:
    used = problem.cost > 0
    X = problem.X[used].astype(np.longdouble)
    cost = problem.cost[used].astype(float)
    share = (cost / cost.sum()).astype(np.longdouble)
    flat = (X[:1] == X).all(axis=0) if problem.fit_intercept else (X == 0).all(axis=0)
    centre = share @ X if problem.fit_intercept else np.zeros(X.shape[1], dtype=np.longdouble)
    scale = np.where(flat, 1, np.sqrt(share @ (X - centre) ** 2))
    Z = np.where(flat, 0, (X - centre) / scale)
    loss, mean = _rows(problem.loss, used), 0.0
    if problem.fit_intercept:
        loss, mean = _centred(loss, share)
    scaled = _Scaled(
        np.column_stack([Z, np.ones(len(Z))]).astype(dtype),
        loss,
        cost,
        _widened(problem.l1 / scale, X.shape[1]),
        _widened(problem.l2 / scale**2, X.shape[1]),
        problem.fit_intercept,
        n_outputs,
    )
    none = np.zeros(1)
    empty = replace(scaled, Z=np.ones((len(Z), 1), dtype=dtype), l1=none, l2=none)
    theta = np.zeros((scaled.Z.shape[1], n_outputs), dtype=dtype)
    zero = empty.value(theta[-1:])
    if problem.fit_intercept:
        theta[-1], zero, _ = empty.solve(theta[-1:], zero, gap)
    best, upper, lower = scaled.solve(theta, zero, gap)
    coef = (best[:-1] / scale[:, None]).T
    intercept = best[-1] + mean - centre @ (best[:-1] / scale[:, None])
    return Optimum(lower, upper, coef.astype(float), intercept.astype(float), zero)


def _rows(loss: Any, used: Array) -> Any:
    name = "own" if hasattr(loss, "own") else "y"
    return replace(loss, **{name: getattr(loss, name)[used]})


def _centred(loss: Any, share: Array) -> tuple[Any, Any]:
    """Targets that are numbers with their mean taken from them, and the mean."""
    if not isinstance(loss, Residual):
        return loss, 0.0
    mean = share @ loss.y.astype(np.longdouble)
    return replace(loss, y=(loss.y - mean).astype(float)), mean


def _widened(penalty: Array, n: int) -> Array:
    """One number a column, and 0 for the intercept."""
    return np.append(np.broadcast_to(np.asarray(penalty, dtype=float), n), 0.0)


@dataclass(frozen=True)
class _Scaled:
    """The problem on scaled columns Z, of which the last is 1; theta is (d + 1, K)."""

    Z: Array
    loss: Any
    cost: Array
    l1: Array  # (d + 1)
    l2: Array
    fit_intercept: bool
    n_outputs: int

    def value(self, theta: Array) -> float:
        theta = theta.astype(np.longdouble)
        P = self.Z.astype(np.longdouble) @ theta
        penalty = self.l1 @ np.abs(theta).sum(axis=1) + self.l2 @ (theta**2).sum(axis=1) / 2
        return float(self.cost @ self.loss.values(P) + penalty)

    def solve(self, theta: Array, zero: float, gap: float) -> tuple[Array, float, float]:
        """Return the best point of ever sharper objectives, its objective and a lower bound."""
        best, upper, lower = theta, self.value(theta), 0.0  # no objective of ours is below 0
        kinks = len(self.cost) * self.loss.kinked + self.n_outputs * np.count_nonzero(self.l1)
        mu = zero / max(kinks, 1)
        while upper - lower > gap * max(upper, zero / 100) and mu * max(kinks, 1) > _LEAST * zero:
            mu *= _FALL
            theta = self.minimise(theta, mu, gap * zero / 100)
            value = self.value(theta)
            best, upper = (theta, value) if value < upper else (best, upper)
            lower = max(lower, self.bound(theta, mu))
        return best, upper, lower

    def minimise(self, theta: Array, mu: float, nothing: float) -> Array:
        for _ in range(_STEPS):
            if self.value(theta) <= nothing:  # as of rows that a plane separates
                break
            gradient, hessian = self.derivatives(theta, mu)
            step = -_solve(hessian, gradient.ravel()).reshape(theta.shape)
            decrement = -(gradient * step).sum()
            enough = _NOTHING * self.value(theta)
            if self.loss.kinked or self.l1.any():
                enough = max(enough, _DECREMENT * mu)
            if not decrement > enough:
                break
            theta = theta + self.length(theta, step, mu) * step
        return theta

    def derivatives(self, theta: Array, mu: float) -> tuple[Array, Array]:
        """Return gradient (d + 1, K) and Hessian of the rounded objective."""
        A, h = self.loss.rounded(self.Z @ theta, mu / self.cost)
        gradient = self.Z.T @ (self.cost[:, None] * A) + self.l2[:, None] * theta
        size, K = theta.shape
        hessian = np.zeros((size, K, size, K), dtype=theta.dtype)
        for k in range(K):
            for m in range(K):
                hessian[:, k, :, m] = self.Z.T @ ((self.cost * h[:, k, m])[:, None] * self.Z)
        slope, bend = self._norm(theta, mu)
        j = np.arange(size)
        for k in range(K):
            hessian[j, k, j, k] += self.l2 + bend[:, k]
        if not self.fit_intercept:
            gradient[-1] = 0
            hessian[-1] = 0
            hessian[:, :, -1] = 0
            hessian[-1, :, -1] = np.eye(K)
        return gradient + slope, hessian.reshape(size * K, size * K)

    def _norm(self, theta: Array, mu: float) -> tuple[Array, Array]:
        """Derivatives of min over t of ``l1 t - mu log(t - w) - mu log(t + w)``."""
        l1 = self.l1[:, None]
        q = l1 * theta / mu
        root = np.hypot(1, q)
        return l1 * q / (1 + root), l1 * l1 / mu / (root * (1 + root))

    def length(self, theta: Array, step: Array, mu: float) -> float:
        """Where the slope along the step has risen to a small part of what it was, or near."""

        def slope(t: float) -> float:
            at = theta + t * step
            A, _ = self.loss.rounded(self.Z @ at, mu / self.cost)
            data = ((self.cost[:, None] * A) * (self.Z @ step)).sum()
            norm, _ = self._norm(at, mu)
            return float(data + ((self.l2[:, None] * at + norm) * step).sum())

        first = -slope(0)
        low, high = 0.0, 1.0
        while slope(high) < -0.5 * first and high < 2**20:
            low, high = high, 2 * high
        for _ in range(60):
            t = high if low == 0 and high <= 1 else (low + high) / 2
            now = slope(t)
            if abs(now) <= 0.3 * first:
                return t
            low, high = (t, high) if now < 0 else (low, t if low > 0 else t / 2)
        return low if low > 0 else high

    def bound(self, theta: Array, mu: float) -> float:
        """Return a lower bound: the best of some dual points."""
        A, h = self.loss.rounded(self.Z @ theta, mu / self.cost)
        A = self.loss.clip(A)
        duals = [self._dual(A, theta)]
        for most in (0.9, 0.0) if self.l1.any() else (0.0,):
            B = A
            for _ in range(3):
                B = self.loss.clip(self._corrected(B, h, theta, mu, most))
                duals.append(self._dual(B, theta))
        return max(duals)

    def _corrected(self, A: Array, h: Array, theta: Array, mu: float, most: float) -> Array:
        """Move A as little as the curvature says for Z' (c A) to be minus the slope of the penalty.

        Where that is below ``most`` of the l1 norm's, Z' (c A) may become anything.
        """
        slope = self._norm(theta, mu)[0]
        free = np.abs(slope) < most * self.l1[:, None]
        if not self.fit_intercept:
            free[-1] = True
        rest = -(self.l2[:, None] * theta + slope) - self.Z.T @ (self.cost[:, None] * A)
        weighted = np.einsum("nkm,nj->nkjm", h, self.Z) * self.cost[:, None, None, None]
        gram = np.einsum("nl,nkjm->lkjm", self.Z, weighted).reshape(rest.size, rest.size)
        used = np.flatnonzero(~free.ravel())
        v = np.zeros(rest.size, dtype=A.dtype)
        v[used] = _solve(gram[np.ix_(used, used)], rest.ravel()[used])
        return A + np.einsum("nkm,nm->nk", h, self.Z @ v.reshape(rest.shape))

    def _dual(self, A: Array, theta: Array) -> float:
        """Return the dual objective at A, shrunk where that makes it feasible."""
        z = self.Z.astype(np.longdouble).T @ (self.cost[:, None] * A.astype(np.longdouble))
        if not self.fit_intercept:
            z[-1] = 0
        only = (self.l1 > 0) & (self.l2 == 0)
        most = (np.abs(z[only]) / self.l1[only, None]).max(initial=0)
        factors = {1.0, min(1.0, float(1 / most)) if most > 0 else 1.0}
        return max(self._dual_at(f * A, f * z, theta) for f in factors)

    def _dual_at(self, A: Array, z: Array, theta: Array) -> float:
        over = np.maximum(np.abs(z) - self.l1[:, None], 0)
        size = max(np.abs(theta[:-1]).max(initial=0), self._unit())
        far = np.append(
            np.full(len(theta) - 1, _FAR * size), _FAR * (size + np.abs(theta[-1]).max())
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            square = np.where(self.l2[:, None] > 0, over * over / (2 * self.l2[:, None]), np.inf)
        penalty = np.minimum(square, far[:, None] * over).sum()
        return float(-(self.cost @ self.loss.conjugate(A)) - penalty)

    def _unit(self) -> float:
        """The size of what is predicted."""
        y = getattr(self.loss, "y", np.ones(1))
        return float(np.abs(y - np.median(y)).mean()) if len(np.unique(y)) > 2 else 1.0


def _solve(A: Array, b: Array) -> Array:
    """Solve A x = b, A positive semidefinite up to rounding."""
    scale = np.sqrt(np.maximum(A.diagonal(), np.finfo(float).tiny))
    scaled = A / scale / scale[:, None]
    wide = A.dtype == np.longdouble
    for ridge in (1e-18, *_RIDGES) if wide else _RIDGES:
        L = _factor(scaled + ridge * np.eye(len(b)))
        if L is None:
            continue
        x = _substitute(L, b / scale)
        return (x + _substitute(L, b / scale - scaled @ x)) / scale
    return np.linalg.pinv(scaled.astype(float)) @ (b / scale).astype(float) / scale


def _factor(A: Array) -> Array | None:
    """Return the lower Cholesky factor, in the precision of A; None where A has none."""
    if A.dtype != np.longdouble:
        try:
            return linalg.cholesky(A, lower=True, check_finite=False)
        except linalg.LinAlgError:
            return None
    L = A.copy()
    for j in range(len(L)):
        if not L[j, j] > 0:
            return None
        L[j:, j] /= np.sqrt(L[j, j])
        L[j + 1 :, j + 1 :] -= np.outer(L[j + 1 :, j], L[j + 1 :, j])
    return np.tril(L)


def _substitute(L: Array, b: Array) -> Array:
    if L.dtype != np.longdouble:
        return linalg.cho_solve((L, True), b, check_finite=False)
    x = b.copy()
    for j in range(len(x)):
        x[j] = (x[j] - L[j, :j] @ x[:j]) / L[j, j]
    for j in reversed(range(len(x))):
        x[j] = (x[j] - L[j + 1 :, j] @ x[j + 1 :]) / L[j, j]
    return x
