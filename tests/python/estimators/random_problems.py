"""Legal but awkward problems of the linear learners, each from a seed, and how they are judged.

``draw(seed)`` makes a problem for SGDClassifier or SGDRegressor, ``draw_svm(seed)`` one for
LinearSVC or LinearSVR: columns of any offset and scale, repeated and constant ones, fewer rows than
columns, single rows, rare classes, weights with zeros, targets of any size, float32 and float64,
dense and CSR. ``judge`` says whether a fitted estimator is as near to the optimum as its ``tol``
promises: ``P <= P* + tol max(P*, P0 / 100)``, P0 the objective of the zero model with the best
intercept, and besides what rounding the coefficients to their type may cost.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import slimline as sl
from estimators.reference_losses import make_loss
from estimators.reference_optimum import Optimum, Reference, optimum
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

Array = Any

MARGIN_LOSSES = ("hinge", "squared_hinge", "log_loss", "modified_huber", "multinomial")
RESIDUAL_LOSSES = (
    "squared_error",
    "huber",
    "epsilon_insensitive",
    "squared_epsilon_insensitive",
)
PENALTIES = ("l2", "l1", "elasticnet", None)


@dataclass(frozen=True)
class Problem:
    """What is given to an estimator, and to which."""

    estimator: Any  # a class
    X: Array  # as given: of its type, dense or CSR
    y: Array
    sample_weight: Array | None
    parameters: dict[str, Any] = field(default_factory=dict)

    def make(self, **changed: Any) -> Any:
        return self.estimator(**{**self.parameters, **changed})

    def fit(self, **changed: Any) -> tuple[Any, list[str]]:
        """Return the fitted estimator, and what its ConvergenceWarnings said."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            model = self.make(**changed).fit(self.X, self.y, sample_weight=self.sample_weight)
        return model, [str(w.message) for w in caught if w.category is ConvergenceWarning]

    @cached_property
    def dense(self) -> Array:
        X = self.X.toarray() if sparse.issparse(self.X) else np.asarray(self.X)
        return X.astype(np.float64)

    @cached_property
    def references(self) -> list[Reference]:
        """One for each output, or one for all where these are coupled."""
        settings = self.make().get_params()
        cost, classes = self._costs(settings)
        loss, epsilon = settings["loss"], settings.get("epsilon", 0.0)
        if classes is None:
            columns = np.asarray(self.y, dtype=float).reshape(len(cost), -1).T
            return [self._reference(make_loss(loss, y, epsilon), cost) for y in columns]
        own = np.equal.outer(classes, np.asarray(self.y)).astype(float)
        weights = self._class_weights(settings, classes)
        if loss == "multinomial" and len(classes) > 2:
            return [self._reference(make_loss(loss, own.argmax(axis=0)), cost * (weights @ own))]
        name = "log_loss" if loss == "multinomial" else loss
        if len(classes) == 2:
            return [
                self._reference(make_loss(name, 2 * own[1] - 1, epsilon), cost * (weights @ own))
            ]
        return [
            self._reference(make_loss(name, 2 * o - 1, epsilon), cost * np.where(o, w, 1))
            for o, w in zip(own, weights, strict=True)
        ]

    @cached_property
    def optima(self) -> list[Optimum]:
        """What the references find; as sharp as ``tol`` needs."""
        outputs = [
            ref.loss.own.shape[1] if hasattr(ref.loss, "own") else 1 for ref in self.references
        ]
        gap = 0.01 * (self.make().tol or 1e-3)
        return [optimum(ref, n, gap) for ref, n in zip(self.references, outputs, strict=True)]

    def _costs(self, settings: dict[str, Any]) -> tuple[Array, Array | None]:
        n = self.X.shape[0]
        weight = np.ones(n) if self.sample_weight is None else np.asarray(self.sample_weight)
        cost = weight * settings["C"] if "C" in settings else weight / n
        classifies = self.estimator in {sl.SGDClassifier, sl.LinearSVC}
        return cost.astype(float), np.unique(self.y) if classifies else None

    def _class_weights(self, settings: dict[str, Any], classes: Array) -> Array:
        given = settings["class_weight"]
        if given == "balanced":
            n = self.X.shape[0]
            s = np.ones(n) if self.sample_weight is None else np.asarray(self.sample_weight)
            mass = np.array([s[np.asarray(self.y) == c].sum() for c in classes])
            return mass.sum() / (len(classes) * mass)
        return np.array([1.0 if given is None else given.get(c, 1.0) for c in classes])

    def _reference(self, loss: Any, cost: Array) -> Reference:
        p = self.make().get_params()
        l1, l2 = 0.0, 1.0
        if "alpha" in p:
            share = {"l1": 1.0, "elasticnet": p["l1_ratio"]}.get(p["penalty"], 0.0)
            alpha = 0.0 if p["penalty"] is None else p["alpha"]
            l1, l2 = alpha * share, alpha * (1 - share)
        return Reference(self.dense, loss, cost, l1, l2, p["fit_intercept"])


