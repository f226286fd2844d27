"""A monitor's state as Prometheus metrics, in a registry that the caller passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slimline.lifecycle.monitoring import Monitor


def export_metrics(monitor: Monitor, registry: Any, *, name: str = "slimline") -> None:
    """Register a monitor with a ``prometheus_client.CollectorRegistry``.

    Nothing is registered at import or in the global registry. Metrics are read when they are
    scraped: rows, windows, alarms, calls, seconds, and for the last window each feature's measures
    as multiples of their thresholds.

    Parameters
    ----------
    monitor : Monitor
    registry : prometheus_client.CollectorRegistry
    name : str, default="slimline"
        Prefix of the metrics; monitors in one registry need different names.

    Raises
    ------
    ImportError
        If prometheus_client is missing: the extra "monitor" installs it.

    Examples
    --------
    >>> import numpy as np, slimline as sl
    >>> from prometheus_client import CollectorRegistry, generate_latest
    >>> X = np.random.default_rng(0).normal(size=(2000, 2))
    >>> model = sl.convert(sl.LinearSVC(C=0.01).fit(X, X[:, 0] > 0)).with_reference(X)
    >>> monitor, registry = sl.Monitor(model), CollectorRegistry()
    >>> sl.export_metrics(monitor, registry)
    >>> _ = monitor.predict(X[:10])
    >>> b"slimline_rows_total 10.0" in generate_latest(registry)
    True
    """
    collector = _Collector(monitor, name)
    registry.register(collector)


class _Collector:
    def __init__(self, monitor: Monitor, name: str) -> None:
        try:
            from prometheus_client import core  # noqa: PLC0415 - the extra may be missing
        except ModuleNotFoundError as error:
            msg = "export_metrics needs prometheus_client: pip install prometheus-client"
            raise ImportError(msg, name=error.name) from error
        self._core, self._monitor, self._name = core, monitor, name

    def describe(self) -> Iterator[Any]:
        """Yield the names, so that a registry refuses those that it has."""
        return self.collect()

    def collect(self) -> Iterator[Any]:
        """Yield the metrics of this moment."""
        monitor, core = self._monitor, self._core
        counters = {
            "rows": (monitor.n_rows, "Rows seen"),
            "windows": (monitor.n_windows, "Windows compared with the reference"),
            "alarms": (monitor.n_alarms, "Measures beyond their thresholds"),
            "calls": (monitor.latency.n_calls, "Calls of predict"),
            "predict_seconds": (monitor.latency.seconds, "Seconds spent in predict"),
        }
        for name, (value, text) in counters.items():
            yield core.CounterMetricFamily(f"{self._name}_{name}", text, value=value)
        report = monitor.report()
        drift = core.GaugeMetricFamily(
            f"{self._name}_drift",
            "Measure of the last window, as a multiple of its threshold",
            labels=["feature", "measure"],
        )
        for feature in report.features:
            for measure, (value, threshold) in feature.measures.items():
                drift.add_metric([feature.name, measure], value / threshold)
        yield drift
        yield core.GaugeMetricFamily(
            f"{self._name}_loss", "Mean loss of the last window of labels", value=report.loss
        )
