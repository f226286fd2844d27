"""Tables of the documentation say what the code declares."""

from __future__ import annotations

import re
from pathlib import Path
from runpy import run_path

import pytest

MADE = run_path(str(Path(__file__).parents[2] / "docs" / "tables.py"))


@pytest.mark.parametrize("path", MADE["PAGES"], ids=lambda path: path.stem)
def test_a_page_says_what_the_code_declares(path: Path) -> None:
    text = path.read_text("utf-8")
    assert MADE["page"](text) == text, "run: python docs/tables.py"


def test_every_table_stands_on_one_page() -> None:
    text = "".join(path.read_text("utf-8") for path in MADE["PAGES"])
    assert sorted(re.findall(r"<!-- table (\w+) -->", text)) == sorted(MADE["TABLES"])