class Verdict(NamedTuple):
    """What became of a fit."""

    kind: str  # "right", "warned" or "wrong"; "unknown" where the reference is not certified
    excess: float  # (P - P*) / max(P*, P0 / 100) beyond what rounding may cost, of the worst output
    above_zero: float  # P / P0 of the worst output
    text: str


def judge(
    problem: Problem, model: Any, messages: Sequence[str], tol: float | None = None
) -> Verdict:
    """Judge a fit by the criterion of this module; warnings excuse what they say truly."""
    tol = float(model.tol) if tol is None else tol
    coef = model.coef_.toarray() if sparse.issparse(model.coef_) else np.asarray(model.coef_)
    coef = coef.reshape(-1, problem.X.shape[1])
    intercept = np.broadcast_to(np.ravel(model.intercept_), len(coef))
    excess = above = -np.inf
    row, unknown = 0, False
    for ref, best in zip(problem.references, problem.optima, strict=True):
        unknown |= best.gap > 0.1 * tol
        rows = slice(row, row := row + len(best.intercept))
        reached = ref.objective(coef[rows], intercept[rows])
        slack = _rounding(ref, best, np.asarray(model.coef_).dtype) + 1e-12 * best.zero
        excess = max(excess, (reached - best.upper - slack) / max(best.scale, 1e-300))
        above = max(above, (reached - slack) / max(best.zero, 1e-300))
    false = [message for message in messages if untrue(message, problem, model)]
    text = f"excess {excess:.3g}, P / P0 {above:.3g}, {messages}"
    if not np.isfinite(coef).all() or false or not above <= 1 + 1e-9:
        return Verdict("wrong", excess, above, f"{text}, untrue: {false}")
    if messages:
        return Verdict("warned", excess, above, text)
    kind = "right" if excess <= tol else "unknown" if unknown else "wrong"
    return Verdict(kind, excess, above, text)


def untrue(message: str, problem: Problem, model: Any) -> bool:
    """Whether a warning gives advice that has been followed, or cannot help."""
    n_iter = np.max(model.n_iter_)
    if re.search(r"auto'?\"?[^\n]*", message) and "use learning_rate='auto'" in message:
        return getattr(model, "learning_rate", "auto") == "auto"
    if re.search("StandardScaler|standardi[sz]e|[Ss]cale the features", message):
        return bool(_standardised(problem.dense))
    return bool(re.search("[Ii]ncreas(e|ing) max_iter", message) and n_iter < model.max_iter)


def _standardised(X: Array) -> bool:
    deviation = X.std(axis=0)
    centred = np.abs(X.mean(axis=0)) <= 3 * deviation
    return bool(((deviation == 0) | (centred & (deviation > 0.3) & (deviation < 3))).all())


