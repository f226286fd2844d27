"""The page of a Report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slimline.pages import Picture, Section, Table, plots, render

if TYPE_CHECKING:
    from slimline.evaluation.report import Report


def page(report: Report, title: str) -> str:
    """Return the HTML text of a report."""
    sections = []
    if report.checks:
        header = ("demand", "asked for", "got", "result")
        sections.append(
            Section(title="Acceptance", parts=[Table(header=header, rows=report.check_rows())])
        )
    measures = Table(header=("measure", report.task), rows=report.rows())
    sections.append(Section(title="Measures", parts=[measures]))
    sections += _pictures(report)
    return render(title, sections, verdict=report.passed)


def _pictures(report: Report) -> list[Section]:
    sections = []
    if report.confusion is not None and report.labels is not None:
        labels = report.labels.tolist()
        parts: list[Table | Picture] = [plots.confusion(report.confusion, labels)]
        sections.append(Section(title="Confusion matrix", parts=parts))
    if report.calibration is not None:
        rows = [(float(c), float(s), int(n)) for c, s, n in report.calibration]
        table = Table(header=("mean certainty", "share right", "rows"), rows=rows)
        text = "Points on the diagonal mean what they say; below it the model is too certain."
        parts = [plots.calibration(report.calibration), table]
        sections.append(Section(title="Calibration", text=text, parts=parts))
    if report.residuals is not None:
        names = ("lowest", "5 %", "25 %", "median", "75 %", "95 %", "highest")
        values = [float(value) for value in report.residuals]
        table = Table(header=names, rows=[values])
        text = "Quantiles of value minus prediction."
        parts = [plots.bars(names, values, "residual"), table]
        sections.append(Section(title="Residuals", text=text, parts=parts))
    return sections
