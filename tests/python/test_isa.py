"""The environment variable SLIMLINE_ISA chooses the instruction set, or says why it cannot."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from slimline import _core


def run(code, isa):
    environment = {**os.environ, "SLIMLINE_ISA": isa}
    return subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )


@pytest.mark.parametrize("isa", _core.available_isas())
def test_forced_level_is_active(isa):
    result = run("import slimline as sl; sl.show_config()", isa)
    shown = dict(line.split("  ", 1) for line in result.stdout.splitlines())
    assert {name: text.strip() for name, text in shown.items()}["isa active"] == isa


def test_unset_or_empty_is_the_best_level():
    result = run("from slimline import _core; print(_core.active_isa())", "")
    assert result.stdout.strip() == _core.available_isas()[-1]


def test_unknown_level_names_the_choices():
    result = run("import slimline", "mmx")
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    choices = ", ".join(_core.available_isas())
    assert last == f"ImportError: SLIMLINE_ISA=mmx is unknown; available: {choices}"
