"""How far counts have moved from a reference, and how far they move by chance alone.

Population stability index ``sum (q - p) ln(q / p)`` (Yurdakul, 2018), Kolmogorov-Smirnov distance,
Wasserstein distance as a share of the range, all on binned values; share of values outside the
reference's range; share missing. Thresholds are those of the whole family at once: windows drawn
from what the reference was a sample of exceed none of them in all but a given share of cases.
Features are drawn independently; those that move together alarm less often still.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from slimline.reference import N_BINS, Reference

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


def measure(reference: Reference, counts: NDArray[np.int64], predicted: NDArray[np.int64]) -> Drift:
    """Compare the counts of a window with a reference."""
    widths = _widths(reference.edges)
    return _measure(reference.counts, counts, reference.predicted_counts, predicted, widths=widths)


def thresholds(reference: Reference, window: int, false_alarm_rate: float, seed: int) -> Drift:
    """Return what windows of this many rows exceed anywhere in at most this share of cases."""
    rng = np.random.default_rng(seed)
    n_features = len(reference.counts)
    n_replicas = int(np.clip(_CELLS // max(1, n_features), FEWEST_REPLICAS, REPLICAS))
    widths = _widths(reference.edges)
    likely = _pseudo_counts(reference.counts)
    likely_predicted = reference.predicted_counts.astype(np.float64)
    at_once = max(1, _AT_ONCE // max(1, reference.counts.size))
    drawn = []
    for done in range(0, n_replicas, at_once):
        n = min(at_once, n_replicas - done)
        now, is_now = (_draw(rng, counts, window, n) for counts in (likely, likely_predicted))
        found = _measure(reference.counts, now, reference.predicted_counts, is_now, widths=widths)
        drawn.append(np.concatenate(found, axis=-1))
    values = np.concatenate(drawn)
    # One row more or less is the least that a measure can move by.
    unit = np.maximum(np.quantile(values, _TAIL, axis=0), 1 / window)
    worst = (values / unit).max(axis=1)
    limit = unit * np.quantile(worst, 1 - false_alarm_rate, method="higher")
    ends = np.cumsum([n_features] * len(FEATURE_MEASURES))
    return Drift(*np.split(limit, ends))


def _widths(edges: NDArray[np.float32]) -> Floats:
    """Widths of the bins, as shares of the range."""
    widths = np.diff(edges.astype(np.float64))
    return np.asarray(widths / np.maximum(widths.sum(axis=1, keepdims=True), 1e-300))


def _pseudo_counts(counts: NDArray[np.int64]) -> Floats:
    """Return counts, but one where nothing was seen outside or missing: it may come yet."""
    likely = counts.astype(np.float64)
    unseen = [0, N_BINS + 1, N_BINS + 2]
    likely[:, unseen] = np.maximum(likely[:, unseen], 1)
    return likely


def _draw(rng: np.random.Generator, counts: Floats, window: int, n: int) -> NDArray[np.int64]:
    """Draw n windows of what the reference was a sample of.

    The chances of the bins between order statistics of a sample are Dirichlet with the bins' counts
    (Wilks, Mathematical Statistics, 1962, section 8.7): they are drawn first, then the rows.
    """
    gammas = rng.standard_gamma(counts, size=(n, *counts.shape))
    chances = gammas / np.maximum(gammas.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
    return rng.multinomial(window, chances)


def _measure(
    before: NDArray[np.int64],
    now: NDArray[np.int64],
    predicted_before: NDArray[np.int64],
    predicted_now: NDArray[np.int64],
    *,
    widths: Floats,
) -> Drift:
    """Compare counts (..., features, bins) with those of a reference."""
    rows = np.maximum(now.sum(axis=-1), 1)
    p, q = (_shares(counts[..., :-1]) for counts in (before, now))
    gaps = np.abs(np.cumsum(q - p, axis=-1)[..., :-1])  # of the distributions, at the edges
    return Drift(
        psi=_psi(before[..., :-1], now[..., :-1]),
        ks=gaps.max(axis=-1),
        wasserstein=np.einsum("...fb,fb->...f", gaps[..., 1:], widths),
        outside=(now[..., 0] + now[..., -2]) / rows,
        missing=now[..., -1] / rows,
        predicted=_psi(predicted_before, predicted_now),
    )


def _shares(counts: NDArray[np.int64]) -> Floats:
    return np.asarray(counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1))


def _psi(before: NDArray[np.int64], now: NDArray[np.int64]) -> Floats:
    """Stability index over the bins that the reference has seen, smoothed by one row more."""
    p = _shares(before)
    q = (now + p) / (now.sum(axis=-1, keepdims=True) + 1)
    seen = p > 0
    ratio = np.log(np.where(seen, q, 1) / np.where(seen, p, 1))
    return np.asarray(np.where(seen, (q - p) * ratio, 0).sum(axis=-1))
