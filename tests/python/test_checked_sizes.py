"""No memory in C++ by a product that nobody has checked: see cpp/include/slimline/size.hpp."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("cpp/include", "cpp/src", "python/bindings")
# A type, a name or nothing, and what it is made with; or a change of size.
ALLOCATION = re.compile(
    r"(?:\b(?:take|take_matrix|AlignedBuffer|Matrix|vector|make_unique\w*)<[^;(){}]*>\s*\w*"
    r"|\.(resize|assign|reserve))\s*[({]"
)
PRODUCT = re.compile(r"[\w)\]] \* [\w(]")


def arguments(source: str, begin: int) -> str:
    """Return what stands between a bracket, the one before ``begin``, and its partner."""
    depth, end = 1, begin
    while depth and end < len(source):
        depth += (source[end] in "({") - (source[end] in ")}")
        end += 1
    return source[begin : end - 1]


def first_of(inside: str) -> str:
    """Return the first of several arguments."""
    depth = 0
    for end, character in enumerate(inside):
        depth += (character in "({<") - (character in ")}>")
        if character == "," and depth == 0:
            return inside[:end]
    return inside


def unchecked(source: str) -> Iterator[str]:
    for found in ALLOCATION.finditer(source):
        inside = arguments(source, found.end())
        if found[1] or found[0].startswith("vector"):  # the size comes first, then values
            inside = first_of(inside)
        while "checked_product(" in inside:
            start = inside.index("checked_product(")
            inner = arguments(inside, start + len("checked_product("))
            inside = inside.replace(f"checked_product({inner})", "", 1)
            if PRODUCT.search(inner):
                yield inner
        # Calls and lambdas among the arguments are not sizes.
        if PRODUCT.search(inside) and not re.search(r"\[[&=\w ,]*\]\s*\(|;", inside):
            yield inside


def sources() -> list[Path]:
    found = [
        path for folder in FOLDERS for path in (ROOT / folder).rglob("*.?pp") if path.is_file()
    ]
    assert len(found) > 100
    return found


def test_every_product_that_memory_is_allocated_by_is_checked() -> None:
    wrong = {
        f"{path.relative_to(ROOT)}: {size}"
        for path in sources()
        for size in unchecked(path.read_text(encoding="utf-8"))
    }
    assert not wrong


@pytest.mark.parametrize(
    "line",
    [
        "auto* x = workspace.take<float>(rows * cols);",
        "std::vector<double> partial(n_chunks * w.size());",
        "std::vector<std::pair<int, int>> pairs(n * (n - 1));",
        "bytes_.resize(rows * n_in_);",
        "Matrix<T> block(kRows * n, d);",
        "panels_.assign(chunk_count(n, kPanel) * d, 0.0F);",
        "data_ = AlignedBuffer<float>(checked_product(n * m, k));",
    ],
)
def test_an_unchecked_product_is_found(line: str) -> None:
    assert [*unchecked(line)]
