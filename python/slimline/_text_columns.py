"""Texts from outside, in any container, as the core reads them: UTF-8 where it lies."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from slimline import _core

_BLOCK = 1 << 14  # items of an iterator that are held at a time
_TEXT_KINDS = "OUST"  # of numpy's dtypes: objects, str, bytes, StringDType


class _Converter:
    """Turns a row that is not UTF-8 already into a str, or says what is wrong with it."""

    def __init__(self, name: str, first: int, encoding: str, decode_error: str) -> None:
        self.name = name
        self.first = first
        self.encoding = encoding
        self.decode_error = decode_error

    def __call__(self, row: int, item: Any) -> str:
        place = f"row {self.first + row} of {self.name}"
        if isinstance(item, bytes):
            try:
                return item.decode(self.encoding, self.decode_error)
            except UnicodeDecodeError as error:
                error.add_note(f"in {place}")
                raise
        if isinstance(item, str):
            msg = f"{place} holds a lone surrogate, which is no character"
            raise ValueError(msg)  # noqa: TRY004 - a str it is
        if is_missing(item):
            shown = "np.nan" if isinstance(item, float) else repr(item)
            msg = (
                f"{shown} is an invalid document, expected byte or unicode string."
                f" {place[0].upper()}{place[1:]} is missing"
            )
            raise ValueError(msg)
        msg = f"{place} must be str or bytes, got {type(item).__name__}"
        raise TypeError(msg)


def is_missing(item: Any) -> bool:
    """Whether a cell is None, NaN, NaT or pandas' NA."""
    if item is None or type(item).__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(item, float | np.floating) and bool(np.isnan(item))


def text_blocks(
    raw: Any, *, name: str, encoding: str = "utf-8", decode_error: str = "strict"
) -> Iterator[_core.Texts]:
    """Yield the texts of ``raw`` in order: at once, or of an iterator block by block.

    Parameters
    ----------
    raw : iterable of str or bytes
        A list, a numpy array of objects or strings, a column of pandas, polars or pyarrow, a frame
        of one such column, or any other iterable.
    name : str
        What messages call it.
    encoding, decode_error : str
        How bytes are decoded, as ``bytes.decode`` takes them.

    Raises
    ------
    ValueError
        If a text is missing, has lone surrogates or, as UnicodeDecodeError, cannot be decoded; if
        ``raw`` is a single text, or has several columns.
    TypeError
        If something is no text.
    """
    if isinstance(raw, str | bytes):
        kind = "string" if isinstance(raw, str) else "bytes"
        msg = f"Iterable over raw text documents expected, {kind} object received."
        raise ValueError(msg)  # noqa: TRY004 - as scikit-learn has it
    utf8 = _is_utf8(encoding)
    if not isinstance(raw, list | tuple):
        raw = _plain(raw, name)
    if _has_arrow(raw):
        yield _core.texts_of_column(raw, _Converter(name, 0, encoding, decode_error), utf8)
    elif isinstance(raw, list | tuple):
        yield _core.Texts(tuple(raw), _Converter(name, 0, encoding, decode_error), utf8)
    else:
        items, first = iter(raw), 0
        while block := tuple(islice(items, _BLOCK)):
            yield _core.Texts(block, _Converter(name, first, encoding, decode_error), utf8)
            first += len(block)


def one_text(
    text: Any, *, name: str, encoding: str = "utf-8", decode_error: str = "strict"
) -> _core.Texts:
    """Return a single text, as :func:`text_blocks` has it."""
    convert = _Converter(name, 0, encoding, decode_error)
    return _core.Texts((text,), convert, _is_utf8(encoding))


def text_converter(name: str, decode_error: str) -> Callable[[int, Any], str]:
    """Return a function from a row and what it holds to a str: for what is not UTF-8 already."""
    return _Converter(name, 0, "utf-8", decode_error)


@lru_cache
def _is_utf8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:  # said when there are bytes to decode
        return False


def _has_arrow(raw: Any) -> bool:
    return hasattr(raw, "__arrow_c_stream__") or hasattr(raw, "__arrow_c_array__")


def _plain(raw: Any, name: str) -> Any:
    """Return what has the Arrow interface, a list, or an iterable."""
    if hasattr(raw, "iloc"):  # pandas; its objects become no Arrow column unless all are texts
        raw = _only_column(raw, name) if raw.ndim > 1 else raw
        if raw.dtype == object or not converts_to_arrow(raw):
            raw = raw.to_numpy(dtype=object)
    if isinstance(raw, np.ndarray):
        return _of_array(raw, name)
    if not _has_arrow(raw) and not isinstance(raw, Iterable):
        msg = f"{name} must be an iterable of str or bytes, got {type(raw).__name__}"
        raise TypeError(msg)
    return raw


def _only_column(frame: Any, name: str) -> Any:
    if frame.shape[1] != 1:
        msg = f"{name} must have one column of texts, got {frame.shape[1]} columns"
        raise ValueError(msg)
    return frame.iloc[:, 0]


def converts_to_arrow(series: Any) -> bool:
    """Whether pandas gives the Arrow interface here: not before 3.0, nor without pyarrow."""
    if not hasattr(series, "__arrow_c_stream__"):
        return False
    try:
        import pyarrow  # noqa: F401, ICN001, PLC0415 - the extra may be missing
    except ModuleNotFoundError:
        return False
    return True


def _of_array(array: np.ndarray[Any, Any], name: str) -> list[Any]:
    if array.ndim != 1 and array.shape[1:] != (1,):
        msg = f"{name} must have one dimension, got shape {array.shape}"
        raise ValueError(msg)
    if array.dtype.kind not in _TEXT_KINDS:
        msg = f"{name} must hold texts, got dtype {array.dtype}"
        raise TypeError(msg)
    return array.ravel().tolist()
