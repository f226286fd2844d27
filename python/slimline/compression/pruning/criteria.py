"""The importance of weights, for pruning. A new criterion: a function and its entry in CRITERIA."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline.compression.pruning.evidence import Evidence
from slimline.compression.pruning.surgeon import elimination_scores

Scores = NDArray[np.floating[Any]]


class Criterion(NamedTuple):
    """A nonnegative score for each weight, and what it needs.

    Attributes
    ----------
    score : callable
        Maps (weight (n_out, n_in), Evidence) to scores of that shape. The score of a group of
        weights is the sum of their scores.
    needs : {"", "X", "Xy"}
        The arguments of prune that it requires.
    corrects : bool
        Whether the remaining weights are then refitted to the original outputs of the layer.
    by_size : bool
        Whether it uses the weights alone. Where the deviations of the input columns are known to
        differ, weights are then multiplied by the deviation of their column.
    """

    score: Callable[[NDArray[np.float32], Evidence], Scores]
    needs: Literal["", "X", "Xy"] = ""
    corrects: bool = False
    by_size: bool = False


def magnitude(weight: NDArray[np.float32], _: Evidence) -> Scores:
    """``|w|``: what is small goes first (Han et al., NeurIPS 2015); l1 norms of groups."""
    return np.asarray(np.abs(weight))


def magnitude_l2(weight: NDArray[np.float32], _: Evidence) -> Scores:
    """``w^2``: the order of magnitude for single weights, squared l2 norms of groups."""
    return np.asarray(np.square(weight, dtype=np.float64))


def input_scaled(weight: NDArray[np.float32], evidence: Evidence) -> Scores:
    """``|w| |x|_2`` over the rows of X (Wanda: Sun et al., ICLR 2024)."""
    return np.asarray(np.abs(weight) * np.sqrt(_mean_squares(evidence.inputs)))


def gradient(weight: NDArray[np.float32], evidence: Evidence) -> Scores:
    """``w^2`` times the mean squared derivative of a row's loss (Molchanov et al., CVPR 2019)."""
    if evidence.errors is None:  # checked by prune; for the type checker
        msg = "the gradient criterion needs X and y"
        raise ValueError(msg)
    squares = np.square(evidence.errors)
    saliency = np.square(weight, dtype=np.float64)
    Z = evidence.inputs
    squared = Z.multiply(Z) if hasattr(Z, "multiply") else np.square(Z)
    return np.asarray(saliency * np.asarray((squared.T @ squares).T) / len(squares))


def random(weight: NDArray[np.float32], evidence: Evidence) -> Scores:
    """By lot: what every other criterion must beat."""
    return evidence.random.random(weight.shape)


def second_order(weight: NDArray[np.float32], evidence: Evidence) -> Scores:
    """Optimal brain surgeon on ``|X w - X v|^2``: see cpp/include/slimline/prune.hpp."""
    return elimination_scores(weight, evidence.inputs)


CRITERIA: Mapping[str, Criterion] = {
    "magnitude": Criterion(magnitude, by_size=True),
    "magnitude_l2": Criterion(magnitude_l2, by_size=True),
    "input_scaled": Criterion(input_scaled, "X"),
    "gradient": Criterion(gradient, "Xy"),
    "second_order": Criterion(second_order, "X", corrects=True),
    "random": Criterion(random),
}


def _mean_squares(Z: Any) -> NDArray[np.floating[Any]]:
    squares = Z.multiply(Z) if hasattr(Z, "multiply") else np.square(Z)
    return np.asarray(squares.mean(axis=0), dtype=np.float64).ravel()
