"""Texts that are numbers: what people and files write, and nothing else that float() takes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_NUMBER = re.compile(r"[ \t]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t]*", re.ASCII)
_CHARACTERS = frozenset("0123456789+-.eE \t")  # of which float() makes nothing but such numbers


def parsed(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return the numbers that texts are, NaN of those that are none.

    >>> parsed(["3", " -1.5e2", "1_000", "inf", ""]).tolist()
    [3.0, -150.0, nan, nan, nan]
    """
    if _CHARACTERS.issuperset("".join(texts)):
        try:
            return np.array(texts, dtype=object).astype(np.float64)
        except ValueError:
            pass
    return np.array(
        [float(text) if _NUMBER.fullmatch(text) else np.nan for text in texts], dtype=np.float64
    )
