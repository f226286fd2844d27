"""The how-to pages show code and name places that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "howto").glob("*.md")) + sorted(
    (ROOT / "docs" / "internals").glob("*.md")
)
TOPS = "cpp|python|tests|docs|examples"

SHOWN = re.compile(r"<!-- from (\S+) -->\n```\S[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SOURCE = re.compile(r"^```(?:cpp|\{code-block\}) ?\w*$", re.MULTILINE)
NAMED = re.compile(r"`(\w+)`(?: there)?\s+in\s+`([\w/]+\.\w+)`")
PATH = re.compile(rf"`((?:{TOPS})/[\w./]*)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_on_a_page_stands_in_the_sources(page: Path) -> None:
    text = page.read_text("utf-8")
    blocks = SHOWN.findall(text)
    assert len(blocks) == len(SOURCE.findall(text)), "begin each with <!-- from PATH -->"
    for path, code in blocks:
        assert code in (ROOT / path).read_text("utf-8"), f"{path} no longer reads\n{code}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    for path in PATH.findall(text):
        there = ROOT / path
        if there.stem == "X":  # what the reader writes
            there = there.parent
        assert there.exists(), f"{page.name} names {path}"
    for name, path in NAMED.findall(text):
        assert re.search(rf"\b{name}\b", (ROOT / path).read_text("utf-8")), f"no {name} in {path}"


def test_the_pages_show_and_name_something() -> None:
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert len(SHOWN.findall(text)) >= 2
    assert len(NAMED.findall(text)) >= 20
    assert len(PATH.findall(text)) >= 40
