"""The features of texts, for the second reader, from the page of the format alone."""

from __future__ import annotations

import math
import re
import unicodedata
from itertools import pairwise
from typing import Any

MASK = 0xFFFFFFFF


def text_features(block: Any, own: Any, cells: Any) -> list[float]:
    """Return the features of a cell."""
    counts: dict[int, int] = {}
    column_of = _hashed(block["hashing"]) if block["hashing"] else _known(own)
    for term in _terms(block, cells[block["column"]]):
        column, sign = column_of(term)
        if column >= 0:
            counts[column] = counts.get(column, 0) + sign
    values = {column: _weight(block, own, column, n) for column, n in counts.items()}
    norm = {
        None: 1.0,
        "l1": sum(map(abs, values.values())),
        "l2": math.sqrt(sum(value * value for value in values.values())),
    }[block["norm"]]
    places, n_features = _places(block, own)
    made = [0.0] * n_features
    for column, value in values.items():
        if column in places:
            made[places[column]] = value / (norm or 1)
    return made


def _weight(block: Any, own: Any, column: int, count: int) -> float:
    value = 1.0 if block["binary"] else float(count)
    if block["sublinear_tf"]:
        value = 1 + math.log(value)
    if "idf" not in own:
        return value
    place = int(own["idf_codes"][column]) if "idf_codes" in own else column
    return value * float(own["idf"][place])


def _places(block: Any, own: Any) -> tuple[dict[int, int], int]:
    if block["hashing"]:
        n = block["hashing"]["n_columns"]
        kept = own["buckets"].tolist() if "buckets" in own else range(n)
        return {column: i for i, column in enumerate(kept)}, len(kept)
    n = len(own["terms.offsets"]) - 1
    features = own["features"].tolist() if "features" in own else range(n)
    return dict(enumerate(features)), n


def _known(own: Any) -> Any:
    places = own["terms.offsets"].tolist()
    blob = own["terms.values"].tobytes()
    known = {blob[begin:end]: i for i, (begin, end) in enumerate(pairwise(places))}
    silent = own["silent"].tolist() if "silent" in own else []

    def column_of(term: str) -> tuple[int, int]:
        utf8 = term.encode()
        if utf8 in known:
            return known[utf8], 1
        hashed = murmur3(utf8)
        return (len(known) + silent.index(hashed), 1) if hashed in silent else (-1, 1)

    return column_of


def _hashed(hashing: Any) -> Any:
    n = hashing["n_columns"]

    def column_of(term: str) -> tuple[int, int]:
        hashed = murmur3(term.encode())
        signed = hashed - 2**32 if hashed >= 2**31 else hashed
        column = (2**31 - 1 - (n - 1)) % n if signed == -(2**31) else abs(signed) % n
        return column, -1 if hashing["alternate_sign"] and signed < 0 else 1

    return column_of


def _terms(block: Any, text: str) -> list[str]:
    if block["lowercase"]:
        text = text.lower()
    if block["strip_accents"]:
        text = unicodedata.normalize("NFKD", text)
        if block["strip_accents"] == "ascii":
            text = text.encode("ascii", "ignore").decode()
        text = "".join(c for c in text if not unicodedata.combining(c))
    low, high = block["ngram_range"]
    sizes = range(low, high + 1)
    if block["analyzer"] == "word":
        tokens = re.findall(block["token_pattern"], text)
        tokens = [token for token in tokens if token not in block["stop_words"]]
        return [" ".join(own) for n in sizes for own in _slices(tokens, n)]
    text = re.sub(r"\s\s+", " ", text)
    if block["analyzer"] == "char":
        return [own for n in sizes for own in _slices(text, n)]
    terms = []
    for word in text.split():
        padded = f" {word} "
        for n in sizes:
            terms += _slices(padded, n) or [padded]
            if n >= len(padded):
                break
    return terms


def _slices(items: Any, n: int) -> list[Any]:
    return [items[i : i + n] for i in range(len(items) - n + 1)]


def murmur3(data: bytes) -> int:
    """Return MurmurHash3 for 32 bits on x86, with seed 0."""
    h = 0
    for i in range(0, len(data), 4):
        k = int.from_bytes(data[i : i + 4], "little") * 0xCC9E2D51 & MASK
        k = (k << 15 | k >> 17) * 0x1B873593 & MASK
        h ^= k
        if len(data) - i >= 4:
            h = (h << 13 | h >> 19) & MASK
            h = h * 5 + 0xE6546B64 & MASK
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & MASK
    h = (h ^ h >> 13) * 0xC2B2AE35 & MASK
    return h ^ h >> 16
