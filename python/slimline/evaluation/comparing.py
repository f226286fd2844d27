"""Champion against challengers on the same rows: whether the difference is more than chance.

Classifications use McNemar's exact test (Psychometrika 12, 1947): of the rows that only one of two
models predicts correctly, the share of the challenger is compared with one half. Both tasks use the
paired bootstrap (Efron & Tibshirani, 1993, chapter 13) of the mean difference of the rows' losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from slimline._text import table
from slimline.evaluation.rows import labelled_rows, rows_for
from slimline.model import Model

_BATCH = 2**22  # numbers that the bootstrap draws at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One challenger against the champion, by the losses of the rows: 0 or 1, or squared errors.

    Parameters
    ----------
    loss : float
        Mean loss of the challenger.
    difference : float
        Mean loss of the challenger minus that of the champion; negative values are better.
    low, high : float
        Confidence interval of the difference.
    p_value : float
        Probability of such a difference, or a larger one, if the models were equally good: by
        McNemar's exact test for classifications, by a normal approximation of the bootstrap for
        regressions.
    only_champion, only_challenger : int
        Number of rows on which one of the two is better.
    """

    loss: float
    difference: float
    low: float
    high: float
    p_value: float
    only_champion: int
    only_challenger: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The result of :func:`compare`; printing it shows a table.

    Parameters
    ----------
    task : {"classification", "regression"}
    n_samples : int
    champion_loss : float
        Error rate, or mean squared error, of the first model.
    contests : tuple of Contest
        One for each further model.
    confidence : float

    Examples
    --------
    >>> import slimline as sl
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 2.0, 4.0, 6.0]
    >>> champion = sl.convert(sl.SGDRegressor(max_iter=1, tol=None, random_state=0).fit(X, y))
    >>> challenger = sl.convert(sl.LinearSVR(C=100).fit(X, y))
    >>> sl.compare([champion, challenger], X, y).task
    'regression'
    """

    task: str
    n_samples: int
    champion_loss: float
    contests: tuple[Contest, ...]
    confidence: float

    @property
    def better(self) -> tuple[bool, ...]:
        """Whether each challenger is significantly better than the champion."""
        level = 1 - self.confidence
        return tuple(c.high < 0 and c.p_value < level for c in self.contests)

    def __str__(self) -> str:
        """Return the table."""
        loss = "error rate" if self.task == "classification" else "squared error"
        rows = [
            (
                i,
                c.loss,
                c.difference,
                f"[{c.low:.4g}, {c.high:.4g}]",
                c.p_value,
                "yes" if b else "no",
            )
            for i, (c, b) in enumerate(zip(self.contests, self.better, strict=True), 1)
        ]
        interval = f"{self.confidence:.0%} interval"
        header = ("challenger", loss, "difference", interval, "p", "better")
        return f"champion: {loss} {self.champion_loss:.4g}\n{table(rows, header)}"


def compare(  # noqa: PLR0913 - few are needed at a time
    models: Sequence[Model],
    X: Any,
    y: ArrayLike,
    *,
    confidence: float = 0.95,
    n_resamples: int = 2000,
    random_state: int = 0,
) -> Comparison:
    """Compare the first model, the champion, with challengers on rows outside their training.

    Parameters
    ----------
    models : sequence of Model
        At least two models of the same task.
    X : array-like, data frame or scipy sparse matrix of shape (n_samples, n_features)
    y : array-like of shape (n_samples,)
        Labels, or values for a regression.
    confidence : float, default=0.95
        Confidence of the intervals and of :attr:`Comparison.better`.
    n_resamples : int, default=2000
        Number of resamples of the bootstrap.
    random_state : int, default=0

    Returns
    -------
    Comparison

    Raises
    ------
    TypeError
        If models contains something that is not a Model.
    ValueError
        If there are fewer than two models, their tasks differ, or X and y do not fit.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = sl.convert(sl.LinearSVC(C=1e-4).fit(X[:1000], y[:1000]))
    >>> stump = sl.prune(model, sparsity=0.97)
    >>> sl.compare([stump, model], X[1000:], y[1000:]).better
    (True,)
    """
    models = list(models)
    _check_models(models)
    if not 0 < confidence < 1:
        msg = f"confidence must be between 0 and 1, got {confidence}"
        raise ValueError(msg)
    features, target = labelled_rows(models[0], X, y)
    champion, *challengers = [
        _losses(model, rows_for(model, features, X, models[0]), target) for model in models
    ]
    rng = np.random.default_rng(random_state)
    contests = tuple(
        _contest(champion, losses, models[0].task, confidence, n_resamples, rng)
        for losses in challengers
    )
    return Comparison(
        task=models[0].task,
        n_samples=len(target),
        champion_loss=float(champion.mean()),
        contests=contests,
        confidence=confidence,
    )


def _check_models(models: Sequence[Model]) -> None:
    for model in models:
        if not isinstance(model, Model):
            msg = f"models must be slimline Models, got {type(model).__name__}"
            raise TypeError(msg)
    tasks = sorted({model.task for model in models})
    if len(models) < 2 or len(tasks) > 1:  # noqa: PLR2004 - a champion and a challenger
        msg = f"models must be at least two of one task, got {len(models)} of {tasks}"
        raise ValueError(msg)


def _losses(model: Model, X: Any, y: NDArray[Any]) -> NDArray[np.float64]:
    predicted = model.predict(X)
    if model.task == "classification":
        return np.asarray(predicted != y, dtype=np.float64)
    errors = np.square(np.asarray(y, dtype=np.float64) - predicted)
    return np.asarray(errors.reshape(len(errors), -1).mean(axis=1))


def _contest(  # noqa: PLR0913, PLR0917 - private, and called once
    champion: NDArray[np.float64],
    challenger: NDArray[np.float64],
    task: str,
    confidence: float,
    n_resamples: int,
    rng: np.random.Generator,
) -> Contest:
    gaps = challenger - champion
    means = _bootstrap_means(gaps, n_resamples, rng)
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    lost, won = int((gaps > 0).sum()), int((gaps < 0).sum())
    if task == "classification":
        p_value = float(stats.binomtest(won, won + lost).pvalue) if won + lost else 1.0
    else:
        spread = float(means.std())
        p_value = float(2 * stats.norm.sf(abs(gaps.mean()) / spread)) if spread else 1.0
    return Contest(
        loss=float(challenger.mean()),
        difference=float(gaps.mean()),
        low=float(low),
        high=float(high),
        p_value=p_value,
        only_champion=lost,
        only_challenger=won,
    )


def _bootstrap_means(
    gaps: NDArray[np.float64], n_resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Means of resamples with replacement: how often each distinct gap comes is multinomial."""
    values, counts = np.unique(gaps, return_counts=True)
    at_once = max(1, _BATCH // len(values))
    means = [
        rng.multinomial(len(gaps), counts / len(gaps), min(at_once, n_resamples - done)) @ values
        for done in range(0, n_resamples, at_once)
    ]
    return np.asarray(np.concatenate(means) / len(gaps))
