"""A monitor beside a deployed Model: constant-size state, calibrated alarms.

Rows are counted into the bins of the model's reference, in windows of a fixed number of rows. At
the end of each window the counts are compared with the reference (see _drift.py) and reset.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import NormalDist
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slimline._checks import as_targets, check_count, check_fraction
from slimline._collections import is_collection
from slimline._text import LONGEST_MESSAGE, fields_repr, shown
from slimline.lifecycle import _drift
from slimline.lifecycle._counting import Counting
from slimline.lifecycle._latency import Latency
from slimline.lifecycle.audit import AuditLog
from slimline.lifecycle.monitor_report import FeatureRow, MonitorReport
from slimline.model import Model, check_model, make_reference, row_losses
from slimline.model.reference import Reference

RECENT_ALARMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One measure beyond its threshold in one window.

    ``measure`` is psi, ks, wasserstein, outside, missing, predicted or loss; ``name`` the feature,
    the target, or "model".
    """

    window: int
    measure: str
    name: str
    value: float
    threshold: float

    __repr__ = fields_repr


class Monitor:
    """Monitor the input and the predictions of a deployed Model.

    Parameters
    ----------
    model : Model
    reference : array-like or data frame of shape (n_samples, n_features), optional
        Rows like those that the model should get. By default the reference that
        :meth:`slimline.Model.with_reference` stored in the model.
    window : int, default=1000
        Number of rows that are compared at a time.
    false_alarm_rate : float, default=0.01
        Largest share of windows of unchanged data in which any measure raises an alarm. The losses
        have the same rate in addition.
    audit : AuditLog, optional
        Log to which the start and every alarm are appended.
    seed : int, default=0
        Seed of the simulation that calibrates the thresholds.

    Raises
    ------
    TypeError
        If an argument is of another type.
    ValueError
        If ``window`` is below 1, ``false_alarm_rate`` is not between 0 and 1, or there is no
        reference.

    Examples
    --------
    >>> import numpy as np, slimline as sl
    >>> X = np.random.default_rng(0).normal(size=(4000, 3))
    >>> model = sl.convert(sl.LinearSVC(C=0.01).fit(X, X[:, 0] > 0)).with_reference(X)
    >>> monitor = sl.Monitor(model)
    >>> labels = monitor.predict(X[:1000])
    >>> alarms = monitor.observe(X[:1000] + [0, 0.5, 0])
    >>> sorted({alarm.name for alarm in alarms})
    ['x1']
    """

    def __init__(  # noqa: PLR0913 - few are needed at a time
        self,
        model: Model,
        reference: Any = None,
        *,
        window: int = 1000,
        false_alarm_rate: float = 0.01,
        audit: AuditLog | None = None,
        seed: int = 0,
    ) -> None:
        check_model("model", model)
        window = check_count("window", window)
        false_alarm_rate = check_fraction("false_alarm_rate", false_alarm_rate)
        if false_alarm_rate == 0:
            msg = "false_alarm_rate must be above 0: thresholds would be infinite"
            raise ValueError(msg)
        self.model, self.window, self.false_alarm_rate = model, window, false_alarm_rate
        self.reference = _reference_of(model, reference)
        self.thresholds = _drift.thresholds(self.reference, window, false_alarm_rate, seed)
        self._before = _drift.Before.of(self.reference)
        self.names = model.input.names or tuple(f"x{j}" for j in range(model.input.n_features))
        self.audit, self.latency = audit, Latency()
        self.n_rows = self.n_windows = self.n_alarms = 0
        self.alarms: deque[Alarm] = deque(maxlen=RECENT_ALARMS)
        self.drift: _drift.Drift | None = None
        self.counts = np.zeros_like(self.reference.counts)
        self._predicted = np.zeros_like(self.reference.predicted_counts)
        self._in_window = 0
        self.last_counts = self.counts
        self.losses, self.last_loss = np.zeros(2), float("nan")  # rows and sum in this window
        if audit is not None:
            audit.append("monitor started", {"model": model.sha256, "window": int(window)})

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the model's predictions; count rows, predictions and the time they take.

        Rows with NaN raise the ValueError of the model, but are counted.
        """
        start = perf_counter()
        try:
            predicted = self.model.predict(X)
        except ValueError:
            self.observe(X)
            raise
        self.latency.add(perf_counter() - start, len(predicted))
        self.observe(X, predicted)
        return predicted

    def observe(self, X: Any, predicted: ArrayLike | None = None) -> list[Alarm]:
        """Count rows, NaN allowed, and return the alarms of the windows that they end.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
            It may be a dask array or data frame. Each partition is counted by the worker that holds
            it; windows, alarms and state are those of the rows in sequence.
        predicted : array-like, optional
            Predictions of the model; a dask array if X is one. By default the model predicts the
            rows without NaN and infinity.
        """
        counting = Counting(self.model, self.reference, self.window)
        count = counting.pieces_of_partitions if is_collection(X) else counting.pieces
        alarms: list[Alarm] = []
        for piece in count(self._in_window, X, predicted):
            self.counts += piece.counts
            self._predicted += piece.predicted
            self._in_window += piece.n_rows
            self.n_rows += piece.n_rows
            if self._in_window == self.window:
                alarms += self._end_window()
        return alarms

    def add_labels(self, y: ArrayLike, predicted: ArrayLike) -> list[Alarm]:
        """Add labels that have become known, with the predictions; return new alarms.

        If the reference has labels, a window of labels raises an alarm when its mean loss is
        significantly above that of the reference (one-sided z-test). Values of a regression that
        are not finite raise ValueError: leave out rows whose label is unknown.
        """
        task = self.model.task
        said = as_targets(predicted, task=task, name="predicted")
        losses = row_losses(task, said, as_targets(y, task=task))
        alarms: list[Alarm] = []
        for start in range(0, len(losses), self.window):
            part = losses[start : start + self.window]
            while len(part):
                room = self.window - int(self.losses[0])
                self.losses += (len(part[:room]), part[:room].sum())
                part = part[room:]
                if self.losses[0] == self.window:
                    alarms += self._end_labels()
        return alarms

    @property
    def loss_threshold(self) -> float:
        """Mean loss of a window above which it alarms; infinity without labels to compare with."""
        n, mean, variance = self.reference.losses
        if n == 0:
            return float("inf")
        error = np.sqrt(variance * (1 / n + 1 / self.window))
        return float(mean + NormalDist().inv_cdf(1 - self.false_alarm_rate) * error)

    def report(self) -> MonitorReport:
        """Return the state after the last whole window."""
        values, limits = self.drift, self.thresholds
        rows = []
        if values is not None:
            for j, name in enumerate(self.names):
                pairs = {
                    measure: (
                        float(getattr(values, measure)[j]),
                        float(getattr(limits, measure)[j]),
                    )
                    for measure in _drift.FEATURE_MEASURES
                }
                rows.append(FeatureRow(name=name, measures=pairs))
        return MonitorReport(
            model=self.model.sha256,
            n_rows=self.n_rows,
            n_windows=self.n_windows,
            window=self.window,
            false_alarm_rate=self.false_alarm_rate,
            n_alarms=self.n_alarms,
            features=tuple(rows),
            predicted=() if values is None else tuple(values.predicted.tolist()),
            predicted_thresholds=tuple(limits.predicted.tolist()),
            loss=self.last_loss,
            loss_threshold=self.loss_threshold,
            latency_us=self.latency.quantiles_us(),
            edges=self.reference.edges,
            reference_counts=self.reference.counts,
            counts=self.last_counts,
        )

    def _end_window(self) -> list[Alarm]:
        self.drift = self._before.measure(self.counts, self._predicted)
        self.last_counts = self.counts
        self.counts = np.zeros_like(self.counts)
        self._predicted = np.zeros_like(self._predicted)
        self._in_window = 0
        self.n_windows += 1
        alarms = []
        for measure in _drift.Drift._fields:
            values, limits = getattr(self.drift, measure), getattr(self.thresholds, measure)
            for j in np.flatnonzero(values > limits):
                name = self.names[j] if measure != "predicted" else f"target {j}"
                alarms.append(self._alarm(measure, name, float(values[j]), float(limits[j])))
        return alarms

    def _end_labels(self) -> list[Alarm]:
        self.last_loss = float(self.losses[1] / self.losses[0])
        self.losses[:] = 0
        if self.last_loss <= self.loss_threshold:
            return []
        return [self._alarm("loss", "model", self.last_loss, self.loss_threshold)]

    def _alarm(self, measure: str, name: str, value: float, threshold: float) -> Alarm:
        alarm = Alarm(
            window=self.n_windows, measure=measure, name=name, value=value, threshold=threshold
        )
        self.n_alarms += 1
        self.alarms.append(alarm)
        if self.audit is not None:
            facts = {name: _recorded(getattr(alarm, name)) for name in Alarm.__slots__}
            self.audit.append("alarm", {"model": self.model.sha256, **facts})
        return alarm


def _recorded(value: str | float) -> str | float:
    """Return what a log can hold: no infinite loss, no name longer than a line."""
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return shown(value, LONGEST_MESSAGE) if isinstance(value, str) else value


def _reference_of(model: Model, rows: Any) -> Reference:
    if rows is not None:
        return make_reference(model, rows, None)
    if model.reference is None:
        msg = "reference must be given for a model without one; see Model.with_reference"
        raise ValueError(msg)
    return model.reference
