"""The losses of the linear learners for reference_optimum: values, slopes, conjugates.

Every loss takes predictions P (n_samples, n_outputs). ``rounded(P, mu)`` gives the slopes and
second derivatives of the loss with its kinks rounded off by a logarithmic barrier of weight mu, in
units of a row's weight: the slopes lie strictly inside the domain of the conjugate then. Losses
without kinks take no notice of mu.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, softmax

Array = Any


def rounded_hinge(v: Array, mu: Array) -> tuple[Array, Array]:
    """Return first and second derivative of min over t of ``t - mu log(t) - mu log(t - v)``."""
    u = v / (2 * mu)
    root = np.hypot(1, u)
    # 1 - u + root, without cancellation where u is large
    below = np.where(u > 0, 1 + 1 / (np.abs(u) + root), 1 - u + root)
    slope = 1 / below
    # 1 - u / root, likewise
    bend = np.where(u > 0, 1 / (root * (root + np.abs(u))), 1 - u / root)
    return slope, bend * slope * slope / (2 * mu)


def _entropy(q: Array) -> Array:
    return q * np.log(np.where(q > 0, q, 1))


def rounded_clip(r: Array, width: Array, mu: Array) -> tuple[Array, Array]:
    """Return r cut to +-width, a, and da/dr: ``a - mu / (width + a) + mu / (width - a) = r``."""
    k = 2 * mu / width**2
    size = np.abs(r) / width
    half = (k + 2 * size - 2) / 2
    root = np.hypot(half, np.sqrt(2 * k))
    # 1 - |a| / width, from below: Newton's method on a convex, falling function goes up to its root
    rest = np.where(half > 0, k / (root + np.abs(half)), (root - half) / 2)
    for _ in range(12):
        x, room = 1 - rest, rest * (2 - rest)
        over = x + k * x / room - size
        rest = np.minimum(rest + over / (1 + k * (1 + x * x) / room**2), 1.0)
    x = 1 - rest
    return np.copysign(width * x, r), 1 / (1 + k * (1 + x * x) / (rest * (2 - rest)) ** 2)


@dataclass(frozen=True)
class Margin:
    """A loss of the margin m = y p, y = +-1; its conjugate is one of s = minus its slope."""

    name: str
    y: Array  # (n_samples,)
    epsilon: float = 0.0

    @property
    def kinked(self) -> bool:
        return self.name in {"hinge", "modified_huber"}

    def values(self, P: Array) -> Array:
        m = self.y * P[:, 0]
        with np.errstate(over="ignore"):
            return {
                "hinge": lambda: np.maximum(0, 1 - m),
                "perceptron": lambda: np.maximum(0, -m),
                "squared_hinge": lambda: np.maximum(0, 1 - m) ** 2,
                "modified_huber": lambda: np.where(m < -1, -4 * m, np.maximum(0, 1 - m) ** 2),
                "log_loss": lambda: np.logaddexp(0, -m),
            }[self.name]()

    def rounded(self, P: Array, mu: Array) -> tuple[Array, Array]:
        m = self.y * P[:, 0]
        if self.name == "hinge":
            s, h = rounded_hinge(1 - m, mu)
        elif self.name == "log_loss":
            s = expit(-m)
            h = s * expit(m)
        elif self.name == "modified_huber":  # s / 2 - 1 is -m, cut to +-1
            a, h = rounded_clip(-m, 1.0, mu / 2)
            s, h = 2 * (a + 1), 2 * h
        else:
            s, h = 2 * np.maximum(0, 1 - m), 2.0 * (m < 1)
        return (-self.y * s)[:, None], h[:, None, None]

    def clip(self, A: Array) -> Array:
        largest = {"hinge": 1, "log_loss": 1, "modified_huber": 4}.get(self.name, np.inf)
        return -self.y[:, None] * np.clip(-self.y[:, None] * A, 0, largest)

    def conjugate(self, A: Array) -> Array:
        s = -self.y * A[:, 0]
        if self.name == "hinge":
            return -s
        if self.name == "log_loss":
            return _entropy(s) + _entropy(1 - s)
        return s * s / 4 - s


@dataclass(frozen=True)
class Residual:
    """A loss of the residual r = p - y."""

    name: str
    y: Array  # (n_samples,)
    epsilon: float = 0.0

    @property
    def kinked(self) -> bool:
        return self.name in {"epsilon_insensitive", "huber"}

    def values(self, P: Array) -> Array:
        r = P[:, 0] - self.y
        size, e = np.abs(r), self.epsilon
        return {
            "squared_error": lambda: r * r / 2,
            "huber": lambda: np.where(size <= e, r * r / 2, e * size - e * e / 2),
            "epsilon_insensitive": lambda: np.maximum(0, size - e),
            "squared_epsilon_insensitive": lambda: np.maximum(0, size - e) ** 2,
        }[self.name]()

    def rounded(self, P: Array, mu: Array) -> tuple[Array, Array]:
        r = P[:, 0] - self.y
        e = self.epsilon
        if self.name == "squared_error":
            a, h = r, np.ones_like(r)
        elif self.name == "huber":
            a, h = rounded_clip(r, e, mu)
        elif self.name == "epsilon_insensitive":
            up, bend_up = rounded_hinge(r - e, mu)
            down, bend_down = rounded_hinge(-r - e, mu)
            a, h = up - down, bend_up + bend_down
        else:
            a = 2 * np.sign(r) * np.maximum(0, np.abs(r) - e)
            h = 2.0 * (np.abs(r) > e)
        return a[:, None], h[:, None, None]

    def clip(self, A: Array) -> Array:
        largest = {"huber": self.epsilon, "epsilon_insensitive": 1}.get(self.name, np.inf)
        return np.clip(A, -largest, largest)

    def conjugate(self, A: Array) -> Array:
        a = A[:, 0]
        linear = a * self.y
        if self.name in {"squared_error", "huber"}:
            return linear + a * a / 2
        linear = linear + self.epsilon * np.abs(a)
        return linear if self.name == "epsilon_insensitive" else linear + a * a / 4


@dataclass(frozen=True)
class Softmax:
    """Minus the logarithm of the probability of a row's class."""

    own: Array  # (n_samples, n_classes), 1 for the class of the row
    kinked: bool = False

    def values(self, P: Array) -> Array:
        top = P.max(axis=1, keepdims=True)
        total = np.log(np.exp(P - top).sum(axis=1)) + top[:, 0]
        return total - (P * self.own).sum(axis=1)

    def rounded(self, P: Array, _mu: Array) -> tuple[Array, Array]:
        q = softmax(P, axis=1)
        h = -q[:, :, None] * q[:, None, :]
        k = np.arange(q.shape[1])
        h[:, k, k] += q
        return q - self.own, h

    def clip(self, A: Array) -> Array:
        q = np.maximum(A + self.own, 0)
        return q / q.sum(axis=1, keepdims=True) - self.own

    def conjugate(self, A: Array) -> Array:
        q = A + self.own
        return _entropy(q).sum(axis=1)


def make_loss(name: str, y: Array, epsilon: float = 0.0) -> Any:
    """Return the loss ``name`` for targets y, +-1 for classes; for "multinomial" class numbers."""
    if name == "multinomial":
        return Softmax(np.equal.outer(y, np.arange(int(y.max()) + 1)).astype(float))
    margins = {"hinge", "perceptron", "squared_hinge", "modified_huber", "log_loss"}
    kind = Margin if name in margins else Residual
    return kind(name, np.asarray(y, dtype=float), epsilon)
