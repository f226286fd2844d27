"""Pictures as SVG texts, by matplotlib without its global state: each looks the same every time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline._text import shown
from slimline.pages.page import Picture

BLUE, GREY, RED = "#2f6db3", "#8a94a3", "#b3261e"
_WIDTH = 7.0


def bars(
    names: Sequence[str],
    values: Sequence[float],
    label: str,
    *,
    limits: Sequence[float] | None = None,
) -> Picture:
    """Horizontal bars, the first on top; ``limits`` marks a threshold on each."""
    figure, axes = _figure(0.9 + 0.3 * len(names))
    places = np.arange(len(names))
    colours = [BLUE] * len(names)
    if limits is not None:
        colours = [RED if v > m else BLUE for v, m in zip(values, limits, strict=True)]
        axes.scatter(limits, places, marker="|", s=160, color="black", zorder=3)
    axes.barh(places, values, color=colours)
    axes.set_yticks(places, [_short(name) for name in names])
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel(label)
    said = [f"{shown(name)} {value:.3g}" for name, value in zip(names, values, strict=True)]
    return _picture(figure, f"Bars of {label}: {', '.join(said)}")


def confusion(counts: NDArray[np.int64], labels: Sequence[Any]) -> Picture:
    """Shares of each true class by predicted class; counts are written where there is room."""
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = _figure(min(7.0, 1.5 + 0.5 * len(labels)))
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="equal")
    figure.colorbar(image, ax=axes, label="share of the true class")
    places = np.arange(len(labels))
    if len(labels) <= _ROOM:
        axes.set_xticks(places, [_short(str(label)) for label in labels], rotation=45, ha="right")
        axes.set_yticks(places, [_short(str(label)) for label in labels])
        for i, j in np.argwhere(counts > 0):
            colour = "white" if share[i, j] > 0.5 else "black"  # noqa: PLR2004 - dark cells
            axes.text(j, i, str(counts[i, j]), ha="center", va="center", color=colour, fontsize=8)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    right = float(np.trace(counts) / max(1, counts.sum()))
    return _picture(figure, f"Confusion matrix of {len(labels)} classes, {right:.1%} right")


_ROOM = 20


def calibration(rows: NDArray[np.float64]) -> Picture:
    """Share of right predictions against certainty; the size of a point is its rows'."""
    figure, axes = _figure(4.0, width=4.5)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="perfect")
    axes.plot(rows[:, 0], rows[:, 1], color=BLUE, linewidth=1)
    sizes = 20 + 180 * rows[:, 2] / rows[:, 2].max()
    axes.scatter(rows[:, 0], rows[:, 1], s=sizes, color=BLUE, alpha=0.7, label="model")
    axes.set(xlabel="mean certainty", ylabel="share right", xlim=(0, 1.05), ylim=(0, 1.05))
    axes.legend(loc="upper left", markerscale=0.5)
    return _picture(figure, "Reliability diagram: share of right predictions by certainty")


def steps(
    edges: NDArray[Any], shares: Sequence[NDArray[np.float64]], names: Sequence[str], label: str
) -> Picture:
    """Cumulative shares of several samples over the same edges."""
    figure, axes = _figure(2.6)
    for share, name, colour in zip(shares, names, (GREY, RED), strict=True):
        axes.step(edges, share, where="post", color=colour, label=_short(name))
    axes.set(xlabel=_short(label), ylabel="share at or below", ylim=(-0.02, 1.02))
    axes.legend(loc="lower right")
    said = " and ".join(map(shown, names))
    return _picture(figure, f"Distribution of {shown(label)}: {said}")


def _figure(height: float, width: float = _WIDTH) -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        msg = "pictures need matplotlib: pip install matplotlib"
        raise ImportError(msg, name=error.name) from error
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _picture(figure: Any, alt: str) -> Picture:
    from matplotlib import rc_context  # noqa: PLC0415 - _figure has shown that it is there

    text = io.StringIO()
    with rc_context({"svg.hashsalt": "slimline", "svg.fonttype": "path"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    return Picture(svg=svg[svg.index("<svg") :], alt=alt)


def _short(name: str) -> str:
    most = 24
    name = shown(name).replace("$", r"\$")  # no formulas
    return name if len(name) <= most else name[: most - 3] + "..."
