"""Without dask the extra is named; with it, importing slimline does not import it."""

from __future__ import annotations

import subprocess
import sys


def output(code):
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return run.stdout.strip()


def test_the_extra_is_named():
    code = """
import sys
sys.modules["distributed"] = None  # importing it raises ModuleNotFoundError
import slimline as sl
try:
    sl.dask
except ImportError as error:
    print(error)
"""
    packages = "'dask[complete]' scikit-learn"
    assert output(code) == f"slimline.dask needs distributed: pip install {packages}"


def test_import_is_light():
    assert output("import sys, slimline; print('dask' in sys.modules)") == "False"
