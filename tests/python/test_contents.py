"""The installed package has every file of its source: templates, stubs and py.typed too."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "python" / "slimline"
DATA = sorted(
    path.relative_to(SOURCE).as_posix()
    for path in SOURCE.rglob("*")
    if path.is_file() and path.suffix not in {".py", ".pyc", ".so"}
)


def test_templates_and_type_information_are_among_them() -> None:
    assert {"py.typed", "_core.pyi", "pages/page.html.jinja"} <= set(DATA)


@pytest.mark.parametrize("name", DATA)
def test_what_is_no_python_is_installed_as_it_is(name: str) -> None:
    assert files("slimline").joinpath(name).read_bytes() == (SOURCE / name).read_bytes()
