"""The state of a monitor, as a table and as a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slimline._text import fields_repr, table
from slimline.pages import Picture, Section, Table, plots, render

SHOWN = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRow:
    """The measures of one feature in the last window, each with its threshold."""

    name: str
    measures: Mapping[str, tuple[float, float]]

    __repr__ = fields_repr

    @property
    def worst(self) -> float:
        """The greatest measure as a multiple of its threshold: above 1 it alarms."""
        return max(
            value / threshold if threshold else float(value > 0) * 2
            for value, threshold in self.measures.values()
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonitorReport:
    """The state of a :class:`slimline.Monitor` after its last full window; prints as a table.

    Parameters
    ----------
    model : str
        The model's sha256.
    n_rows, n_windows, window, n_alarms : int
        Numbers of rows and windows so far, rows per window, number of alarms so far.
    false_alarm_rate : float
    features : tuple of FeatureRow
        Empty before the end of the first window.
    predicted, predicted_thresholds : tuple of float
        Stability index of the predictions, one per target.
    loss, loss_threshold : float
        Mean loss of the last window of labels; NaN before the first.
    latency_us : (float, float) or None
        Median and 99th percentile of a call.
    edges, reference_counts, counts : ndarray
        The edges of the bins, and the numbers of rows in them in the reference and in the last
        window.

    Examples
    --------
    >>> import numpy as np, slimline as sl
    >>> X = np.random.default_rng(0).normal(size=(2000, 2))
    >>> model = sl.convert(sl.LinearSVC(C=0.01).fit(X, X[:, 0] > 0)).with_reference(X)
    >>> monitor = sl.Monitor(model)
    >>> _ = monitor.observe(X[:1000])
    >>> monitor.report().alarm
    False
    """

    model: str
    n_rows: int
    n_windows: int
    window: int
    false_alarm_rate: float
    n_alarms: int
    features: tuple[FeatureRow, ...]
    predicted: tuple[float, ...]
    predicted_thresholds: tuple[float, ...]
    loss: float
    loss_threshold: float
    latency_us: tuple[float, float] | None
    edges: NDArray[np.float32]
    reference_counts: NDArray[np.int64]
    counts: NDArray[np.int64]

    __repr__ = fields_repr

    @property
    def alarm(self) -> bool:
        """Whether anything in the last windows of rows and labels is beyond its threshold."""
        pairs = zip(self.predicted, self.predicted_thresholds, strict=False)
        return (
            any(feature.worst > 1 for feature in self.features)
            or any(value > threshold for value, threshold in pairs)
            or self.loss > self.loss_threshold
        )

    def rows(self) -> list[tuple[object, ...]]:
        """Return the features of the last window as rows of a table, the most moved first."""
        moved = sorted(self.features, key=lambda feature: -feature.worst)
        return [
            (
                feature.name,
                *(value for value, _ in feature.measures.values()),
                feature.worst,
                "ALARM" if feature.worst > 1 else "ok",
            )
            for feature in moved
        ]

    def __str__(self) -> str:
        """Return the tables."""
        head = table(self._facts(), ("monitor", "value"))
        if not self.features:
            return head
        return f"{head}\n\n{table(self.rows()[:SHOWN], self._header())}"

    def to_html(self, title: str = "Monitor") -> str:
        """Return one self-contained page.

        Raises
        ------
        ImportError
            If jinja2 or matplotlib is missing: the extra "report" installs them.
        """
        sections = [
            Section(title="State", parts=[Table(header=("monitor", "value"), rows=self._facts())])
        ]
        if self.features:
            sections += self._pictures()
        return render(title, sections, verdict=not self.alarm, verdicts=("alarm", "quiet"))

    def _pictures(self) -> list[Section]:
        rows = self.rows()
        names, worst = (
            [str(row[0]) for row in rows[:SHOWN]],
            [float(str(row[-2])) for row in rows[:SHOWN]],
        )
        parts: list[Table | Picture] = [
            plots.bars(names, worst, "multiple of the threshold", limits=[1.0] * len(names)),
            Table(header=self._header(), rows=rows),
        ]
        text = (
            f"Windows of {self.window:,} unchanged rows alarm in at most "
            f"{self.false_alarm_rate:.2%} of cases."
        )
        sections = [Section(title="Features", text=text, parts=parts)]
        every = [feature.name for feature in self.features]
        for name in names[:3]:
            j = every.index(name)
            shares = [
                np.cumsum(counts[j, :-2] / max(1, counts[j, :-1].sum()))
                for counts in (self.reference_counts, self.counts)
            ]
            picture = plots.steps(self.edges[j], shares, ("reference", "last window"), name)
            sections.append(Section(title=f"Feature {name}", parts=[picture]))
        return sections

    def _header(self) -> tuple[str, ...]:
        return ("feature", *self.features[0].measures, "of threshold", "result")

    def _facts(self) -> list[tuple[str, object]]:
        facts: list[tuple[str, object]] = [
            ("model", self.model[:16]),
            ("rows", self.n_rows),
            (f"windows of {self.window:,} rows", self.n_windows),
            ("alarms so far", self.n_alarms),
        ]
        for j, (value, limit) in enumerate(
            zip(self.predicted, self.predicted_thresholds, strict=False)
        ):
            facts.append((f"predictions, psi ({j})", f"{value:.4g} (threshold {limit:.4g})"))
        if self.loss == self.loss:
            facts.append(("loss", f"{self.loss:.4g} (threshold {self.loss_threshold:.4g})"))
        if self.latency_us is not None:
            facts.append(
                ("call, p50 and p99 (us)", f"{self.latency_us[0]:.4g}, {self.latency_us[1]:.4g}")
            )
        return facts
