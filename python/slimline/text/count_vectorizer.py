"""CountVectorizer: texts to counts of terms."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import metadata_routing
from sklearn.utils._param_validation import HasMethods, Interval, RealNotInt
from sklearn.utils.validation import check_array, check_is_fitted

from slimline import _core
from slimline._text_settings import TOKEN_PATTERN, weighting
from slimline.text._base import (
    CORE_DTYPES,
    COUNTS,
    TextVectorizer,
    checks_parameters,
    to_csr,
)
from slimline.text._learned_terms import GivenTerms, SeenTerms, Selection, given_mapping
from slimline.text._settings import settings_of, warn_of_unused

_SHARE_OR_COUNT = [
    Interval(RealNotInt, 0, 1, closed="both"),
    Interval(Integral, 1, None, closed="left"),
]


class CountVectorizer(TextVectorizer, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    r"""Count how often each term occurs in each text: a drop-in for scikit-learn's.

    Terms and counts are scikit-learn's under a Python of the same Unicode version, at a fraction
    of the time. Beyond it there are threads, ``partial_fit`` and ``merge`` for texts that do not
    fit into memory, and texts as columns of pandas, polars and pyarrow.

    Parameters
    ----------
    input : {"content", "file", "filename"}, default="content"
        Whether texts are passed, files that are open, or paths.
    encoding : str, default="utf-8"
        Of texts that are bytes.
    decode_error : {"strict", "ignore", "replace"}, default="strict"
        What becomes of bytes that are no text.
    strip_accents : {"ascii", "unicode"} or None, default=None
        Leave accents out, by NFKD normalisation after lower case; "ascii" leaves out all that is
        not ASCII then.
    lowercase : bool, default=True
    preprocessor, tokenizer : None
        Functions are not called here: apply them to the texts before.
    stop_words : {"english"}, list of str or None, default=None
        Tokens that are left out, before n-grams are made.
    token_pattern : str, default=r"(?u)\b\w\w+\b"
        What a token is, for words: one class of characters, repeated, as ``\w+``, ``\w\w+`` or
        ``\w{3,}``. Classes are ``\w``, ``\S``, ``[^\d\W]``, ``[^\W\d_]``, ``[a-z]``,
        ``[a-zA-Z]`` and ``[a-zA-Z0-9]``; all but ``\S`` may stand between two ``\b``, and ``(?u)``
        in front of all.
    ngram_range : tuple of (int, int), default=(1, 1)
        The shortest and the longest n-grams, from 1 on.
    analyzer : {"word", "char", "char_wb"}, default="word"
        N-grams of tokens, of characters, or of characters within words, which are padded by a
        space on both sides.
    max_df, min_df : float in [0, 1] or int, default=1.0 and 1
        Leave out terms that occur in more, or fewer, texts: a share of them or a number.
    max_features : int or None, default=None
        The most terms that are kept: those that occur most often, of equals the first in code point
        order.
    vocabulary : mapping of str to int, iterable of str or None, default=None
        The terms, where they are not to be learned.
    binary : bool, default=False
        Let every count be 1.
    dtype : dtype, default=np.int64
        Of the counts.
    n_jobs : int or None, default=None
        Threads; results do not depend on them. None is 1, -1 all.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        Terms and their columns. Assign another to use it; changes of the dict have no effect.
    fixed_vocabulary_ : bool
        Whether ``vocabulary`` was given.
    unicode_version_ : str

    Examples
    --------
    >>> import slimline as sl
    >>> vectorizer = sl.CountVectorizer(ngram_range=(1, 2))
    >>> X = vectorizer.fit_transform(["good film", "not a good film"])
    >>> list(vectorizer.get_feature_names_out())
    ['film', 'good', 'good film', 'not', 'not good']
    >>> X.toarray()
    array([[1, 1, 1, 0, 0],
           [1, 1, 1, 1, 1]])
    """

    __metadata_request__fit: ClassVar = {"raw_documents": metadata_routing.UNUSED}
    __metadata_request__partial_fit: ClassVar = {"raw_documents": metadata_routing.UNUSED}
    __metadata_request__transform: ClassVar = {"raw_documents": metadata_routing.UNUSED}

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **TextVectorizer._parameter_constraints,  # noqa: SLF001 - the class above
        "max_df": _SHARE_OR_COUNT,
        "min_df": _SHARE_OR_COUNT,
        "max_features": [Interval(Integral, 1, None, closed="left"), None],
        "vocabulary": [Mapping, HasMethods("__iter__"), None],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's
        self,
        *,
        input: str = "content",  # noqa: A002 - scikit-learn's name
        encoding: str = "utf-8",
        decode_error: str = "strict",
        strip_accents: str | None = None,
        lowercase: bool = True,
        preprocessor: None = None,
        tokenizer: None = None,
        stop_words: str | list[str] | None = None,
        token_pattern: str | None = TOKEN_PATTERN,
        ngram_range: tuple[int, int] = (1, 1),
        analyzer: str = "word",
        max_df: float = 1.0,
        min_df: float = 1,
        max_features: int | None = None,
        vocabulary: Mapping[str, int] | Iterable[str] | None = None,
        binary: bool = False,
        dtype: Any = np.int64,
        n_jobs: int | None = None,
    ) -> None:
        self.input = input
        self.encoding = encoding
        self.decode_error = decode_error
        self.strip_accents = strip_accents
        self.lowercase = lowercase
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.ngram_range = ngram_range
        self.analyzer = analyzer
        self.max_df = max_df
        self.min_df = min_df
        self.max_features = max_features
        self.vocabulary = vocabulary
        self.binary = binary
        self.dtype = dtype
        self.n_jobs = n_jobs

    @property
    def fixed_vocabulary_(self) -> bool:
        """Whether the terms were given, not learned."""
        return self._terms.fixed if hasattr(self, "_terms") else self.vocabulary is not None

    @property
    def vocabulary_(self) -> dict[str, int]:
        """Terms and their columns."""
        if not hasattr(self, "_terms"):
            msg = f"{type(self).__name__!r} object has no attribute 'vocabulary_'"
            raise AttributeError(msg)
        mapping: dict[str, int] = self._terms.mapping
        return mapping

    @vocabulary_.setter
    def vocabulary_(self, mapping: Mapping[str, int]) -> None:
        self._take(GivenTerms(given_mapping(mapping)))

    @checks_parameters
    def fit(self, raw_documents: Any, y: None = None) -> Self:  # noqa: ARG002 - scikit-learn's API
        """Learn the terms of some texts.

        Parameters
        ----------
        raw_documents : iterable of str or bytes
            A list, a numpy array, a column of pandas, polars or pyarrow, an iterator.
        y : None
            Ignored.

        Returns
        -------
        self : CountVectorizer

        Raises
        ------
        ValueError
            For a parameter that is refused, a missing text, or where no term is left.
        """
        self._prepare_fit(raw_documents)
        self._learn(self._counted(self._texts(raw_documents), None))
        return self

    @checks_parameters
    def fit_transform(self, raw_documents: Any, y: None = None) -> Any:  # noqa: ARG002 - the same
        """Learn the terms of some texts and count them, in one pass.

        Parameters
        ----------
        raw_documents : iterable of str or bytes
        y : None
            Ignored.

        Returns
        -------
        scipy sparse matrix in CSR, of shape (n_texts, n_terms)
        """
        self._prepare_fit(raw_documents)
        if self.vocabulary is not None:
            texts = list(self._texts(raw_documents))
            self._learn(self._counted(texts, None))
            return self._vectorized(texts)
        rows = _core.CountedRows()
        self._learn(self._counted(self._texts(raw_documents), rows))
        terms: SeenTerms = self._terms
        weighed = terms.counts.weigh_rows(
            rows, terms.ids, self._weighting(), self._core_dtype(), self._threads()
        )
        return self._finished(to_csr([weighed], len(terms.ids)))

    @checks_parameters
    def partial_fit(self, raw_documents: Any, y: None = None) -> Self:  # noqa: ARG002 - the same
        """Go on learning: the result is that of one ``fit`` on all texts seen.

        Terms that were too rare, or too frequent, in the texts so far are counted on.

        Parameters
        ----------
        raw_documents : iterable of str or bytes
        y : None
            Ignored.

        Returns
        -------
        self : CountVectorizer

        Raises
        ------
        ValueError
            If the vectorizer reads texts otherwise than before.
        """
        self._prepare_fit(raw_documents)
        terms = self._counted(self._texts(raw_documents), None)
        if hasattr(self, "_terms"):
            terms = self._terms.continued(terms)
        self._learn(terms, now=False)
        return self

    def merge(self, other: Self) -> Self:
        """Return a new vectorizer that has seen the texts of both, these first.

        Parameters
        ----------
        other : CountVectorizer
            Fitted, with the same parameters.

        Returns
        -------
        CountVectorizer
            Equal to one that was fitted on all texts.

        Raises
        ------
        ValueError
            If a parameter other than ``n_jobs`` differs.
        """
        if type(other) is not type(self):
            msg = f"other must be a {type(self).__name__}, got {type(other).__name__}"
            raise TypeError(msg)
        for vectorizer in (self, other):
            check_is_fitted(vectorizer)
        theirs = other.get_params(deep=False)
        for name, value in self.get_params(deep=False).items():
            if name not in {"n_jobs", "vocabulary"} and value != theirs[name]:
                msg = f"{name} must be the same in both, got {value!r} and {theirs[name]!r}"
                raise ValueError(msg)
        merged: Self = clone(self)
        merged._learn(self._terms.merged(other._terms), now=False)
        return merged

    def transform(self, raw_documents: Any) -> Any:
        """Count the known terms of some texts.

        Parameters
        ----------
        raw_documents : iterable of str or bytes

        Returns
        -------
        scipy sparse matrix in CSR, of shape (n_texts, n_terms)
            Columns ascend within each row.
        """
        blocks = self._texts(raw_documents)
        self._check_vocabulary()
        return self._vectorized(blocks)

    def inverse_transform(self, X: Any) -> list[NDArray[Any]]:
        """Return the terms that each row holds.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_texts, n_terms)

        Returns
        -------
        list of ndarray of str
            Of each row the terms whose values are not 0.
        """
        self._check_vocabulary()
        X = sparse.csr_array(check_array(X, accept_sparse="csr"))
        names = self.get_feature_names_out()
        if X.shape[1] != len(names):
            msg = f"X has {X.shape[1]} features, but the vectorizer has {len(names)} terms"
            raise ValueError(msg)
        rows = np.split(names[X.indices], X.indptr[1:-1])
        present = np.split(X.data != 0, X.indptr[1:-1])
        return [row[held].astype(str) for row, held in zip(rows, present, strict=True)]

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[Any]:  # noqa: ARG002 - the same
        """Return the terms in the order of their columns.

        Parameters
        ----------
        input_features : None
            Not used.

        Returns
        -------
        ndarray of str objects, of shape (n_terms,)
        """
        self._check_vocabulary()
        return np.array(self._terms.vocabulary.terms(), dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        """Terms are known."""
        return hasattr(self, "_terms")

    def _prepare_fit(self, raw: Any) -> None:
        """Say what is wrong before the work begins."""
        if isinstance(raw, str | bytes):
            next(self._texts(raw))  # raises
        self._reader()
        warn_of_unused(self)

    def _counted(
        self, blocks: Iterable[_core.Texts], rows: _core.CountedRows | None
    ) -> SeenTerms | GivenTerms:
        reader = self._reader()
        if self.vocabulary is not None:
            return self._counted_given(GivenTerms(given_mapping(self.vocabulary)), reader, blocks)
        counts = _core.TermCounts()
        for texts in blocks:
            counts.add(reader, texts, rows, self._threads())
        selection = Selection(self.max_df, self.min_df, self.max_features, self.binary)
        return SeenTerms(counts, selection, settings_of(self))

    def _counted_given(
        self, terms: GivenTerms, reader: _core.TextAnalyzer, blocks: Iterable[_core.Texts]
    ) -> GivenTerms:
        if self.lowercase and any(map(str.isupper, "".join(terms.mapping))):
            msg = (
                "Upper case characters found in vocabulary while 'lowercase' is True. These entries"
                " will not be matched with any documents"
            )
            warnings.warn(msg, stacklevel=4)
        documents = np.zeros(len(terms.mapping), np.int64)
        for texts in blocks:
            _, columns, _ = _core.vectorize(
                reader, terms.vocabulary, texts, COUNTS, "int64", self._threads()
            )
            documents += np.bincount(columns, minlength=len(documents))
            terms.n_texts += len(texts)
        terms.documents = documents
        return terms

    def _learn(self, terms: SeenTerms | GivenTerms, *, now: bool = True) -> None:
        """Take what was counted; ``now`` says what is wrong with it before it is taken."""
        if now:
            terms.vocabulary  # noqa: B018 - raises where no term is left
        self._take(terms)

    def _take(self, terms: SeenTerms | GivenTerms) -> None:
        self._terms: Any = terms

    def _check_vocabulary(self) -> None:
        if not hasattr(self, "_terms"):
            if self.vocabulary is None:
                msg = "Vocabulary not fitted or provided"
                raise NotFittedError(msg)
            self._take(GivenTerms(given_mapping(self.vocabulary)))

    def _vectorized(self, blocks: Iterable[_core.Texts]) -> Any:
        reader, weighting, dtype = self._reader(), self._weighting(), self._core_dtype()
        vocabulary = self._terms.vocabulary
        arrays = [
            _core.vectorize(reader, vocabulary, texts, weighting, dtype, self._threads())
            for texts in blocks
        ]
        return self._finished(to_csr(arrays, len(vocabulary)))

    def _weighting(self) -> _core.TermWeighting:
        return weighting(binary=self.binary)

    def _core_dtype(self) -> str:
        """Return the dtype of the core's values."""
        dtype = np.dtype(self.dtype)
        return str(dtype) if dtype in CORE_DTYPES else "int64"

    def _finished(self, X: Any) -> Any:
        return X.astype(self.dtype, copy=False)