def _rounding(ref: Reference, best: Optimum, dtype: Any) -> float:
    """Return the most that rounding coef and intercept may add to the objective."""
    unit = np.finfo(dtype).eps / 2
    spread = np.abs(ref.X) @ np.abs(best.coef).T + np.abs(best.intercept)
    P = ref.X @ best.coef.T + best.intercept
    base = ref.loss.values(P)
    if hasattr(ref.loss, "own"):
        worst = ref.loss.values(P + unit * spread * (1 - 2 * ref.loss.own))
    else:
        worst = np.maximum(*(ref.loss.values(P + sign * unit * spread) for sign in (-1, 1)))
    norms = (ref.l1 * np.abs(best.coef)).sum() + (ref.l2 * best.coef**2).sum()
    return float(ref.cost @ np.maximum(worst - base, 0) + 2 * unit * norms)


# -- problems of a seed -------------------------------------------------------------------------


def draw(seed: int) -> Problem:
    """Return a problem for SGDClassifier or SGDRegressor with learning_rate="auto"."""
    random = np.random.default_rng([29, seed])
    classifies = random.random() < 0.6
    loss = str(random.choice(MARGIN_LOSSES if classifies else RESIDUAL_LOSSES))
    n_classes = int(random.choice([2, 2, 3])) if classifies else 0
    X, scores = draw_columns(random, rare=classifies and random.random() < 0.03)
    parameters = {
        "loss": loss,
        "penalty": PENALTIES[random.integers(len(PENALTIES))],
        "alpha": float(random.choice([1e-17, 1e-8, 1e-6, 1e-4, 1e-4, 1e-2, 1.0])),
        "l1_ratio": float(random.choice([0.15, 0.9])),
        "learning_rate": "auto",
        "tol": float(random.choice([1e-2, 1e-3, 1e-3, 1e-4])),
        "fit_intercept": bool(random.random() < 0.85),
        "random_state": 0,
    }
    estimator = sl.SGDClassifier if classifies else sl.SGDRegressor
    return with_targets(random, estimator, X, scores, n_classes, parameters)


def draw_svm(seed: int) -> Problem:
    """Return a problem for LinearSVC or LinearSVR."""
    random = np.random.default_rng([92, seed])
    classifies = random.random() < 0.6
    names = ("hinge", "squared_hinge") if classifies else RESIDUAL_LOSSES[2:]
    X, scores = draw_columns(random, rare=classifies and random.random() < 0.03)
    parameters = {
        "loss": str(random.choice(names)),
        "C": float(10 ** random.uniform(-4, 4)),
        "tol": float(random.choice([1e-2, 1e-3, 1e-4])),
        "fit_intercept": bool(random.random() < 0.85),
    }
    estimator = sl.LinearSVC if classifies else sl.LinearSVR
    n_classes = int(random.choice([2, 2, 3])) if classifies else 0
    return with_targets(random, estimator, X, scores, n_classes, parameters)


def draw_columns(random: np.random.Generator, *, rare: bool) -> tuple[Array, Array]:
    """Return columns and what they predict, of deviation about 1."""
    n, d = int(random.choice([1, 2, 6, 30, 100, 200])), int(random.choice([1, 2, 3, 5, 12, 30]))
    if rare:
        n, d = 10_001, 2
    Z = random.standard_normal((n, d))
    if random.random() < 0.2:  # heavy tails
        Z = Z / np.sqrt(random.chisquare(3, (n, 1)) / 3)
    if random.random() < 0.2:  # of which most entries are 0
        Z = Z * (random.random((n, d)) < 0.1)
    if d > 1 and random.random() < 0.2:
        Z[:, 0] = Z[:, 1]
    scores = Z @ random.standard_normal(d) / np.sqrt(d)
    X = Z * _sizes(random, d, 8)
    if random.random() < 0.4:
        X = X + X.std(axis=0) * np.where(random.random(d) < 0.7, _sizes(random, d, 6, low=0), 0)
    if random.random() < 0.2:
        X[:, -1] = random.choice([0.0, 1.0, -1e3, 1e6])
    return X, scores


