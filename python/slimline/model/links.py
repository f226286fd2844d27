"""From the outputs of the last layer to decisions, labels and probabilities: one entry per link.

``scores`` is float32 of shape (n, n_out) throughout; ``k`` is the number of classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How a model's outputs become predictions.

    ``n_outputs(k)`` is what the last layer must have (None: any number), ``winners`` gives class
    indices, ``probabilities`` is None where the model defines none.
    """

    task: str
    n_outputs: Callable[[int], int | None]
    decision: Callable[[Floats, int], Floats]
    winners: Callable[[Floats, int], NDArray[np.intp]] | None
    probabilities: Callable[[Floats, int], Floats] | None

    def labels(self, scores: Floats, classes: NDArray[Any]) -> NDArray[Any]:
        """Return the label of each row's winner; of a link for classes."""
        assert self.winners is not None  # noqa: S101 - regression has no labels
        labels: NDArray[Any] = classes[self.winners(scores, len(classes))]
        return labels

    def of_row(self, outputs: Floats, classes: Sequence[Any]) -> Any:
        """Return what the outputs of one row predict: a label, or for a regression its values."""
        scores = outputs[np.newaxis]
        if self.winners is None:
            return self.decision(scores, 0)[0]
        return classes[self.winners(scores, len(classes))[0]]

    @property
    def takes_largest(self) -> bool:
        """Whether the class of the largest output wins, which the core finds faster."""
        return self.winners is _argmax


def _one_per_class(k: int) -> int:
    return 1 if k == 2 else k  # noqa: PLR2004 - two classes share one output


def _pairs(k: int) -> int:
    return k * (k - 1) // 2


def _squeeze(scores: Floats, _k: int) -> Floats:
    return scores[:, 0] if scores.shape[1] == 1 else scores


def _exp(scores: Floats, _k: int) -> Floats:
    with np.errstate(over="ignore"):
        values: Floats = np.exp(_squeeze(scores, 0).astype(np.float64))
    if np.isinf(values).any():
        msg = f"the exponential of an output is beyond float64: outputs reach {scores.max():.6g}"
        raise ValueError(msg)
    return values


def _argmax(scores: Floats, _k: int) -> NDArray[np.intp]:
    if scores.shape[1] == 1:
        return (scores[:, 0] > 0).astype(np.intp)
    winners: NDArray[np.intp] = scores.argmax(axis=1)
    return winners


_SUMMABLE = 1e300  # of so large scores any number of classes has a finite sum


@cache
def _pair_signs(n_classes: int) -> NDArray[np.float64]:
    """One row a pair (i, j), i < j: +1 for class i, -1 for class j."""
    first, second = np.triu_indices(n_classes, 1)
    pairs = np.arange(len(first))
    signs = np.zeros((len(first), n_classes))
    signs[pairs, first] = 1
    signs[pairs, second] = -1
    return signs


def _votes(wins: NDArray[np.bool_], n_classes: int) -> NDArray[np.float64]:
    """Count the pairs that each class wins, given where the first of the pair does."""
    votes: NDArray[np.float64] = wins @ _pair_signs(n_classes) + np.arange(n_classes)
    return votes  # class j is second in j pairs, and loses those that the first wins


def pairwise_votes(pairs: Floats, n_classes: int) -> NDArray[np.float64]:
    """Count, per row, the pairs (i, j), i < j, that each class wins: i where the score is > 0."""
    return _votes(pairs > 0, n_classes)


def pairwise_scores(pairs: Floats, n_classes: int) -> NDArray[np.float64]:
    """Votes, with ties broken by the summed scores, squeezed into (-1/3, 1/3): as SVC does."""
    summable = np.clip(np.asarray(pairs, dtype=np.float64), -_SUMMABLE, _SUMMABLE)
    sums = summable @ _pair_signs(n_classes)
    scores: NDArray[np.float64] = _votes(pairs >= 0, n_classes) + sums / (3 * (np.abs(sums) + 1))
    return scores


def _most_votes(scores: Floats, k: int) -> NDArray[np.intp]:
    winners: NDArray[np.intp] = pairwise_votes(scores, k).argmax(axis=1)
    return winners


def sigmoid(scores: Floats) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-scores)) without overflow."""
    exponential = np.exp(-np.abs(scores.astype(np.float64)))
    probability: NDArray[np.float64] = np.where(scores >= 0, 1.0, exponential) / (1 + exponential)
    return probability


def _normalised(positive: NDArray[np.float64]) -> Floats:
    """Turn one probability a class, or one for class 1, into rows that sum to 1."""
    if positive.shape[1] == 1:
        return np.hstack([1 - positive, positive])
    total = positive.sum(axis=1, keepdims=True)
    none = total == 0
    return np.where(none, 1 / positive.shape[1], positive / np.where(none, 1, total))


def _logistic(scores: Floats, _k: int) -> Floats:
    return _normalised(sigmoid(scores))


def _modified_huber(scores: Floats, _k: int) -> Floats:
    return _normalised((np.clip(scores.astype(np.float64), -1, 1) + 1) / 2)


def _softmax(scores: Floats, _k: int) -> Floats:
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    exponential = np.exp(shifted)
    probabilities: Floats = exponential / exponential.sum(axis=1, keepdims=True)
    return probabilities


def _classification(probabilities: Callable[[Floats, int], Floats] | None) -> Link:
    return Link(
        task="classification",
        n_outputs=_one_per_class,
        decision=_squeeze,
        winners=_argmax,
        probabilities=probabilities,
    )


LINKS: Mapping[str, Link] = {
    "identity": Link(
        task="regression",
        n_outputs=lambda _k: None,
        decision=_squeeze,
        winners=None,
        probabilities=None,
    ),
    "log": Link(
        task="regression",
        n_outputs=lambda _k: None,
        decision=_exp,
        winners=None,
        probabilities=None,
    ),
    "margin": _classification(None),
    "logistic": _classification(_logistic),
    "modified_huber": _classification(_modified_huber),
    "softmax": Link(
        task="classification",
        n_outputs=lambda k: k,
        decision=_squeeze,
        winners=_argmax,
        probabilities=_softmax,
    ),
    "ovo": Link(
        task="classification",
        n_outputs=_pairs,
        decision=pairwise_scores,
        winners=_most_votes,
        probabilities=None,
    ),
}
