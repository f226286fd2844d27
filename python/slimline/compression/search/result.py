"""The measurements of compress: candidates, their Pareto front, and its picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from slimline._text import table
from slimline.model import Model

Target = Literal["size", "latency"]

DTYPES = ("float32", "int8 dynamic", "int8 static")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A Model that was made and measured."""

    model: Model
    granularity: str
    sparsity: float
    dtype: str
    score: float
    nbytes: int
    latency_us: float

    def cost(self, target: Target) -> float:
        """Return the bytes or the latency, whichever is to be minimised."""
        return self.nbytes if target == "size" else self.latency_us


@dataclass(frozen=True, kw_only=True)
class CompressResult:
    """The result of :func:`slimline.compress`.

    Parameters
    ----------
    model : Model
        The best candidate that passed, or the original model if none did.
    baseline : Candidate
        The original model, measured in the same way.
    candidates : tuple of Candidate
        All candidates that were measured, in order.
    check_score, check_baseline : float
        Scores of ``model`` and of the baseline on rows that played no part in the choice.
    target : {"size", "latency"}

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = sl.convert(sl.LinearSVC(C=1e-4).fit(X, y))
    >>> result = sl.compress(model, X, y, max_drop=0.02, max_iter=2)
    >>> result.check_score >= result.check_baseline - 0.02
    True
    """

    model: Model
    baseline: Candidate
    candidates: tuple[Candidate, ...]
    check_score: float
    check_baseline: float
    target: Target

    @property
    def pareto(self) -> tuple[Candidate, ...]:
        """Candidates that no other beats in both score and cost, cheapest first."""
        ordered = sorted(
            (self.baseline, *self.candidates), key=lambda c: (c.cost(self.target), -c.score)
        )
        front: list[Candidate] = []
        for candidate in ordered:
            if not front or candidate.score > front[-1].score:
                front.append(candidate)
        return tuple(front)

    def summary(self) -> str:
        """Return the Pareto front as a table."""
        header = ("granularity", "sparsity", "dtype", "score", "bytes", "us a batch", "")
        rows: list[Sequence[object]] = [
            (
                c.granularity,
                f"{c.sparsity:.0%}",
                c.dtype,
                f"{c.score:.4f}",
                c.nbytes,
                f"{c.latency_us:.1f}",
                "<-" if c.model is self.model else "",
            )
            for c in self.pareto
        ]
        return table(rows, header)

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw score against bytes and against latency into an image file; needs matplotlib.

        Raises
        ------
        ImportError
            If matplotlib is missing: the extra "report" installs it.
        ValueError
            If matplotlib does not support this file format.
        """
        figure = check_picture(path)(figsize=(10, 4), layout="constrained")
        for axes, name, unit in zip(
            figure.subplots(1, 2), ("nbytes", "latency_us"), ("bytes", "us"), strict=True
        ):
            for dtype in DTYPES:
                shown = [c for c in (self.baseline, *self.candidates) if c.dtype == dtype]
                if shown:
                    axes.plot(
                        [getattr(c, name) for c in shown],
                        [c.score for c in shown],
                        "o",
                        label=dtype,
                    )
            axes.set(xscale="log", xlabel=unit, ylabel="score")
        axes.legend()
        figure.savefig(path)


def check_picture(path: str | os.PathLike[str]) -> Any:
    """Return matplotlib's class of figures, once it is there and can write such a file."""
    try:
        figure_class = import_module("matplotlib.figure").Figure
    except ModuleNotFoundError as error:
        msg = "a plot needs matplotlib: pip install matplotlib"
        raise ImportError(msg, name="matplotlib") from error
    kinds = sorted(figure_class().canvas.get_supported_filetypes())
    if Path(path).suffix[1:].lower() not in kinds:
        msg = f"a plot's file must end in one of .{', .'.join(kinds)}, got {os.fspath(path)!r}"
        raise ValueError(msg)
    return figure_class
