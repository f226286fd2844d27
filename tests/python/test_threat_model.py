"""Every row of the threat model names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

_TESTS = Path(__file__).parents[1]
_GUIDE = _TESTS.parent / "docs" / "threat_model.md"


def test_every_threat_has_tests_that_exist() -> None:
    table = _GUIDE.read_text("utf-8").split("| threat |")[1].split("\n\n")[0]
    rows = [line.strip("|").split(" | ") for line in table.splitlines()[2:]]
    files = {path.name: path.read_text("utf-8") for path in _TESTS.rglob("*.py")}
    functions = set(re.findall(r"^def (test_\w+)", "\n".join(files.values()), re.MULTILINE))
    assert len(rows) >= 20
    for threat, _answer, held_by in rows:
        names = re.findall(r"`([^`]+)`", held_by)
        assert names, threat
        assert set(names) <= functions | set(files), (threat, names)
