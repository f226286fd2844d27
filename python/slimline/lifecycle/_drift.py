"""How far counts have moved from a reference, and how far they move by chance alone.

The measures are the population stability index ``sum (q - p) ln(q / p)`` (Yurdakul, 2018), the
Kolmogorov-Smirnov distance and the Wasserstein distance as a share of the range, all on binned
values; the share of values outside the range of the reference; and the share of missing values.
Thresholds hold for all measures together: at most a given share of the windows drawn from the
distribution of the reference exceeds any of them. Features are drawn independently; correlated
features raise fewer alarms.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from slimline.model.reference import N_BINS, Reference

Floats = NDArray[np.float64]

REPLICAS = 2000
FEWEST_REPLICAS = 500
_CELLS = 100_000  # replicas times features, at most, but for FEWEST_REPLICAS
_TAIL = 0.99  # of one measure's chance values: its unit when measures are compared
_AT_ONCE = 2**20  # counts that are drawn at a time


class Drift(NamedTuple):
    """One measure a row: for each feature, and psi of each prediction."""

    psi: Floats
    ks: Floats
    wasserstein: Floats
    outside: Floats
    missing: Floats
    predicted: Floats


FEATURE_MEASURES = Drift._fields[:-1]


class Shares(NamedTuple):
    """Shares of bins, for the stability index of counts."""

    p: Floats
    seen: NDArray[np.bool_]
    log_p: Floats  # 0 where nothing was seen

    @classmethod
    def of(cls, counts: NDArray[np.int64]) -> Self:
        """Divide counts (..., bins) by their sums."""
        p = counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
        seen = p > 0
        return cls(p, seen, np.log(np.where(seen, p, 1)))

    def psi(self, now: NDArray[np.int64], n: NDArray[np.int64]) -> Floats:
        """Stability index over the bins that were seen, ``now`` smoothed by one row more."""
        q = (now + self.p) / (n + 1)
        ratio = np.log(q, out=np.zeros_like(q), where=self.seen) - self.log_p
        return np.asarray(np.einsum("...b,...b->...", q - self.p, ratio))


class Before(NamedTuple):
    """The parts of a reference that comparisons need, computed once."""

    shares: Shares  # of the bins of each feature, missing values left out
    predicted: Shares
    widths: Floats  # of the bins, as shares of the range

    @classmethod
    def of(cls, reference: Reference) -> Self:
        """Take what is needed of a reference."""
        widths = np.diff(reference.edges.astype(np.float64))
        return cls(
            shares=Shares.of(reference.counts[:, :-1]),
            predicted=Shares.of(reference.predicted_counts),
            widths=widths / np.maximum(widths.sum(axis=1, keepdims=True), 1e-300),
        )

    def measure(self, now: NDArray[np.int64], predicted: NDArray[np.int64]) -> Drift:
        """Compare counts (..., features, bins) and those of predictions with the reference."""
        in_bins = now[..., :-1]
        n = in_bins.sum(axis=-1, keepdims=True)
        missing = now[..., -1]
        rows = np.maximum(n[..., 0] + missing, 1)
        q = in_bins / np.maximum(n, 1)
        gaps = np.abs(np.cumsum(q - self.shares.p, axis=-1)[..., :-1])  # at the edges
        return Drift(
            psi=self.shares.psi(in_bins, n),
            ks=gaps.max(axis=-1),
            wasserstein=np.einsum("...fb,fb->...f", gaps[..., 1:], self.widths),
            outside=(now[..., 0] + now[..., -2]) / rows,
            missing=missing / rows,
            predicted=self.predicted.psi(predicted, predicted.sum(axis=-1, keepdims=True)),
        )


def thresholds(reference: Reference, window: int, false_alarm_rate: float, seed: int) -> Drift:
    """Return thresholds that at most this share of windows of this many rows exceeds anywhere."""
    rng = np.random.default_rng(seed)
    n_features = len(reference.counts)
    n_replicas = int(np.clip(_CELLS // max(1, n_features), FEWEST_REPLICAS, REPLICAS))
    before = Before.of(reference)
    likely = _pseudo_counts(reference.counts)
    likely_predicted = reference.predicted_counts.astype(np.float64)
    at_once = max(1, _AT_ONCE // max(1, reference.counts.size))
    drawn = []
    for done in range(0, n_replicas, at_once):
        n = min(at_once, n_replicas - done)
        now, is_now = (_draw(rng, counts, window, n) for counts in (likely, likely_predicted))
        drawn.append(np.concatenate(before.measure(now, is_now), axis=-1))
    values = np.concatenate(drawn)
    # One row more or less is the least that a measure can move by.
    unit = np.maximum(np.quantile(values, _TAIL, axis=0), 1 / window)
    worst = (values / unit).max(axis=1)
    limit = unit * np.quantile(worst, 1 - false_alarm_rate, method="higher")
    ends = np.cumsum([n_features] * len(FEATURE_MEASURES))
    return Drift(*np.split(limit, ends))


def _pseudo_counts(counts: NDArray[np.int64]) -> Floats:
    """Return counts, with 1 in place of 0 for values outside the range and for missing ones."""
    likely = counts.astype(np.float64)
    unseen = [0, N_BINS + 1, N_BINS + 2]
    likely[:, unseen] = np.maximum(likely[:, unseen], 1)
    return likely


def _draw(rng: np.random.Generator, counts: Floats, window: int, n: int) -> NDArray[np.int64]:
    """Draw n windows from the distribution of the reference.

    The chances of the bins between order statistics of a sample are Dirichlet with the bins' counts
    (Wilks, Mathematical Statistics, 1962, section 8.7): they are drawn first, then the rows.
    """
    gammas = rng.standard_gamma(counts, size=(n, *counts.shape))
    chances = gammas / np.maximum(gammas.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
    return rng.multinomial(window, chances)
