"""The headers that the C++ consumer compiles (see tests/consumer) are those of today's to_c."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

CONSUMER = Path(__file__).parents[2] / "consumer"
HEADERS = runpy.run_path(str(CONSUMER / "write_headers.py"))["headers"]()


@pytest.mark.parametrize("name", HEADERS)
def test_committed_header(name):
    committed = (CONSUMER / f"{name}.h").read_text(encoding="utf-8")
    # The first two lines and the guard name version or model, whose history names the version.
    of_any_model = re.compile(rf"(?<=_H_{name}_)[0-9a-f]{{16}}\b")
    was, now = (of_any_model.sub("...", text) for text in (committed, HEADERS[name]))
    assert was.splitlines()[2:] == now.splitlines()[2:]
