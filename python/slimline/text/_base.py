"""What the three vectorizers share: settings, the functions that they are built of, CSR."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator
from typing import Any, ClassVar, TypeVar

import numpy as np
from scipy import sparse
from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import StrOptions

from slimline import _core
from slimline._text_columns import is_missing, text_blocks
from slimline._text_settings import weighting
from slimline.estimators._data import thread_count
from slimline.text._settings import (
    TextFunction,
    content_of,
    get_stop_words,
    inconsistent_words,
    only_preparing,
    only_tokens,
    settings_of,
)

CORE_DTYPES = (np.float64, np.float32, np.int64)  # that the core writes


Method = TypeVar("Method", bound=Callable[..., Any])


def checks_parameters(fit: Method) -> Method:
    """Have scikit-learn compare the parameters with what a class declares before a fit."""
    checked: Method = _fit_context(prefer_skip_nested_validation=True)(fit)
    return checked


class TextVectorizer(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[misc, call-arg]
    """Base of the vectorizers: how texts are read, whatever becomes of their terms."""

    _name = "raw_documents"  # what scikit-learn calls the texts
    # What is refused by settings_of gets its message there.
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "input": "no_validation",
        "encoding": [str],
        "decode_error": [StrOptions({"strict", "ignore", "replace"})],
        "strip_accents": "no_validation",
        "lowercase": ["boolean"],
        "preprocessor": "no_validation",
        "tokenizer": "no_validation",
        "stop_words": [StrOptions({"english"}), list, None],
        "token_pattern": [str, None],
        "ngram_range": [tuple],
        "analyzer": "no_validation",
        "binary": ["boolean"],
        "dtype": "no_validation",
        "n_jobs": [None, int],
    }

    @property
    def unicode_version_(self) -> str:
        """The version of Unicode that texts are read by, as "14.0.0"."""
        return _core.unicode_version()

    def build_analyzer(self) -> Callable[[str | bytes], list[str]]:
        """Return a function from a text to its terms.

        Returns
        -------
        callable
            Takes str or bytes, returns a list of str in the order in which terms are counted.
        """
        settings = settings_of(self)
        self._check_stop_words()
        return TextFunction(settings, "terms")

    def build_preprocessor(self) -> Callable[[str], str]:
        """Return a function that gives a text in lower case and without accents, as asked for."""
        return TextFunction(only_preparing(settings_of(self)), "prepared")

    def build_tokenizer(self) -> Callable[[str], list[str]]:
        """Return a function that splits a text, as it is, into tokens."""
        return TextFunction(only_tokens(settings_of(self), self.token_pattern), "terms")

    def decode(self, doc: str | bytes) -> str:
        """Return a text, or what ``input`` says holds it, as a str."""
        doc = content_of(doc, self.input)
        if isinstance(doc, bytes):
            return doc.decode(self.encoding, self.decode_error)
        if is_missing(doc):
            msg = "np.nan is an invalid document, expected byte or unicode string."
            raise ValueError(msg)
        return doc

    def get_stop_words(self) -> Collection[str] | None:
        """Return the stop words that are in use, or None."""
        return get_stop_words(self.stop_words)

    def _check_stop_words(self) -> None:
        if self.analyzer == "word" and self.stop_words is not None:
            self._check_stop_words_consistency(
                self.get_stop_words(), self.build_preprocessor(), self.build_tokenizer()
            )

    def _check_stop_words_consistency(
        self, stop_words: Any, preprocess: Any, tokenize: Any
    ) -> bool | None:
        """Warn once for each list of stop words that is not closed under its own splitting."""
        if id(self.stop_words) == getattr(self, "_stop_words_id", None):
            return None
        inconsistent = inconsistent_words(stop_words or (), preprocess, tokenize)
        self._stop_words_id = id(self.stop_words)
        if inconsistent:
            msg = (
                "Your stop_words may be inconsistent with your preprocessing. Tokenizing the stop"
                f" words generated tokens {inconsistent!r} not in stop_words."
            )
            warnings.warn(msg, stacklevel=2)
        return not inconsistent

    def _reader(self) -> _core.TextAnalyzer:
        core = settings_of(self).core()
        self._check_stop_words()
        return core

    def _texts(self, raw: Any) -> Iterator[_core.Texts]:
        if self.input != "content" and not isinstance(raw, str | bytes):
            raw = (content_of(doc, self.input) for doc in raw)
        return text_blocks(
            raw, name=self._name, encoding=self.encoding, decode_error=self.decode_error
        )

    def _threads(self) -> int:
        return thread_count(self.n_jobs)

    def __sklearn_tags__(self) -> Any:
        """Texts are strings in one dimension."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


COUNTS = weighting()


def to_csr(blocks: list[tuple[Any, Any, Any]], n_columns: int) -> Any:
    """Return the core's rows as one scipy matrix, with the smallest index type that holds them."""
    data, indices, indptr = blocks[0] if len(blocks) == 1 else _joined(blocks)
    index = np.int32 if indptr[-1] <= np.iinfo(np.int32).max else np.int64
    kind = (
        sparse.csr_array if get_config().get("sparse_interface") == "sparray" else sparse.csr_matrix
    )
    shape = (len(indptr) - 1, n_columns)
    matrix = kind(
        (data, indices.astype(index, copy=False), indptr.astype(index, copy=False)), shape=shape
    )
    matrix.has_canonical_format = True
    return matrix


def _joined(blocks: list[tuple[Any, Any, Any]]) -> tuple[Any, Any, Any]:
    if not blocks:
        empty = np.empty(0)
        return empty, empty.astype(np.int32), np.zeros(1, np.int64)
    data, indices, indptrs = zip(*blocks, strict=True)
    ends = np.cumsum([0, *(indptr[-1] for indptr in indptrs)])
    indptr = np.concatenate(
        [[0], *(indptr[1:] + end for indptr, end in zip(indptrs, ends, strict=False))]
    )
    return np.concatenate(data), np.concatenate(indices), indptr
