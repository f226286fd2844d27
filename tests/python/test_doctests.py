"""The examples in the docstrings of the installed package run."""

from __future__ import annotations

import doctest
from importlib import import_module
from importlib.util import find_spec
from pkgutil import walk_packages

import pytest
import slimline as sl

MODULES = [
    "slimline",
    *(
        module.name
        for module in walk_packages(sl.__path__, "slimline.", onerror=lambda _: None)
        if find_spec("distributed") or not module.name.startswith("slimline.dask")
        if find_spec("mlflow") or module.name != "slimline.interop.mlflow"
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(import_module(name)).failed == 0


@pytest.mark.parametrize("name", sorted(set(sl.__all__) - {"FormatError", "__version__", "ops"}))
def test_everything_public_has_an_example(name):
    assert ">>> " in getattr(sl, name).__doc__