def _sizes(random: np.random.Generator, d: int, most: int, low: int | None = None) -> Array:
    """Powers of ten: alike, all the same, or each its own."""
    low = -most if low is None else low
    return (
        10.0
        ** [
            np.zeros(d),
            np.full(d, random.uniform(low, most)),
            random.uniform(low, most, d),
        ][random.integers(3)]
    )


def with_targets(
    random: np.random.Generator,
    estimator: Any,
    X: Array,
    scores: Array,
    n_classes: int,
    parameters: dict[str, Any],
) -> Problem:
    """Add targets, weights, types."""
    noise = float(random.choice([0.0, 0.3, 3.0]))
    if len(X) < n_classes:
        X, scores = np.repeat(X, n_classes, axis=0), np.repeat(scores, n_classes)
    scores = scores + noise * random.standard_normal(len(X))
    y: Array
    if n_classes:
        y = _labels(random, scores, n_classes)
        if random.random() < 0.2:
            parameters["class_weight"] = {0: 10.0} if random.random() < 0.5 else "balanced"
    else:
        size = float(10 ** random.uniform(-8, 8)) if random.random() < 0.5 else 1.0
        if random.random() < 0.2:
            scores = scores + 10 ** random.uniform(0, 4)
        y = size * scores
        if "epsilon" in parameters["loss"] or parameters["loss"] == "huber":
            parameters["epsilon"] = float(random.choice([0.1, 0.1 * size, 0.0, 2 * size]))
        if parameters["loss"] == "huber" and parameters["epsilon"] == 0:
            parameters["epsilon"] = size
    weight = None
    if random.random() < 0.3:
        weight = _weights(random, y, classes=bool(n_classes))
    dtype = np.float32 if random.random() < 0.4 else np.float64
    with np.errstate(over="ignore"):
        X = X.astype(dtype)
    given = sparse.csr_array(X) if random.random() < 0.3 else X
    return Problem(estimator, given, y, weight, parameters)


def _labels(random: np.random.Generator, scores: Array, n_classes: int) -> Array:
    """Return codes of all classes, the last one rare at times."""
    shares = np.linspace(0, 1, n_classes + 1)[1:-1]
    if random.random() < 0.2 or len(scores) > 10_000:
        shares = 1 - 10.0 ** -np.arange(n_classes - 1, 0, -1) * (
            0.001 if len(scores) > 10_000 else 1
        )
    y = np.searchsorted(np.quantile(scores, shares), scores)
    y[random.permutation(len(y))[:n_classes]] = np.arange(n_classes)[: len(y)]
    return y


def _weights(random: np.random.Generator, y: Array, *, classes: bool) -> Array:
    """Return weights with zeros, or of very different sizes; no class without any."""
    if random.random() < 0.5:
        weight = random.integers(0, 3, len(y)).astype(float)
    else:
        weight = 10.0 ** random.uniform(-3, 3, len(y))
    first = np.unique(y, return_index=True)[1] if classes else [0]
    weight[first] = np.maximum(weight[first], 1.0)
    return weight


# -- changes of units ---------------------------------------------------------------------------


def in_other_units(problem: Problem, y_factor: float, x_factor: Any) -> Problem:
    """Return the same problem with targets and columns multiplied, and alpha and epsilon to match.

    Columns of different factors need ``penalty=None``.
    """
    p = dict(problem.make().get_params())
    degree = 1 if p["loss"] == "epsilon_insensitive" else 2
    degree = 0 if problem.estimator is sl.SGDClassifier else degree
    y_factor = 1.0 if degree == 0 else y_factor
    power = {"l1": 1, "l2": 2}.get(p["penalty"], 0)
    alpha = p["alpha"] * float(np.max(x_factor)) ** power * y_factor ** (degree - power)
    changed = {**problem.parameters, "alpha": alpha, "epsilon": p["epsilon"] * y_factor}
    if problem.estimator is sl.SGDClassifier:
        changed["epsilon"] = p["epsilon"]
    X = problem.dense * x_factor
    y = problem.y if degree == 0 else np.asarray(problem.y) * y_factor
    return replace(problem, X=X.astype(problem.X.dtype), y=y, parameters=changed)
