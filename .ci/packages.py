"""What extras of pyproject.toml bring, those that they name included, without slimline itself.

``python .ci/packages.py EXTRA...`` prints it, a line for each package. Beside the extras, "build"
is what building needs, and "runtime" what every installation brings.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path


def packages_of(*names: str) -> list[str]:
    """Return the requirements of these extras, each once."""
    with (Path(__file__).parents[1] / "pyproject.toml").open("rb") as file:
        settings = tomllib.load(file)
    project = settings["project"]
    extras = {
        "build": settings["build-system"]["requires"],
        "runtime": project["dependencies"],
        **project["optional-dependencies"],
    }
    lines: dict[str, None] = {}
    left = list(names)
    while left:
        for line in extras[left.pop(0)]:
            others = re.match(r"slimline\[([\w,]+)\]", line)
            if others:
                left += others[1].split(",")
            else:
                lines[line] = None
    return list(lines)


if __name__ == "__main__":
    print(*packages_of(*sys.argv[1:]), sep="\n")
