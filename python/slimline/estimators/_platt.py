"""Platt scaling: from margins of rows held out to probabilities.

Each problem's margin f becomes P(positive) = 1 / (1 + exp(A f + B)); A and B maximise the
likelihood of Platt's smoothed targets on margins that cross-validation predicts (a fit's own
margins are too large). Newton steps as in Lin, Lin & Weng, "A note on Platt's probabilistic
outputs for support vector machines", Machine Learning 68, 2007. One-vs-one couples the pairs by
the second method of Wu, Lin & Weng, "Probability estimates for multi-class classification by
pairwise coupling", JMLR 5, 2004.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from slimline._blocks import row_slices

MAX_FOLDS = 5  # as LIBSVM
MAX_STEPS = 100
RIDGE = 1e-12  # keeps the 2x2 Hessian invertible
GRADIENT = 1e-8  # of the mean loss, where the steps end
LEAST_STEP = 1e-10
BLOCK_ROWS = 2**12  # products that a row takes beside its system, roughly
EDGE = 1e-7  # pairwise probabilities stay this far from 0 and 1, as in LIBSVM

Vector = NDArray[np.float64]


def held_out_scores(
    estimator: Any, X: Any, codes: NDArray[np.int64], weights: Vector
) -> NDArray[np.float64]:
    """Return (n_samples, n_problems) margins, each from a fit without the row's fold.

    Folds are stratified by class and taken in the order of the rows; every weight is positive.
    """
    fewest = int(np.bincount(codes).min())
    if fewest < 2:  # noqa: PLR2004
        msg = (
            "probability=True needs at least two rows of positive weight in every class, to hold "
            f"rows out: got a class with {fewest}"
        )
        raise ValueError(msg)
    folds = StratifiedKFold(min(MAX_FOLDS, fewest))
    labels = estimator.classes_[codes]
    scores: list[tuple[NDArray[np.intp], NDArray[np.float64]]] = []
    for train, test in folds.split(codes, codes):
        fold = clone(estimator).set_params(probability=False, verbose=0)
        fold.fit(X[train], labels[train], sample_weight=weights[train])
        scores.append((test, fold._scores(X[test])))  # noqa: SLF001 - the class's own scores
    result = np.empty((len(codes), scores[0][1].shape[1]))
    for test, predicted in scores:
        result[test] = predicted
    return result


def fit_sigmoid(
    scores: Vector, positive: NDArray[np.bool_], weights: Vector
) -> tuple[float, float]:
    """Return A and B for margins, of which some belong to the positive class."""
    n_positive, n_negative = weights[positive].sum(), weights[~positive].sum()
    target = np.where(positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    scale = np.abs(scores).max() or 1.0  # margins of any magnitude
    design = np.column_stack([scores / scale, np.ones(len(scores))])
    share = weights / weights.sum()
    line = np.array([0.0, np.log((n_negative + 1) / (n_positive + 1))])
    value = _loss(design @ line, target, share)
    for _ in range(MAX_STEPS):
        probability = expit(-(design @ line))
        gradient = design.T @ (share * (target - probability))
        if np.abs(gradient).max() < GRADIENT:
            break
        curvature = share * probability * (1 - probability)
        hessian = design.T @ (curvature[:, None] * design) + RIDGE * np.eye(2)
        direction = -np.linalg.solve(hessian, gradient)
        step = 1.0
        while step >= LEAST_STEP:
            candidate = line + step * direction
            lower = _loss(design @ candidate, target, share)
            if lower < value + 1e-4 * step * (gradient @ direction):
                break
            step /= 2
        else:
            break  # at the end of the precision
        line, value = candidate, lower
    return float(line[0] / scale), float(line[1])


def _loss(exponent: Vector, target: Vector, share: Vector) -> float:
    """Cross-entropy of expit(-exponent) against the targets."""
    return float(share @ (np.logaddexp(0, exponent) - (1 - target) * exponent))


def fit_sigmoids(
    scores: NDArray[np.float64],
    codes: NDArray[np.int64],
    weights: Vector,
    *,
    pairwise: bool,
) -> tuple[Vector, Vector]:
    """Return A and B, one of each a problem: (i, j) from rows of these classes, else from all."""
    n_classes = int(codes.max()) + 1
    everything = np.ones(len(codes), dtype=bool)
    if pairwise:
        pairs = zip(*np.triu_indices(n_classes, 1), strict=True)
        problems = [(int(i), (codes == i) | (codes == j)) for i, j in pairs]
    elif scores.shape[1] == 1:
        problems = [(1, everything)]
    else:
        problems = [(i, everything) for i in range(n_classes)]
    lines = [
        fit_sigmoid(column[rows], codes[rows] == positive, weights[rows])
        for column, (positive, rows) in zip(scores.T, problems, strict=True)
    ]
    A, B = np.array(lines).T
    return A, B


def probabilities(
    scores: NDArray[np.float64], A: Vector, B: Vector, *, n_classes: int, pairwise: bool
) -> NDArray[np.float64]:
    """Return (n_samples, n_classes) probabilities for (n_samples, n_problems) margins."""
    positive: NDArray[np.float64] = expit(-(A * scores + B))
    if pairwise:
        pairs = np.clip(positive, EDGE, 1 - EDGE)
        blocks = row_slices(len(pairs), n_classes**3 + BLOCK_ROWS)
        return np.concatenate([couple(pairs[rows], n_classes) for rows in blocks])
    if n_classes == 2:  # noqa: PLR2004
        return np.column_stack([1 - positive[:, 0], positive[:, 0]])
    positive = np.maximum(positive, np.finfo(np.float64).tiny)
    shares: NDArray[np.float64] = positive / positive.sum(axis=1, keepdims=True)
    return shares


def couple(pairs: NDArray[np.float64], n_classes: int) -> NDArray[np.float64]:
    """Minimise sum_{i != j} (r_ji p_i - r_ij p_j)^2 with sum p = 1, r_ij = P(i | i or j)."""
    i, j = np.triu_indices(n_classes, 1)
    r = np.zeros((len(pairs), n_classes, n_classes))
    r[:, i, j], r[:, j, i] = pairs, 1 - pairs
    system = np.zeros((len(pairs), n_classes + 1, n_classes + 1))
    system[:, :-1, :-1] = -r * r.transpose(0, 2, 1)
    diagonal = np.arange(n_classes)
    system[:, diagonal, diagonal] = (r**2).sum(axis=1)
    system[:, -1, :-1] = system[:, :-1, -1] = 1
    right = np.zeros((n_classes + 1, 1))
    right[-1] = 1
    p = np.maximum(np.linalg.solve(system, right)[:, :-1, 0], 0)
    result: NDArray[np.float64] = p / p.sum(axis=1, keepdims=True)
    return result
