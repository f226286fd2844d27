"""How a text becomes terms, as the core reads texts, and what terms weigh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._text_columns import text_blocks

TOKEN_PATTERN = r"(?u)\b\w\w+\b"  # noqa: S105 - no password
_LOGARITHMS = 1 << 14  # counts whose logarithm NumPy takes, so that values have its bits
UNITS = {
    "word": _core.TermUnit.word,
    "char": _core.TermUnit.char,
    "char_wb": _core.TermUnit.char_wb,
}
NORMS = {None: _core.Norm.none, "l1": _core.Norm.l1, "l2": _core.Norm.l2}
STRIPPING = {
    None: _core.StripAccents.none,
    "ascii": _core.StripAccents.ascii,
    "unicode": _core.StripAccents.unicode,
}


@dataclass(frozen=True)
class TextSettings:
    """How a text becomes terms; hashable, so that the core's analyzer is made once for each.

    Parameters
    ----------
    analyzer, lowercase, strip_accents, token_pattern, ngram_range, encoding, decode_error, input
        As :class:`slimline.CountVectorizer` takes them.
    stop_words : tuple of str
        Ascending.

    Examples
    --------
    >>> from slimline.inputs import TextSettings
    >>> TextSettings(analyzer="char", ngram_range=(1, 2)).lowercase
    True
    """

    analyzer: str = "word"
    lowercase: bool = True
    strip_accents: str | None = None
    token_pattern: str = TOKEN_PATTERN
    stop_words: tuple[str, ...] = ()
    ngram_range: tuple[int, int] = (1, 1)
    encoding: str = "utf-8"
    decode_error: str = "strict"
    input: str = "content"

    def core(self) -> _core.TextAnalyzer:
        """Return the core's analyzer of these settings."""
        return _analyzer(self)


@lru_cache(maxsize=64)
def _analyzer(settings: TextSettings) -> _core.TextAnalyzer:
    (stop_words,) = text_blocks(settings.stop_words, name="stop_words")
    return _core.TextAnalyzer(
        UNITS[settings.analyzer],
        settings.lowercase,
        STRIPPING[settings.strip_accents],
        settings.token_pattern,
        stop_words,
        *settings.ngram_range,
    )


def weighting(
    *,
    binary: bool = False,
    sublinear: bool = False,
    logarithms: NDArray[Any] | None = None,
    idf: NDArray[Any] | None = None,
    norm: str | None = None,
) -> _core.TermWeighting:
    """Return how the core makes values of counts."""
    return _core.TermWeighting(binary, sublinear, logarithms, idf, NORMS[norm])


@lru_cache
def log_counts(dtype: str) -> NDArray[Any]:
    """Return ``1 + ln(count)`` by count, with the bits that NumPy gives for a whole array."""
    counts = np.arange(_LOGARITHMS, dtype=dtype)
    counts[1:] = np.log(counts[1:]) + counts.dtype.type(1)
    return counts
