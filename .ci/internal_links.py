"""Check that every link inside a built site leads to a page, and to a place on it."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

REFERENCE = re.compile(r"""(?:href|src)=["']([^"']+)["']""")
PLACE = re.compile(r"""\b(?:id|name)=["']([^"']+)["']""")
ROOT = Path(sys.argv[1]).resolve()


@cache
def places(page: Path) -> set[str]:
    """Return what a link to a page may point at."""
    return set(PLACE.findall(page.read_text(encoding="utf-8")))


def problem(page: Path, link: str) -> str | None:
    """Say what is wrong with a link, or return None."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or link in {"#", ""}:
        return None
    target = page if not parts.path else (page.parent / unquote(parts.path)).resolve()
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "no such file"
    fragment = unquote(parts.fragment)
    if fragment and target.suffix == ".html" and fragment not in places(target):
        return "no such place on the page"
    return None


count = 0
dead = []
for page in sorted(set(ROOT.rglob("*.html")) - set((ROOT / "_static").rglob("*.html"))):
    for link in REFERENCE.findall(page.read_text(encoding="utf-8")):
        count += 1
        if wrong := problem(page, link.replace("&amp;", "&")):
            dead.append(f"{page.relative_to(ROOT)}: {link}: {wrong}")
print(*dead, f"{count} links, {len(dead)} dead", sep="\n")
sys.exit(bool(dead) or not count)
