"""The headers that the C++ consumer compiles (see tests/consumer) are those of today's to_c."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

CONSUMER = Path(__file__).parents[2] / "consumer"
HEADERS = runpy.run_path(str(CONSUMER / "write_headers.py"))["headers"]()


@pytest.mark.parametrize("name", HEADERS)
def test_committed_header(name):
    committed = (CONSUMER / f"{name}.h").read_text(encoding="utf-8")
    # The first two lines name version and model, whose history names the version.
    assert committed.splitlines()[2:] == HEADERS[name].splitlines()[2:]
