"""From a vectorizer's parameters to what the core reads texts with; refusals that name them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from slimline import _core
from slimline._text_columns import one_text
from slimline._text_settings import STRIPPING, TOKEN_PATTERN, UNITS, TextSettings

_INPUTS = ("content", "file", "filename")


@dataclass(frozen=True)
class TextFunction:
    """What ``build_analyzer``, ``build_tokenizer`` and ``build_preprocessor`` return."""

    settings: TextSettings
    gives: str  # "terms" or "prepared", methods of the core's analyzer

    def __call__(self, doc: str | bytes) -> Any:
        """Return the terms of a text, or the text in lower case and without accents."""
        settings = self.settings
        doc = content_of(doc, settings.input)
        text = one_text(
            doc, name="doc", encoding=settings.encoding, decode_error=settings.decode_error
        )
        return getattr(settings.core(), self.gives)(text, 0)


def content_of(doc: Any, kind: str) -> Any:
    """Return the text that the parameter ``input`` means: a file's, a path's, or ``doc`` itself."""
    if kind == "filename":
        return Path(doc).read_bytes()
    return doc.read() if kind == "file" else doc


def settings_of(vectorizer: Any) -> TextSettings:
    """Return the settings that a vectorizer's parameters mean.

    Raises
    ------
    ValueError
        If a parameter has a value that the core does not know.
    """
    _check_refused(vectorizer)
    is_word = vectorizer.analyzer == "word"
    stop_words = get_stop_words(vectorizer.stop_words) if is_word else None
    return TextSettings(
        analyzer=vectorizer.analyzer,
        lowercase=bool(vectorizer.lowercase),
        strip_accents=vectorizer.strip_accents or None,
        token_pattern=_token_pattern(vectorizer.token_pattern) if is_word else TOKEN_PATTERN,
        stop_words=tuple(sorted(stop_words or ())),
        ngram_range=_ngram_range(vectorizer.ngram_range),
        encoding=vectorizer.encoding,
        decode_error=vectorizer.decode_error,
        input=vectorizer.input,
    )


def only_preparing(settings: TextSettings) -> TextSettings:
    """Return the settings of lower case and accents alone."""
    return replace(settings, analyzer="char", stop_words=(), ngram_range=(1, 1))


def only_tokens(settings: TextSettings, token_pattern: str | None) -> TextSettings:
    """Return the settings that split a text as it is into tokens."""
    return replace(
        settings,
        analyzer="word",
        token_pattern=_token_pattern(token_pattern),
        lowercase=False,
        strip_accents=None,
        stop_words=(),
        ngram_range=(1, 1),
    )


def _check_refused(vectorizer: Any) -> None:
    if not isinstance(vectorizer.input, str) or vectorizer.input not in _INPUTS:
        msg = f"input must be one of 'content', 'file', 'filename', got {vectorizer.input!r}"
        raise ValueError(msg)
    for name in ("preprocessor", "tokenizer"):
        value = getattr(vectorizer, name)
        if value is not None:
            msg = (
                f"{name} must be None, got {value!r}: texts are read without Python; change the"
                " texts first, or take scikit-learn's vectorizer"
            )
            raise ValueError(msg)
    if not isinstance(vectorizer.analyzer, str) or vectorizer.analyzer not in UNITS:
        msg = f"analyzer must be one of 'word', 'char', 'char_wb', got {vectorizer.analyzer!r}"
        raise ValueError(msg)
    stripping = vectorizer.strip_accents
    if stripping and (not isinstance(stripping, str) or stripping not in STRIPPING):
        msg = f"strip_accents must be None, 'ascii' or 'unicode', got {stripping!r}"
        raise ValueError(msg)


def _token_pattern(pattern: Any) -> str:
    if not isinstance(pattern, str):
        msg = f"token_pattern must be a str, got {pattern!r}"
        raise ValueError(msg)  # noqa: TRY004 - as for any other value that is refused
    _core.check_token_pattern(pattern)
    return pattern


def _ngram_range(ngram_range: Any) -> tuple[int, int]:
    low, high = ngram_range
    if not (isinstance(low, Integral) and isinstance(high, Integral)):
        msg = f"ngram_range must be two integers, got {ngram_range}"
        raise ValueError(msg)  # noqa: TRY004 - the same
    if low > high:
        msg = (
            f"Invalid value for ngram_range={ngram_range} lower boundary larger than the upper"
            " boundary."
        )
        raise ValueError(msg)
    if low < 1:
        msg = f"ngram_range must begin with 1 or more, got {ngram_range}"
        raise ValueError(msg)
    return int(low), int(high)


def get_stop_words(stop_words: Any) -> Collection[str] | None:
    """Return the words that the parameter ``stop_words`` means."""
    if stop_words is None:
        return None
    if isinstance(stop_words, str):
        if stop_words != "english":
            msg = f"not a built-in stop list: {stop_words}"
            raise ValueError(msg)
        words: frozenset[str] = ENGLISH_STOP_WORDS
        return words
    return frozenset(stop_words)


def inconsistent_words(
    stop_words: Collection[str],
    preprocess: Callable[[str], str],
    tokenize: Callable[[str], list[str]],
) -> list[str]:
    """Return tokens that the stop words are split into and that are no stop words themselves."""
    tokens = {token for word in stop_words for token in tokenize(preprocess(word))}
    return sorted(tokens.difference(stop_words))


def warn_of_unused(vectorizer: Any) -> None:
    """Warn of parameters that only words need."""
    if vectorizer.analyzer == "word":
        return
    unused = {
        "stop_words": vectorizer.stop_words is not None,
        "token_pattern": vectorizer.token_pattern not in {None, TOKEN_PATTERN},
    }
    for name in (name for name, is_set in unused.items() if is_set):
        msg = f"The parameter '{name}' will not be used since 'analyzer' != 'word'"
        warnings.warn(msg, stacklevel=4)
