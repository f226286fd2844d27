"""What a file holds of a block of texts, and the checks of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import check_choice
from slimline._stop_words import ENGLISH
from slimline._text import quoted
from slimline._text_settings import STRIPPING, UNITS, TextSettings
from slimline.inputs.keys import STORED as KEYS
from slimline.inputs.keys import Keys
from slimline.inputs.terms import BUCKETS, FEATURES, SILENT, HashedTerms, Terms
from slimline.layers._state import StoredTensor, frozen_array

_SETTINGS = (
    "analyzer",
    "lowercase",
    "strip_accents",
    "token_pattern",
    "stop_words",
    "ngram_range",
    "decode_error",
)
_DECODE_ERRORS = ("strict", "ignore", "replace")
_MOST_STOP_WORDS = 100_000
_LONGEST_NGRAM = 1000  # so that a small file cannot ask for much work

_IDF = StoredTensor(
    "idf", (np.float64,), ("n_idf",), "the idf of each term, or the different ones, ascending"
)
_CODES = StoredTensor(
    "idf_codes", (np.uint8, np.uint16), ("n_columns",), "the place of each term's idf in `idf`"
)
STORED = (
    *(each._replace(name=f"terms.{each.name}") for each in KEYS),
    FEATURES,
    SILENT,
    BUCKETS,
    _IDF,
    _CODES,
)


def check_settings(settings: TextSettings) -> None:
    """Raise TypeError or ValueError unless the core can read texts so."""
    if not isinstance(settings, TextSettings):
        msg = f"settings must be TextSettings, got {type(settings).__name__}"
        raise TypeError(msg)
    check_choice("analyzer", settings.analyzer, UNITS)
    if type(settings.lowercase) is not bool:
        msg = f"lowercase must be true or false, got {settings.lowercase!r}"
        raise TypeError(msg)
    if settings.strip_accents is not None:
        check_choice("strip_accents", settings.strip_accents, filter(None, STRIPPING))
    if type(settings.token_pattern) is not str:
        msg = f"token_pattern must be a text, got {quoted(settings.token_pattern)}"
        raise TypeError(msg)
    _core.check_token_pattern(settings.token_pattern)
    check_choice("decode_error", settings.decode_error, _DECODE_ERRORS)
    if (settings.encoding, settings.input) != ("utf-8", "content"):
        msg = "texts of a Model are str, or bytes of UTF-8: encoding='utf-8' and input='content'"
        raise ValueError(msg)
    _check_ngrams(settings.ngram_range)
    _check_stop_words(settings.stop_words)


def _check_ngrams(ngram_range: object) -> None:
    if (
        not isinstance(ngram_range, tuple)
        or len(ngram_range) != 2  # noqa: PLR2004 - the shortest and the longest
        or any(type(n) is not int for n in ngram_range)
    ):
        msg = f"ngram_range must be two whole numbers, got {quoted(ngram_range)}"
        raise TypeError(msg)
    low, high = ngram_range
    if not 1 <= low <= high <= _LONGEST_NGRAM:
        msg = f"ngram_range must be within 1 to {_LONGEST_NGRAM}, ascending, got {ngram_range}"
        raise ValueError(msg)


def _check_stop_words(words: object) -> None:
    if not isinstance(words, tuple) or any(type(word) is not str for word in words):
        msg = f"stop_words must be a sequence of texts, got {quoted(words)}"
        raise TypeError(msg)
    if len(words) > _MOST_STOP_WORDS:
        msg = f"stop_words must be at most {_MOST_STOP_WORDS:,}, got {len(words):,}"
        raise ValueError(msg)
    for before, after in pairwise(words):
        if before >= after:
            msg = f"stop_words must be strictly ascending, got {quoted(before)}, {quoted(after)}"
            raise ValueError(msg)


def settings_params(settings: TextSettings) -> dict[str, Any]:
    """Return what a file stores of how texts are read."""
    own = {name: getattr(settings, name) for name in _SETTINGS}
    words = "english" if settings.stop_words == ENGLISH else list(settings.stop_words)
    return own | {"stop_words": words, "ngram_range": list(settings.ngram_range)}


def settings_from(params: dict[str, Any]) -> TextSettings:
    """Take the settings out of the parameters of a block."""
    missing = [name for name in _SETTINGS if name not in params]
    if missing:
        msg = f"parameters of texts are missing: {sorted(missing)}"
        raise ValueError(msg)
    own = {name: params.pop(name) for name in _SETTINGS}
    words, ngrams = own["stop_words"], own["ngram_range"]
    if not isinstance(words, list) and words != "english":
        msg = f"stop_words must be 'english' or a list of texts, got {quoted(words)}"
        raise ValueError(msg)
    if not isinstance(ngrams, list):
        msg = f"ngram_range must be a list of two whole numbers, got {quoted(ngrams)}"
        raise TypeError(msg)
    own["stop_words"] = ENGLISH if words == "english" else tuple(words)
    return TextSettings(**own | {"ngram_range": tuple(ngrams)})


def idf_tensors(idf: NDArray[np.float64] | None) -> dict[str, NDArray[Any]]:
    """Return what a file stores of idf: the different values and a code each, if that is less."""
    if idf is None:
        return {}
    values, codes = np.unique(idf, return_inverse=True)
    for dtype in (np.uint8, np.uint16):
        small = np.dtype(dtype).itemsize
        if len(values) <= 2 ** (8 * small) and 8 * len(values) + small * len(idf) < 8 * len(idf):
            return {"idf": values, "idf_codes": codes.astype(dtype)}
    return {"idf": idf}


def idf_from(rest: dict[str, NDArray[Any]], n_columns: int) -> NDArray[np.float64] | None:
    """Take the idf of each term out of the tensors of a block."""
    values = rest.pop("idf", None)
    codes = rest.pop("idf_codes", None)
    if values is None:
        if codes is not None:
            msg = "idf_codes are places in idf, which is missing"
            raise ValueError(msg)
        return None
    values = frozen_array("idf", values, _IDF.dtypes, 1)
    if codes is None:
        return values
    codes = frozen_array("idf_codes", codes, _CODES.dtypes, 1)
    if len(codes) != n_columns or (len(codes) and int(codes.max()) >= len(values)):
        msg = f"idf_codes must be {n_columns} places in idf, below {len(values)}"
        raise ValueError(msg)
    idf: NDArray[np.float64] = values[codes]
    return idf


def terms_from(rest: dict[str, NDArray[Any]], hashing: Any) -> Terms | HashedTerms:
    """Take the terms out of the tensors of a block."""
    if hashing is not None:
        names = {"n_columns", "alternate_sign"}
        if not isinstance(hashing, Mapping) or set(hashing) != names:
            msg = f"hashing must have {sorted(names)}, got {quoted(hashing)}"
            raise ValueError(msg)
        return HashedTerms(buckets=rest.pop("buckets", None), **hashing)
    parts: dict[str, Any] = {each.name: rest.pop(f"terms.{each.name}", None) for each in KEYS}
    if parts["values"] is None:
        msg = "the terms of texts are missing"
        raise ValueError(msg)
    return Terms(
        keys=Keys(**parts), features=rest.pop("features", None), silent=rest.pop("silent", None)
    )
