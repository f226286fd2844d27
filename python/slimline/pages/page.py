"""Sections of tables and pictures to one HTML text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from slimline._text import LONGEST_MESSAGE, cell_text, shown
from slimline._version import version


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells; numbers stand to the right. Cells that say FAIL or ALARM stand out."""

    header: Sequence[str]
    rows: Sequence[Sequence[object]]
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An SVG text, and what it shows in words, for those who cannot see it."""

    svg: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, an optional sentence, and parts below each other."""

    title: str
    parts: Sequence[Table | Picture]
    text: str = ""


def render(
    title: str,
    sections: Sequence[Section],
    *,
    verdict: bool | None = None,
    verdicts: tuple[str, str] = ("fail", "pass"),
) -> str:
    """Return the page; ``verdict`` shows one of the ``verdicts`` beside the title, None neither."""
    try:
        import jinja2  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        msg = "pages need jinja2: pip install jinja2"
        raise ImportError(msg, name=error.name) from error
    source = (files("slimline.pages") / "page.html.jinja").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, finalize=_finalize
    )
    environment.tests["number"] = lambda cell: isinstance(cell, int | float)
    environment.tests["picture"] = lambda part: isinstance(part, Picture)
    environment.filters["cell"] = _cell
    page: str = environment.from_string(source).render(
        title=title, sections=sections, verdict=verdict, verdicts=verdicts, version=version
    )
    return page


def _finalize(value: Any) -> Any:
    """Make whatever the template prints safe to show, but for what is HTML already."""
    return value if hasattr(value, "__html__") else shown(value, LONGEST_MESSAGE)


def _cell(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    return cell_text(value)
