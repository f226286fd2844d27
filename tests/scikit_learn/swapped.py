"""A pytest plugin: scikit-learn's tests run on slimline's classes under scikit-learn's names.

Of the tests that are collected those run that use one of the names, themselves, in what they are
parametrised with, or in functions of their module. The ones that ``cannot_apply.toml`` lists must
fail: one that begins to pass, or that is no longer there, fails the run.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
import sklearn
import slimline
from sklearn.base import BaseEstimator

HOMES = {
    "sklearn.linear_model": (
        "ElasticNet",
        "Lasso",
        "LogisticRegression",
        "Ridge",
        "SGDClassifier",
        "SGDRegressor",
    ),
    "sklearn.svm": ("LinearSVC", "LinearSVR"),
    "sklearn.neural_network": ("MLPClassifier", "MLPRegressor"),
    "sklearn.feature_extraction.text": (
        "CountVectorizer",
        "HashingVectorizer",
        "TfidfVectorizer",
    ),
}
NAMES = frozenset(name for names in HOMES.values() for name in names)
CLASSES = tuple(getattr(slimline, name) for name in NAMES)
PACKAGE = Path(sklearn.__file__).parent
LIST = Path(__file__).with_name("cannot_apply.toml")


@functools.cache
def reasons() -> dict[str, str]:
    """Return why tests cannot apply, by their names: file::function, with or without [values]."""
    with LIST.open("rb") as file:
        groups = tomllib.load(file)["group"]
    return {
        f"{group['file']}::{test}": group["reason"] for group in groups for test in group["tests"]
    }


def pytest_configure() -> None:
    """Put our classes in the place of scikit-learn's, where tests import them from.

    What scikit-learn's own modules use is imported before, and stays.
    """
    for found in pkgutil.walk_packages(sklearn.__path__, "sklearn."):
        if not {"tests", "conftest", "externals", "_build_utils"} & set(found.name.split(".")):
            importlib.import_module(found.name)
    for home, names in HOMES.items():
        for name in names:
            setattr(importlib.import_module(home), name, getattr(slimline, name))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests that use our classes, and mark those that cannot apply."""
    ours = [item for item in items if isinstance(item, pytest.Function) and uses_ours(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(ours)])
    items[:] = ours
    for item in ours:
        name = f"{item.path.relative_to(PACKAGE).as_posix()}::{item.name}"
        listed = next((key for key in (name, name.partition("[")[0]) if key in reasons()), None)
        item.user_properties += [("test", name), ("listed", listed or "")]
        if listed is not None:
            item.add_marker(pytest.mark.xfail(reason=reasons()[listed], strict=True))


def uses_ours(item: pytest.Function) -> bool:
    """Whether a test names one of our classes, or is given one, or an estimator that holds one."""
    values = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return any(map(_holds_ours, values)) or _names_ours(item.function, set())


def _names_ours(function: FunctionType, seen: set[Any]) -> bool:
    seen.add(function)
    names = set(_names(function.__code__))
    if names & NAMES or any(map(_holds_ours, function.__defaults__ or ())):
        return True
    for name in names & set(function.__globals__):
        value = function.__globals__[name]
        value = getattr(value, "__wrapped__", value)
        if isinstance(value, FunctionType):
            found = value not in seen and ".tests." in value.__module__ and _names_ours(value, seen)
        else:
            found = not isinstance(value, ModuleType) and _holds_ours(value)
        if found:
            return True
    return False


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _holds_ours(value: Any, depth: int = 4) -> bool:
    if isinstance(value, CLASSES) or (isinstance(value, type) and issubclass(value, CLASSES)):
        return True
    if isinstance(value, FunctionType):
        return ".tests." in value.__module__ and _names_ours(value, set())
    if depth == 0:
        return False
    parts: Iterable[Any] = ()
    if isinstance(value, list | tuple):
        parts = value
    elif isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, functools.partial):
        parts = (value.func, *value.args, *value.keywords.values())
    elif isinstance(value, BaseEstimator):
        parts = vars(value).values()
    return any(_holds_ours(part, depth - 1) for part in parts)


COUNTS: dict[str, Counter[str]] = {}
MET: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what came of each test, by file."""
    known = dict(report.user_properties)
    if "test" not in known or (report.when != "call" and not report.failed):
        return
    MET.add(known["listed"])
    failed = "failed" if report.failed else report.outcome
    outcome = "cannot apply" if known["listed"] and not report.failed else failed
    COUNTS.setdefault(known["test"].partition("::")[0], Counter())[outcome] += 1


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where a listed test was not met, in runs of all tests."""
    option = session.config.option
    is_worker = hasattr(session.config, "workerinput")  # of pytest-xdist: it meets some of them
    complete = option.whole_list and not option.keyword and not is_worker
    if complete and set(reasons()) - MET:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run of some files leave the rest of the list alone."""
    parser.addoption("--whole-list", action="store_true", help="every listed test must be met")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show the counts of each file and of all."""
    write = terminalreporter.write_line
    write("")
    for file, counts in sorted(COUNTS.items()):
        write(f"{file}: {_shown(counts)}")
    write(f"scikit-learn {sklearn.__version__}: {_shown(sum(COUNTS.values(), Counter()))}")
    if terminalreporter.config.option.whole_list:
        for name in sorted(set(reasons()) - MET):
            write(f"listed, but not there: {name}")


def _shown(counts: Counter[str]) -> str:
    can = counts["passed"] + counts["failed"]
    text = f"{counts['passed']} of {can} pass"
    return f"{text}, {counts['cannot apply']} cannot apply" if counts["cannot apply"] else text
