"""``_core.pyi`` says what the extension is: the same names, arguments and attributes."""

from __future__ import annotations

import ast
import re
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import slimline as sl
from slimline import _core

STUB = ast.parse((Path(sl.__file__).parent / "_core.pyi").read_text(encoding="utf-8"))


def public(names: Any) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def declared(nodes: list[ast.stmt]) -> dict[str, list[Any]]:
    """Definitions of the stub by name; overloads are several."""
    found: dict[str, list[Any]] = {}
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.AnnAssign):
            found.setdefault(ast.unparse(node.target), []).append(node)
        elif isinstance(node, ast.Assign):
            found.setdefault(ast.unparse(node.targets[0]), []).append(node)
    return found


def arguments_of(function: Any) -> set[tuple[str, ...]]:
    """Names of the arguments of each overload, from the signatures that pybind11 writes."""
    signatures = re.findall(rf"\b{function.__name__}\((?!\*args)(.*?)\) ->", function.__doc__)
    return {
        tuple(name for name in re.findall(r"(\w+)\s*:", signature) if name != "self")
        for signature in signatures
    }


def arguments_in(nodes: list[ast.FunctionDef]) -> set[tuple[str, ...]]:
    return {
        tuple(
            argument.arg
            for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            if argument.arg != "self"
        )
        for node in nodes
    }


def test_the_same_names():
    assert set(declared(STUB.body)) == public(vars(_core))


NAMES = sorted(public(vars(_core)))
CLASSES = [n for n in NAMES if isinstance(getattr(_core, n), type)]
FUNCTIONS = [n for n in NAMES if callable(getattr(_core, n)) and n not in CLASSES]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_arguments(name):
    assert arguments_in(declared(STUB.body)[name]) == arguments_of(getattr(_core, name))


@pytest.mark.parametrize("name", CLASSES)
def test_the_same_attributes_and_methods(name):
    thing = getattr(_core, name)
    (node,) = declared(STUB.body)[name]
    members = declared(node.body)
    real = thing.__members__ if issubclass(thing, Enum) else vars(thing)
    assert public(members) == public(real)
    for method in public(members):
        if isinstance(members[method][0], ast.FunctionDef) and callable(vars(thing)[method]):
            its = vars(thing)[method]
            its = getattr(its, "__func__", its)  # of a static method
            assert arguments_in(members[method]) == arguments_of(its), method
