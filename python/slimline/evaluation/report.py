"""The result of an evaluation: numbers, whether they pass, and their page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._text import fields_repr, table
from slimline.evaluation.page import page
from slimline.model.spec import METRICS, ModelSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One requirement of a ModelSpec: the threshold, the measured value, and whether it passes.

    ``got`` is None if the metric cannot be computed; the check then fails.
    """

    name: str
    expected: str
    got: float | None
    passed: bool

    __repr__ = fields_repr


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """The result of :func:`evaluate`; printing it shows a table.

    Parameters
    ----------
    task : {"classification", "regression"}
    n_samples : int
    data : str
        Fingerprint of X and y.
    metrics : mapping of str to float
        Classification: accuracy, balanced_accuracy, f1_macro; roc_auc (one-vs-rest, the mean over
        classes) if y holds every class; log_loss and calibration_error (the mean gap between
        confidence and accuracy in ten bins) if the model defines probabilities. Regression: r2,
        mae, rmse.
    nbytes, n_parameters, n_nonzero : int
        Bytes of the stored tensors; number of logical weights and biases; number of nonzero
        weights.
    latency_p50_us, latency_p99_us : float
        Microseconds of ``predict`` for one row, from Python.
    throughput : float
        Rows per second in one batch of all rows, on one thread.
    energy_uj : float or None
        Microjoules per row in batches, from the counters of the CPU; None if they cannot be read.
    energy_reason : str or None
        Why energy_uj is None.
    agreement : float or None
        Classification: share of rows on which model and baseline predict the same label.
        Regression: greatest absolute difference. None without a baseline.
    checks : tuple of Check
        The requirements of the model's spec.
    labels : ndarray or None
        The classes, in the order of confusion.
    confusion : ndarray of int64, shape (n_classes, n_classes), or None
        Number of rows by class and predicted class.
    calibration : ndarray of shape (n_bins, 3) or None
        Mean confidence, share of correct predictions, number of rows.
    residuals : ndarray of shape (7,) or None
        The 0, 5, 25, 50, 75, 95 and 100 % quantiles of y minus prediction.

    Examples
    --------
    >>> import slimline as sl
    >>> X, y = [[0.0], [1.0], [2.0]], [0.0, 2.0, 4.0]
    >>> report = sl.evaluate(sl.convert(sl.LinearSVR(C=100).fit(X, y)), X, y)
    >>> report.task, report.n_samples, sorted(report.metrics)
    ('regression', 3, ['mae', 'r2', 'rmse'])
    """

    task: str
    n_samples: int
    data: str
    metrics: Mapping[str, float]
    nbytes: int
    n_parameters: int
    n_nonzero: int
    latency_p50_us: float
    latency_p99_us: float
    throughput: float
    energy_uj: float | None
    energy_reason: str | None
    agreement: float | None
    checks: tuple[Check, ...] = ()
    labels: NDArray[Any] | None = None
    confusion: NDArray[np.int64] | None = None
    calibration: NDArray[np.float64] | None = None
    residuals: NDArray[np.float64] | None = None

    __repr__ = fields_repr

    @property
    def passed(self) -> bool | None:
        """Whether every check passes; None where the model has no spec."""
        return all(check.passed for check in self.checks) if self.checks else None

    def rows(self) -> list[tuple[str, object]]:
        """Return the measures by name."""
        rows: list[tuple[str, object]] = [("rows", self.n_samples), *self.metrics.items()]
        rows += [
            ("bytes", self.nbytes),
            ("parameters", self.n_parameters),
            ("nonzero weights", self.n_nonzero),
            ("one row, p50 (us)", self.latency_p50_us),
            ("one row, p99 (us)", self.latency_p99_us),
            ("batch (rows/s)", self.throughput),
            ("energy (uJ/row)", self.energy_reason if self.energy_uj is None else self.energy_uj),
        ]
        if self.agreement is not None:
            what = "share of rows as" if self.task == "classification" else "max difference to"
            rows.append((f"{what} baseline", self.agreement))
        return rows

    def __str__(self) -> str:
        """Return the tables."""
        text = table(self.rows(), ("measure", self.task))
        if self.checks:
            header = ("demand", "asked for", "got", "result")
            text += "\n\n" + table(self.check_rows(), header)
        return text

    def check_rows(self) -> list[tuple[str, str, str, str]]:
        """Return the checks as rows of a table."""
        return [
            (
                check.name,
                check.expected,
                "not defined" if check.got is None else f"{check.got:.6g}",
                "pass" if check.passed else "FAIL",
            )
            for check in self.checks
        ]

    def to_html(self, title: str = "Evaluation") -> str:
        """Return one self-contained page with tables and pictures.

        Parameters
        ----------
        title : str, default="Evaluation"

        Returns
        -------
        str
            HTML that loads nothing from elsewhere and runs no script.

        Raises
        ------
        ImportError
            If jinja2 or matplotlib is missing: the extra "report" installs them.
        """
        return page(self, title)


def check_spec(
    spec: ModelSpec, metrics: Mapping[str, float], nbytes: int, p50: float
) -> tuple[Check, ...]:
    """Compare the measurements with the requirements of the spec."""
    checks = []
    for name, threshold in spec.metrics.items():
        more = METRICS[name].more_is_better
        checks.append(_check(name, metrics.get(name), threshold, at_least=more))
    if spec.max_nbytes is not None:
        checks.append(_check("bytes", nbytes, spec.max_nbytes, at_least=False))
    if spec.max_latency_us is not None:
        checks.append(_check("one row, p50 (us)", p50, spec.max_latency_us, at_least=False))
    return tuple(checks)


def _check(name: str, got: float | None, threshold: float, *, at_least: bool) -> Check:
    passed = got is not None and (got >= threshold if at_least else got <= threshold)
    sign = ">=" if at_least else "<="
    return Check(name=name, expected=f"{sign} {threshold:g}", got=got, passed=passed)
