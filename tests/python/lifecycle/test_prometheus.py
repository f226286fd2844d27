"""Prometheus metrics: those of the moment, in the caller's registry alone."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import slimline as sl
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families


@pytest.fixture
def monitor():
    X = np.random.default_rng(0).normal(size=(4000, 3))
    model = sl.convert(sl.LinearSVC(C=0.01).fit(X, X[:, 0] > 0)).with_reference(X)
    return sl.Monitor(model)


def scrape(registry):
    families = text_string_to_metric_families(generate_latest(registry).decode())
    samples = [sample for family in families for sample in family.samples]
    return {(s.name, *s.labels.values()): s.value for s in samples}


def test_metrics_follow_the_monitor(monitor):
    registry = CollectorRegistry()
    before = set(REGISTRY._names_to_collectors)  # noqa: SLF001 - there is no other way to list them
    sl.export_metrics(monitor, registry)
    assert set(REGISTRY._names_to_collectors) == before  # noqa: SLF001 - the same
    assert scrape(registry)["slimline_rows_total",] == 0
    X = np.random.default_rng(1).normal(size=(1000, 3))
    monitor.predict(X + np.array([0, 1, 0]))
    found = scrape(registry)
    assert found["slimline_rows_total",] == 1000
    assert found["slimline_windows_total",] == 1
    assert found["slimline_calls_total",] == 1
    assert found["slimline_alarms_total",] == monitor.n_alarms > 0
    assert found["slimline_drift", "x1", "ks"] > 1 > found["slimline_drift", "x0", "ks"]


def test_two_monitors_in_one_registry_need_two_names(monitor):
    registry = CollectorRegistry()
    sl.export_metrics(monitor, registry, name="a")
    sl.export_metrics(monitor, registry, name="b")
    with pytest.raises(ValueError, match="Duplicated"):
        sl.export_metrics(monitor, registry, name="b")


def test_without_the_client_the_extra_is_named():
    code = """
import sys
sys.modules["prometheus_client"] = None
import slimline as sl
try:
    sl.export_metrics(None, None)
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip().endswith("pip install prometheus-client")
